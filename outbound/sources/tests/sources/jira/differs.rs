//! A site that answers differently than it did: never an empty success.

use daybook_core::ports::source::SourceError;
use serde_json::{Value, json};

use crate::jira::world::{FROM_MS, Holds, changes, issue, items, pages, pages_beside, pages_of};
use crate::vendor::{Reply, Vendor};

const EXPECTED: [&str; 6] = ["summary", "status", "issuetype", "project", "created", "updated"];

/// A page of issues of which so many lack a field.
fn page(count: u32, lacking: u32, field: &str) -> Reply {
    let one = |id: u32| {
        let mut issue = issue(id, FROM_MS + i64::from(id));
        if id < lacking {
            issue["fields"].as_object_mut().unwrap().remove(field);
        }
        issue
    };
    Reply::json(&json!({"issues": (0..count).map(one).collect::<Vec<_>>(), "isLast": true}))
}

#[tokio::test]
async fn a_field_that_most_of_a_page_lacks_is_named_with_the_time() {
    for field in EXPECTED {
        let vendor = Vendor::jira(move |_, _| page(30, 16, field)).await;
        let source = vendor.jira_source();
        let names: Vec<String> = (0..30).map(|id| id.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for error in [
            pages(&source, None).await.1,
            pages_beside(&source, &changes(), None, Holds::nothing()).await.1,
            pages_of(&source, &items(&names), None).await.1,
        ] {
            let Some(SourceError::Broken { said, .. }) = error else { panic!("{field}: {error:?}") };
            let words = format!("`{field}` is missing or of another type in 16 of 30 records");
            assert!(said.starts_with("it answers differently since 2") && said.ends_with(&words), "{said}");
        }
    }
}

#[tokio::test]
async fn a_field_that_few_lack_or_a_small_page_lacks_is_no_such_sign() {
    for (count, lacking) in [(30, 15), (19, 19)] {
        for field in EXPECTED {
            let vendor = Vendor::jira(move |_, _| page(count, lacking, field)).await;
            let (pages, error) = pages(&vendor.jira_source(), None).await;
            assert!(error.is_none(), "{field}: {error:?}");
            assert_eq!(pages[0].records.len(), count as usize);
        }
    }
}

#[tokio::test]
async fn a_field_of_another_type_is_a_missing_one() {
    let vendor = Vendor::jira(|_, _| {
        let one = |id: u32| {
            let mut issue = issue(id, FROM_MS);
            issue["fields"]["status"] = Value::from("Done");
            issue
        };
        Reply::json(&json!({"issues": (0..20).map(one).collect::<Vec<_>>(), "isLast": true}))
    })
    .await;
    let (_, error) = pages(&vendor.jira_source(), None).await;
    assert!(error.unwrap().to_string().contains("`status` is missing or of another type in 20 of 20"));
}

#[tokio::test]
async fn an_address_that_is_gone_is_named() {
    for (status, path) in [(410, "/rest/api/3/search/jql"), (404, "/rest/api/3/search/jql")] {
        let vendor = Vendor::jira(move |_, _| Reply::text(status, "{}")).await;
        let (_, error) = pages(&vendor.jira_source(), None).await;
        let said = error.unwrap().to_string();
        assert!(said.contains(path), "{said}");
    }
}
