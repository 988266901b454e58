//! Hours: what they are called and who may see them follows from the issue, whichever came first and whatever becomes
//! of it.

use std::collections::BTreeSet;

use daybook_core::model::account::Admin;
use daybook_core::model::audience::{Audience, MEMBERS, Viewer};
use daybook_core::model::backfill::BackfillState;
use daybook_core::model::document::{Document, Part, Person, Project, Record, Tombstone};
use daybook_core::model::source::{Confirmed, SourceKind};
use daybook_core::model::worklog::{HoursShown, account_token};
use daybook_testkit::sample::{issue, record, unreadable, worklog};
use daybook_testkit::source::{ScriptedSource, Turn};

use super::House;

const JIRA: SourceKind = SourceKind::Jira;
const TEMPO: SourceKind = SourceKind::Tempo;

/// Reads this as the history of a source, while hours are shown so.
async fn read(house: &House, source: SourceKind, turn: Turn, shown: HoursShown) {
    let id = house.started_of(source).await;
    let claimed = house.claim_run().await;
    let runner = house.runner_showing(ScriptedSource::new(None, vec![turn]).of(source), shown);
    runner.run(id, &claimed.lease, &daybook_core::model::job::StopSign::default()).await.unwrap();
    house.settle().done(&claimed, None).await.unwrap();
    assert_eq!(house.backfill(id).await.state, BackfillState::Done);
}

async fn read_issue(house: &House, issue: Document, shown: HoursShown) {
    read(house, JIRA, Turn::Page(vec![record(issue)]), shown).await;
}

async fn read_hours(house: &House, shown: HoursShown) {
    let page = [record(worklog(1, 1, 5_400)), record(worklog(2, 2, 60))].to_vec();
    read(house, TEMPO, Turn::Page(page), shown).await;
}

async fn hours(house: &House) -> Document {
    house.held().await["1"].document.clone()
}

fn own() -> String {
    account_token("a:1")
}

fn only(tokens: &[&str]) -> Audience {
    Audience::Only(tokens.iter().map(|&token| token.to_owned()).collect())
}

#[tokio::test]
async fn hours_are_called_the_same_whichever_came_first() {
    let mut found = Vec::new();
    for issue_first in [true, false] {
        let (house, shown) = (House::new().await, HoursShown::ToMembers);
        if issue_first {
            read_issue(&house, issue(1, "one"), shown).await;
            read_hours(&house, shown).await;
        } else {
            read_hours(&house, shown).await;
            let alone = hours(&house).await;
            assert_eq!((alone.key.as_str(), &alone.project), ("issue 10001", &None));
            assert_eq!(alone.audience, only(&[&own()]), "nobody knows who may see the issue");
            read_issue(&house, issue(1, "one"), shown).await;
        }
        found.push(hours(&house).await);
        let other = house.held().await["2"].document.key.clone();
        assert_eq!(other, "issue 10002", "hours on another issue still wait for theirs");
    }
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0].key, "HARB-1");
    assert!(found[0].title.starts_with("1 h 30 min on HARB-1"), "{}", found[0].title);
    assert!(found[0].title.contains("Mara Lindqvist") && found[0].people[0].name == "Mara Lindqvist");
    assert_eq!(found[0].url, issue(1, "").url);
    assert_eq!((found[0].links[0].to.as_str(), &found[0].audience), ("HARB-1", &Audience::Members));
}

#[tokio::test]
async fn hours_follow_their_issue_when_it_moves_and_not_when_it_is_renamed() {
    let (house, shown) = (House::new().await, HoursShown::ToMembers);
    read_issue(&house, issue(1, "one"), shown).await;
    read_hours(&house, shown).await;
    let revision = house.store.revision().await.unwrap();
    read_issue(&house, issue(1, "another title"), shown).await;
    assert_eq!(house.store.revision().await.unwrap().0, revision.0 + 1, "one write: the issue");
    let moved = Document {
        key: "QUAY-9".to_owned(),
        project: Some(Project { key: "QUAY".to_owned(), name: "Quay".to_owned() }),
        ..issue(1, "another title")
    };
    read_issue(&house, moved, shown).await;
    let hours = hours(&house).await;
    assert_eq!((hours.key.as_str(), hours.project.unwrap().key.as_str()), ("QUAY-9", "QUAY"));
    assert!(hours.title.contains("on QUAY-9"), "{}", hours.title);
    assert_eq!(house.store.revision().await.unwrap().0, revision.0 + 3, "the issue and its one worklog");
}

#[tokio::test]
async fn hours_are_shown_to_their_author_alone_unless_the_settings_say_otherwise() {
    assert_eq!(HoursShown::default(), HoursShown::ToTheirAuthors);
    let house = House::new().await;
    read_issue(&house, issue(1, "one"), HoursShown::default()).await;
    read_hours(&house, HoursShown::default()).await;
    assert_eq!(hours(&house).await.audience, only(&[&own()]));
    let id = house.held().await["1"].id;
    assert!(house.store.documents(&[id], &Viewer::member()).await.unwrap().is_empty());
    assert_eq!(house.store.documents(&[id], &Viewer::admin()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn hours_are_never_shown_to_more_people_than_their_issue() {
    let (house, shown) = (House::new().await, HoursShown::ToMembers);
    read_issue(&house, issue(1, "one"), shown).await;
    read_hours(&house, shown).await;
    let board = only(&["group:board"]);
    for (audience, expected) in [
        (board.clone(), only(&["group:board", &own()])),
        (Audience::Members, Audience::Members),
        (Audience::Unknown, only(&[&own()])),
        (Audience::Members, Audience::Members),
        (Audience::Only(BTreeSet::new()), only(&[&own()])),
    ] {
        read_issue(&house, Document { audience: audience.clone(), ..issue(1, "one") }, shown).await;
        assert_eq!(hours(&house).await.audience, expected, "{audience:?}");
        assert!(audience.tokens().contains(&MEMBERS) || !expected.tokens().contains(&MEMBERS));
    }
}

#[tokio::test]
async fn hours_on_an_issue_that_cannot_be_read_any_more_are_hidden_with_it() {
    let (house, shown) = (House::new().await, HoursShown::ToMembers);
    read_issue(&house, issue(1, "one"), shown).await;
    read_hours(&house, shown).await;
    read(&house, JIRA, Turn::Page(vec![unreadable("10001")]), shown).await;
    assert_eq!(hours(&house).await.audience, only(&[&own()]));
    read_issue(&house, issue(1, "one"), shown).await;
    assert_eq!(hours(&house).await.audience, Audience::Members);
}

#[tokio::test]
async fn hours_on_an_issue_that_is_gone_are_their_authors_own() {
    let (house, shown) = (House::new().await, HoursShown::ToMembers);
    read_issue(&house, issue(1, "one"), shown).await;
    read_hours(&house, shown).await;
    let gone = Turn::Gone(vec![("10001".to_owned(), Tombstone::NoAccess)]);
    read(&house, JIRA, gone, shown).await;
    let alone = hours(&house).await;
    assert_eq!((alone.key.as_str(), &alone.audience), ("issue 10001", &only(&[&own()])));
    assert!(alone.project.is_none() && alone.links.is_empty());
    read_issue(&house, issue(1, "one"), shown).await;
    assert_eq!(hours(&house).await.key, "HARB-1", "and the issue's again when it is back");
}

#[tokio::test]
async fn hours_follow_an_issue_that_a_census_takes_away() {
    let (house, shown) = (House::new().await, HoursShown::ToMembers);
    let page: Vec<Record> = (0..30).map(|number| record(issue(number, "some title"))).collect();
    read(&house, JIRA, Turn::Page(page.clone()), shown).await;
    read_hours(&house, shown).await;
    assert_eq!(hours(&house).await.audience, Audience::Members);
    let confirmed = house.fresh(JIRA).await.confirmed.unwrap();
    let mut tx = house.store.begin().await.unwrap();
    let early = Confirmed { from: issue(0, "").updated_at, ..confirmed };
    tx.confirm(JIRA, early, confirmed.until).await.unwrap();
    tx.commit().await.unwrap();
    house.keep_fresh().census(&Admin::at_the_console(), JIRA, false).await.unwrap();
    let there = page.into_iter().filter(|record| record.external_id != "10001").collect();
    let done = house.work(&ScriptedSource::new(None, Vec::new()).holding(there)).await;
    assert_eq!((done.state, done.progress.gone), (BackfillState::Done, 1));
    assert_eq!(hours(&house).await.audience, only(&[&own()]));
}

#[tokio::test]
async fn hours_that_cannot_be_read_any_more_stay_hidden_whatever_becomes_of_their_issue() {
    let (house, shown) = (House::new().await, HoursShown::ToMembers);
    read_issue(&house, issue(1, "one"), shown).await;
    read_hours(&house, shown).await;
    read(&house, TEMPO, Turn::Page(vec![unreadable("1")]), shown).await;
    let moved = Document { key: "QUAY-9".to_owned(), ..issue(1, "one") };
    read_issue(&house, moved, shown).await;
    assert_eq!(hours(&house).await.audience, Audience::Unknown);
}

#[tokio::test]
async fn a_name_that_jira_tells_is_used_for_hours_that_come_later() {
    let (house, shown) = (House::new().await, HoursShown::ToMembers);
    let person =
        Person { part: Part::Assignee, account_id: "a:1".to_owned(), name: "Mara Lindqvist-Berg".to_owned() };
    read_issue(&house, Document { people: vec![person], ..issue(2, "two") }, shown).await;
    read_hours(&house, shown).await;
    assert_eq!(hours(&house).await.people[0].name, "Mara Lindqvist-Berg", "though the issue is not held");
}
