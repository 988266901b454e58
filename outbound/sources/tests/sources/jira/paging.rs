//! Paging: every issue once, from any checkpoint, and no loop whatever the vendor does.

use std::time::Duration;

use daybook_core::ports::source::{Source as _, SourceError};
use serde_json::json;

use crate::jira::world::{FROM_MS, Holds, World, ids, issue, pages, requests, scope};
use crate::vendor::{Asked, Reply, Vendor};

#[tokio::test]
async fn a_walk_gives_every_issue_once_newest_first_in_as_few_requests_as_there_are_pages() {
    let world = World::of(950);
    let held = world.ids();
    let vendor = Vendor::jira(move |asked, _| world.answer(asked)).await;
    let (pages, error) = pages(&vendor.jira_source(), None).await;
    assert!(error.is_none());
    assert_eq!(ids(&pages), held);
    assert_eq!(requests(&pages), 11, "ten pages and the list of fields");
    assert_eq!((vendor.searches().len(), vendor.asked().len()), (10, 11));
    assert!(pages.iter().all(|page| page.waits == 0 && !page.rewound));
    let first = &vendor.searches()[0].body;
    assert_eq!((&first["fields"], &first["maxResults"]), (&json!(["*all"]), &json!(100)));
}

#[tokio::test]
async fn a_walk_goes_on_after_any_of_its_cursors() {
    let world = World::of(430);
    let held = world.ids();
    let vendor = Vendor::jira(move |asked, _| world.answer(asked)).await;
    let (all, _) = pages(&vendor.jira_source(), None).await;
    for (place, page) in all.iter().enumerate() {
        let (rest, error) = pages(&vendor.jira_source(), Some(page.cursor.clone())).await;
        assert!(error.is_none());
        assert_eq!(ids(&rest), held[((place + 1) * 100).min(430)..], "after page {place}");
    }
}

#[tokio::test]
async fn an_empty_window_is_one_empty_page() {
    let world = World::of(0);
    let vendor = Vendor::jira(move |asked, _| world.answer(asked)).await;
    let (pages, error) = pages(&vendor.jira_source(), None).await;
    assert!(error.is_none() && pages.len() == 1 && pages[0].records.is_empty());
}

#[tokio::test]
async fn a_dead_token_takes_the_walk_back_a_little_and_loses_nothing() {
    let world = World::of(450);
    let held = world.ids();
    let vendor = Vendor::jira(move |asked: &Asked, _| {
        // Tokens of the first search die after two pages.
        let is_first = asked.body["jql"]
            .as_str()
            .is_some_and(|jql| jql.contains(&format!("< {}", FROM_MS + 20 * 86_400_000)));
        if is_first && asked.token().is_some_and(|token| token.starts_with("200@")) {
            return Reply::text(400, r#"{"errorMessages":["The provided next page token is invalid."]}"#);
        }
        world.answer(asked)
    })
    .await;
    let source = vendor.jira_source();
    let (all, error) = pages(&source, None).await;
    assert!(error.is_none(), "{error:?}");
    let mut distinct = ids(&all);
    assert_eq!(distinct.len(), 452, "only the last moment comes twice");
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 450);
    assert!(held.iter().all(|id| distinct.contains(id)));
    let rewound: Vec<bool> = all.iter().map(|page| page.rewound).collect();
    assert_eq!(rewound, [false, false, true, false, false]);
    assert_eq!(all[2].requests, 2, "the refused request counts");
    for page in &all {
        let (rest, error) = pages(&source, Some(page.cursor.clone())).await;
        assert!(error.is_none());
        assert!(rest.is_empty() || ids(&rest).contains(&"0".to_owned()));
    }
}

#[tokio::test]
async fn tokens_that_always_die_end_the_walk() {
    let vendor = Vendor::jira(|asked: &Asked, _| match asked.token() {
        Some(_) => Reply::text(400, r#"{"errorMessages":["token"]}"#),
        None => Reply::json(&json!({"issues": [issue(1, FROM_MS)], "nextPageToken": "t"})),
    })
    .await;
    let (_, error) = pages(&vendor.jira_source(), None).await;
    assert!(matches!(error, Some(SourceError::Unacceptable { .. })), "{error:?}");
    assert!(vendor.asked().len() < 12);
}

#[tokio::test]
async fn a_token_given_twice_ends_the_walk() {
    for tokens in [&["a", "a"][..], &["a", "b", "a"], &["a", "b", "c", "b"]] {
        let vendor = Vendor::jira(move |_, place| {
            let token = tokens[place.min(tokens.len() - 1)];
            Reply::json(&json!({"issues": [issue(1, FROM_MS)], "isLast": false, "nextPageToken": token}))
        })
        .await;
        let (pages, error) = pages(&vendor.jira_source(), None).await;
        let Some(SourceError::Broken { said, .. }) = error else { panic!("{error:?}") };
        assert!(said.contains("pages repeat"), "{said}");
        assert_eq!((pages.len(), vendor.searches().len()), (tokens.len() - 1, tokens.len()));
    }
}

#[tokio::test]
async fn ten_empty_pages_are_believed_and_eleven_are_not() {
    for (empty, is_fine) in [(10, true), (11, false)] {
        let vendor = Vendor::jira(move |_, place| {
            if place < empty {
                return Reply::json(&json!({"issues": [], "nextPageToken": place.to_string()}));
            }
            Reply::json(&json!({"issues": [issue(1, FROM_MS)], "isLast": true}))
        })
        .await;
        let (pages, error) = pages(&vendor.jira_source(), None).await;
        assert_eq!(error.is_none(), is_fine, "{error:?}");
        assert_eq!(ids(&pages).len(), usize::from(is_fine));
    }
}

#[tokio::test]
async fn a_walk_runs_ahead_by_a_bounded_number_of_pages_and_stops_when_it_is_dropped() {
    let vendor = Vendor::jira(|_, place| {
        Reply::json(&json!({"issues": [issue(1, FROM_MS)], "nextPageToken": place.to_string()}))
    })
    .await;
    let mut walk = vendor.jira_source().walk(&scope(None), None, Holds::nothing()).await.unwrap();
    walk.next_page().await.unwrap().unwrap();
    for _ in 0..1000 {
        if vendor.searches().len() >= 4 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let ahead = vendor.searches().len();
    assert!((3..=5).contains(&ahead), "{ahead} requests for one page that was taken");
    drop(walk);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(vendor.searches().len(), ahead);
}

#[tokio::test]
async fn a_page_of_another_shape_names_its_field() {
    for (body, field) in [
        (json!({"isLast": true}), "`issues`"),
        (json!({"issues": "none"}), "`issues`"),
        (json!({"issues": [], "isLast": false}), "`nextPageToken`"),
        (json!([]), "object"),
    ] {
        let vendor = Vendor::jira(move |_, _| Reply::json(&body)).await;
        let (_, error) = pages(&vendor.jira_source(), None).await;
        let Some(SourceError::Broken { said, .. }) = error else { panic!("{error:?}") };
        assert!(said.contains(field), "{said}");
        assert_eq!(vendor.asked().len(), 1);
    }
}
