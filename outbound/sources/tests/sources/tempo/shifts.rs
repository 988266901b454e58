//! Worklogs that are deleted, written and moved while a window is read.

use std::sync::Arc;

use daybook_core::ports::source::SourceError;
use serde_json::json;

use super::company::{Company, Nothing, once, pages, whole};
use super::scripted::{answer, is_search, page, scope, source, worklog};
use crate::vendor::{Reply, Vendor};

#[tokio::test]
async fn what_stays_comes_once_however_much_is_deleted_meanwhile() {
    let company = Company::with(200).await;
    company
        .fault(json!({"match": "worklogs/search", "kind": "delete_while_paging", "issues": 40, "times": 20}))
        .await;
    let records = once(whole(&company.paged(100), &company.all()).await);
    let held = company.held().await;
    assert!(!held.is_empty() && held.keys().all(|id| records.contains_key(id)));
}

#[tokio::test]
async fn edits_meanwhile_neither_lose_nor_double() {
    let company = Company::with(200).await;
    company.fault(json!({"match": "worklogs/search", "kind": "edit_while_paging", "issues": 40})).await;
    let records = once(whole(&company.paged(100), &company.all()).await);
    assert_eq!(records.keys().collect::<Vec<_>>(), company.held().await.keys().collect::<Vec<_>>());
}

#[tokio::test]
async fn repeated_and_endless_pages_end_the_walk() {
    for kind in ["repeat_token", "endless_pages"] {
        let company = Company::with(200).await;
        company.fault(json!({"match": "worklogs/search", "kind": kind})).await;
        let (pages, error) = pages(&company.paged(100), &company.all(), None, Arc::new(Nothing)).await;
        let Some(SourceError::Broken { said, .. }) = error else { panic!("{kind}: {error:?}") };
        assert!(said.contains("pages repeat"), "{said}");
        assert_eq!(pages.len(), 1, "what came before is given");
    }
}

#[tokio::test]
async fn empty_pages_that_promise_more_are_asked_for_again_and_not_for_ever() {
    for (times, is_fine) in [(10, true), (11, false)] {
        let company = Company::with(60).await;
        let fault = json!({"match": "worklogs/search", "kind": "empty_page_with_token", "times": times});
        company.fault(fault).await;
        let (pages, error) = pages(&company.paged(100), &company.all(), None, Arc::new(Nothing)).await;
        assert_eq!(error.is_none(), is_fine, "{error:?}");
        if is_fine {
            company.expect_all(&once(pages)).await;
        }
    }
}

#[tokio::test]
async fn an_empty_page_in_the_middle_loses_nothing() {
    let company = Company::with(60).await;
    let fault = json!({"match": "worklogs/search", "kind": "empty_page_with_token", "after": 3, "times": 2});
    company.fault(fault).await;
    company.expect_all(&once(whole(&company.paged(40), &company.all()).await)).await;
}

#[tokio::test]
async fn neither_a_missing_link_nor_a_short_page_is_the_end_by_itself() {
    let rows: Vec<_> = (1..=2_500).map(worklog).collect();
    let vendor = Vendor::serve(move |asked, _| {
        if !is_search(asked) {
            return answer(asked, &[]);
        }
        let mut page = page(&asked.path, &rows);
        page["metadata"].as_object_mut().unwrap().remove("next");
        Reply::json(&page)
    })
    .await;
    assert_eq!(once(whole(&source(&vendor), &scope()).await).len(), 2_500);
    let rows: Vec<_> = (1..=100).map(worklog).collect();
    let vendor = Vendor::serve(move |asked, _| {
        if !is_search(asked) {
            return answer(asked, &[]);
        }
        // Some of each page are left out after it was cut: it is short, and there is more.
        let mut page = page(&asked.path.replace("limit=1000", "limit=7"), &rows);
        page["metadata"]["limit"] = 1_000.into();
        Reply::json(&page)
    })
    .await;
    assert_eq!(once(whole(&source(&vendor), &scope()).await).len(), 100);
}
