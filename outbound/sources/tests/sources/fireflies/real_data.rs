//! Real meetings, where the machine has them, through the simulated vendor.

use std::fs;
use std::sync::Arc;

use daybook_core::model::document::{Details, Part};
use daybook_core::ports::source::Scope;
use daybook_sim::WorldChoice;

use super::house::{Holding, House, changes, digest, real_records, records, walked, window};

#[tokio::test]
async fn every_real_meeting_is_read_word_for_word() {
    let Some(folder) = real_records() else {
        eprintln!(
            "SKIPPED: every_real_meeting_is_read_word_for_word, because DAYBOOK_TEST_DATA names no folder"
        );
        return;
    };
    let alone = Folder::new();
    for name in ["qmsum-dev.transcripts.jsonl.gz", "meeting-realtimes-dev.transcripts.jsonl.gz"] {
        fs::copy(folder.join(name), alone.0.join(name)).unwrap();
    }
    let house = House::set(WorldChoice::Folder(alone.0.clone()), |_| {}).await;
    let (held, known) = (house.held().await, Arc::new(Holding::default()));
    assert_eq!(held.len(), 115);
    let source = house.source();
    let all = walked(&source, &Scope::history(window(3_000)), None, &known).await.whole();
    assert_eq!((all.ids().len(), all.requests()), (115, 12));
    let mut sentences = 0;
    for record in records(&all.pages) {
        assert_eq!(digest(record), held[&record.external_id]["digest"], "{}", record.external_id);
        let document = &record.reading.as_ref().unwrap()[0];
        let Some(Details::Meeting { sentences: count, seconds, .. }) = document.details else { panic!() };
        sentences += count;
        assert!(record.gaps.is_empty() && seconds > 300, "{record:?}");
        assert!(document.people.iter().any(|person| person.part == Part::Speaker));
        assert!(document.body.len() > 5_000 && !document.body.contains("{disfmarker}"));
    }
    assert_eq!(sentences, 92_799 + 1_362);
    known.keep(&all.pages);
    let again = walked(&source, &changes(3_000, &[]), None, &known).await.whole();
    assert_eq!((again.ids().len(), again.unchanged().len(), again.requests()), (0, 115, 3));
}

/// A folder that goes when the test does.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        let unique = std::process::id();
        let path = std::env::temp_dir().join(format!("daybook-fireflies-{unique}"));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}
