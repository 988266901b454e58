//! What was written, edited and deleted since, in few requests, and in none for what is held just so.

use std::sync::Arc;

use chrono::TimeDelta;
use daybook_core::model::document::Tombstone;
use daybook_core::ports::source::{Page, Scope, Source as _, SourceError};
use serde_json::json;

use super::company::{Company, Holding, Nothing, once, pages, requests, whole};
use super::scripted::{answer, changes, is_search, page, source, source_with, worklog};
use crate::vendor::{Reply, Vendor};

fn ids(pages: &[Page]) -> Vec<String> {
    pages.iter().flat_map(|page| &page.records).map(|record| record.external_id.clone()).collect()
}

fn gone(pages: &[Page]) -> Vec<(String, Tombstone)> {
    pages.iter().flat_map(|page| page.gone.clone()).collect()
}

#[tokio::test]
async fn what_was_written_edited_and_deleted_comes_whatever_day_it_is_for() {
    let company = Company::with(60).await;
    let before = once(whole(&company.source(), &company.all()).await);
    let began = company.now();
    company.pass(TimeDelta::hours(1));
    let worklog = json!({"create_worklog": {
        "issue": "HARB-1", "author": "Mara Lindqvist", "date": "2019-03-05", "seconds": 60, "description": "late"}});
    let new = company.change(worklog).await;
    let edited = before.keys().nth(7).unwrap().clone();
    let deleted = before.keys().nth(9).unwrap().clone();
    let number = |id: &str| id.parse::<u64>().unwrap();
    company.change(json!({"edit_worklog": {"id": number(&edited), "seconds": 120}})).await;
    company.change(json!({"delete_worklog": number(&deleted)})).await;
    company.pass(TimeDelta::hours(1));
    let all = whole(&company.source(), &company.changes(began)).await;
    assert_eq!(gone(&all), [(deleted.clone(), Tombstone::Deleted)]);
    let mut records = before;
    records.remove(&deleted);
    let changed = once(all);
    assert_eq!(changed.keys().collect::<Vec<_>>(), {
        let mut expected = vec![&edited, &new];
        expected.sort();
        expected
    });
    records.extend(changed);
    company.expect_all(&records).await;
}

#[tokio::test]
async fn a_sync_without_changes_takes_two_requests_and_a_survey_one_more() {
    let company = Company::with(60).await;
    let source = company.source();
    let began = company.now();
    company.pass(TimeDelta::hours(1));
    source.survey(&company.changes(began)).await.unwrap();
    let survey = source.survey(&company.changes(began)).await.unwrap();
    assert_eq!((survey.expected, survey.requests), (Some(0), 1), "what the token may do is known by then");
    let all = whole(&source, &company.changes(began)).await;
    assert_eq!((ids(&all).len(), requests(&all)), (0, 2));
}

#[tokio::test]
async fn what_is_held_as_it_is_listed_is_not_read_again_and_no_names_are_asked_for() {
    let company = Company::with(60).await;
    let source = company.source();
    let began = company.now();
    company.pass(TimeDelta::hours(1));
    let worklog = json!({"create_worklog": {"issue": "HARB-1", "author": "Mara Lindqvist", "seconds": 60}});
    let id = company.change(worklog).await;
    let changed_at = company.now();
    company.pass(TimeDelta::minutes(1));
    let first = whole(&source, &company.changes(began)).await;
    assert_eq!((ids(&first), requests(&first)), (vec![id.clone()], 5));
    let held = Holding::of(&first, changed_at + TimeDelta::seconds(61));
    let (again, error) = pages(&source, &company.changes(began), None, held).await;
    assert!(error.is_none() && ids(&again).is_empty());
    assert_eq!(again[0].unchanged, std::slice::from_ref(&id));
    assert_eq!(requests(&again), 2);
    // Fetched within a minute of its change, it may have changed once more in the same second of Tempo's clock.
    let held = Holding::of(&first, changed_at + TimeDelta::seconds(60));
    let (again, _) = pages(&source, &company.changes(began), None, held).await;
    assert_eq!(ids(&again), [id]);
}

#[tokio::test]
async fn more_changes_than_a_page_holds_come_once_from_any_cursor_also_within_one_second() {
    let company = Company::with(60).await;
    let all = company.held().await;
    let began = company.now();
    company.pass(TimeDelta::hours(1));
    for (place, id) in all.keys().take(47).enumerate() {
        company.change(json!({"edit_worklog": {"id": id.parse::<u64>().unwrap(), "seconds": 60}})).await;
        if place > 30 {
            company.pass(TimeDelta::seconds(1));
        }
    }
    company.pass(TimeDelta::hours(1));
    for id in all.keys().skip(47).take(3) {
        company.change(json!({"delete_worklog": id.parse::<u64>().unwrap()})).await;
    }
    company.pass(TimeDelta::seconds(1));
    let source = company.paged(10);
    let scope = company.changes(began);
    let survey = source.survey(&scope).await.unwrap();
    let (whole, error) = pages(&source, &scope, None, Arc::new(Nothing)).await;
    assert!(error.is_none(), "{error:?}");
    let took = u64::from(survey.requests) + requests(&whole);
    assert_eq!(survey.expected, Some(47));
    assert!(took * 10 <= survey.plan.unwrap().requests * 11, "{took} of {:?}", survey.plan);
    let mut came = ids(&whole);
    for (place, page) in whole.iter().enumerate() {
        let (rest, error) = pages(&source, &scope, Some(page.cursor.clone()), Arc::new(Nothing)).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(ids(&rest), ids(&whole[place + 1..]), "after page {place}");
    }
    came.sort();
    assert_eq!(came, all.keys().take(47).cloned().collect::<Vec<_>>());
}

#[tokio::test]
async fn an_edit_while_pages_are_read_loses_nothing() {
    let company = Company::with(60).await;
    let all = company.held().await;
    let began = company.now();
    company.pass(TimeDelta::hours(1));
    for id in all.keys().take(60) {
        company.change(json!({"edit_worklog": {"id": id.parse::<u64>().unwrap(), "seconds": 60}})).await;
        company.pass(TimeDelta::seconds(1));
    }
    company.pass(TimeDelta::hours(1));
    let mut scope = company.changes(began);
    if let daybook_core::ports::source::Reach::Changes(window) = &mut scope.reach {
        window.to += TimeDelta::hours(1);
    }
    // Each search begins with an edit, which moves a worklog from anywhere to the end of the order.
    company
        .fault(json!({"match": "worklogs/search", "kind": "edit_while_paging", "issues": 3, "times": 12}))
        .await;
    let (whole, error) = pages(&company.paged(10), &scope, None, Arc::new(Nothing)).await;
    assert!(error.is_none(), "{error:?}");
    let came: std::collections::BTreeSet<String> = ids(&whole).into_iter().collect();
    assert!(all.keys().take(60).all(|id| came.contains(id)));
    // Tempo tells whole seconds: what was edited twice within the last one comes with the next sync, which begins a
    // little earlier than this one ended.
    let held = Holding::of(&whole, company.now());
    let overlapping = company.changes(company.now() - TimeDelta::minutes(5));
    let mut scope = overlapping.clone();
    if let daybook_core::ports::source::Reach::Changes(window) = &mut scope.reach {
        window.to += TimeDelta::seconds(1);
    }
    let (again, error) = pages(&company.paged(10), &scope, None, held).await;
    assert!(error.is_none(), "{error:?}");
    let mut last = std::collections::BTreeMap::new();
    for record in whole.into_iter().chain(again).flat_map(|page| page.records) {
        last.insert(record.external_id.clone(), record.digest());
    }
    let held = company.held().await;
    assert!(last.iter().all(|(id, digest)| held[id]["sha256"] == digest.as_str()));
}

#[tokio::test]
async fn changes_of_one_second_that_move_away_while_they_are_read_hide_none_that_stay() {
    let company = Company::with(20).await;
    let began = company.now();
    company.pass(TimeDelta::hours(1));
    let before = company.held().await;
    for id in before.keys() {
        company.change(json!({"edit_worklog": {"id": id.parse::<u64>().unwrap(), "seconds": 60}})).await;
    }
    company.pass(TimeDelta::hours(1));
    let scope = company.changes(began);
    company
        .fault(json!({"match": "worklogs/search", "kind": "edit_while_paging", "issues": 30, "times": 5}))
        .await;
    let (whole, error) = pages(&company.paged(30), &scope, None, Arc::new(Nothing)).await;
    assert!(error.is_none(), "{error:?}");
    let came: std::collections::BTreeSet<String> = ids(&whole).into_iter().collect();
    let after = company.held().await;
    let stayed: Vec<_> = after.iter().filter(|(_, line)| line["timeSpentSeconds"] == 60).collect();
    assert!(stayed.len() > 20 && stayed.len() < after.len() - 20, "{} of {}", stayed.len(), after.len());
    assert!(stayed.iter().all(|(id, _)| came.contains(*id)));
}

#[tokio::test]
async fn what_changes_after_the_window_is_left_to_the_next() {
    let company = Company::with(60).await;
    let began = company.now();
    company.pass(TimeDelta::hours(1));
    let scope = company.changes(began);
    let worklog = json!({"create_worklog": {"issue": "HARB-1", "author": "Mara Lindqvist", "seconds": 60}});
    let id = company.change(worklog).await;
    assert!(ids(&whole(&company.source(), &scope).await).is_empty());
    assert_eq!(company.source().survey(&scope).await.unwrap().expected, Some(0));
    company.pass(TimeDelta::seconds(1));
    assert_eq!(ids(&whole(&company.source(), &company.changes(began)).await), [id]);
}

#[tokio::test]
async fn a_token_without_the_audit_is_told_so_and_its_sync_goes_on() {
    let company = Company::with(60).await;
    let began = company.now();
    company.pass(TimeDelta::hours(1));
    let id = company.held().await.into_keys().next().unwrap();
    company.change(json!({"delete_worklog": id.parse::<u64>().unwrap()})).await;
    let source = company.limited();
    let survey = source.survey(&company.changes(began)).await.unwrap();
    assert!(survey.unseen.iter().any(|text| text.contains("deleted") && text.contains("census")));
    let all = whole(&source, &company.changes(began)).await;
    assert!(gone(&all).is_empty());
    let took = u64::from(survey.requests) + requests(&all);
    assert!(took * 10 <= survey.plan.unwrap().requests * 11);
}

#[tokio::test]
async fn the_trail_is_asked_for_half_a_year_at_most_and_read_to_its_end() {
    let company = Company::with(60).await;
    company.pass(TimeDelta::hours(1));
    let all: Vec<String> = company.held().await.into_keys().collect();
    for id in &all[..3] {
        company.change(json!({"delete_worklog": id.parse::<u64>().unwrap()})).await;
    }
    let long_ago = company.now() - TimeDelta::days(400);
    let pages = whole(&company.source(), &company.changes(long_ago)).await;
    assert_eq!(gone(&pages).len(), 3);
}

#[tokio::test]
async fn a_trail_that_speaks_of_worklogs_that_are_there_is_not_believed() {
    let vendor = Vendor::serve(|asked, _| {
        if asked.path.starts_with("/4/papertrail") {
            let line = json!({"action": "Deleted", "entityType": "worklog", "entityId": "3"});
            return Reply::json(&json!({"metadata": {"limit": 1000}, "results": [line]}));
        }
        answer(asked, &[worklog(3)])
    })
    .await;
    let held =
        Holding::of(&whole(&source(&vendor), &changes()).await, "2026-11-25T00:00:00Z".parse().unwrap());
    held.0.lock().unwrap().insert(
        "3".to_owned(),
        daybook_core::ports::source::HeldRecord {
            version: None,
            fetched_at: "2026-11-25T00:00:00Z".parse().unwrap(),
        },
    );
    let (all, error) = pages(&source(&vendor), &changes(), None, held).await;
    assert!(error.is_none() && gone(&all).is_empty());
}

#[tokio::test]
async fn a_trail_whose_tokens_go_in_circles_ends_the_sync() {
    let vendor = Vendor::serve(|asked, _| {
        if asked.path.starts_with("/4/papertrail") {
            return Reply::json(&json!({"metadata": {"nextPageToken": "t"}, "results": []}));
        }
        answer(asked, &[])
    })
    .await;
    let (_, error) = pages(&source(&vendor), &changes(), None, Arc::new(Nothing)).await;
    let Some(SourceError::Broken { said, .. }) = error else { panic!("{error:?}") };
    assert!(said.contains("pages repeat"), "{said}");
    assert!(vendor.asked().len() < 6);
}

#[tokio::test]
async fn a_vendor_deaf_to_the_moment_or_to_the_order_is_noticed() {
    let rows: Vec<_> = (1..=40).map(worklog).collect();
    let old = rows.clone();
    let vendor = Vendor::serve(move |asked, _| answer(asked, &old)).await;
    let mut scope = changes();
    if let daybook_core::ports::source::Reach::Changes(window) = &mut scope.reach {
        window.from = "2026-11-20T00:00:00Z".parse().unwrap();
    }
    let (_, error) = pages(&source(&vendor), &scope, None, Arc::new(Nothing)).await;
    let Some(SourceError::Broken { said, .. }) = error else { panic!("{error:?}") };
    assert!(said.contains("are older"), "{said}");
    let vendor = Vendor::serve(move |asked, _| {
        let mut rows = rows.clone();
        rows.reverse();
        answer(asked, &rows)
    })
    .await;
    let (_, error) = pages(&source(&vendor), &changes(), None, Arc::new(Nothing)).await;
    let Some(SourceError::Broken { said, .. }) = error else { panic!("{error:?}") };
    assert!(said.contains("order of their changes"), "{said}");
}

#[tokio::test]
async fn the_same_changes_again_and_again_end_the_sync() {
    let rows: Vec<_> = (1..=10)
        .map(|id| {
            let mut worklog = worklog(id);
            worklog["updatedAt"] = "2026-11-19T00:00:00Z".into();
            worklog
        })
        .collect();
    let vendor = Vendor::serve(move |asked, _| {
        if !is_search(asked) {
            return answer(asked, &[]);
        }
        let mut first = page(&asked.path, &rows);
        first["results"] = rows.clone().into();
        first["metadata"]["next"] = "https://elsewhere.example/4/worklogs?offset=1000000".into();
        Reply::json(&first)
    })
    .await;
    let settings = daybook_sources::tempo::Settings { page_size: 10, ..super::scripted::settings(&vendor) };
    let (_, error) = pages(&source_with(settings), &changes(), None, Arc::new(Nothing)).await;
    let Some(SourceError::Broken { said, .. }) = error else { panic!("{error:?}") };
    assert!(said.contains("pages repeat"), "{said}");
    assert!(vendor.asked().len() < 10);
}

#[tokio::test]
async fn records_that_are_looked_at_in_any_case_come_with_a_sync() {
    let company = Company::with(60).await;
    let source = company.source();
    let id = company.held().await.into_keys().next().unwrap();
    let began = company.now();
    company.pass(TimeDelta::hours(1));
    let scope = Scope { also: vec![id.clone()], ..company.changes(began) };
    let all = whole(&source, &scope).await;
    assert_eq!(ids(&all), std::slice::from_ref(&id));
    let (rest, error) =
        pages(&source, &scope, Some(all.last().unwrap().cursor.clone()), Arc::new(Nothing)).await;
    assert!(error.is_none() && ids(&rest).is_empty());
}
