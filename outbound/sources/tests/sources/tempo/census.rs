//! A census lists everything, whatever happens meanwhile, and what it does not list has a fate.

use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::document::Tombstone;
use daybook_core::ports::source::{Fate, Source as _, SourceError, Spent};
use serde_json::json;

use super::company::{Company, listed, once, whole};
use super::scripted::{answer, page, source, worklog};
use crate::vendor::{Reply, Vendor};

fn long_ago() -> DateTime<Utc> {
    "2015-01-01T00:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn it_lists_what_a_walk_reads_with_its_days_in_few_requests() {
    let company = Company::with(400).await;
    let source = company.source();
    let records = once(whole(&source, &company.all()).await);
    let (all, cursors, requests) = listed(&source, long_ago(), None).await.unwrap();
    let mut ids: Vec<&str> = all.iter().map(|listed| listed.external_id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, records.keys().collect::<Vec<_>>());
    assert!(requests <= 1 + records.len() as u64 / 4_900, "{requests}");
    for listed in &all {
        let document = &records[&listed.external_id].reading.as_ref().unwrap()[0];
        assert_eq!(listed.day, document.occurred_at.map(|at| at.date_naive()));
    }
    // It goes on after any of its cursors.
    for cursor in cursors {
        let (rest, ..) = listed_after(&source, cursor).await;
        assert!(rest.len() < all.len());
        assert_eq!(rest, all[all.len() - rest.len()..]);
    }
}

async fn listed_after(
    source: &daybook_sources::tempo::TempoSource,
    cursor: daybook_core::ports::source::Cursor,
) -> (Vec<daybook_core::ports::source::Listed>, Vec<daybook_core::ports::source::Cursor>, u64) {
    listed(source, long_ago(), Some(cursor)).await.unwrap()
}

#[tokio::test]
async fn it_begins_with_the_first_day_that_begins_at_its_moment_or_after_and_ends_with_days_to_come() {
    let company = Company::with(60).await;
    let worklog = json!({"create_worklog": {
        "issue": "HARB-1", "author": "Mara Lindqvist", "date": "2027-08-01", "seconds": 60}});
    let id = company.change(worklog).await;
    let midnight: DateTime<Utc> = "2026-11-10T00:00:00Z".parse().unwrap();
    for from in [midnight, midnight - TimeDelta::seconds(1)] {
        let (all, ..) = listed(&company.source(), from, None).await.unwrap();
        assert_eq!(all.iter().filter_map(|listed| listed.day).min().unwrap().to_string(), "2026-11-10");
        assert!(all.iter().any(|listed| listed.external_id == id));
    }
    let (all, ..) = listed(&company.source(), midnight + TimeDelta::seconds(1), None).await.unwrap();
    assert_eq!(all.iter().filter_map(|listed| listed.day).min().unwrap().to_string(), "2026-11-11");
}

#[tokio::test]
async fn deletions_while_it_lists_do_not_hide_what_is_there() {
    let company = Company::with(400).await;
    company.fault(json!({"match": "4/worklogs", "kind": "delete_while_paging", "issues": 300})).await;
    let (all, ..) = listed(&company.source(), long_ago(), None).await.unwrap();
    company.heal().await;
    let ids: std::collections::BTreeSet<_> = all.iter().map(|listed| listed.external_id.clone()).collect();
    assert_eq!(ids.len(), all.len(), "none is listed twice");
    assert!(company.held().await.keys().all(|id| ids.contains(id)));
}

#[tokio::test]
async fn what_left_has_its_reason_and_what_is_there_is_there() {
    let company = Company::with(60).await;
    let all: Vec<String> = company.held().await.into_keys().collect();
    let number = |id: &str| id.parse::<u64>().unwrap();
    company.pass(TimeDelta::hours(1));
    company.change(json!({"delete_worklog": number(&all[0])})).await;
    company.change(json!({"hide_worklog": number(&all[1])})).await;
    let asked = [all[0].as_str(), &all[1], &all[2], "sha256:abc"];
    let mut spent = Spent::default();
    let fates = company.source().fates(&asked, &mut spent).await.unwrap();
    assert_eq!(
        fates,
        [Fate::Left(Tombstone::Deleted), Fate::Left(Tombstone::NoAccess), Fate::There, Fate::Unclear]
    );
    // The newest change, the trail, a look at what the trail says, and one for each of the others.
    assert_eq!(spent.requests, 5);
    let fates = company.limited().fates(&asked[..1], &mut spent).await.unwrap();
    assert_eq!(fates, [Fate::Left(Tombstone::NoAccess)], "without the trail nobody says that it was deleted");
}

#[tokio::test]
async fn the_trail_of_a_site_where_nothing_has_changed_for_long_is_found() {
    let company = Company::with(60).await;
    let all: Vec<String> = company.held().await.into_keys().collect();
    company.pass(TimeDelta::days(60));
    company.change(json!({"delete_worklog": all[0].parse::<u64>().unwrap()})).await;
    let fates = company.source().fates(&[&all[0]], &mut Spent::default()).await.unwrap();
    assert_eq!(fates, [Fate::Left(Tombstone::Deleted)]);
}

#[tokio::test]
async fn a_census_that_fails_or_is_of_other_days_concludes_nothing() {
    let company = Company::with(60).await;
    company.fault(json!({"match": "4/worklogs", "kind": "status", "code": 403})).await;
    let error = listed(&company.source(), long_ago(), None).await.unwrap_err();
    assert!(matches!(error, SourceError::Refused { .. }), "{error}");
    let vendor = Vendor::serve(|asked, _| {
        let rows: Vec<_> = (1..=30).rev().map(worklog).collect();
        Reply::json(&page(&asked.path, &rows))
    })
    .await;
    let error = listed(&source(&vendor), "2026-12-01T00:00:00Z".parse().unwrap(), None).await.unwrap_err();
    assert!(error.to_string().contains("of the days 2026-12-01"), "{error}");
}

#[tokio::test]
async fn where_large_pages_are_refused_the_usual_ones_are_asked_for() {
    let rows: Vec<_> = (1..=1_500).rev().map(worklog).collect();
    let vendor = Vendor::serve(move |asked, _| {
        if super::scripted::number(&asked.path, "limit") > 1_000 {
            return Reply::text(400, r#"{"errors":{"message":"limit must be at most 1000"}}"#);
        }
        let is_list = asked.path.starts_with("/4/worklogs?");
        if is_list { Reply::json(&page(&asked.path, &rows)) } else { answer(asked, &rows) }
    })
    .await;
    let (all, _, requests) =
        listed(&source(&vendor), "2026-11-01T00:00:00Z".parse().unwrap(), None).await.unwrap();
    assert_eq!((all.len(), requests), (1_500, 3));
}
