//! What is asked before a walk.

use std::sync::Arc;

use daybook_core::model::fault::{Fault as _, FaultKind};
use daybook_core::ports::source::{Source as _, SourceError};
use daybook_sources::http::LocalBudget;
use daybook_sources::jira::{Credential, JiraSource, Settings};
use serde_json::json;

use crate::jira::world::{Holds, World, pages, scope, source};
use crate::vendor::{Reply, Vendor};

#[tokio::test]
async fn three_requests_tell_whether_a_walk_can_begin_and_how_long_it_is() {
    let world = World::of(321);
    let vendor = Vendor::jira(move |asked, _| world.answer(asked)).await;
    let survey = vendor.jira_source().survey(&scope(Some("harb"))).await.unwrap();
    assert_eq!((survey.expected, survey.requests), (Some(321), 3));
    assert!(survey.warnings.is_empty() && survey.unseen.is_empty());
    let plan = survey.plan.unwrap();
    assert_eq!(
        (plan.requests, plan.seconds, plan.estimated),
        (3 + 4 + 1, 0, true),
        "pages and the list of fields"
    );
    let asked = vendor.asked();
    let jql = asked[2].body["jql"].as_str().unwrap();
    assert!(jql.starts_with("project = \"HARB\" AND updated >= ") && !jql.contains("ORDER"), "{jql}");
}

#[tokio::test]
async fn a_project_that_cannot_be_seen_is_named_with_those_that_can() {
    let world = World::of(3);
    let vendor = Vendor::jira(move |asked, _| world.answer(asked)).await;
    let error = vendor.jira_source().survey(&scope(Some("NOPE"))).await.unwrap_err();
    assert_eq!(error.kind(), FaultKind::Invalid);
    assert!(error.to_string().contains("`NOPE`") && error.to_string().contains("HARB"), "{error}");
    let error = vendor.jira_source().survey(&scope(Some("X\" OR 1=1"))).await.unwrap_err();
    assert_eq!((error.kind(), vendor.asked().len()), (FaultKind::Invalid, 2));
}

#[tokio::test]
async fn all_pages_of_projects_are_read_and_none_at_all_is_a_refusal() {
    for projects in [120_usize, 0] {
        let vendor = Vendor::jira(move |asked, _| {
            if !asked.path.contains("/project/search") {
                return Reply::json(&json!({"count": 0}));
            }
            let start: usize =
                asked.path.split("startAt=").nth(1).unwrap().split('&').next().unwrap().parse().unwrap();
            let end = (start + 50).min(projects);
            let values: Vec<_> = (start..end).map(|n| json!({"key": format!("P{n}")})).collect();
            Reply::json(&json!({"values": values, "isLast": end == projects, "total": projects}))
        })
        .await;
        let wanted = (projects > 0).then_some("P119");
        match (projects, vendor.jira_source().survey(&scope(wanted)).await) {
            (0, Err(SourceError::Refused { said, .. })) => {
                assert!(said.contains("no project at all"), "{said}");
            }
            (1.., Ok(survey)) => assert!(survey.warnings.is_empty(), "{:?}", survey.warnings),
            (_, other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn projects_that_are_known_of_and_not_read_are_said_and_none_are_guessed() {
    let vendor = Vendor::jira(|asked, _| {
        let seen = |key: &str| json!({"key": key});
        let mut values = vec![seen("HARB")];
        if asked.path.contains("status=archived") {
            values.push(json!({"key": "OLD", "archived": true}));
            values.push(json!({"key": "BIN", "archived": false, "deleted": true}));
            values.push(seen("GATE"));
        }
        if asked.path.contains("/project/search") {
            Reply::json(&json!({"values": values, "isLast": true, "total": values.len()}))
        } else {
            Reply::json(&json!({"count": 0}))
        }
    })
    .await;
    let source = vendor.jira_source();
    let survey = source.survey(&scope(None)).await.unwrap();
    let warnings =
        ["projects that are archived are not read: OLD", "projects that are in the bin are not read: BIN"];
    assert_eq!(survey.warnings, warnings);
    assert_eq!(survey.unseen, ["the issues of projects that this credential may not browse: GATE"]);
    assert_eq!((survey.plan.unwrap().requests, survey.plan.unwrap().estimated), (5, false));
    let refusing = Vendor::jira(|asked, _| match asked.path.contains("/project/search") {
        true if asked.path.contains("status=") => Reply::text(400, "{}"),
        true => Reply::json(&json!({"values": [{"key": "HARB"}], "isLast": true})),
        false => Reply::json(&json!({"count": 0})),
    })
    .await;
    let survey = refusing.jira_source().survey(&scope(None)).await.unwrap();
    assert!(survey.warnings.is_empty() && survey.unseen.is_empty(), "{survey:?}");
}

#[tokio::test]
async fn a_list_of_projects_that_repeats_is_found_out() {
    let vendor =
        Vendor::jira(|_, _| Reply::json(&json!({"values": [{"key": "HARB"}], "isLast": false, "total": 99})))
            .await;
    let said = vendor.jira_source().survey(&scope(None)).await.unwrap_err().to_string();
    assert!(said.contains("pages repeat") && vendor.asked().len() == 3, "{said}");
}

#[tokio::test]
async fn a_site_that_hides_its_fields_is_walked_without_them_and_says_so() {
    let world = World::of(3);
    let vendor = Vendor::serve(move |asked, _| {
        if asked.path.ends_with("/field") { Reply::text(403, "{}") } else { world.answer(asked) }
    })
    .await;
    let source = vendor.jira_source();
    assert!(source.survey(&scope(None)).await.unwrap().unseen.is_empty());
    let (pages, error) = pages(&source, None).await;
    assert!(error.is_none() && pages[0].records.len() == 3, "{error:?}");
    let unseen = source.survey(&scope(None)).await.unwrap().unseen;
    assert!(unseen.len() == 1 && unseen[0].contains("story points"), "{unseen:?}");
}

#[tokio::test]
async fn a_site_that_does_not_count_is_walked_all_the_same() {
    let world = World::of(3);
    let vendor = Vendor::jira(move |asked, _| {
        if asked.path.ends_with("approximate-count") { Reply::text(404, "{}") } else { world.answer(asked) }
    })
    .await;
    let survey = vendor.jira_source().survey(&scope(None)).await.unwrap();
    assert_eq!((survey.expected, survey.warnings.len()), (None, 1));
}

#[tokio::test]
async fn requests_go_to_the_gateway_and_links_to_the_site() {
    let world = World::of(1);
    let vendor = Vendor::jira(move |asked, _| world.answer(asked)).await;
    let mut settings = vendor.jira_settings();
    settings.site_url = "https://birchlane.example/".to_owned();
    settings.api_url = format!("{}/ex/jira/11-22/", vendor.url);
    settings.credential = Credential::Bearer("abc".to_owned().into());
    let source = source(settings);
    let mut walk = source.walk(&scope(None), None, Holds::nothing()).await.unwrap();
    let page = walk.next_page().await.unwrap().unwrap();
    let document = &page.records[0].reading.as_ref().unwrap()[0];
    assert_eq!(document.url, "https://birchlane.example/browse/HARB-0");
    let asked = vendor.asked();
    assert_eq!(asked[0].path, "/ex/jira/11-22/rest/api/3/search/jql");
    assert_eq!(asked[0].authorization.as_deref(), Some("Bearer abc"));
}

fn made(settings: Settings) -> Result<JiraSource, SourceError> {
    JiraSource::new(settings, Arc::new(LocalBudget::default()))
}

#[test]
fn settings_that_cannot_work_are_refused_without_showing_the_secret() {
    let with = |url: &str, token: &str| {
        let token = token.to_owned().into();
        made(Settings::new(url, Credential::Basic { email: "m@x.example".to_owned(), token }))
    };
    for url in
        ["", "birchlane.atlassian.net", "ftp://x.example", "https://me:pw@x.example", "https://x.example?a=1"]
    {
        let error = with(url, "secret").unwrap_err().to_string();
        assert!(error.contains("JIRA_URL") && !error.contains("secret"), "{error}");
    }
    assert!(with("https://x.example", "ok").is_ok());
    let token = "a\nb".to_owned().into();
    assert!(made(Settings::new("https://x.example", Credential::Bearer(token))).is_err());
}
