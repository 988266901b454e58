//! Everything there is by its id, project by project.

use chrono::DateTime;
use daybook_core::ports::source::{CensusPage, Cursor, Source as _, SourceError};
use daybook_sources::jira::JiraSource;
use serde_json::{Value, json};

use crate::jira::world::FROM_MS;
use crate::vendor::{Asked, Reply, Vendor};

/// Projects with so many issues each; ids are a thousand for each project.
fn answer(asked: &Asked, projects: &[(&str, usize)], page: usize) -> Reply {
    if asked.path.contains("/project/search") {
        assert!(asked.path.contains("action=browse"), "{}", asked.path);
        let values: Vec<Value> = projects.iter().map(|(key, _)| json!({"key": key})).collect();
        return Reply::json(&json!({"values": values, "isLast": true, "total": projects.len()}));
    }
    let jql = asked.body["jql"].as_str().unwrap();
    assert_eq!((&asked.body["fields"], &asked.body["maxResults"]), (&json!(["id"]), &json!(5_000)));
    assert!(jql.contains(&format!("AND updated >= {FROM_MS} ORDER BY")), "{jql}");
    let Some(place) =
        projects.iter().position(|(key, _)| jql.starts_with(&format!("project = \"{key}\" AND")))
    else {
        return Reply::text(
            400,
            r#"{"errorMessages":["The value does not exist for the field 'project'."]}"#,
        );
    };
    let start: usize = asked.token().map_or(0, |token| token.parse().unwrap());
    let end = (start + page).min(projects[place].1);
    let issues: Vec<Value> = (start..end).map(|id| json!({"id": (place * 1_000 + id).to_string()})).collect();
    let mut answer = json!({"issues": issues, "isLast": end == projects[place].1});
    if end < projects[place].1 {
        answer["nextPageToken"] = end.to_string().into();
    }
    Reply::json(&answer)
}

async fn taken(source: &JiraSource, after: Option<Cursor>) -> (Vec<CensusPage>, Option<SourceError>) {
    let from = DateTime::from_timestamp_millis(FROM_MS).unwrap();
    let mut census = source.census(from, after).await.unwrap();
    let mut pages = Vec::new();
    loop {
        match census.next_page().await {
            Ok(Some(page)) => pages.push(page),
            Ok(None) => return (pages, None),
            Err(error) => return (pages, Some(error)),
        }
    }
}

fn ids(pages: &[CensusPage]) -> Vec<String> {
    pages.iter().flat_map(|page| &page.listed).map(|listed| listed.external_id.clone()).collect()
}

fn projects(pages: &[CensusPage]) -> Vec<&str> {
    pages.iter().flat_map(|page| &page.projects).map(String::as_str).collect()
}

const THREE: [(&str, usize); 3] = [("BILL", 25), ("DESK", 0), ("HARB", 12)];

#[tokio::test]
async fn every_project_is_listed_to_its_end_and_from_any_cursor_on() {
    let vendor = Vendor::jira(|asked, _| answer(asked, &THREE, 10)).await;
    let source = vendor.jira_source();
    let (pages, error) = taken(&source, None).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!((ids(&pages).len(), projects(&pages)), (37, vec!["BILL", "DESK", "HARB"]));
    assert!(pages.iter().flat_map(|page| &page.listed).all(|listed| {
        let project = if listed.external_id.parse::<u32>().unwrap() < 1_000 { "BILL" } else { "HARB" };
        listed.project.as_deref() == Some(project)
    }));
    let spent: u32 = pages.iter().map(|page| page.spent.requests).sum();
    assert_eq!((spent as usize, vendor.asked().len()), (7, 7));
    assert!(pages[0].projects.is_empty(), "a project counts when all of it came");
    for place in 0..pages.len() {
        let (rest, error) = taken(&source, Some(pages[place].cursor.clone())).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(ids(&rest), ids(&pages[place + 1..]), "after page {place}");
        assert_eq!(projects(&rest), projects(&pages[place + 1..]));
    }
}

#[tokio::test]
async fn a_project_that_vanishes_meanwhile_is_not_listed_and_says_nothing_of_its_issues() {
    let vendor = Vendor::jira(|asked, place| {
        let lists_all = asked.path.contains("/project/search") && place == 0;
        answer(asked, if lists_all { &THREE } else { &THREE[..2] }, 10)
    })
    .await;
    let (pages, error) = taken(&vendor.jira_source(), None).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!((ids(&pages).len(), projects(&pages)), (25, vec!["BILL", "DESK"]));
}

#[tokio::test]
async fn a_question_that_is_refused_for_a_project_that_is_there_ends_the_census() {
    let vendor = Vendor::jira(|asked, _| {
        if asked.is_search() {
            Reply::text(400, r#"{"errorMessages":["no"]}"#)
        } else {
            answer(asked, &THREE, 10)
        }
    })
    .await;
    let (pages, error) = taken(&vendor.jira_source(), None).await;
    assert!(pages.is_empty() && matches!(error, Some(SourceError::Unacceptable { .. })), "{error:?}");
}

#[tokio::test]
async fn a_dead_token_lists_its_project_again() {
    let vendor = Vendor::jira(|asked, place| {
        if asked.token().is_some() && place == 2 {
            return Reply::text(400, r#"{"errorMessages":["The provided next page token is invalid."]}"#);
        }
        answer(asked, &THREE, 10)
    })
    .await;
    let (pages, error) = taken(&vendor.jira_source(), None).await;
    assert!(error.is_none(), "{error:?}");
    let mut distinct = ids(&pages);
    distinct.sort();
    distinct.dedup();
    assert_eq!((distinct.len(), projects(&pages)), (37, vec!["BILL", "DESK", "HARB"]));
}

type Answer = fn(&Asked, usize) -> Reply;

#[tokio::test]
async fn a_vendor_that_repeats_itself_or_forgets_the_project_is_found_out() {
    let forgetful = |asked: &Asked, _: usize| {
        if asked.is_search() {
            return Reply::json(&json!({"issues": [{"id": "1"}, {"id": "2"}, {"id": "3"}], "isLast": true}));
        }
        answer(asked, &THREE, 10)
    };
    let endless = |asked: &Asked, place: usize| {
        if asked.is_search() {
            return Reply::json(&json!({"issues": [{"id": "1"}], "nextPageToken": place.to_string()}));
        }
        answer(asked, &THREE, 10)
    };
    let looping = |asked: &Asked, place: usize| {
        if asked.is_search() {
            return Reply::json(&json!({"issues": [{"id": place.to_string()}], "nextPageToken": "t"}));
        }
        answer(asked, &THREE, 10)
    };
    let empty = |asked: &Asked, place: usize| {
        if asked.is_search() {
            return Reply::json(&json!({"issues": [], "nextPageToken": place.to_string()}));
        }
        answer(asked, &THREE, 10)
    };
    let vendors: [(Answer, &str); 4] = [
        (forgetful, "listed for another project before"),
        (endless, "pages repeat"),
        (looping, "pages repeat"),
        (empty, "held nothing"),
    ];
    for (answers, words) in vendors {
        let vendor = Vendor::jira(answers).await;
        let (_, error) = taken(&vendor.jira_source(), None).await;
        let Some(SourceError::Broken { said, .. }) = error else { panic!("{words}: {error:?}") };
        assert!(said.contains(words), "{said}");
        assert!(vendor.asked().len() < 16);
    }
}

#[tokio::test]
async fn a_credential_without_a_project_takes_no_census_and_a_foreign_cursor_is_refused() {
    let vendor = Vendor::jira(|asked, _| answer(asked, &[], 10)).await;
    let source = vendor.jira_source();
    let (_, error) = taken(&source, None).await;
    assert!(matches!(error, Some(SourceError::Refused { .. })), "{error:?}");
    for odd in ["", "{}", r#"{"v":2,"from_ms":0,"projects":[]}"#, r#"{"v":1,"items":3}"#] {
        assert!(source.census(DateTime::UNIX_EPOCH, Some(Cursor(odd.to_owned()))).await.is_err(), "{odd}");
    }
}
