//! From a stored page to an answer, over the real indexes.

use std::sync::Arc;

use daybook_core::actions::follow_store::FollowStore;
use daybook_core::actions::index_documents::IndexDocuments;
use daybook_core::actions::search::Search;
use daybook_core::model::audience::{Audience, Viewer};
use daybook_core::model::document::{Document, Record};
use daybook_core::model::hit::{Answers, Doubt, Filter, Question, Worklogs};
use daybook_core::model::job::{Job, StopSign};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::clock::Clock as _;
use daybook_core::ports::embedder::Embedder;
use daybook_index::keywords::TantivyKeywords;
use daybook_index::vectors::FlatVectors;
use daybook_testkit::embedder::HashEmbedder;
use daybook_testkit::sample::{issue, record, worklog};

use super::House;

struct Library {
    house: House,
    follow: FollowStore,
    search: Search,
    embedder: Option<Arc<dyn Embedder>>,
    vectors: Arc<FlatVectors>,
    folder: tempfile::TempDir,
}

impl Library {
    async fn new(embedder: Option<Arc<dyn Embedder>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::with_index(folder, Arc::new(FlatVectors::default()), embedder).await
    }

    /// With an empty store, and indexes that may have followed another.
    async fn with_index(
        folder: tempfile::TempDir,
        vectors: Arc<FlatVectors>,
        embedder: Option<Arc<dyn Embedder>>,
    ) -> Self {
        let house = House::new().await;
        let keywords = Arc::new(TantivyKeywords::open(folder.path()).unwrap());
        let follow = FollowStore::new(
            Arc::clone(&house.store),
            keywords.clone(),
            vectors.clone(),
            embedder.as_deref(),
        );
        let search =
            Search::new(Arc::clone(&house.store), keywords, vectors.clone(), embedder.clone(), house.clock())
                .without_embedder_because("the model is not installed".to_owned());
        Self { house, follow, search, embedder, vectors, folder }
    }

    /// The same indexes over another store, as after a copy was restored and Daybook was started again.
    async fn over_another_store(self) -> Self {
        let Self { folder, vectors, embedder, follow, search, house: _ } = self;
        drop((follow, search));
        Self::with_index(folder, vectors, embedder).await
    }

    async fn save(&self, records: &[Record]) {
        self.save_from(SourceKind::Jira, records).await;
    }

    async fn save_from(&self, source: SourceKind, records: &[Record]) {
        let mut tx = self.house.store.begin().await.unwrap();
        tx.save_records(source, records, self.house.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn catch_up(&self) {
        while self.follow.run_once().await.unwrap() > 0 {}
    }

    async fn embed(&self) {
        let action = IndexDocuments::new(Arc::clone(&self.house.store), self.embedder.clone());
        action.enqueue_if_wanted(self.house.clock.as_ref()).await.unwrap();
        let claimed = self.house.claim(Job::INDEX_DOCUMENTS).await.unwrap();
        action.run(&claimed.lease, &StopSign::default()).await.unwrap();
        self.house.settle().done(&claimed, None).await.unwrap();
    }

    async fn ask(&self, text: &str, viewer: &Viewer) -> Answers {
        self.ask_of(&[], text, viewer).await
    }

    async fn ask_of(&self, sources: &[SourceKind], text: &str, viewer: &Viewer) -> Answers {
        let filter = Filter { sources: sources.to_vec(), ..Filter::default() };
        let question = Question { text: text.to_owned(), limit: 10, filter };
        self.search.run(viewer, &question).await.unwrap()
    }
}

fn titles(answers: &Answers) -> Vec<&str> {
    answers.hits.iter().map(|hit| hit.stored.document.title.as_str()).collect()
}

fn history() -> Vec<Record> {
    let talk = Document {
        body: "We decided to **retry** the invoice job three times.".to_owned(),
        ..issue(1, "Invoice job stops at night")
    };
    vec![record(talk), record(issue(2, "Login page is slow")), record(issue(3, "Search finds nothing"))]
}

#[tokio::test]
async fn what_is_stored_is_found_by_words_before_it_has_a_vector() {
    let library = Library::new(Some(Arc::new(HashEmbedder::default()))).await;
    library.save(&history()).await;
    library.catch_up().await;
    let answers = library.ask("where did we decide about retries of invoices", &Viewer::member()).await;
    assert_eq!(titles(&answers)[0], "Invoice job stops at night");
    let coverage = &answers.coverage;
    assert_eq!((coverage.documents, coverage.by_words, coverage.by_meaning), (3, 3, 0));
    assert!(coverage.without_meaning.is_some(), "the answer says that meaning took no part");
    assert!(!answers.hits[0].excerpt.marks.is_empty());
    library.embed().await;
    library.catch_up().await;
    let answers = library.ask("where did we decide about retries of invoices", &Viewer::member()).await;
    assert_eq!(titles(&answers)[0], "Invoice job stops at night");
    assert_eq!((answers.coverage.by_meaning, answers.coverage.without_meaning.as_deref()), (3, None));
    assert!(answers.hits[0].meaning.is_some());
}

#[tokio::test]
async fn without_a_model_the_answer_says_why_meaning_took_no_part() {
    let library = Library::new(None).await;
    library.save(&history()).await;
    library.catch_up().await;
    let answers = library.ask("login", &Viewer::member()).await;
    assert_eq!(titles(&answers), ["Login page is slow"]);
    let why = answers.coverage.without_meaning.unwrap();
    assert!(why.contains("administrator") && !why.contains("installed"), "no word of our insides: {why}");
    let why = library.ask("login", &Viewer::admin()).await.coverage.without_meaning;
    assert_eq!(why.as_deref(), Some("the model is not installed"));
}

#[tokio::test]
async fn answers_that_may_not_be_what_was_asked_for_say_so() {
    let library = Library::new(Some(Arc::new(HashEmbedder::default()))).await;
    library.save(&history()).await;
    library.embed().await;
    library.catch_up().await;
    let doubt = async |text: &str| library.ask(text, &Viewer::member()).await.doubt;
    assert_eq!(doubt("zxqvw blorptang").await, Some(Doubt::NearestOnly));
    assert_eq!(doubt("harb-99").await, Some(Doubt::NoSuchKey("HARB-99".to_owned())));
    assert_eq!((doubt("HARB-2").await, doubt("login").await), (None, None));
    let nowhere = Filter { projects: vec!["NOPE".to_owned()], ..Filter::default() };
    let question = Question { text: "login".to_owned(), limit: 10, filter: nowhere };
    let answers = library.search.run(&Viewer::member(), &question).await.unwrap();
    assert_eq!((answers.hits.len(), answers.considered, answers.coverage.without_meaning), (0, 0, None));
}

#[tokio::test]
async fn a_member_finds_counts_and_is_told_nothing_of_what_is_hidden() {
    let library = Library::new(Some(Arc::new(HashEmbedder::default()))).await;
    let mut records = history();
    records.push(record(Document { audience: Audience::Unknown, ..issue(9, "Canary login secret") }));
    library.save(&records).await;
    library.embed().await;
    library.catch_up().await;
    let member = library.ask("canary login", &Viewer::member()).await;
    assert!(titles(&member).iter().all(|title| !title.contains("Canary")));
    assert_eq!(member.considered, 3);
    let admin = library.ask("canary login", &Viewer::admin()).await;
    assert_eq!((titles(&admin)[0], admin.considered), ("Canary login secret", 4));
}

fn counts(answers: &Answers) -> (u64, u64, u64, u64) {
    let coverage = &answers.coverage;
    (answers.considered, coverage.documents, coverage.by_words, coverage.by_meaning)
}

#[tokio::test]
async fn worklogs_take_part_only_where_their_source_is_named() {
    let library = Library::new(Some(Arc::new(HashEmbedder::default()))).await;
    library.save(&history()).await;
    library.save_from(SourceKind::Tempo, &[record(worklog(71, 1, 5_400)), record(worklog(72, 2, 60))]).await;
    library.embed().await;
    library.catch_up().await;
    // Both worklogs hold these words, and no issue does.
    let admin = Viewer::admin();
    let silent = library.ask("draft storage", &admin).await;
    assert!(
        silent.hits.iter().all(|hit| hit.stored.document.source == SourceKind::Jira),
        "{:?}",
        titles(&silent)
    );
    assert_eq!((counts(&silent), silent.worklogs), ((3, 3, 3, 3), Worklogs::LeftOut(2)));
    assert_eq!(silent.doubt, Some(Doubt::NearestOnly));

    let tempo = library.ask_of(&[SourceKind::Tempo], "draft storage", &admin).await;
    assert_eq!((tempo.hits.len(), counts(&tempo), tempo.worklogs), (2, (2, 5, 5, 3), Worklogs::ByWords(2)));
    let both = library.ask_of(&[SourceKind::Jira, SourceKind::Tempo], "draft storage", &admin).await;
    assert_eq!((counts(&both), both.worklogs), ((5, 5, 5, 3), Worklogs::ByWords(2)));
    let other = library.ask_of(&[SourceKind::Jira], "draft storage", &admin).await;
    assert_eq!((counts(&other), other.worklogs), ((3, 3, 3, 3), Worklogs::NotMeant));

    // Hours are for their authors: a member is told nothing of them, not even that they were left out.
    let member = library.ask("draft storage", &Viewer::member()).await;
    assert_eq!((counts(&member), member.worklogs), ((3, 3, 3, 3), Worklogs::NotMeant));
}

#[tokio::test]
async fn an_index_that_is_behind_is_counted_without_worklogs_too() {
    let library = Library::new(None).await;
    library.save(&history()).await;
    library.save_from(SourceKind::Tempo, &[record(worklog(71, 1, 5_400))]).await;
    library.catch_up().await;
    library.save(&numbered(4..=5, "invoice")).await;
    library.save_from(SourceKind::Tempo, &[record(worklog(72, 2, 60))]).await;
    let answers = library.ask("invoice", &Viewer::admin()).await;
    assert_eq!((answers.coverage.documents, answers.coverage.by_words), (5, 3));
    assert_eq!(answers.worklogs, Worklogs::LeftOut(2));
    let all = library.search.coverage(&Viewer::admin()).await.unwrap();
    assert_eq!((all.documents, all.by_words), (7, 4));
}

#[tokio::test]
async fn a_document_that_left_its_source_is_found_no_more() {
    let library = Library::new(Some(Arc::new(HashEmbedder::default()))).await;
    let with = |has_comment: bool| {
        let mut whole = record(issue(1, "Invoice job stops"));
        if has_comment {
            let comment = Document { external_id: "comment:1".to_owned(), ..issue(2, "A guarded word") };
            whole.reading.as_mut().unwrap().push(comment);
        }
        whole
    };
    library.save(&[with(true)]).await;
    library.embed().await;
    library.catch_up().await;
    assert_eq!(titles(&library.ask("guarded", &Viewer::admin()).await)[0], "A guarded word");
    library.save(&[with(false)]).await;
    // Even before the indexes have followed: the store decides.
    assert!(!titles(&library.ask("guarded", &Viewer::admin()).await).contains(&"A guarded word"));
    library.catch_up().await;
    assert!(!titles(&library.ask("guarded", &Viewer::admin()).await).contains(&"A guarded word"));
}

fn numbered(numbers: std::ops::RangeInclusive<u32>, title: &str) -> Vec<Record> {
    numbers.map(|number| record(issue(number, &format!("{title} {number}")))).collect()
}

#[tokio::test]
async fn an_index_ahead_of_a_restored_copy_begins_again() {
    let library = Library::new(Some(Arc::new(HashEmbedder::default()))).await;
    library.save(&numbered(1..=12, "invoice")).await;
    library.embed().await;
    library.catch_up().await;
    let library = library.over_another_store().await;
    library.save(&numbered(1..=2, "receipt")).await;
    library.catch_up().await;
    let answers = library.ask("invoice", &Viewer::admin()).await;
    assert_eq!((answers.coverage.by_words, answers.coverage.by_meaning, answers.hits.len()), (2, 0, 0));
    assert_eq!(library.ask("receipt", &Viewer::admin()).await.hits.len(), 2);
    library.embed().await;
    library.catch_up().await;
    assert_eq!(library.ask("receipt", &Viewer::admin()).await.coverage.by_meaning, 2);
}

#[tokio::test]
async fn a_restored_copy_that_has_outgrown_the_index_is_told_by_its_documents() {
    let library = Library::new(None).await;
    library.save(&numbered(1..=10, "invoice")).await;
    library.catch_up().await;
    let library = library.over_another_store().await;
    // The same beginning, then another history, longer than the first.
    library.save(&numbered(1..=6, "invoice")).await;
    library.save(&numbered(7..=10, "letter")).await;
    library.save(&numbered(11..=20, "receipt")).await;
    library.catch_up().await;
    let answers = library.ask("letter", &Viewer::admin()).await;
    assert_eq!((answers.coverage.by_words, answers.hits.len()), (20, 4));
}

#[tokio::test]
async fn an_index_of_this_very_store_goes_on_where_it_was() {
    let library = Library::new(None).await;
    library.save(&numbered(1..=12, "invoice")).await;
    library.catch_up().await;
    let Library { house, folder, vectors, follow, search, embedder: _ } = library;
    drop((follow, search));
    let follow = || {
        let keywords = Arc::new(TantivyKeywords::open(folder.path()).unwrap());
        FollowStore::new(Arc::clone(&house.store), keywords, vectors.clone(), None)
    };
    assert_eq!(follow().run_once().await.unwrap(), 0);
    // The newest of them is changed while nobody follows, and one comes.
    let mut tx = house.store.begin().await.unwrap();
    let changed = [numbered(12..=13, "receipt"), numbered(3..=3, "receipt")].concat();
    tx.save_records(SourceKind::Jira, &changed, house.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(follow().run_once().await.unwrap(), 3);
}

#[tokio::test]
async fn an_index_that_is_deleted_while_it_is_in_use_is_filled_again() {
    let library = Library::new(None).await;
    library.save(&history()).await;
    library.catch_up().await;
    std::fs::remove_dir_all(library.folder.path()).unwrap();
    assert_eq!(library.ask("login", &Viewer::admin()).await.hits.len(), 1);
    library.catch_up().await;
    let answers = library.ask("login", &Viewer::admin()).await;
    assert_eq!((answers.coverage.by_words, answers.hits.len()), (3, 1));
    assert!(library.folder.path().join("keeper.lock").exists());
}
