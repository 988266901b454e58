//! Hours that are written, corrected, moved and deleted while others read them.

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::asking::{FULL, id, ids};
use crate::vendors::Vendors;

/// Tempo's times have no milliseconds, so the first second of the next hour is waited for.
async fn an_hour_later(issues: usize) -> (Vendors, Value) {
    let vendors = Vendors::with(issues).await;
    vendors.pass(TimeDelta::hours(1));
    (vendors, json!({"updatedFrom": "2026-11-20T12:30:00Z", "orderBy": [{"field": "UPDATED"}]}))
}

async fn trail(vendors: &Vendors, from: &str) -> Vec<Value> {
    let body = json!({"from": from, "action": ["Deleted"], "entityType": ["worklog"]});
    vendors.tempo_sent("papertrail/search?limit=1000", &body).await.json()["results"]
        .as_array()
        .unwrap()
        .clone()
}

#[tokio::test]
async fn worklogs_are_written_and_corrected() {
    let (vendors, since) = an_hour_later(60).await;
    assert!(vendors.all_pages(FULL, "worklogs/search", Some(&since)).await.is_empty());
    let new = vendors
        .change(
            json!({"create_worklog": {"issue": "HARB-1", "author": "Mara Lindqvist", "date": "2026-10-01",
            "start": "23:30:00", "seconds": 5_400, "description": "late", "account": "HARB-DEV"}}),
        )
        .await
        .remove(0);
    let worklog = vendors.tempo(&format!("worklogs/{new}")).await.json();
    let issue = vendors.get("issue/HARB-1").await.json();
    assert_eq!(worklog["issue"]["id"].to_string(), issue["id"].as_str().unwrap());
    assert_eq!((&worklog["timeSpentSeconds"], &worklog["startTime"]), (&json!(5_400), &json!("23:30:00")));
    assert_eq!(worklog["startDateTimeUtc"], "2026-10-01T21:30:00Z");
    assert_eq!(worklog["attributes"]["values"][0]["value"], "HARB-DEV");
    // Whoever reads again the last days only does not see it; whoever asks for what was updated does.
    assert_eq!(ids(&vendors.all_pages(FULL, "worklogs/search", Some(&since)).await).len(), 1);
    vendors.pass(TimeDelta::hours(1));
    let edit =
        json!({"vendor": "tempo", "edit": {"id": id(&worklog), "seconds": 900, "description": "less"}});
    assert_eq!(vendors.change(edit).await, std::slice::from_ref(&new));
    let after = vendors.tempo(&format!("worklogs/{new}")).await.json();
    assert_eq!((&after["timeSpentSeconds"], &after["description"]), (&json!(900), &json!("less")));
    assert_eq!((&after["createdAt"], &after["startDate"]), (&worklog["createdAt"], &worklog["startDate"]));
    assert!(after["updatedAt"].as_str() > worklog["updatedAt"].as_str());
}

#[tokio::test]
async fn an_edit_leaves_all_else_as_it_was() {
    let (vendors, _) = an_hour_later(60).await;
    for before in vendors.worklogs().await.iter().take(40) {
        vendors.change(json!({"edit_worklog": {"id": id(before)}})).await;
        let mut after = vendors.tempo(&format!("worklogs/{}", id(before))).await.json();
        after["updatedAt"] = before["updatedAt"].clone();
        assert_eq!(&after, before);
    }
}

#[tokio::test]
async fn a_deleted_worklog_leaves_nothing_but_a_line_in_the_trail() {
    let (vendors, since) = an_hour_later(60).await;
    let gone = vendors.worklogs().await.remove(5);
    assert_eq!(vendors.change(json!({"delete_worklog": id(&gone)})).await, [id(&gone).to_string()]);
    assert_eq!(vendors.tempo(&format!("worklogs/{}", id(&gone))).await.status, StatusCode::NOT_FOUND);
    assert!(vendors.all_pages(FULL, "worklogs/search", Some(&since)).await.is_empty());
    let lines = trail(&vendors, "2026-11-20T12:30:00Z").await;
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["entityId"], id(&gone).to_string());
    assert_eq!(lines[0]["worker"], gone["author"]["accountId"]);
    assert!(trail(&vendors, "2026-11-21").await.is_empty());
    let too_old = vendors.tempo_sent("papertrail/search", &json!({"from": "2026-01-01T00:00:00Z"})).await;
    assert_eq!(too_old.status, StatusCode::BAD_REQUEST);
    let root = vendors.running.url("tempo").unwrap();
    let url = format!("{root}/papertrail/1/events/deleted/types/worklog?updatedFrom=2026-11-18T00:00:00Z");
    let old = vendors.bearing(FULL, Method::GET, &url, None).await.unwrap().json();
    assert_eq!(old["results"][0]["tempoWorklogId"], id(&gone).to_string());
    let wrong = vendors.bearing(FULL, Method::GET, &url.replace("2026-11-18", "x"), None).await.unwrap();
    assert!(wrong.json()["errors"][0]["message"].is_string());
}

#[tokio::test]
async fn the_trail_has_pages_of_its_own() {
    let (vendors, _) = an_hour_later(60).await;
    let doomed: Vec<_> = vendors.worklogs().await.iter().take(7).map(id).collect();
    for id in &doomed {
        vendors.change(json!({"delete_worklog": id})).await;
    }
    let body = json!({"from": "2026-11-20"});
    let (mut token, mut seen) = (String::new(), Vec::new());
    loop {
        let path = format!("papertrail/search?limit=3{token}");
        let page = vendors.tempo_sent(&path, &body).await.json();
        seen.extend(crate::vendors::texts(page["results"].as_array().unwrap(), "entityId"));
        match page["metadata"]["nextPageToken"].as_str() {
            Some(next) => token = format!("&nextPageToken={next}"),
            None => break,
        }
    }
    assert_eq!(seen, doomed.iter().map(u64::to_string).collect::<Vec<_>>());
    assert_eq!(
        vendors.tempo_sent("papertrail/search?nextPageToken=x", &body).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn hours_follow_their_issue_and_go_with_it() {
    let (vendors, since) = an_hour_later(120).await;
    let all = vendors.worklogs().await;
    let one = all[all.len() / 2].clone();
    let key = vendors.get(&format!("issue/{}", one["issue"]["id"])).await.json()["key"].take();
    let other = if key == "BILL-1" { "BILL-2" } else { "BILL-1" };
    vendors.change(json!({"move_worklog": {"id": id(&one), "issue": other}})).await;
    let moved = vendors.tempo(&format!("worklogs/{}", id(&one))).await.json();
    let target = vendors.get(&format!("issue/{other}")).await.json();
    assert_eq!(moved["issue"]["id"].to_string(), target["id"].as_str().unwrap());
    assert_eq!(ids(&vendors.all_pages(FULL, "worklogs/search", Some(&since)).await), [id(&one)]);

    // An issue that moves to another project takes its hours along; they do not count as changed.
    let project = target["fields"]["project"]["id"].as_str().unwrap();
    let of_project = format!("worklogs/project/{project}?limit=5000");
    let before = vendors.all_pages(FULL, &of_project, None).await.len();
    let on_it = vendors
        .all_pages(FULL, &format!("worklogs/issue/{}", target["id"].as_str().unwrap()), None)
        .await
        .len();
    vendors.change(json!({"move": {"key": other, "to": "HARB"}})).await;
    assert_eq!(vendors.all_pages(FULL, &of_project, None).await.len(), before - on_it);
    assert_eq!(vendors.all_pages(FULL, "worklogs/search", Some(&since)).await.len(), 1);

    // One that is deleted takes them to its grave.
    vendors.change(json!({"delete": other})).await;
    assert_eq!(vendors.held_worklogs().await.len(), all.len() - on_it);
    assert_eq!(trail(&vendors, "2026-11-20").await.len(), on_it);
}

#[tokio::test]
async fn words_that_nobody_knows_are_refused_with_those_that_are_known() {
    let vendors = Vendors::with(60).await;
    for (wrong, hint) in [
        (json!({"vendor": "tempo", "destroy": 1}), "move_worklog"),
        (json!({"vendor": "linear", "edit": {}}), "linear"),
        (json!({"delete_worklog": 7}), "7"),
        (json!({"edit_worklog": {"id": 126_000, "hours": 1}}), "seconds"),
        (json!({"move_worklog": {"id": 126_000, "issue": "NOPE-1"}}), "NOPE-1"),
        (json!({"create_worklog": {"issue": "HARB-1", "author": "Nobody", "seconds": 1}}), "Mara Lindqvist"),
    ] {
        let answer = vendors.control(Method::POST, "world", Some(&wrong)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(hint), "{wrong}: {error}");
    }
}
