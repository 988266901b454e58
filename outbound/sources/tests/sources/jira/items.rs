//! Issues by their names, and what it means when one does not come.

use daybook_core::model::document::Tombstone;
use daybook_core::ports::source::{Fate, Page, Source as _, SourceError, Spent};
use daybook_sources::jira::JiraSource;
use serde_json::{Value, json};

use crate::jira::world::{
    FROM_MS, Holds, World, ids, issue, items, pages_beside, pages_of, records, requests, source,
};
use crate::vendor::{Asked, Reply, Vendor};

/// A site that may have schemes of security.
async fn vendor(issues: u32, scheme: u16) -> (Vendor, JiraSource) {
    let world = World::of(issues);
    let vendor = Vendor::jira(move |asked, _| match () {
        () if asked.path.contains("issuesecuritylevelscheme") => Reply::text(scheme, "{}"),
        () if asked.path.contains("status=archived") => Reply::json(
            &json!({"values": [{"key": "HARB"}, {"key": "OLD", "archived": true}], "isLast": true, "total": 2}),
        ),
        () => world.answer(asked),
    })
    .await;
    let source = vendor.jira_source();
    (vendor, source)
}

async fn fetched(source: &JiraSource, names: &[&str]) -> (Vec<Page>, Option<SourceError>) {
    pages_of(source, &items(names), None).await
}

#[tokio::test]
async fn ids_and_keys_are_fetched_a_hundred_at_a_time_and_each_once() {
    let (vendor, source) = vendor(300, 404).await;
    let names: Vec<String> = (0..250)
        .map(|id| if id % 2 == 0 { id.to_string() } else { format!("harb-{id}") })
        .chain(["7".to_owned(), "7".to_owned()])
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let survey = source.survey(&items(&names)).await.unwrap();
    let before = vendor.asked().len();
    let (pages, error) = fetched(&source, &names).await;
    assert!(error.is_none(), "{error:?}");
    let mut came = ids(&pages);
    came.sort_unstable();
    came.dedup();
    assert_eq!((came.len(), pages.len(), pages[0].cursor == pages[1].cursor), (250, 3, false));
    assert_eq!(requests(&pages), vendor.asked().len() - before);
    assert_eq!(survey.plan.unwrap().requests, vendor.asked().len() as u64);
    for place in 0..3 {
        let (rest, error) = pages_of(&source, &items(&names), Some(pages[place].cursor.clone())).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(ids(&rest), ids(&pages[place + 1..]), "after page {place}");
    }
}

#[tokio::test]
async fn an_id_that_is_not_there_was_deleted_where_nothing_can_be_hidden() {
    for (scheme, reason) in
        [(404, Tombstone::Deleted), (200, Tombstone::NoAccess), (403, Tombstone::NoAccess)]
    {
        let (_vendor, source) = vendor(10, scheme).await;
        let (pages, error) = fetched(&source, &["3", "77"]).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!((ids(&pages), &pages[0].gone), (vec!["3".to_owned()], &vec![("77".to_owned(), reason)]));
        let mut spent = Spent::default();
        let fates = source.fates(&["77", "3", "sha256:00", "78"], &mut spent).await.unwrap();
        assert_eq!(fates, [Fate::Left(reason), Fate::There, Fate::Unclear, Fate::Left(reason)]);
        assert_eq!(spent.requests, 3);
    }
}

#[tokio::test]
async fn what_was_in_a_project_that_is_seen_no_more_was_not_deleted() {
    let (_vendor, source) = vendor(10, 404).await;
    let holds = Holds::nothing();
    for (id, project) in [(50, "OLD"), (51, "LOST"), (52, "HARB")] {
        holds.set(&id.to_string(), &format!("2026-11-20T00:00:00.000Z {project} 00"));
    }
    let (pages, error) = pages_beside(&source, &items(&["50", "51", "52"]), None, holds).await;
    assert!(error.is_none(), "{error:?}");
    let gone: Vec<(&str, Tombstone)> = pages[0].gone.iter().map(|(id, why)| (id.as_str(), *why)).collect();
    assert_eq!(gone, [("50", Tombstone::Archived), ("51", Tombstone::NoAccess), ("52", Tombstone::Deleted)]);
}

#[tokio::test]
async fn an_archived_issue_is_told_apart() {
    let vendor = Vendor::jira(|_, _| {
        let mut archived = issue(3, FROM_MS);
        archived["fields"]["archiveddate"] = json!("2026-11-20T09:15:32.123+0100");
        Reply::json(&json!({"issues": [archived, issue(4, FROM_MS)]}))
    })
    .await;
    let fates = vendor.jira_source().fates(&["3", "4"], &mut Spent::default()).await.unwrap();
    assert_eq!(fates, [Fate::Left(Tombstone::Archived), Fate::There]);
}

#[tokio::test]
async fn a_key_that_names_nothing_is_said_and_the_others_come() {
    let (_vendor, source) = vendor(10, 404).await;
    let (pages, error) = fetched(&source, &["HARB-3", "HARB-99"]).await;
    let Some(SourceError::Unacceptable { said, .. }) = error else { panic!("{error:?}") };
    assert!(said.contains("HARB-99"), "{said}");
    assert_eq!(ids(&pages), ["3"]);
    let refused = source.walk(&items(&["HARB-1 OR 1=1"]), None, Holds::nothing()).await.map(drop);
    assert!(matches!(refused, Err(SourceError::Unacceptable { .. })));
}

#[tokio::test]
async fn an_old_key_finds_its_issue_and_a_stranger_is_found_out() {
    let moved = |asked: &Asked, _| {
        let names = asked.body["issueIdsOrKeys"].to_string();
        let issues: Vec<Value> = if names.contains("OLD-1") { vec![issue(7, FROM_MS)] } else { Vec::new() };
        Reply::json(&json!({"issues": issues}))
    };
    let vendor = Vendor::jira(moved).await;
    let source = vendor.jira_source();
    let (pages, error) = fetched(&source, &["OLD-1"]).await;
    assert!(error.is_none() && ids(&pages) == ["7"], "{error:?}");
    let (pages, error) = fetched(&source, &["OLD-1", "OLD-2"]).await;
    assert!(error.unwrap().to_string().contains("OLD-2") && ids(&pages) == ["7"]);
    let stranger = Vendor::jira(|_, _| Reply::json(&json!({"issues": [issue(8, FROM_MS)]}))).await;
    let (_, error) = fetched(&stranger.jira_source(), &["7"]).await;
    assert!(matches!(error, Some(SourceError::Broken { .. })), "{error:?}");
}

#[tokio::test]
async fn one_issue_that_is_too_large_leaves_the_others() {
    let world = World::of(40);
    let vendor = Vendor::jira(move |asked, _| {
        let is_large =
            asked.body["issueIdsOrKeys"].as_array().is_some_and(|names| names.contains(&json!("17")));
        match world.answer(asked) {
            Reply::Answer { body, .. } if is_large && asked.body["fields"] == json!(["*all"]) => {
                let padding = "x".repeat(60_000);
                Reply::text(200, &format!("{}{padding}", String::from_utf8(body).unwrap()))
            }
            reply => reply,
        }
    })
    .await;
    let mut settings = vendor.jira_settings();
    settings.http.max_answer_bytes = 60_000;
    let names: Vec<String> = (0..40).map(|id| id.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (pages, error) = fetched(&source(settings), &names).await;
    assert!(error.is_none(), "{error:?}");
    let unread: Vec<_> = records(&pages).filter(|record| record.reading.is_err()).collect();
    assert_eq!((ids(&pages).len(), unread.len(), unread[0].external_id.as_str()), (40, 1, "17"));
    assert_eq!(requests(&pages), vendor.asked().len());
}
