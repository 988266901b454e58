//! What came is held against what was asked for.

use daybook_core::ports::source::SourceError;
use serde_json::{Value, json};

use crate::jira::world::{FROM_MS, issue, pages_of, scope};
use crate::vendor::{Reply, Vendor};

/// Issues of HARB, of which some are bent by a test.
async fn walked(
    project: Option<&str>,
    count: u32,
    bend: impl Fn(u32, &mut Value) + Send + Sync + 'static,
) -> Result<(usize, u64), String> {
    let vendor = Vendor::jira(move |_, _| {
        let one = |id| {
            let mut issue = issue(id, FROM_MS + 1000);
            issue["fields"]["project"] = json!({"key": "HARB"});
            bend(id, &mut issue);
            issue
        };
        Reply::json(&json!({"issues": (0..count).map(one).collect::<Vec<_>>(), "isLast": true}))
    })
    .await;
    match pages_of(&vendor.jira_source(), &scope(project), None).await {
        (pages, None) => Ok((pages[0].records.len(), pages[0].outside)),
        (_, Some(SourceError::Broken { said, .. })) => Err(said),
        (_, Some(error)) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_vendor_that_forgets_the_project_is_found_out() {
    let said = walked(Some("ops"), 10, |_, _| {}).await.unwrap_err();
    for word in ["project OPS", "2026-11-01 00:00:00 UTC", "10 of the 10", "HARB-0 of project HARB"] {
        assert!(said.contains(word), "{said}");
    }
    assert_eq!(walked(None, 10, |_, _| {}).await, Ok((10, 0)));
    assert_eq!(walked(Some("harb"), 10, |_, _| {}).await, Ok((10, 0)));
}

#[tokio::test]
async fn a_vendor_that_forgets_the_window_is_found_out() {
    for year in ["2016", "2036"] {
        let updated = format!("{year}-11-20T09:15:32.123+0100");
        let said =
            walked(None, 3, move |_, issue| issue["fields"]["updated"] = json!(updated)).await.unwrap_err();
        assert!(said.contains(&format!("HARB-0 of project HARB, changed {year}-11-20")), "{said}");
    }
}

#[tokio::test]
async fn half_a_page_that_was_not_asked_for_is_passed_on_and_counted() {
    for (outside, count) in [(1, 10), (5, 10), (1, 1)] {
        let moved = move |id: u32, issue: &mut Value| {
            if id < outside {
                issue["key"] = json!(format!("OPS-{id}"));
            }
        };
        assert_eq!(walked(Some("HARB"), count, moved).await, Ok((count as usize, u64::from(outside))));
        let renamed = move |id: u32, issue: &mut Value| {
            if id < outside {
                issue["fields"]["project"]["key"] = json!("OPS");
            }
        };
        assert_eq!(walked(Some("HARB"), count, renamed).await, Ok((count as usize, u64::from(outside))));
    }
}

#[tokio::test]
async fn what_says_nothing_of_its_project_or_time_is_passed_on() {
    let bare = |_: u32, issue: &mut Value| {
        issue["key"] = json!("odd");
        issue["fields"]["project"] = json!(null);
    };
    assert_eq!(walked(Some("HARB"), 5, bare).await, Ok((5, 0)));
    let timeless = |_: u32, issue: &mut Value| issue["fields"]["updated"] = json!(null);
    assert_eq!(walked(Some("OPS"), 5, timeless).await, Ok((5, 0)));
}
