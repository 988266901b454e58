//! What happened to issues: asked for a thousand of them at once, from any checkpoint, and not at all where it is refused.

use daybook_core::model::document::Change;
use daybook_core::ports::source::{Page, Source as _, SourceError};
use daybook_sources::jira::JiraSource;
use serde_json::json;

use crate::jira::world::{World, history, ids, pages, requests, scope, source};
use crate::vendor::{Asked, Reply, Vendor};

fn is_history(asked: &Asked) -> bool {
    asked.path.ends_with("/changelog/bulkfetch")
}

async fn vendor(
    issues: u32,
    bend: impl Fn(&Asked, usize) -> Option<Reply> + Send + Sync + 'static,
) -> (Vendor, JiraSource) {
    let world = World::of(issues);
    let answer = move |asked: &Asked, place: usize| bend(asked, place).unwrap_or_else(|| world.answer(asked));
    let vendor = Vendor::jira(answer).await;
    let mut settings = vendor.jira_settings();
    settings.history = true;
    let source = source(settings);
    (vendor, source)
}

fn changes(pages: &[Page]) -> Vec<&Change> {
    pages.iter().flat_map(|page| &page.changes).collect()
}

#[tokio::test]
async fn a_thousand_issues_wait_for_each_other_and_cost_one_request() {
    let (vendor, source) = vendor(2_350, |_, _| None).await;
    let (pages, error) = pages(&source, None).await;
    assert!(error.is_none(), "{error:?}");
    let asked: Vec<Asked> = vendor.asked().into_iter().filter(is_history).collect();
    let counts: Vec<usize> =
        asked.iter().map(|asked| asked.body["issueIdsOrKeys"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [1_000, 1_000, 350]);
    assert_eq!((asked[0].body["maxResults"].as_u64(), changes(&pages).len()), (Some(10_000), 2_350));
    let fields = asked[0].body["fieldIds"].as_array().unwrap();
    assert!(fields.len() <= 10 && fields.contains(&json!("status")) && fields.contains(&json!("project")));
    let change = changes(&pages)[0];
    assert_eq!((change.field.as_str(), change.to.as_deref()), ("status", Some("In Progress")));
    assert_eq!(requests(&pages), vendor.asked().len());
    // Changes come with their records or behind them.
    let mut came = std::collections::HashSet::new();
    for page in &pages {
        came.extend(page.records.iter().map(|record| record.external_id.as_str()));
        assert!(page.changes.iter().all(|change| came.contains(change.record_id.as_str())));
    }
    let plan = source.survey(&scope(None)).await.unwrap().plan.unwrap();
    let spent = requests(&pages) as u64 + 5;
    assert_eq!((plan.requests, plan.estimated), (spent, true));
}

#[tokio::test]
async fn histories_go_on_after_any_cursor_and_none_is_missing() {
    let (_vendor, source) = vendor(1_150, |asked, _| {
        // Three pages for a thousand.
        is_history(asked).then(|| {
            let mut fewer = asked.clone();
            fewer.body["maxResults"] = json!(400);
            World::of(1_150).answer(&fewer)
        })
    })
    .await;
    let (all, error) = pages(&source, None).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(changes(&all).len(), 1_150);
    for place in 0..all.len() {
        let (rest, error) = pages(&source, Some(all[place].cursor.clone())).await;
        assert!(error.is_none(), "{error:?}");
        let mut told: Vec<&str> = changes(&all[..=place])
            .into_iter()
            .chain(changes(&rest))
            .map(|change| change.record_id.as_str())
            .collect();
        assert_eq!(told.len(), 1_150, "after page {place}");
        told.sort_unstable();
        told.dedup();
        assert_eq!(told.len(), 1_150, "after page {place}");
    }
}

#[tokio::test]
async fn a_site_that_refuses_histories_is_walked_without_them_and_says_so() {
    for (status, body) in [
        (403, "{}"),
        (404, "<html>"),
        (410, "{}"),
        (401, r#"{"code":401,"message":"Unauthorized; scope does not match"}"#),
    ] {
        let (vendor, source) =
            vendor(1_150, move |asked, _| is_history(asked).then(|| Reply::text(status, body))).await;
        let survey = source.survey(&scope(None)).await.unwrap();
        assert!(
            survey.unseen.iter().any(|unseen| unseen.contains("history")),
            "{status}: {:?}",
            survey.unseen
        );
        let asked_before = vendor.asked().len();
        let (pages, error) = pages(&source, None).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!((ids(&pages).len(), changes(&pages).len()), (1_150, 0));
        assert_eq!(requests(&pages), vendor.asked().len() - asked_before);
        assert_eq!(
            vendor.asked().iter().filter(|asked| is_history(asked)).count(),
            2,
            "the survey and once more"
        );
        assert_eq!(survey.plan.unwrap().requests, asked_before as u64 + 12 + 1);
    }
}

#[tokio::test]
async fn a_field_that_a_site_does_not_know_is_no_reason_to_go_without() {
    let (vendor, source) = vendor(30, |asked, _| {
        (is_history(asked) && asked.body.get("fieldIds").is_some())
            .then(|| Reply::text(400, r#"{"errorMessages":["Invalid field ID: issuekey"]}"#))
    })
    .await;
    let (pages, error) = pages(&source, None).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(
        (changes(&pages).len(), vendor.asked().iter().filter(|asked| is_history(asked)).count()),
        (30, 2)
    );
}

#[tokio::test]
async fn a_dead_token_begins_the_thousand_again_and_one_that_always_dies_ends_the_walk() {
    let (_vendor, source) = vendor(30, |asked, place| {
        let names = asked.body["issueIdsOrKeys"].as_array().filter(|_| is_history(asked))?;
        match (asked.token(), place) {
            (Some(_), 1) => Some(Reply::text(400, r#"{"errorMessages":["token"]}"#)),
            (Some(_), _) => Some(Reply::json(&json!({"issueChangeLogs": names[20..].iter().map(history).collect::<Vec<_>>()}))),
            (None, _) => Some(Reply::json(
                &json!({"issueChangeLogs": names[..20].iter().map(history).collect::<Vec<_>>(), "nextPageToken": "t"}),
            )),
        }
    })
    .await;
    let (pages_of_one, error) = pages(&source, None).await;
    assert!(error.is_none(), "{error:?}");
    let mut told: Vec<&str> = changes(&pages_of_one).iter().map(|change| change.record_id.as_str()).collect();
    told.sort_unstable();
    told.dedup();
    assert_eq!(told.len(), 30);
    let (vendor, source) = vendor(30, |asked, _| {
        let names = asked.body["issueIdsOrKeys"].as_array().filter(|_| is_history(asked))?;
        match asked.token() {
            Some(_) => Some(Reply::text(400, r#"{"errorMessages":["token"]}"#)),
            None => Some(Reply::json(
                &json!({"issueChangeLogs": names.iter().map(history).collect::<Vec<_>>(), "nextPageToken": "t"}),
            )),
        }
    })
    .await;
    let (_, error) = pages(&source, None).await;
    assert!(matches!(error, Some(SourceError::Unacceptable { .. })), "{error:?}");
    assert!(vendor.asked().len() < 16);
}

#[tokio::test]
async fn pages_of_histories_that_repeat_or_never_hold_anything_end_the_walk() {
    for (logs, words) in [(true, "pages repeat"), (false, "held nothing")] {
        let (vendor, source) = vendor(3, move |asked, place| {
            let names = asked.body["issueIdsOrKeys"].as_array().filter(|_| is_history(asked))?;
            let logs: Vec<_> = names.iter().filter(|_| logs).map(history).collect();
            let token = if logs.is_empty() { place.to_string() } else { "t".to_owned() };
            Some(Reply::json(&json!({"issueChangeLogs": logs, "nextPageToken": token})))
        })
        .await;
        let (_, error) = pages(&source, None).await;
        let Some(SourceError::Broken { said, .. }) = error else { panic!("{error:?}") };
        assert!(said.contains(words), "{said}");
        assert!(vendor.asked().len() < 16);
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_asked_for_in_smaller_ones() {
    let world = World::of(300);
    let vendor = Vendor::jira(move |asked, _| world.answer(asked)).await;
    let mut settings = vendor.jira_settings();
    settings.history = true;
    settings.page_size = 10;
    settings.http.max_answer_bytes = 20_000;
    let (pages, error) = pages(&source(settings), None).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!((ids(&pages).len(), changes(&pages).len()), (300, 300));
}
