//! Requests count, also those that brought nothing.

use daybook_core::ports::source::{Source as _, Spent};
use daybook_sources::jira::JiraSource;

use crate::jira::world::{Holds, World, scope};
use crate::vendor::{Reply, Vendor};

#[tokio::test]
async fn a_walk_that_fails_knows_what_it_spent_since_its_last_page() {
    let world = World::of(250);
    let vendor = Vendor::jira(
        move |asked, place| {
            if place == 0 { world.answer(asked) } else { Reply::text(500, "oops") }
        },
    )
    .await;
    let mut walk = vendor.jira_source().walk(&scope(None), None, Holds::nothing()).await.unwrap();
    let page = walk.next_page().await.unwrap().unwrap();
    assert_eq!((page.requests, page.waits), (2, 0), "with the list of fields");
    walk.next_page().await.unwrap_err();
    assert_eq!(walk.spent(), Spent { requests: 5, waits: 4 });
    assert_eq!(vendor.searches().len(), 6);
}

#[tokio::test]
async fn at_the_end_of_a_walk_everything_was_told_with_its_pages() {
    let world = World::of(250);
    let vendor = Vendor::jira(move |asked, _| world.answer(asked)).await;
    let mut walk = vendor.jira_source().walk(&scope(None), None, Holds::nothing()).await.unwrap();
    let mut told = 0;
    while let Some(page) = walk.next_page().await.unwrap() {
        told += page.requests;
    }
    assert_eq!((told, walk.spent()), (4, Spent::default()), "three pages and the list of fields");
}

#[tokio::test]
async fn a_survey_tells_what_it_spent_whether_it_fails_or_not() {
    for (fails, requests, waits) in [("myself", 5, 4), ("approximate-count", 8, 4), ("none", 4, 0)] {
        let world = World::of(7);
        let vendor = Vendor::jira(move |asked, _| {
            if asked.path.ends_with(fails) { Reply::text(500, "oops") } else { world.answer(asked) }
        })
        .await;
        let source: JiraSource = vendor.jira_source();
        let mut spent = Spent { requests: 1, waits: 1 };
        let survey = source.surveyed(&scope(None), &mut spent).await;
        assert_eq!((survey.is_ok(), spent.requests - 1, spent.waits - 1), (fails == "none", requests, waits));
        assert_eq!(vendor.asked().len(), requests as usize);
    }
}
