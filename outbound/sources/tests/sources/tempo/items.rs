//! Single worklogs by their numbers: as they are held, or with the reason why they are not there.

use std::sync::Arc;

use chrono::TimeDelta;
use daybook_core::model::document::Tombstone;
use daybook_core::ports::source::{Reach, Scope, Source as _, SourceError};
use serde_json::json;

use super::company::{Company, Holding, Nothing, once, pages, requests, whole};

fn scope(company: &Company, ids: &[&str]) -> Scope {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    Scope { reach: Reach::Items(ids), ..company.all() }
}

#[tokio::test]
async fn a_worklog_alone_is_the_same_as_on_its_page() {
    let company = Company::with(60).await;
    let source = company.source();
    let all = once(whole(&source, &company.all()).await);
    let ids: Vec<&str> = all.keys().take(45).map(String::as_str).collect();
    let scope = scope(&company, &ids);
    let survey = source.survey(&scope).await.unwrap();
    let pages = whole(&source, &scope).await;
    assert_eq!(pages.len(), 3);
    assert!((u64::from(survey.requests) + requests(&pages)) * 10 <= survey.plan.unwrap().requests * 11);
    for (id, record) in once(pages) {
        assert_eq!((record.digest(), record.reading), (all[&id].digest(), all[&id].reading.clone()));
    }
}

#[tokio::test]
async fn one_that_is_not_there_says_why_if_that_is_certain() {
    let company = Company::with(60).await;
    let source = company.source();
    let before = whole(&source, &company.all()).await;
    let held = Holding::of(&before, company.now());
    let ids: Vec<String> = once(before).into_keys().collect();
    let number = |id: &str| id.parse::<u64>().unwrap();
    company.pass(TimeDelta::hours(1));
    company.change(json!({"delete_worklog": number(&ids[0])})).await;
    company.change(json!({"hide_worklog": number(&ids[1])})).await;
    let scope = scope(&company, &[&ids[0], &ids[1], &ids[2]]);
    let (pages, error) = pages(&source, &scope, None, held).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(pages[0].gone, [(ids[0].clone(), Tombstone::Deleted), (ids[1].clone(), Tombstone::NoAccess)]);
    assert_eq!(pages[0].records[0].external_id, ids[2]);
}

#[tokio::test]
async fn one_that_never_was_or_has_no_number_is_unacceptable_and_does_not_stop_the_others() {
    let company = Company::with(60).await;
    let source = company.source();
    let id = company.held().await.into_keys().next().unwrap();
    let scope = scope(&company, &["7", "HARB-1", &id]);
    let (pages, error) = pages(&source, &scope, None, Arc::new(Nothing)).await;
    assert_eq!(pages[0].records[0].external_id, id);
    let Some(SourceError::Unacceptable { said, .. }) = error else { panic!("{error:?}") };
    assert!(said.contains("HARB-1") && said.contains('7'), "{said}");
}
