//! Pages, their sizes and their ends.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::vendors::{User, Vendors, texts};

const ALL: &str = "created >= 0 ORDER BY updated ASC, key ASC";

#[tokio::test]
async fn every_issue_comes_once_whatever_the_size_of_a_page() {
    let vendors = Vendors::with(330).await;
    let held: BTreeSet<String> = texts(&vendors.held().await, "id").into_iter().collect();
    for (fields, most) in [(&["*all"][..], 100), (&["summary", "updated"][..], 7), (&["id"][..], 5_000)] {
        let ids = texts(&vendors.all(User::Full, ALL, fields, most).await, "id");
        assert_eq!(ids.len(), 330, "{fields:?}");
        assert_eq!(ids.into_iter().collect::<BTreeSet<_>>(), held);
    }
}

#[tokio::test]
async fn all_orders_are_kept_over_pages() {
    let vendors = Vendors::with(130).await;
    for order in ["updated ASC, key ASC", "updated DESC", "created", "key", "key DESC", "id DESC"] {
        let jql = format!("created >= 0 ORDER BY {order}");
        let small = texts(&vendors.all(User::Full, &jql, &["summary"], 9).await, "id");
        let large = texts(&vendors.all(User::Full, &jql, &["summary"], 100).await, "id");
        assert_eq!(small, large, "{order}");
    }
}

#[tokio::test]
async fn fields_default_to_the_id_and_large_pages_are_for_ids_only() {
    let vendors = Vendors::with(5_200).await;
    let bare = vendors.search(&json!({"jql": ALL, "maxResults": 9_000})).await.json();
    assert_eq!(bare["issues"].as_array().unwrap().len(), 5_000);
    assert_eq!(bare["issues"][0].as_object().unwrap().len(), 1);
    let usual = vendors.search(&json!({"jql": ALL})).await.json();
    assert_eq!(usual["issues"].as_array().unwrap().len(), 50);
    let wide = vendors.search(&json!({"jql": ALL, "fields": ["summary"], "maxResults": 9_000})).await.json();
    assert_eq!(wide["issues"].as_array().unwrap().len(), 100);
    assert_eq!(wide["issues"][0]["fields"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn a_search_can_also_be_asked_with_get() {
    let vendors = Vendors::with(60).await;
    let page =
        vendors.get("search/jql?jql=project%20%3D%20HARB&fields=summary,status&maxResults=3").await.json();
    assert_eq!(page["issues"].as_array().unwrap().len(), 3);
    assert_eq!(page["issues"][0]["fields"].as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn a_token_dies_with_another_question_and_after_seven_days() {
    let vendors = Vendors::with(60).await;
    let token = vendors.search(&json!({"jql": ALL, "maxResults": 5})).await.json()["nextPageToken"].take();
    let other = vendors.search(&json!({"jql": "created >= 1 ORDER BY key", "nextPageToken": token})).await;
    assert_eq!(other.status, StatusCode::BAD_REQUEST);
    assert!(other.message().contains("nextPageToken"), "{}", other.text);
    vendors.pass(TimeDelta::days(6));
    assert_eq!(vendors.search(&json!({"jql": ALL, "nextPageToken": token})).await.status, StatusCode::OK);
    vendors.pass(TimeDelta::days(2));
    let late = vendors.search(&json!({"jql": ALL, "nextPageToken": token})).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn wrong_questions_are_refused_in_the_vendors_words() {
    let vendors = Vendors::with(40).await;
    for (jql, words) in [
        ("", "Unbounded JQL queries are not allowed here"),
        ("ORDER BY created", "Unbounded JQL queries are not allowed here"),
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("sprnt = 7", "Field 'sprnt' does not exist"),
        (
            "project = HARB ORDER BY key, id, updated, created, key, id, updated, created",
            "maximum number of order by fields",
        ),
        ("project = ", "Error in the JQL Query"),
        ("updated >= \"last summer\"", "is invalid"),
    ] {
        let answer = vendors.search(&json!({"jql": jql})).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{jql}");
        assert!(answer.message().contains(words), "{jql}: {}", answer.text);
        assert!(answer.json()["errors"].is_object());
    }
}

#[tokio::test]
async fn milliseconds_have_no_zone_and_quoted_times_have_the_callers() {
    let vendors = Vendors::with(200).await;
    let newest = &vendors.all(User::Full, "created >= 0 ORDER BY updated DESC", &["updated"], 100).await[0];
    let updated = newest["fields"]["updated"].as_str().unwrap();
    let moment = chrono::DateTime::parse_from_str(updated, "%Y-%m-%dT%H:%M:%S%.f%z").unwrap();
    let ms = moment.timestamp_millis();
    let exact = format!("updated >= {ms} AND updated < {}", ms + 1);
    assert_eq!(
        texts(&vendors.all(User::Full, &exact, &["id"], 50).await, "id"),
        [newest["id"].as_str().unwrap()]
    );
    // The profile's zone is Stockholm, as is that of the times which are sent.
    let minute = moment.format("%Y-%m-%d %H:%M");
    let later = (moment + TimeDelta::minutes(1)).format("%Y-%m-%d %H:%M");
    let quoted = format!("updated >= \"{minute}\" AND updated < \"{later}\"");
    let found = texts(&vendors.all(User::Full, &quoted, &["id"], 50).await, "id");
    assert!(found.contains(&newest["id"].as_str().unwrap().to_owned()));
    let utc = moment.with_timezone(&chrono::Utc).format("%Y-%m-%d %H:%M");
    let wrong = format!(
        "updated >= \"{utc}\" AND updated < \"{minute}\" AND key = {}",
        newest["key"].as_str().unwrap_or("HARB-1")
    );
    let count = vendors.post("search/approximate-count", &json!({"jql": wrong})).await;
    assert_eq!(count.json()["count"], 0, "{}", count.text);
}

#[tokio::test]
async fn many_issues_come_by_id_and_what_is_missing_is_silently_absent() {
    let vendors = Vendors::with(180).await;
    let mut ids = texts(&vendors.all(User::Full, ALL, &["id"], 5_000).await, "id");
    ids.reverse();
    let mut asked = ids[..100].to_vec();
    asked[7] = "77777777".to_owned();
    let answer =
        vendors.post("issue/bulkfetch", &json!({"issueIdsOrKeys": asked, "fields": ["*all"]})).await.json();
    let came: Vec<u64> =
        texts(answer["issues"].as_array().unwrap(), "id").iter().map(|id| id.parse().unwrap()).collect();
    assert_eq!(
        (came.len(), came.is_sorted(), answer["issueErrors"].as_array().unwrap().len()),
        (99, true, 0)
    );
    let many = vendors.post("issue/bulkfetch", &json!({"issueIdsOrKeys": ids, "fields": ["*all"]})).await;
    assert_eq!(many.status, StatusCode::BAD_REQUEST);
    let few =
        vendors.post("issue/bulkfetch", &json!({"issueIdsOrKeys": ids, "fields": ["summary"]})).await.json();
    assert_eq!(few["issues"].as_array().unwrap().len(), 180);
}

#[tokio::test]
async fn a_long_thread_is_read_in_pages_of_at_most_a_hundred() {
    let vendors = Vendors::with(1_500).await;
    let issues = vendors.all(User::Full, ALL, &["comment"], 100).await;
    let talk = |issue: &Value| issue["fields"]["comment"]["total"].as_u64().unwrap();
    let longest = issues.iter().max_by_key(|issue| talk(issue)).unwrap();
    assert!(talk(longest) > 100);
    assert_eq!(longest["fields"]["comment"]["comments"].as_array().unwrap().len(), 100);
    let mut ids = Vec::new();
    loop {
        let path = format!(
            "issue/{}/comment?startAt={}&maxResults=1000",
            longest["key"].as_str().unwrap(),
            ids.len()
        );
        let page = vendors.get(&path).await.json();
        assert_eq!((page["maxResults"].as_u64(), page["total"].as_u64()), (Some(100), Some(talk(longest))));
        let came = texts(page["comments"].as_array().unwrap(), "id");
        if came.is_empty() {
            break;
        }
        ids.extend(came);
    }
    assert_eq!(ids.len() as u64, talk(longest));
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

#[tokio::test]
async fn histories_are_the_same_in_bulk_and_one_by_one() {
    let vendors = Vendors::with(90).await;
    let ids = texts(&vendors.all(User::Full, ALL, &["id"], 5_000).await, "id");
    let (mut bulk, mut token) = (0, Value::Null);
    loop {
        let body = json!({"issueIdsOrKeys": ids, "maxResults": 11, "nextPageToken": token});
        let page = vendors.post("changelog/bulkfetch", &body).await.json();
        let logs = page["issueChangeLogs"].as_array().unwrap();
        bulk += logs.iter().map(|log| log["changeHistories"].as_array().unwrap().len()).sum::<usize>();
        token = page["nextPageToken"].clone();
        if token.is_null() {
            break;
        }
    }
    let mut single = 0;
    for id in &ids {
        let page = vendors.get(&format!("issue/{id}/changelog?maxResults=500")).await.json();
        assert_eq!((page["isLast"].as_bool(), page["maxResults"].as_u64()), (Some(true), Some(100)));
        single += page["values"].as_array().unwrap().len();
    }
    assert_eq!(bulk, single);
    let body = json!({"issueIdsOrKeys": ids, "fieldIds": ["priority"]});
    let only = vendors.post("changelog/bulkfetch", &body).await;
    assert!(!only.text.contains("\"fieldId\":\"status\"") && only.text.contains("\"fieldId\":\"priority\""));
}

#[tokio::test]
async fn projects_are_paged_by_offset() {
    let vendors = Vendors::with(300).await;
    let mut keys = Vec::new();
    loop {
        let page = vendors
            .get(&format!("project/search?startAt={}&maxResults=3&expand=insight,lead", keys.len()))
            .await
            .json();
        keys.extend(texts(page["values"].as_array().unwrap(), "key"));
        assert!(page["values"][0]["lead"]["accountId"].is_string());
        assert!(page["values"][0]["insight"]["totalIssueCount"].is_number());
        if page["isLast"] == true {
            assert!(page["nextPage"].is_null());
            break;
        }
        assert!(page["nextPage"].is_string());
    }
    assert_eq!(keys, ["BILL", "CARG", "DESK", "HARB", "PLAT", "QUAY", "SECU", "TIDE"]);
}

#[tokio::test]
async fn the_old_search_is_gone() {
    let vendors = Vendors::with(5).await;
    for (method, path) in
        [(Method::GET, "search?jql=project=HARB"), (Method::POST, "search"), (Method::GET, "../2/search")]
    {
        let answer = vendors.asked(User::Full, method, path, None).await.unwrap();
        assert_eq!(answer.status, StatusCode::GONE, "{path}");
        assert!(answer.message().contains("/rest/api/3/search/jql"));
    }
}
