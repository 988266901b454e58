//! Edits from outside, and what a reader sees of them.

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::vendors::{NOW_MS, User, Vendors, texts};

/// Vendors whose clock stands an hour after the end of the world's history.
async fn an_hour_later(issues: usize) -> Vendors {
    let vendors = Vendors::with(issues).await;
    vendors.pass(TimeDelta::hours(1));
    vendors
}

/// The keys of everything that changed since the history ended.
async fn changed(vendors: &Vendors) -> Vec<String> {
    texts(
        &vendors.all(User::Full, &format!("updated > {NOW_MS} ORDER BY key"), &["summary"], 100).await,
        "key",
    )
}

#[tokio::test]
async fn an_edit_moves_updated_and_is_told_in_the_history() {
    let vendors = an_hour_later(60).await;
    let before = vendors.get("issue/HARB-2").await.json();
    let histories = vendors.get("issue/HARB-2/changelog").await.json()["total"].as_u64().unwrap();
    vendors.change(json!({"edit": {"key": "HARB-2", "fields": {
        "summary": "Another title", "description": "First line\nSecond line", "status": "blocked", "priority": "High",
        "assignee": "Mara Lindqvist", "labels": ["x"],
    }}})).await;
    let after = vendors.get("issue/HARB-2").await.json();
    let fields = &after["fields"];
    assert_eq!((&fields["summary"], &fields["status"]["name"]), (&json!("Another title"), &json!("Blocked")));
    assert_eq!((&fields["priority"]["name"], &fields["labels"][0]), (&json!("High"), &json!("x")));
    assert_eq!(fields["assignee"]["displayName"], "Mara Lindqvist");
    assert_eq!(fields["description"]["content"].as_array().unwrap().len(), 2);
    assert_eq!(fields["comment"], before["fields"]["comment"]);
    assert_eq!(changed(&vendors).await, ["HARB-2"]);
    let log = vendors.get("issue/HARB-2/changelog").await.json();
    assert_eq!(log["total"].as_u64().unwrap(), histories + 1);
    let last = log["values"].as_array().unwrap().last().unwrap();
    let status = last["items"].as_array().unwrap().iter().find(|item| item["fieldId"] == "status").unwrap();
    assert_eq!(
        (&status["fromString"], &status["toString"]),
        (&before["fields"]["status"]["name"], &json!("Blocked"))
    );
}

#[tokio::test]
async fn what_is_done_has_a_resolution_and_what_is_opened_again_has_none() {
    let vendors = an_hour_later(60).await;
    for (status, resolved) in [("To Do", false), ("Done", true), ("In Progress", false)] {
        vendors.change(json!({"edit": {"key": "HARB-1", "fields": {"status": status}}})).await;
        let fields = vendors.get("issue/HARB-1").await.json()["fields"].take();
        assert_eq!(fields["resolution"].is_object(), resolved, "{status}");
        assert_eq!(fields["resolutiondate"].is_string(), resolved, "{status}");
    }
}

#[tokio::test]
async fn issues_are_created_and_deleted_and_their_keys_are_not_given_twice() {
    let vendors = an_hour_later(60).await;
    let created = vendors
        .change(json!({"create": {"project": "HARB", "summary": "New", "description": "Text",
        "fields": {"labels": ["fresh"]}}}))
        .await;
    let issue = vendors.get(&format!("issue/{}", created[0])).await.json();
    assert_eq!(
        (&issue["fields"]["summary"], &issue["fields"]["labels"][0]),
        (&json!("New"), &json!("fresh"))
    );
    assert_eq!(changed(&vendors).await, created);
    assert_eq!(vendors.running.issues(), 61);
    assert_eq!(vendors.change(json!({"delete": created[0]})).await, created);
    assert_eq!(vendors.get(&format!("issue/{}", created[0])).await.status, StatusCode::NOT_FOUND);
    assert!(changed(&vendors).await.is_empty());
    let next = vendors.change(json!({"create": {"project": "HARB", "summary": "Newer"}})).await;
    assert_ne!(next, created);
}

#[tokio::test]
async fn comments_come_and_go() {
    let vendors = an_hour_later(60).await;
    let total = vendors.get("issue/HARB-2/comment").await.json()["total"].as_i64().unwrap();
    vendors
        .change(json!([
            {"comment": {"key": "HARB-2", "body": "For all"}},
            {"comment": {"key": "HARB-2", "body": "For some", "role": "Developers"}},
        ]))
        .await;
    assert_eq!(changed(&vendors).await, ["HARB-2"]);
    let list = vendors.get("issue/HARB-2/comment").await.json();
    assert_eq!(list["total"].as_i64(), Some(total + 2));
    let newest = list["comments"].as_array().unwrap().last().unwrap();
    assert_eq!(newest["visibility"]["value"], "Developers");
    vendors.pass(TimeDelta::hours(1));
    let before = vendors.get("issue/HARB-2").await.json()["fields"]["updated"].take();
    vendors.change(json!({"delete_comment": {"key": "HARB-2", "id": newest["id"]}})).await;
    let after = vendors.get("issue/HARB-2").await.json();
    assert_eq!(
        (&after["fields"]["updated"], after["fields"]["comment"]["total"].as_i64()),
        (&before, Some(total + 1))
    );
}

#[tokio::test]
async fn a_long_thread_survives_an_edit() {
    let vendors = an_hour_later(1_500).await;
    let issues = vendors.all(User::Full, "created >= 0", &["comment"], 100).await;
    let talk = |issue: &Value| issue["fields"]["comment"]["total"].as_u64().unwrap();
    let longest = issues.iter().max_by_key(|issue| talk(issue)).unwrap();
    let key = longest["key"].as_str().unwrap();
    vendors.change(json!({"comment": {"key": key, "body": "One more"}})).await;
    let total = talk(longest) + 1;
    let rest = vendors.get(&format!("issue/{key}/comment?startAt=100")).await.json();
    assert_eq!(
        (rest["total"].as_u64(), rest["comments"].as_array().unwrap().len() as u64),
        (Some(total), total - 100)
    );
}

#[tokio::test]
async fn a_moved_issue_has_a_new_key_and_answers_to_the_old_one() {
    let vendors = an_hour_later(120).await;
    let id = vendors.get("issue/HARB-2").await.json()["id"].take();
    let new = vendors.change(json!({"move": {"key": "HARB-2", "to": "BILL"}})).await.remove(0);
    assert!(new.starts_with("BILL-"));
    for key in ["HARB-2", new.as_str(), id.as_str().unwrap()] {
        let issue = vendors.get(&format!("issue/{key}")).await.json();
        assert_eq!(
            (&issue["id"], issue["key"].as_str(), &issue["fields"]["project"]["key"]),
            (&id, Some(new.as_str()), &json!("BILL"))
        );
    }
    assert_eq!(changed(&vendors).await, [new]);
    let log = vendors.get(&format!("issue/{}/changelog", id.as_str().unwrap())).await;
    assert!(log.text.contains("\"field\":\"Key\"") && log.text.contains("\"fromString\":\"HARB-2\""));
}

#[tokio::test]
async fn a_security_level_hides_an_issue_from_the_guest() {
    let vendors = an_hour_later(60).await;
    let guest = async || vendors.asked(User::Guest, Method::GET, "issue/HARB-2", None).await.unwrap().status;
    vendors.change(json!({"restrict": {"key": "HARB-2", "level": null}})).await;
    assert_eq!(guest().await, StatusCode::OK);
    vendors.change(json!({"restrict": {"key": "HARB-2", "level": "Board"}})).await;
    assert_eq!(guest().await, StatusCode::NOT_FOUND);
    assert_eq!(vendors.get("issue/HARB-2").await.json()["fields"]["security"]["name"], "Board");
}

#[tokio::test]
async fn projects_are_archived_and_lost() {
    let vendors = an_hour_later(120).await;
    let all = vendors.held().await.len();
    for (gone, back) in [("archive_project", "restore_project"), ("lose_project", "regain_project")] {
        vendors.change(json!({gone: "HARB"})).await;
        assert_eq!(vendors.get("issue/HARB-1").await.status, StatusCode::NOT_FOUND);
        assert_eq!(vendors.search(&json!({"jql": "project = HARB"})).await.status, StatusCode::BAD_REQUEST);
        assert!(vendors.held().await.len() < all);
        let live = vendors.get("project/search").await.json();
        assert!(!texts(live["values"].as_array().unwrap(), "key").contains(&"HARB".to_owned()));
        let archived = vendors.get("project/search?status=archived").await.json();
        assert_eq!(archived["total"], u64::from(gone == "archive_project"));
        let both = vendors.get("project/search?status=live&status=archived").await.json();
        let marked = both["values"].as_array().unwrap().iter().filter(|project| project["archived"] == true);
        assert_eq!(marked.count(), usize::from(gone == "archive_project"));
        vendors.change(json!({back: "HARB"})).await;
        assert_eq!(vendors.held().await.len(), all);
    }
    assert!(changed(&vendors).await.is_empty());
}

#[tokio::test]
async fn words_that_nobody_knows_are_refused_with_those_that_are_known() {
    let vendors = Vendors::with(60).await;
    for (wrong, hint) in [
        (json!({"destroy": "HARB-1"}), "archive_project"),
        (json!({"edit": {"key": "HARB-1", "fields": {"sumary": "x"}}}), "summary"),
        (json!({"edit": {"key": "HARB-1", "fields": {"status": "Dne"}}}), "in review"),
        (json!({"edit": {"key": "HARB-1", "fields": {"priority": "Urgent"}}}), "Highest"),
        (json!({"edit": {"key": "HARB-1", "fields": {"assignee": "Nobody"}}}), "Mara Lindqvist"),
        (json!({"edit": {"key": "HARB-1", "fields": {"updated": "now"}}}), "cannot be set"),
        (json!({"edit": {"key": "HARB-1", "field": {}}}), "fields"),
        (json!({"move": {"key": "HARB-1", "to": "NOPE"}}), "QUAY"),
        (json!({"delete": "HARB-99999"}), "HARB-99999"),
    ] {
        let answer = vendors.control(Method::POST, "world", Some(&wrong)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(hint), "{wrong}: {error}");
    }
}
