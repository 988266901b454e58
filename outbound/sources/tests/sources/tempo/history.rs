//! A window of history: every worklog once, as it was served, from any checkpoint, in few requests.

use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use daybook_core::model::document::Details;
use daybook_core::ports::source::{Scope, Source as _, SourceError};
use serde_json::json;

use super::company::{Company, Nothing, once, pages, requests, whole};

#[tokio::test]
async fn every_worklog_comes_once_just_as_it_is_held() {
    let company = Company::with(400).await;
    let all = whole(&company.source(), &company.all()).await;
    assert!(all.iter().all(|page| !page.rewound && page.outside == 0 && page.gone.is_empty()));
    let records = once(all);
    company.expect_all(&records).await;
    assert!(records.len() > 2_000, "{}", records.len());
    assert!(records.values().all(|record| record.reading.is_ok() && record.gaps.is_empty()));
}

#[tokio::test]
async fn requests_stay_near_the_number_of_full_pages_and_within_the_plan() {
    let company = Company::with(200).await;
    for page_size in [50, 200, 1_000] {
        let source = company.paged(page_size);
        let survey = source.survey(&company.all()).await.unwrap();
        let all = whole(&source, &company.all()).await;
        let came = all.iter().map(|page| page.records.len() as u64).sum::<u64>();
        assert_eq!(survey.expected, Some(came));
        let took = u64::from(survey.requests) + requests(&all);
        let plan = survey.plan.unwrap();
        assert!(took * 10 <= plan.requests * 11, "{took} requests, {} planned", plan.requests);
        // What it takes to count, to ask for names, and to begin stretches is on top.
        let full = came.div_ceil(u64::from(page_size));
        assert!(requests(&all) * 10 <= full * 11 + 60, "{} requests for {full} full pages", requests(&all));
        assert!(u64::from(survey.requests) <= 18, "{} requests to count", survey.requests);
    }
}

#[tokio::test]
async fn a_walk_goes_on_after_any_of_its_cursors() {
    let company = Company::with(60).await;
    let source = company.paged(40);
    let all = whole(&source, &company.all()).await;
    let ids = |pages: &[daybook_core::ports::source::Page]| -> Vec<String> {
        pages.iter().flat_map(|page| &page.records).map(|record| record.external_id.clone()).collect()
    };
    assert!(all.len() > 6);
    for (place, page) in all.iter().enumerate() {
        let (rest, error) =
            pages(&source, &company.all(), Some(page.cursor.clone()), Arc::new(Nothing)).await;
        assert!(error.is_none());
        assert_eq!(ids(&rest), ids(&all[place + 1..]), "after page {place}");
    }
}

#[tokio::test]
async fn the_newest_stretch_comes_first() {
    let company = Company::with(400).await;
    let all = whole(&company.paged(100), &company.all()).await;
    let days: Vec<NaiveDate> = all
        .iter()
        .flat_map(|page| &page.records)
        .map(|record| record.reading.as_ref().unwrap()[0].occurred_at.unwrap().date_naive())
        .collect();
    let newest = days.iter().max().unwrap();
    let first = days.iter().take(100).min().unwrap();
    assert!((*newest - *first).num_days() <= 92, "{first} to {newest}");
    assert!(days.iter().position(|day| day == newest).unwrap() < days.len() / 4);
}

#[tokio::test]
async fn a_window_is_whole_days_of_the_workers_and_one_that_ends_now_includes_days_to_come() {
    let company = Company::with(60).await;
    let mut ids = Vec::new();
    for date in ["2026-11-09", "2026-11-10", "2026-11-11", "2026-11-21", "2027-02-01"] {
        let worklog = json!({"create_worklog": {
            "issue": "HARB-1", "author": "Mara Lindqvist", "date": date, "start": "23:30:00", "seconds": 60}});
        ids.push(company.change(worklog).await);
    }
    let came = async |from: &str, to: &str| {
        let mut window = company.window(from);
        window.to = to.parse().unwrap();
        let records = once(whole(&company.source(), &Scope::history(window)).await);
        ids.iter().map(|id| records.contains_key(id)).collect::<Vec<_>>()
    };
    let inside = came("2026-11-10T00:00:00Z", "2026-11-11T00:00:00Z").await;
    assert_eq!(inside, [false, true, false, false, false], "one day, to its end");
    let inside = came("2026-11-09T00:00:00Z", "2026-11-12T00:00:00Z").await;
    assert_eq!(inside, [true, true, true, false, false]);
    let inside = came("2026-11-10T18:00:00Z", "2026-11-20T12:00:00Z").await;
    assert_eq!(inside, [false, true, true, true, true], "from a day on, and all that is entered");
}

#[tokio::test]
async fn hours_are_told_by_their_own_day_and_by_names_where_tempo_has_them() {
    let company = Company::with(60).await;
    let id = company
        .change(json!({"create_worklog": {"issue": "HARB-1", "author": "Mara Lindqvist", "date": "2026-11-18",
            "start": "23:30:00", "seconds": 5_400, "billable": 7_200, "description": "fix UTF-8", "account": "HARB-DEV"}}))
        .await;
    let records = once(whole(&company.source(), &company.all()).await);
    let document = &records[&id].reading.as_ref().unwrap()[0];
    let Some(Details::Worklog(worklog)) = &document.details else { panic!("{document:?}") };
    assert_eq!(worklog.day.to_string(), "2026-11-18");
    assert_eq!(worklog.start.unwrap().to_string(), "23:30:00");
    assert_eq!((worklog.seconds, worklog.billable_seconds), (5_400, Some(7_200)));
    assert_eq!(worklog.account.as_deref(), Some("HARB-DEV"));
    assert_eq!(document.occurred_at.unwrap().to_rfc3339(), "2026-11-18T00:00:00+00:00");
    assert_eq!(document.body, "fix UTF-8");
    assert_eq!(document.project, None, "no project is guessed from words");
    assert_eq!(document.key, format!("issue {}", worklog.issue_id));
    assert!(document.labels.contains(&"account:Harbour portal".to_owned()), "{:?}", document.labels);
    assert!(document.labels.iter().any(|label| label.starts_with("team:")), "{:?}", document.labels);
    assert_eq!(document.updated_at, company.now());
    let labels = records.values().flat_map(|record| record.reading.as_ref().unwrap()[0].labels.clone());
    let labels: std::collections::BTreeSet<_> = labels.collect();
    assert!(labels.contains("Kind:Meetings and planning"), "{labels:?}");
}

#[tokio::test]
async fn whom_the_token_may_not_view_does_not_come_and_that_is_said() {
    let company = Company::with(200).await;
    let survey = company.limited().survey(&company.all()).await.unwrap();
    let all = once(whole(&company.limited(), &company.all()).await);
    assert_eq!(survey.expected, Some(all.len() as u64));
    assert!(all.len() < company.held().await.len());
    assert!(survey.unseen.iter().any(|text| text.contains("View all worklogs")), "{:?}", survey.unseen);
    assert!(survey.unseen.iter().any(|text| text.contains("deleted")), "{:?}", survey.unseen);
    let survey = company.source().survey(&company.all()).await.unwrap();
    assert!(survey.unseen.is_empty(), "{:?}", survey.unseen);
}

#[tokio::test]
async fn a_project_alone_is_not_read_and_never_turned_into_everything() {
    let company = Company::with(20).await;
    let scope = Scope { project: Some("HARB".to_owned()), ..company.all() };
    let survey = company.source().survey(&scope).await;
    assert!(matches!(survey, Err(SourceError::Unacceptable { .. })), "{survey:?}");
    let walk = company.source().walk(&scope, None, Arc::new(Nothing)).await;
    assert!(matches!(walk, Err(SourceError::Unacceptable { .. })));
}

#[tokio::test]
async fn an_empty_window_is_one_empty_page() {
    let company = Company::with(20).await;
    let mut window = company.window("1999-01-01T00:00:00Z");
    window.to = window.from + TimeDelta::days(30);
    let survey = company.source().survey(&Scope::history(window)).await.unwrap();
    let all = whole(&company.source(), &Scope::history(window)).await;
    assert_eq!((survey.expected, all.len(), all[0].records.len()), (Some(0), 1, 0));
    assert_eq!(requests(&all), 1, "no names are asked for if there is nothing to name");
}
