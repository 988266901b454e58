//! What is asked before a walk.

use daybook_core::model::fault::{Fault as _, FaultKind};
use daybook_core::ports::source::{Source as _, SourceError};
use daybook_sources::jira::{Credential, JiraSource, Settings};
use serde_json::json;

use crate::vendor::{Reply, Vendor, World, scope};

#[tokio::test]
async fn three_requests_tell_whether_a_walk_can_begin_and_how_long_it_is() {
    let world = World::of(321);
    let vendor = Vendor::serve(move |asked, _| world.answer(asked)).await;
    let survey = vendor.source().survey(&scope(Some("harb"))).await.unwrap();
    assert_eq!((survey.expected, survey.requests), (Some(321), 3));
    assert!(survey.warnings.is_empty());
    let asked = vendor.asked();
    let jql = asked[2].body["jql"].as_str().unwrap();
    assert!(jql.starts_with("project = \"HARB\" AND updated >= ") && !jql.contains("ORDER"), "{jql}");
}

#[tokio::test]
async fn a_project_that_cannot_be_seen_is_named_with_those_that_can() {
    let world = World::of(3);
    let vendor = Vendor::serve(move |asked, _| world.answer(asked)).await;
    let error = vendor.source().survey(&scope(Some("NOPE"))).await.unwrap_err();
    assert_eq!(error.kind(), FaultKind::Invalid);
    assert!(error.to_string().contains("`NOPE`") && error.to_string().contains("HARB"), "{error}");
    let error = vendor.source().survey(&scope(Some("X\" OR 1=1"))).await.unwrap_err();
    assert_eq!((error.kind(), vendor.asked().len()), (FaultKind::Invalid, 2));
}

#[tokio::test]
async fn all_pages_of_projects_are_read_and_none_at_all_is_a_refusal() {
    for projects in [120_usize, 0] {
        let vendor = Vendor::serve(move |asked, _| {
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
        match (projects, vendor.source().survey(&scope(wanted)).await) {
            (0, Err(SourceError::Refused { said, .. })) => {
                assert!(said.contains("no project at all"), "{said}");
            }
            (1.., Ok(survey)) => assert!(survey.warnings.is_empty(), "{:?}", survey.warnings),
            (_, other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_site_that_does_not_count_is_walked_all_the_same() {
    let world = World::of(3);
    let vendor = Vendor::serve(move |asked, _| {
        if asked.path.ends_with("approximate-count") { Reply::text(404, "{}") } else { world.answer(asked) }
    })
    .await;
    let survey = vendor.source().survey(&scope(None)).await.unwrap();
    assert_eq!((survey.expected, survey.warnings.len()), (None, 1));
}

#[tokio::test]
async fn requests_go_to_the_gateway_and_links_to_the_site() {
    let world = World::of(1);
    let vendor = Vendor::serve(move |asked, _| world.answer(asked)).await;
    let mut settings = vendor.settings();
    settings.site_url = "https://birchlane.example/".to_owned();
    settings.api_url = format!("{}/ex/jira/11-22/", vendor.url);
    settings.credential = Credential::Bearer("abc".to_owned().into());
    let source = JiraSource::new(settings).unwrap();
    let mut walk = source.walk(&scope(None), None).await.unwrap();
    let page = walk.next_page().await.unwrap().unwrap();
    let document = &page.records[0].reading.as_ref().unwrap()[0];
    assert_eq!(document.url, "https://birchlane.example/browse/HARB-0");
    let asked = vendor.asked();
    assert_eq!(asked[0].path, "/ex/jira/11-22/rest/api/3/search/jql");
    assert_eq!(asked[0].authorization.as_deref(), Some("Bearer abc"));
}

#[test]
fn settings_that_cannot_work_are_refused_without_showing_the_secret() {
    let with = |url: &str, token: &str| {
        let token = token.to_owned().into();
        JiraSource::new(Settings::new(url, Credential::Basic { email: "m@x.example".to_owned(), token }))
    };
    for url in
        ["", "birchlane.atlassian.net", "ftp://x.example", "https://me:pw@x.example", "https://x.example?a=1"]
    {
        let error = with(url, "secret").unwrap_err().to_string();
        assert!(error.contains("JIRA_URL") && !error.contains("secret"), "{error}");
    }
    assert!(with("https://x.example", "ok").is_ok());
    let token = "a\nb".to_owned().into();
    assert!(JiraSource::new(Settings::new("https://x.example", Credential::Bearer(token))).is_err());
}
