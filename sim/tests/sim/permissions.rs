//! Who asks, and what that lets them see.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::vendors::{User, Vendors, texts};

const ALL: &str = "created >= 0 ORDER BY key";

#[tokio::test]
async fn strangers_are_refused_and_bearer_is_as_good_as_basic() {
    let vendors = Vendors::with(20).await;
    for user in [User::Nobody, User::Wrong] {
        let answer = vendors.asked(user, Method::GET, "myself", None).await.unwrap();
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.header("content-type").unwrap().starts_with("text/plain"));
        assert_eq!(answer.header("x-seraph-loginreason").is_some(), user == User::Wrong);
    }
    for user in [User::Full, User::Bearer] {
        let myself = vendors.asked(user, Method::GET, "myself", None).await.unwrap().json();
        assert_eq!(myself["timeZone"], "Europe/Stockholm");
    }
    let info = vendors.asked(User::Nobody, Method::GET, "serverInfo", None).await.unwrap().json();
    assert_eq!(info["deploymentType"], "Cloud");
}

#[tokio::test]
async fn what_is_missing_and_what_is_not_for_the_caller_look_alike() {
    let vendors = Vendors::with(1_200).await;
    let all = vendors.all(User::Full, ALL, &["security"], 100).await;
    let secret =
        all.iter().find(|issue| issue["fields"]["security"].is_object()).unwrap()["key"].as_str().unwrap();
    let missing = vendors.asked(User::Guest, Method::GET, "issue/HARB-99999", None).await.unwrap();
    for key in [secret, "SECU-1"] {
        assert_eq!(vendors.get(&format!("issue/{key}")).await.status, StatusCode::OK);
        for path in [format!("issue/{key}"), format!("issue/{key}/comment"), format!("issue/{key}/changelog")]
        {
            let hidden = vendors.asked(User::Guest, Method::GET, &path, None).await.unwrap();
            assert_eq!((hidden.status, &hidden.text), (StatusCode::NOT_FOUND, &missing.text), "{path}");
        }
    }
}

#[tokio::test]
async fn the_guest_sees_fewer_projects_and_issues() {
    let vendors = Vendors::with(1_200).await;
    let ids = |issues: &[serde_json::Value]| texts(issues, "id").into_iter().collect::<BTreeSet<_>>();
    let all = ids(&vendors.all(User::Full, ALL, &["id"], 5_000).await);
    let few = ids(&vendors.all(User::Guest, ALL, &["id"], 5_000).await);
    assert!(few.is_subset(&all) && few.len() < all.len());
    let projects = vendors.asked(User::Guest, Method::GET, "project/search", None).await.unwrap().json();
    assert_eq!(projects["total"], 7);
    let named = json!({"jql": "project = SECU"});
    let refused = vendors.asked(User::Guest, Method::POST, "search/jql", Some(&named)).await.unwrap();
    assert_eq!(refused.message(), "The value 'SECU' does not exist for the field 'project'.");
    let secret: Vec<_> = all.difference(&few).take(5).collect();
    let bulk = json!({"issueIdsOrKeys": secret});
    let absent =
        vendors.asked(User::Guest, Method::POST, "issue/bulkfetch", Some(&bulk)).await.unwrap().json();
    assert_eq!(absent["issues"].as_array().unwrap().len(), 0);
    let count = vendors
        .asked(User::Guest, Method::POST, "search/approximate-count", Some(&json!({"jql": ALL})))
        .await;
    assert_eq!(count.unwrap().json()["count"], few.len());
}

#[tokio::test]
async fn restricted_comments_are_counted_but_not_shown() {
    let vendors = Vendors::with(1_200).await;
    let issues = vendors.all(User::Full, "project != SECU", &["comment", "security"], 100).await;
    let guarded = issues.iter().find(|issue| {
        let comments = issue["fields"]["comment"]["comments"].as_array().unwrap();
        issue["fields"]["security"].is_null()
            && comments.iter().any(|comment| comment["visibility"].is_object())
    });
    let guarded = guarded.unwrap();
    let (key, all) = (guarded["key"].as_str().unwrap(), &guarded["fields"]["comment"]);
    let path = format!("issue/{key}/comment");
    let listed = vendors.asked(User::Guest, Method::GET, &path, None).await.unwrap().json();
    let embedded =
        vendors.asked(User::Guest, Method::GET, &format!("issue/{key}"), None).await.unwrap().json();
    for shown in [&listed, &embedded["fields"]["comment"]] {
        assert_eq!(shown["total"], all["total"]);
        let shown = shown["comments"].as_array().unwrap();
        assert!(shown.len() < all["comments"].as_array().unwrap().len());
        assert!(shown.iter().all(|comment| comment["visibility"].is_null()));
    }
}

#[tokio::test]
async fn internal_notes_of_the_desk_are_not_for_the_guest() {
    let vendors = Vendors::with(1_200).await;
    for user in [User::Full, User::Guest] {
        let tickets = vendors.all(user, "project = DESK", &["comment"], 100).await;
        let internal = tickets.iter().any(|ticket| ticket.to_string().contains("\"jsdPublic\":false"));
        assert_eq!(internal, user == User::Full, "{user:?}");
    }
}

#[tokio::test]
async fn the_bytes_of_an_attachment_lie_elsewhere() {
    let vendors = Vendors::with(200).await;
    let issues = vendors.all(User::Full, ALL, &["attachment"], 100).await;
    let files = issues.iter().find_map(|issue| issue["fields"]["attachment"].as_array()?.first());
    let id = files.unwrap()["id"].as_str().unwrap();
    let answer = vendors.get(&format!("attachment/content/{id}")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.header("location").unwrap().starts_with("https://"));
    assert_eq!(vendors.get("attachment/content/1").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_gateway_leads_to_the_same_site() {
    let vendors = Vendors::with(20).await;
    let cloud =
        vendors.control(Method::GET, "../jira/_edge/tenant_info", None).await.json()["cloudId"].take();
    let at = |cloud: &str| format!("{}/ex/jira/{cloud}/rest/api/3/myself", vendors.running.jira_url());
    let through =
        vendors.bearing("demo-token", Method::GET, &at(cloud.as_str().unwrap()), None).await.unwrap();
    assert_eq!(through.text, vendors.get("myself").await.text);
    let stranger = vendors.bearing("wrong", Method::GET, &at(cloud.as_str().unwrap()), None).await.unwrap();
    let nowhere = vendors.bearing("demo-token", Method::GET, &at("11-22"), None).await.unwrap();
    assert_eq!((stranger.status, nowhere.status), (StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND));
}

#[tokio::test]
async fn a_project_has_a_security_scheme_if_something_in_it_can_be_hidden() {
    let vendors = Vendors::with(1_200).await;
    let all = vendors.all(User::Full, ALL, &["security", "project"], 100).await;
    let leveled: BTreeSet<String> = all
        .iter()
        .filter(|issue| issue["fields"]["security"].is_object())
        .map(|issue| issue["fields"]["project"]["key"].as_str().unwrap().to_owned())
        .collect();
    let projects = vendors.get("project/search").await.json();
    let keys = texts(projects["values"].as_array().unwrap(), "key");
    let without = keys.iter().find(|key| !leveled.contains(*key)).unwrap();
    for key in &keys {
        let path = format!("project/{key}/issuesecuritylevelscheme");
        let expected = if leveled.contains(key) { StatusCode::OK } else { StatusCode::NOT_FOUND };
        assert_eq!(vendors.get(&path).await.status, expected, "{key}");
    }
    let path = format!("project/{without}/issuesecuritylevelscheme");
    let guest = vendors.asked(User::Guest, Method::GET, &path, None).await.unwrap();
    assert_eq!(guest.status, StatusCode::FORBIDDEN);
    vendors.change(json!({"restrict": {"key": format!("{without}-1"), "level": "Board"}})).await;
    assert_eq!(vendors.get(&path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_project_can_be_closed_to_the_guest_alone() {
    let vendors = Vendors::with(120).await;
    let seen = async |user| vendors.asked(user, Method::GET, "issue/HARB-1", None).await.unwrap().status;
    assert_eq!((seen(User::Full).await, seen(User::Guest).await), (StatusCode::OK, StatusCode::OK));
    vendors.change(json!({"close_project": "HARB"})).await;
    assert_eq!((seen(User::Full).await, seen(User::Guest).await), (StatusCode::OK, StatusCode::NOT_FOUND));
    vendors.change(json!({"open_project": "HARB"})).await;
    assert_eq!(seen(User::Guest).await, StatusCode::OK);
}

#[tokio::test]
async fn a_plain_user_may_not_read_the_permission_scheme() {
    let vendors = Vendors::with(20).await;
    let answer = vendors.get("project/HARB/permissionscheme").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.message().contains("permission"));
    assert_eq!(vendors.get("nothing/like/this").await.status, StatusCode::NOT_FOUND);
}
