//! Surveys before a walk, and censuses after it.

use std::collections::BTreeSet;
use std::sync::Arc;

use daybook_core::model::document::Tombstone;
use daybook_core::model::fault::{Fault as _, FaultKind};
use daybook_core::ports::source::{CensusPage, Cursor, Fate, Scope, Source as _, SourceError, Spent};
use daybook_sources::fireflies::FirefliesSource;
use serde_json::{Value, json};

use super::house::{Holding, House, changes, walked, window};
use super::script::{Script, errors, id, ids, name, number};
use crate::vendor::{Reply, Vendor};

async fn census(
    source: &FirefliesSource,
    days: i64,
    after: Option<Cursor>,
) -> Result<Vec<CensusPage>, SourceError> {
    let mut census = source.census(window(days).from, after).await?;
    let mut pages = Vec::new();
    while let Some(page) = census.next_page().await? {
        pages.push(page);
        assert!(pages.len() < 500);
    }
    assert_eq!(census.spent(), Spent::default());
    Ok(pages)
}

fn listed(pages: &[CensusPage]) -> Vec<String> {
    pages.iter().flat_map(|page| page.listed.iter().map(|listed| listed.external_id.clone())).collect()
}

#[tokio::test]
async fn a_census_lists_everything_from_a_moment_on_and_can_be_continued() {
    let house = House::with(170).await;
    let held: BTreeSet<String> = house.held().await.into_keys().collect();
    let pages = census(&house.source(), 3_000, None).await.unwrap();
    let ids = listed(&pages);
    assert_eq!((ids.len(), ids.iter().cloned().collect::<BTreeSet<_>>()), (170, held.clone()));
    assert!(pages.iter().map(|page| page.spent.requests).sum::<u32>() <= 4);
    assert!(pages.iter().flat_map(|page| &page.listed).all(|listed| listed.day.is_some()));
    let rest = census(&house.source(), 3_000, Some(pages[0].cursor.clone())).await.unwrap();
    assert_eq!([listed(&pages[..1]), listed(&rest)].concat(), ids);
    assert!(census(&house.source(), 9, Some(pages[0].cursor.clone())).await.is_err());
    let recent = walked(&house.source(), &Scope::history(window(20)), None, &Arc::new(Holding::default()))
        .await
        .whole();
    assert_eq!(listed(&census(&house.source(), 20, None).await.unwrap()), recent.ids());
}

#[tokio::test]
async fn deleted_and_hidden_meetings_are_missing_and_their_fate_is_one_word() {
    let house = House::with(20).await;
    let ids: Vec<String> = house.held().await.into_keys().collect();
    house.change(json!([{"delete_transcript": ids[3]}, {"hide_transcript": ids[5]}])).await;
    let source = house.source();
    let now: BTreeSet<String> = listed(&census(&source, 3_000, None).await.unwrap()).into_iter().collect();
    assert!(now.len() == 18 && !now.contains(&ids[3]) && !now.contains(&ids[5]));
    let mut spent = Spent::default();
    let fates = source.fates(&[&ids[3], &ids[4], &ids[5]], &mut spent).await.unwrap();
    let gone = Fate::Left(Tombstone::NoAccess);
    assert_eq!((fates, spent.requests), (vec![gone, Fate::There, gone], 3));
    // The same words may come with a status of their own.
    house.quirk("error_status", Value::Null).await;
    let fates = source.fates(&[&ids[3], &ids[4]], &mut spent).await.unwrap();
    assert_eq!((fates, spent.requests), (vec![gone, Fate::There], 5));
}

#[tokio::test]
async fn a_rule_of_retention_may_take_most_of_them() {
    let house = House::with(90).await;
    let all = listed(&census(&house.source(), 3_000, None).await.unwrap());
    let middle = house.held().await[&all[30]]["date"].as_i64().unwrap();
    house.change(json!({"purge_before": chrono::DateTime::from_timestamp_millis(middle)})).await;
    let left = listed(&census(&house.source(), 3_000, None).await.unwrap());
    assert!(left.len() >= 31 && left[..] == all[..left.len()], "{} of {}", left.len(), all.len());
}

#[tokio::test]
async fn a_census_that_fails_concludes_nothing() {
    for (answer, word) in [
        (json!({"data": {"transcripts": null}}), "transcripts"),
        (errors("auth_failed", "no"), "auth_failed"),
        (json!({"data": {"transcripts": [{"date": 1_795_165_200_000_i64}]}}), "`id`"),
    ] {
        let vendor = Vendor::script(Script::of(120), move |asked, _, _| {
            (number(asked, "skip") > 0).then(|| Reply::json(&answer))
        })
        .await;
        let error = census(&vendor.fireflies(), 10, None).await.unwrap_err().to_string();
        assert!(error.contains(word) || error.contains("pages repeat"), "{error}");
    }
    let mut script = Script::of(60);
    for meeting in &mut script.0 {
        meeting["date"] = Value::Null;
    }
    let vendor = Vendor::script(script, |_, _, _| None).await;
    let error = census(&vendor.fireflies(), 10, None).await.unwrap_err();
    assert!(
        error.to_string().contains("answers differently since 2026-11-20 12:00:00 UTC: `date`"),
        "{error}"
    );
    let vendor = Vendor::script(Script::of(3), |asked, _, _| {
        (name(asked) == "There").then(|| Reply::json(&json!({"data": {"transcript": null}})))
    })
    .await;
    let fates = vendor.fireflies().fates(&[&id(1)], &mut Spent::default()).await.unwrap();
    assert_eq!(fates, [Fate::Unclear]);
}

#[tokio::test]
async fn a_census_that_goes_round_is_an_error() {
    let house = House::with(130).await;
    house.fault(json!([{"match": "transcripts(", "kind": "endless_pages"}])).await;
    let error = census(&house.source(), 3_000, None).await.unwrap_err();
    assert!(error.to_string().contains("pages repeat"), "{error}");
}

#[tokio::test]
async fn a_plan_holds_for_histories_of_every_length() {
    for meetings in [0, 1, 9, 10, 49, 50, 99, 151, 260, 720] {
        let vendor = Vendor::script(Script::of(meetings), |_, _, _| None).await;
        let (source, scope) = (vendor.fireflies(), Scope::history(window(60)));
        let survey = source.survey(&scope).await.unwrap();
        assert_eq!(survey.expected, Some(meetings as u64));
        assert_eq!(survey.requests as usize, vendor.asked().len());
        let walked = walked(&source, &scope, None, &Arc::new(Holding::default())).await.whole();
        assert_eq!(walked.ids(), ids(0..meetings));
        let (plan, took) = (survey.plan.unwrap(), vendor.asked().len() as u64);
        assert!(
            !plan.estimated && took * 10 <= plan.requests * 11,
            "{meetings}: {took} of {}",
            plan.requests
        );
        assert!(plan.requests <= took + 2, "{meetings}: {took} of {}", plan.requests);
    }
}

#[tokio::test]
async fn a_survey_names_what_it_cannot_do() {
    let vendor = Vendor::script(Script::of(600), |asked, _, _| {
        // How large an offset may be is not published.
        (number(asked, "skip") > 200)
            .then(|| Reply::json(&errors("invalid_arguments", "skip must not be greater")))
    })
    .await;
    let survey = vendor.fireflies().survey(&Scope::history(window(60))).await.unwrap();
    assert_eq!((survey.expected, survey.plan.unwrap().estimated), (None, true));
    let scope = Scope { project: Some("HARB".to_owned()), ..Scope::history(window(3)) };
    assert_eq!(vendor.fireflies().survey(&scope).await.unwrap_err().kind(), FaultKind::Invalid);
    let refused =
        Vendor::script(Script::of(3), |_, _, _| Some(Reply::json(&errors("auth_failed", "Invalid API key"))))
            .await;
    let mut spent = Spent::default();
    let error = refused.fireflies().surveyed(&Scope::history(window(3)), &mut spent).await.unwrap_err();
    assert_eq!((error.kind(), spent.requests), (FaultKind::Forbidden, 1));
}

#[tokio::test]
async fn a_sync_is_surveyed_with_a_request_the_first_time_and_with_none_after() {
    let vendor = Vendor::script(Script::of(3), |_, _, _| None).await;
    let source = vendor.fireflies();
    let survey = source.survey(&changes(3, &[])).await.unwrap();
    assert_eq!((survey.requests, survey.expected, survey.plan), (1, None, None));
    assert_eq!(source.survey(&changes(3, &[])).await.unwrap().requests, 0);
    assert_eq!(vendor.questions(), ["Who"]);
    assert!(vendor.asked()[0].authorization.as_deref().unwrap().starts_with("Bearer tok-"));
}
