//! Syncs: everything that changed, as few requests as can be, and nothing read twice that is held as it comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use daybook_core::ports::source::{Source as _, SourceError};
use serde_json::json;

use crate::jira::world::{
    FROM_MS, Holds, World, changes, ids, issue, items, pages_beside, pages_of, requests, source,
};
use crate::vendor::{Reply, Vendor};

#[tokio::test]
async fn a_sync_without_a_change_is_one_request() {
    let world = World::of(80);
    let vendor = Vendor::jira(move |asked, _| world.answer(asked)).await;
    let mut settings = vendor.jira_settings();
    settings.history = true;
    let source = source(settings);
    let holds = Holds::nothing();
    let (first, error) = pages_beside(&source, &changes(), None, holds.clone()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!((ids(&first).len(), requests(&first)), (80, 3), "a page, the fields, the histories");
    holds.save(&first);
    let (second, error) = pages_beside(&source, &changes(), None, holds.clone()).await;
    assert!(error.is_none(), "{error:?}");
    let unchanged: usize = second.iter().map(|page| page.unchanged.len()).sum();
    assert_eq!((ids(&second).len(), unchanged, requests(&second)), (0, 80, 1));
    assert!(second.iter().all(|page| page.changes.is_empty()));
    let survey = source.survey(&changes()).await.unwrap();
    assert_eq!(survey.requests, 3, "who, which projects, how many");
    let (third, _) = pages_of(&source, &changes(), None).await;
    assert_eq!(ids(&third).len(), 80, "what is not held is read");
}

#[tokio::test]
async fn the_history_of_what_an_unfinished_sync_has_read_is_not_forgotten() {
    // Two share each second: the first five minutes of them lie in the overlap of the sync before.
    let world = World::of(1_000);
    let breaks = Arc::new(AtomicBool::new(true));
    let broken = Arc::clone(&breaks);
    let vendor = Vendor::jira(move |asked, _| {
        let is_history = asked.path.ends_with("/changelog/bulkfetch");
        if is_history && broken.load(Ordering::Relaxed) { Reply::text(500, "") } else { world.answer(asked) }
    })
    .await;
    let mut settings = vendor.jira_settings();
    settings.history = true;
    let source = source(settings);
    let holds = Holds::nothing();
    let (unfinished, error) = pages_beside(&source, &changes(), None, holds.clone()).await;
    assert!(error.is_some() && ids(&unfinished).len() == 1_000, "{error:?}");
    holds.save(&unfinished);
    breaks.store(false, Ordering::Relaxed);
    let (again, error) = pages_beside(&source, &changes(), None, holds).await;
    assert!(error.is_none() && ids(&again).is_empty(), "{error:?}");
    let told: usize = again.iter().map(|page| page.changes.len()).sum();
    assert_eq!(told, 1_000 - 600, "what lies in the overlap was confirmed");
}

#[tokio::test]
async fn a_silent_change_is_read_and_its_neighbours_are_not() {
    let vendor = Vendor::jira(|asked, place| {
        let of = |id: u32| {
            let mut issue = issue(id, FROM_MS + 1000);
            // A comment vanishes between the walks; the vendor's clock of changes stands still.
            let comments =
                if id == 3 && place > 0 { json!([]) } else { json!([{"id": "1", "body": "words"}]) };
            issue["fields"]["comment"] =
                json!({"comments": comments, "total": 1, "maxResults": 5, "startAt": 0});
            issue
        };
        assert!(asked.is_search());
        Reply::json(&json!({"issues": (0..10).map(of).collect::<Vec<_>>(), "isLast": true}))
    })
    .await;
    let source = vendor.jira_source();
    let holds = Holds::nothing();
    let (first, _) = pages_beside(&source, &changes(), None, holds.clone()).await;
    holds.save(&first);
    let (second, error) = pages_beside(&source, &changes(), None, holds).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(
        (ids(&second), second[0].unchanged.len(), second[0].hidden_comments),
        (vec!["3".to_owned()], 9, 1)
    );
}

#[tokio::test]
async fn a_cursor_of_the_other_sort_of_walk_is_refused() {
    let world = World::of(3);
    let vendor = Vendor::jira(move |asked, _| world.answer(asked)).await;
    let source = vendor.jira_source();
    let (search, _) = pages_of(&source, &changes(), None).await;
    let (list, _) = pages_of(&source, &items(&["1"]), None).await;
    for (scope, cursor) in [(items(&["1"]), &search[0].cursor), (changes(), &list[0].cursor)] {
        let refused = source.walk(&scope, Some(cursor.clone()), Holds::nothing()).await.map(drop);
        assert!(matches!(refused, Err(SourceError::Broken { .. })), "{cursor:?}");
    }
}
