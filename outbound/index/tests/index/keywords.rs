//! Documents by their words.

use std::path::Path;

use daybook_core::model::audience::{Audience, Viewer};
use daybook_core::model::document::{Document, DocumentId, Project, Revision, StateCategory, Tombstone};
use daybook_core::model::hit::{Filter, Ranked, StateFilter};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::keywords::{KeywordIndex, WordQuery};
use daybook_index::keywords::TantivyKeywords;
use daybook_testkit::sample::issue;

use super::stored;

async fn ask(index: &TantivyKeywords, text: &str, filter: &Filter, viewer: &Viewer) -> Ranked {
    index.search(WordQuery { text, filter, viewer, take: 10, also: &[] }).await.unwrap()
}

async fn found(index: &TantivyKeywords, text: &str) -> Vec<i64> {
    ids(&ask(index, text, &Filter::default(), &Viewer::admin()).await)
}

fn ids(ranked: &Ranked) -> Vec<i64> {
    ranked.scored.iter().map(|scored| scored.id.0).collect()
}

async fn filled(folder: &Path, documents: impl IntoIterator<Item = Document>) -> TantivyKeywords {
    let index = TantivyKeywords::open(folder).unwrap();
    let documents: Vec<_> = (1..).zip(documents).map(|(id, document)| stored(id, document)).collect();
    let upto = documents.last().map_or(Revision(0), |last| last.revision);
    index.apply(&documents, upto).await.unwrap();
    index
}

#[tokio::test]
async fn a_title_says_more_than_a_text_and_a_text_no_less_than_a_comment() {
    let folder = tempfile::tempdir().unwrap();
    let comment = Document { comments: "The invoice.".to_owned(), ..issue(1, "one") };
    let text = Document { body: "The invoice.".to_owned(), ..issue(2, "two") };
    let index = filled(folder.path(), [comment, text, issue(3, "invoice")]).await;
    assert_eq!(found(&index, "invoices").await[0], 3);
    assert_eq!(found(&index, "invoices").await.len(), 3);
}

#[tokio::test]
async fn a_key_in_the_question_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let talk = Document { body: "HARB-2 HARB-2 harb 2 retry".to_owned(), ..issue(1, "retry HARB-2") };
    let index = filled(folder.path(), [talk, issue(2, "something else")]).await;
    assert_eq!(found(&index, "what about harb-2 and the retry?").await, [2, 1]);
}

#[tokio::test]
async fn documents_are_replaced_by_id_and_tombstones_leave() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(folder.path(), [issue(1, "invoice"), issue(2, "invoice")]).await;
    let mut buried = stored(2, issue(2, "invoice"));
    buried.tombstone = Some(Tombstone::Deleted);
    index.apply(&[stored(1, issue(1, "receipt")), buried], Revision(4)).await.unwrap();
    assert!(found(&index, "invoice").await.is_empty());
    assert_eq!(found(&index, "receipt").await, [1]);
    assert_eq!(
        (index.count(&Viewer::admin()).await.unwrap(), index.position().await.unwrap()),
        (1, Revision(4))
    );
}

#[tokio::test]
async fn what_was_taken_in_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path(), [issue(1, "invoice")]).await);
    let index = TantivyKeywords::open(folder.path()).unwrap();
    assert!(index.keep().await.unwrap());
    assert_eq!((found(&index, "invoice").await, index.position().await.unwrap()), (vec![1], Revision(1)));
}

#[tokio::test]
async fn a_damaged_folder_is_built_anew_and_says_that_it_has_followed_nothing() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path(), [issue(1, "invoice")]).await);
    let mut entries = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let inner = entries.find(|path| path.is_dir()).unwrap();
    std::fs::write(inner.join("meta.json"), "{ this is no index").unwrap();
    let index = TantivyKeywords::open(folder.path()).unwrap();
    assert_eq!(
        (index.count(&Viewer::admin()).await.unwrap(), index.position().await.unwrap()),
        (0, Revision(0))
    );
}

#[tokio::test]
async fn one_process_keeps_the_index_and_another_reads_what_it_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let keeper = filled(folder.path(), [issue(1, "invoice")]).await;
    let reader = TantivyKeywords::open(folder.path()).unwrap();
    assert!(!reader.keep().await.unwrap() && keeper.keep().await.unwrap());
    assert_eq!(found(&reader, "invoice").await, [1]);
    assert!(reader.apply(&[stored(2, issue(2, "receipt"))], Revision(2)).await.is_err());
    keeper.apply(&[stored(2, issue(2, "receipt"))], Revision(2)).await.unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while found(&reader, "receipt").await.is_empty() {
        assert!(std::time::Instant::now() < until, "the reader never saw what the keeper wrote");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn whoever_reads_takes_the_index_over_when_its_keeper_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let keeper = filled(folder.path(), [issue(1, "invoice")]).await;
    let next = TantivyKeywords::open(folder.path()).unwrap();
    assert!(!next.keep().await.unwrap());
    keeper.apply(&[stored(2, issue(2, "receipt"))], Revision(2)).await.unwrap();
    drop(keeper);
    assert!(next.keep().await.unwrap());
    assert_eq!((next.position().await.unwrap(), found(&next, "receipt").await), (Revision(2), vec![2]));
    next.apply(&[stored(3, issue(3, "letter"))], Revision(3)).await.unwrap();
    assert_eq!((found(&next, "invoice").await, found(&next, "letter").await), (vec![1], vec![3]));
    assert_eq!(next.landmarks().await.unwrap().len(), 3);
}

#[tokio::test]
async fn one_who_only_reads_never_keeps_and_says_when_there_is_nothing_to_read() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("not-yet");
    let reader = TantivyKeywords::read(&place);
    assert!(!reader.keep().await.unwrap());
    let asked =
        WordQuery { text: "x", filter: &Filter::default(), viewer: &Viewer::admin(), take: 1, also: &[] };
    let said = std::error::Error::source(&reader.search(asked).await.unwrap_err()).unwrap().to_string();
    assert!(said.contains("no process that keeps a keyword index has made it yet"), "{said}");
    assert!(!place.exists(), "whoever only reads leaves no trace");
    let keeper = filled(&place, [issue(1, "invoice")]).await;
    assert_eq!(found(&reader, "invoice").await, [1]);
    drop(keeper);
    assert!(!reader.keep().await.unwrap());
    assert!(reader.apply(&[], Revision(2)).await.is_err() && reader.restart().await.is_err());
}

/// Searches for as long as it takes until a search looks at the disk again, and a little longer.
async fn still_finds(index: &TantivyKeywords, text: &str, expected: &[i64]) {
    let until = std::time::Instant::now() + std::time::Duration::from_millis(700);
    while std::time::Instant::now() < until {
        assert_eq!(found(index, text).await, expected);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

fn inner(folder: &Path) -> std::path::PathBuf {
    let mut entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.find(|path| path.is_dir()).unwrap()
}

#[tokio::test]
async fn a_folder_that_is_removed_or_damaged_in_use_is_searched_from_memory_and_built_anew() {
    let removals: [fn(&Path); 4] = [
        |folder| std::fs::remove_dir_all(folder).unwrap(),
        |folder| std::fs::remove_dir_all(inner(folder)).unwrap(),
        |folder| std::fs::remove_file(folder.join("keeper.lock")).unwrap(),
        |folder| std::fs::write(inner(folder).join("meta.json"), "{ this is no index").unwrap(),
    ];
    for (number, remove) in removals.into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("index");
        let index = filled(&place, [issue(1, "invoice")]).await;
        remove(&place);
        still_finds(&index, "invoice", &[1]).await;
        assert!(index.keep().await.unwrap());
        let kept_what_it_had = number == 2;
        let position = if kept_what_it_had { Revision(1) } else { Revision(0) };
        assert_eq!(index.position().await.unwrap(), position, "removal {number}");
        index
            .apply(&[stored(1, issue(1, "invoice")), stored(2, issue(2, "receipt"))], Revision(2))
            .await
            .unwrap();
        still_finds(&index, "invoice", &[1]).await;
        assert!(!TantivyKeywords::open(&place).unwrap().keep().await.unwrap(), "there is one keeper");
        drop(index);
        let again = TantivyKeywords::open(&place).unwrap();
        assert_eq!(again.position().await.unwrap(), Revision(2));
        assert_eq!(found(&again, "receipt").await, [2]);
    }
}

#[tokio::test]
async fn writing_into_a_folder_that_is_gone_fails_once_and_then_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("index");
    let index = filled(&place, [issue(1, "invoice")]).await;
    std::fs::remove_dir_all(&place).unwrap();
    assert!(index.apply(&[stored(2, issue(2, "receipt"))], Revision(2)).await.is_err());
    assert_eq!(found(&index, "invoice").await, [1]);
    assert!(index.keep().await.unwrap());
    assert_eq!(index.position().await.unwrap(), Revision(0));
    index.apply(&[stored(2, issue(2, "receipt"))], Revision(2)).await.unwrap();
    assert_eq!(found(&index, "receipt").await, [2]);
}

#[tokio::test]
async fn a_reader_whose_folder_is_removed_goes_on_and_may_become_the_keeper() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("index");
    let keeper = filled(&place, [issue(1, "invoice")]).await;
    let reader = TantivyKeywords::open(&place).unwrap();
    assert_eq!(found(&reader, "invoice").await, [1]);
    std::fs::remove_dir_all(&place).unwrap();
    still_finds(&reader, "invoice", &[1]).await;
    assert!(keeper.keep().await.unwrap() && !reader.keep().await.unwrap());
    keeper.apply(&[stored(2, issue(2, "receipt"))], Revision(2)).await.unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while found(&reader, "receipt").await.is_empty() {
        assert!(std::time::Instant::now() < until, "the reader never saw the new folder");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    std::fs::remove_dir_all(&place).unwrap();
    assert!(reader.keep().await.unwrap(), "whoever comes first makes the new one");
    assert!(!keeper.keep().await.unwrap());
    still_finds(&keeper, "receipt", &[]).await;
}

#[tokio::test]
async fn files_that_are_not_as_they_were_written_are_built_anew() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path(), [issue(1, "invoice")]).await);
    let mut files = std::fs::read_dir(inner(folder.path())).unwrap().map(|entry| entry.unwrap().path());
    let postings = files.find(|path| path.extension().is_some_and(|end| end == "idx")).unwrap();
    let mut bytes = std::fs::read(&postings).unwrap();
    bytes[0] ^= 0xff;
    std::fs::remove_file(&postings).unwrap();
    std::fs::write(&postings, bytes).unwrap();
    let index = TantivyKeywords::open(folder.path()).unwrap();
    assert_eq!(index.position().await.unwrap(), Revision(0));
    assert!(found(&index, "invoice").await.is_empty());
}

#[tokio::test]
async fn an_index_that_begins_again_holds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(folder.path(), [issue(1, "invoice"), issue(2, "invoice")]).await;
    index.restart().await.unwrap();
    assert!(found(&index, "invoice").await.is_empty() && index.landmarks().await.unwrap().is_empty());
    assert_eq!(index.position().await.unwrap(), Revision(0));
    index.apply(&[stored(1, issue(1, "invoice"))], Revision(1)).await.unwrap();
    assert_eq!(found(&index, "invoice").await, [1]);
}

#[tokio::test]
async fn filters_narrow_and_the_spread_is_that_of_what_passed() {
    let folder = tempfile::tempdir().unwrap();
    let other = Document {
        project: Some(Project { key: "BILL".to_owned(), name: "Billing".to_owned() }),
        state: Some("Closed".to_owned()),
        state_category: Some(StateCategory::Done),
        ..issue(2, "invoice")
    };
    let early = issue(1, "invoice").updated_at;
    let index = filled(folder.path(), [issue(1, "invoice"), other, issue(3, "invoice")]).await;
    let narrow = async |filter: Filter| {
        let ranked = ask(&index, "invoice", &filter, &Viewer::admin()).await;
        let mut found = ids(&ranked);
        found.sort_unstable();
        assert_eq!(ranked.considered, found.len() as u64);
        found
    };
    assert_eq!(narrow(Filter { projects: vec!["bill".to_owned()], ..Filter::default() }).await, [2]);
    assert_eq!(narrow(Filter { states: StateFilter::from_word("closed"), ..Filter::default() }).await, [2]);
    assert_eq!(narrow(Filter { states: StateFilter::from_word("open"), ..Filter::default() }).await, [1, 3]);
    assert!(narrow(Filter { sources: vec![SourceKind::Tempo], ..Filter::default() }).await.is_empty());
    let after = early + chrono::TimeDelta::seconds(1);
    assert_eq!(narrow(Filter { from: Some(after), ..Filter::default() }).await, [2, 3]);
    assert_eq!(narrow(Filter { to: Some(after), ..Filter::default() }).await, [1]);
}

#[tokio::test]
async fn what_a_viewer_may_not_see_changes_nothing_that_they_see() {
    let (open, secret) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let hidden = |number| Document { audience: Audience::Unknown, ..issue(number, "invoice invoice canary") };
    let plain = filled(open.path(), [issue(1, "invoice"), issue(2, "receipt")]).await;
    let mixed = filled(
        secret.path(),
        [issue(1, "invoice"), issue(2, "receipt")].into_iter().chain((3..40).map(hidden)),
    )
    .await;
    let member = Viewer::member();
    assert_eq!(
        ask(&mixed, "invoice canary", &Filter::default(), &member).await,
        ask(&plain, "invoice canary", &Filter::default(), &member).await,
        "scores, order, counts and spread tell nothing of what is hidden"
    );
    let all = ask(&mixed, "canary", &Filter::default(), &Viewer::admin()).await;
    assert_eq!(all.considered, 39);
    assert_eq!((mixed.count(&member).await.unwrap(), mixed.count(&Viewer::admin()).await.unwrap()), (2, 39));
    let also: Vec<_> = (1..40).map(DocumentId).collect();
    let asked =
        WordQuery { text: "canary", filter: &Filter::default(), viewer: &member, take: 0, also: &also };
    assert_eq!(ids(&mixed.search(asked).await.unwrap()), [1, 2], "nor does asking about one by id");
}

#[tokio::test]
async fn odd_questions_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(folder.path(), [issue(1, "invoice")]).await;
    for odd in
        ["\u{0}", "???", "\" OR 1=1 --", "a:b AND (", &"invoice ".repeat(4_000), "\u{202e}", "-", "HARB-"]
    {
        found(&index, odd).await;
    }
}
