//! What a vendor that keeps its contract gives.

use std::collections::BTreeSet;
use std::sync::Arc;

use daybook_core::model::audience::Audience;
use daybook_core::model::document::{Details, DocumentKind, Part};
use daybook_core::ports::source::{Scope, Source as _, Spent};
use serde_json::json;

use super::house::{Holding, House, digest, records, walked, window};

#[tokio::test]
async fn a_history_is_read_newest_first_and_holds_just_what_the_vendor_holds() {
    let house = House::with(123).await;
    let (source, known) = (house.source(), Arc::new(Holding::default()));
    let scope = Scope::history(window(3_000));
    let survey = source.survey(&scope).await.unwrap();
    let held = house.held().await;
    assert_eq!((survey.expected, held.len()), (Some(123), 123));
    let walked = walked(&source, &scope, None, &known).await.whole();
    let ids = walked.ids();
    assert_eq!((ids.len(), ids.iter().collect::<BTreeSet<_>>().len()), (123, 123));
    let mut last = i64::MAX;
    for record in records(&walked.pages) {
        let line = &held[&record.external_id];
        assert_eq!(digest(record), line["digest"], "{}", record.external_id);
        let document = &record.reading.as_ref().unwrap()[0];
        assert_eq!(document.kind, DocumentKind::Meeting);
        let began = document.occurred_at.unwrap();
        assert_eq!(Some(began.timestamp_millis()), line["date"].as_i64());
        assert!(began.timestamp_millis() <= last);
        last = began.timestamp_millis();
        let Some(Details::Meeting { sentences, seconds, .. }) = document.details else { panic!() };
        assert_eq!((Some(sentences), seconds > 0), (line["sentences"].as_u64(), true));
        assert!(record.gaps.is_empty() && record.open.is_none(), "{record:?}");
        assert!(!document.title.is_empty() && document.url.starts_with("https://"), "{document:?}");
    }
    // Thirteen requests for 123 meetings, and not one more than was planned.
    let plan = survey.plan.unwrap();
    assert!(!plan.estimated && u64::from(survey.requests + walked.requests()) <= plan.requests);
    assert_eq!((walked.requests(), walked.spent), (13, Spent::default()));
    assert!(survey.unseen.is_empty() && survey.warnings.is_empty(), "{survey:?}");
}

#[tokio::test]
async fn a_meeting_reads_as_a_summary_and_what_was_said() {
    let house = House::with(5).await;
    let create = json!({
        "title": "Harbour weekly", "starts": "2026-11-20T09:00:00Z", "minutes": 24.5,
        "organizer": "mara.lindqvist@birchlane.example", "participants": ["Ines@Port.example", "mara.lindqvist@birchlane.example"],
        "sentences": [{"speaker": "Mara Lindqvist", "text": "Let's keep\u{a0}drafts."}, {"speaker": "Mara Lindqvist", "text": "On the server."},
            {"speaker": "Speaker 2", "text": "I will write the test for HARB-17."}],
        "overview": "- **Drafts:** stay on the server.", "action_items": "\n**Tomas Okafor**\nWrite the reload test (00:06)\n",
    });
    let id = house.change(json!({ "create_meeting": create })).await.remove(0);
    let known = Arc::new(Holding::default());
    let walked = walked(&house.source(), &Scope::history(window(2)), None, &known).await.whole();
    let document = walked.document(&id);
    assert_eq!((document.title.as_str(), document.key.as_str()), ("Harbour weekly", "meeting 2026-11-20"));
    let body = &document.body;
    assert!(body.contains("## Summary\n\n") && body.contains("- **Drafts:** stay on the server."), "{body}");
    assert!(body.contains("## Action items\n\n**Tomas Okafor**\nWrite the reload test (00:06)"), "{body}");
    assert!(body.contains("**Mara Lindqvist**: Let's keep drafts. On the server.\n\n["), "{body}");
    assert!(body.contains("] **Speaker 2**: I will write the test for HARB-17."), "{body}");
    let people: Vec<_> = document.people.iter().map(|p| (p.part, p.account_id.as_str())).collect();
    assert!(people.contains(&(Part::Organizer, "mail:mara.lindqvist@birchlane.example")), "{people:?}");
    assert!(people.contains(&(Part::Attendee, "mail:ines@port.example")), "{people:?}");
    assert!(people.contains(&(Part::Speaker, "speaker:Speaker 2")), "{people:?}");
    assert_eq!(people.iter().collect::<BTreeSet<_>>().len(), people.len());
    let Audience::Only(tokens) = &document.audience else { panic!("{:?}", document.audience) };
    assert!(tokens.contains("mail:ines@port.example") && !tokens.contains("fireflies:teammates"));
    let raw = String::from_utf8(walked.record(&id).raw.clone()).unwrap();
    for never in ["audio_url", "video_url", "meeting_link"] {
        assert!(!raw.contains(never), "{raw}");
    }
}
