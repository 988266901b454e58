//! What a survey finds out before a walk: whether the token holds, how much there is, what it will take.

use daybook_core::ports::source::{Scope, Source as _, SourceError, Spent};
use serde_json::json;

use super::company::{Company, requests, whole};
use super::scripted::{answer, changes, scope, source, worklog};
use crate::vendor::{Reply, Vendor};

#[tokio::test]
async fn lists_of_any_length_are_counted_exactly() {
    for length in [0, 1, 999, 1_000, 1_001, 4_999, 5_000, 5_001, 12_345] {
        let rows: Vec<_> = (1..=length).map(worklog).collect();
        let vendor = Vendor::serve(move |asked, _| answer(asked, &rows)).await;
        let survey = source(&vendor).survey(&scope()).await.unwrap();
        assert_eq!(survey.expected, Some(length));
        assert!(survey.requests <= 10, "{} requests for {length}", survey.requests);
        assert_eq!(survey.requests as usize, vendor.asked().len());
        let all = whole(&source(&vendor), &scope()).await;
        let took = u64::from(survey.requests) + requests(&all);
        let planned = survey.plan.unwrap().requests;
        assert!(took * 10 <= planned * 11 && planned <= took + 5, "{took} of {planned} for {length}");
    }
}

#[tokio::test]
async fn a_list_whose_pages_are_smaller_than_asked_for_is_counted_all_the_same() {
    let rows: Vec<_> = (1..=2_345).map(worklog).collect();
    let vendor = Vendor::serve(move |asked, _| {
        let mut asked = asked.clone();
        asked.path = asked.path.replace("limit=5000", "limit=400").replace("limit=1000", "limit=400");
        answer(&asked, &rows)
    })
    .await;
    assert_eq!(source(&vendor).survey(&scope()).await.unwrap().expected, Some(2_345));
    let all = whole(&source(&vendor), &scope()).await;
    assert_eq!(all.iter().map(|page| page.records.len()).sum::<usize>(), 2_345);
}

#[tokio::test]
async fn pages_that_cannot_be_counted_are_said_and_no_number_is_made_up() {
    let vendor = Vendor::serve(|asked, _| {
        if super::scripted::is_search(asked) {
            let metadata = json!({"limit": 1000, "next": "https://elsewhere.example/?offset=0"});
            return Reply::json(&json!({"metadata": metadata, "results": []}));
        }
        answer(asked, &[])
    })
    .await;
    let survey = source(&vendor).survey(&scope()).await.unwrap();
    assert_eq!((survey.expected, survey.plan), (None, None));
    assert_eq!(survey.warnings.len(), 1);
}

#[tokio::test]
async fn a_wrong_token_or_the_host_of_another_region_is_refused_with_both_named() {
    let company = Company::with(20).await;
    company.fault(json!({"kind": "quirk", "name": "wrong_region"})).await;
    let mut spent = Spent::default();
    let error = company.source().surveyed(&company.all(), &mut spent).await.unwrap_err();
    let SourceError::Refused { cure, said, .. } = error else { panic!("{error}") };
    assert!(cure.contains("TEMPO_API_TOKEN") && cure.contains("api.eu.tempo.io"), "{cure}");
    assert!(said.contains("HTML"), "{said}");
    assert_eq!(spent.requests, 1, "a refusal is not asked for twice");
}

#[tokio::test]
async fn a_plan_is_in_seconds_of_the_pace() {
    let company = Company::with(20).await;
    let mut settings = company.settings(super::company::FULL);
    settings.http.pace = "60/minute".parse().unwrap();
    let budget = std::sync::Arc::new(daybook_sources::http::LocalBudget::default());
    let source = daybook_sources::tempo::TempoSource::new(settings, budget).unwrap();
    let plan = source.survey(&company.all()).await.unwrap().plan.unwrap();
    // Six may come at once, and so many more every six seconds.
    assert!((plan.requests - 6..=plan.requests).contains(&plan.seconds), "{plan:?}");
}

#[tokio::test]
async fn roles_that_let_nobody_view_everything_are_told() {
    let role = |kind: &str, key: &str| json!({"accessType": kind, "permissions": [{"key": key}], "permittedUsers": [{"accountId": "a"}]});
    for (role, is_told) in [
        (role("GLOBAL", "permissions.worklog.view"), false),
        (role("TEAM", "permissions.worklog.view"), true),
        (role("GLOBAL", "permissions.plan.view"), true),
    ] {
        let vendor = Vendor::serve(move |asked, _| {
            if asked.path.starts_with("/4/permission-roles") {
                return Reply::json(&json!({"metadata": {}, "results": [role]}));
            }
            answer(asked, &[])
        })
        .await;
        for scope in [scope(), changes(), Scope { also: vec!["1".to_owned()], ..changes() }] {
            let survey = source(&vendor).survey(&scope).await.unwrap();
            assert_eq!(survey.unseen.iter().any(|text| text.contains("teams")), is_told);
        }
    }
}
