//! Answers that are too large, and memory that stays bounded.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use daybook_core::ports::source::{Page, Source as _};
use daybook_sources::jira::JiraSource;
use serde_json::{Value, json};

use crate::jira::world::{FROM_MS, Holds, World, ids, issue, pages, records, scope, source};
use crate::vendor::{Asked, Reply, Vendor};

const MOST: usize = 60_000;

/// A vendor whose full answers with one of these issues are larger than what Daybook reads. Its tokens belong to the
/// list of fields as well.
async fn vendor(issues: u32, large: &'static [u32]) -> (Vendor, JiraSource) {
    let world = World::of(issues);
    let vendor = Vendor::jira(move |asked, _| {
        let mut asked = asked.clone();
        let fields = asked.body["fields"][0].as_str().unwrap().to_owned();
        if let Some(token) = asked.token().map(str::to_owned) {
            let Some(token) = token.strip_prefix(&fields) else {
                return Reply::text(400, r#"{"errorMessages":["The provided next page token is invalid."]}"#);
            };
            asked.body["nextPageToken"] = token.into();
        }
        let Reply::Answer { status: 200, headers, body } = world.answer(&asked) else { panic!("{asked:?}") };
        let mut page: Value = serde_json::from_slice(&body).unwrap();
        if let Some(token) = page["nextPageToken"].as_str() {
            page["nextPageToken"] = format!("{fields}{token}").into();
        }
        let is_large =
            |issue: &Value| issue["id"].as_str().unwrap().parse().is_ok_and(|id| large.contains(&id));
        if fields == "*all" && page["issues"].as_array().unwrap().iter().any(is_large) {
            page["padding"] = "x".repeat(MOST).into();
        }
        Reply::Answer { status: 200, headers, body: page.to_string().into_bytes() }
    })
    .await;
    let mut settings = vendor.jira_settings();
    settings.http.max_answer_bytes = MOST;
    let source = source(settings);
    (vendor, source)
}

/// As the core does: a page of known records only is a standstill, unless the walk was rewound.
fn store(seen: &mut HashSet<String>, pages: &[Page]) {
    for page in pages {
        let fresh = page.records.iter().filter(|record| seen.insert(record.external_id.clone())).count();
        assert!(fresh > 0 || page.records.is_empty() || page.rewound, "a standstill at {:?}", page.cursor);
    }
}

#[tokio::test]
async fn an_issue_that_is_too_large_is_quarantined_and_the_rest_comes() {
    let cases: [&'static [u32]; 6] = [&[100], &[101], &[159], &[0], &[100, 101], &[40, 41, 43, 158, 159]];
    for large in cases {
        let (vendor, source) = vendor(160, large).await;
        let (all, error) = pages(&source, None).await;
        assert!(error.is_none(), "{large:?}: {error:?}");
        let mut seen = HashSet::new();
        store(&mut seen, &all);
        assert_eq!(seen.len(), 160);
        let unread: BTreeSet<(String, String)> = records(&all)
            .filter_map(|record| {
                Some((record.external_id.clone(), record.reading.as_ref().err()?.reason.clone()))
            })
            .collect();
        let expected: BTreeSet<(String, String)> = large
            .iter()
            .map(|id| (id.to_string(), format!("its answer is larger than {MOST} bytes")))
            .collect();
        assert_eq!(unread, expected);
        let requests: u32 = all.iter().map(|page| page.requests).sum();
        assert_eq!(requests as usize, vendor.asked().len(), "{large:?}");
    }
}

#[tokio::test]
async fn a_record_that_was_too_large_says_so_and_pages_shrink_to_it_and_grow_again() {
    let (vendor, source) = vendor(320, &[250]).await;
    let (all, error) = pages(&source, None).await;
    assert!(error.is_none(), "{error:?}");
    let record = records(&all).find(|record| record.external_id == "250").unwrap();
    let raw: Value = serde_json::from_slice(&record.raw).unwrap();
    assert_eq!((&raw["id"], &raw["key"]), (&json!("250"), &json!("HARB-250")));
    assert_eq!(raw["unread"], format!("its answer is larger than {MOST} bytes"));
    let sizes: Vec<u64> =
        vendor.searches().iter().map(|asked| asked.body["maxResults"].as_u64().unwrap()).collect();
    assert_eq!(sizes[..3], [100, 50, 50]);
    assert!(sizes.contains(&1) && *sizes.last().unwrap() == 8, "{sizes:?}");
    assert!(all.iter().all(|page| page.waits == 0), "nobody waits for an answer to become smaller");
}

#[tokio::test]
async fn a_walk_past_what_is_too_large_goes_on_after_any_of_its_cursors() {
    let (_vendor, source) = vendor(60, &[31, 30, 12]).await;
    let (all, error) = pages(&source, None).await;
    assert!(error.is_none(), "{error:?}");
    for place in 0..all.len() {
        let mut seen = HashSet::new();
        store(&mut seen, &all[..=place]);
        let (rest, error) = pages(&source, Some(all[place].cursor.clone())).await;
        assert!(error.is_none(), "{error:?}");
        store(&mut seen, &rest);
        assert_eq!(seen.len(), 60, "after page {place}");
    }
}

fn comments(start: u32, end: u32, words: usize) -> Vec<Value> {
    (start..end).map(|id| json!({"id": id.to_string(), "body": "x".repeat(words)})).collect()
}

/// Four issues: one with 9 MB of further comments, one with 27 MB, one without any, one with a few.
fn talkative(asked: &Asked) -> Reply {
    let total = |id: u32| match id {
        9 => 120,
        8 => 320,
        6 => 22,
        _ => 0,
    };
    if asked.is_search() {
        let long = |id: u32| {
            let mut issue = issue(id, FROM_MS + i64::from(id));
            let came = total(id).min(20);
            issue["fields"]["comment"] =
                json!({"comments": comments(0, came, 1), "maxResults": 20, "total": total(id), "startAt": 0});
            issue
        };
        return Reply::json(&json!({"issues": [long(9), long(8), long(7), long(6)], "isLast": true}));
    }
    let id: u32 = asked.path.split("/issue/").nth(1).unwrap().split('/').next().unwrap().parse().unwrap();
    let start: u32 = asked.path.split("startAt=").nth(1).unwrap().split('&').next().unwrap().parse().unwrap();
    let end = (start + 100).min(total(id));
    Reply::json(&json!({"comments": comments(start, end, 90_000), "total": total(id), "startAt": start}))
}

#[tokio::test]
async fn a_page_with_more_comments_than_memory_should_hold_comes_in_parts() {
    let vendor = Vendor::jira(|asked, _| talkative(asked)).await;
    let source = vendor.jira_source();
    let (parts, error) = pages(&source, None).await;
    assert!(error.is_none(), "{error:?}");
    let came: Vec<Vec<&str>> = parts
        .iter()
        .map(|part| part.records.iter().map(|record| record.external_id.as_str()).collect())
        .collect();
    assert_eq!(came, [vec!["9"], vec!["8"], vec!["7", "6"]]);
    assert!(parts.iter().all(|part| !part.rewound && part.hidden_comments == 0));
    assert_eq!(parts.iter().map(|part| part.requests).sum::<u32>() as usize, vendor.asked().len());
    // 186 comments fit into 16 MiB.
    let unread: Vec<u64> = parts.iter().map(|part| part.unread_comments).collect();
    assert_eq!(unread, [0, 300 - 186, 0]);
    let talk = &parts[1].records[0].reading.as_ref().unwrap()[0];
    let note =
        format!("(left out: 114 further comments; [HARB-8]({}/browse/HARB-8) has them all)", vendor.url);
    assert!(talk.comments.ends_with(&note), "{}", &talk.comments[talk.comments.len() - 200..]);
    for place in 0..2 {
        let mut seen = HashSet::new();
        store(&mut seen, &parts[..=place]);
        let (again, error) = pages(&source, Some(parts[place].cursor.clone())).await;
        assert!(error.is_none() && again[0].rewound);
        store(&mut seen, &again);
        assert_eq!((ids(&again).len(), seen.len()), (4, 4));
    }
}

#[tokio::test]
async fn comments_whose_answer_is_too_large_are_left_out_and_their_issue_stays() {
    let vendor = Vendor::jira(|asked, _| talkative(asked)).await;
    let mut settings = vendor.jira_settings();
    settings.http.max_answer_bytes = 1 << 20;
    let (pages, error) = pages(&source(settings), None).await;
    assert!(error.is_none(), "{error:?}");
    let unread: u64 = pages.iter().map(|page| page.unread_comments).sum();
    assert_eq!((ids(&pages).len(), unread), (4, 100 + 300));
    assert!(records(&pages).all(|record| record.reading.is_ok()));
}

#[tokio::test]
async fn one_large_page_is_ahead_of_whoever_takes_them() {
    let vendor = Vendor::jira(|_, place| {
        let padding = "x".repeat(9 << 20);
        Reply::json(
            &json!({"issues": [issue(1, FROM_MS)], "nextPageToken": place.to_string(), "padding": padding}),
        )
    })
    .await;
    let mut walk = vendor.jira_source().walk(&scope(None), None, Holds::nothing()).await.unwrap();
    for taken in 1..4 {
        walk.next_page().await.unwrap().unwrap();
        for _ in 0..1000 {
            if vendor.searches().len() > taken {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(vendor.searches().len(), taken + 1);
    }
}
