//! Paging, windows, filters, reference lists, and what is refused.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::asking::{FULL, ids};
use crate::vendors::Vendors;

#[tokio::test]
async fn pages_of_any_size_lead_to_all_that_is_held() {
    let vendors = Vendors::with(60).await;
    let held: Vec<_> = vendors.held_worklogs().await.into_keys().collect();
    assert!(held.len() > 200, "{}", held.len());
    for limit in [7, 50, 5_000] {
        let mut seen = ids(&vendors.all_pages(FULL, &format!("worklogs?limit={limit}"), None).await);
        seen.sort_unstable();
        assert_eq!(seen, held);
    }
    let usual = vendors.tempo("worklogs").await.json();
    assert_eq!((&usual["metadata"]["limit"], &usual["metadata"]["count"]), (&json!(50), &json!(50)));
    assert!(usual["metadata"]["previous"].is_null());
    // Whoever asks for more than there can be is told so in the limit alone.
    let huge = vendors.tempo("worklogs?limit=20000").await.json();
    assert_eq!(huge["metadata"]["limit"], 5_000);
    let last = vendors.tempo(&format!("worklogs?limit=50&offset={}", held.len() - 3)).await.json();
    assert_eq!(last["metadata"]["count"], 3);
    assert!(last["metadata"]["next"].is_null() && last["metadata"]["previous"].is_string());
}

#[tokio::test]
async fn windows_have_both_ends_and_go_by_the_day_of_the_worker() {
    let vendors = Vendors::with(120).await;
    let all = vendors.worklogs().await;
    let days: Vec<_> = all.iter().map(|worklog| worklog["startDate"].as_str().unwrap()).collect();
    assert!(days.is_sorted());
    let (from, to) = (days[days.len() / 3], days[days.len() / 2]);
    let expected = days.iter().filter(|day| (from..=to).contains(*day)).count();
    let path = format!("worklogs?from={from}&to={to}&limit=20");
    assert_eq!(vendors.all_pages(FULL, &path, None).await.len(), expected);
    let body = json!({"from": from, "to": to});
    let found = vendors.all_pages(FULL, "worklogs/search?limit=1000", Some(&body)).await;
    assert_eq!(found.len(), expected);
    let one_day = vendors.all_pages(FULL, &format!("worklogs?from={from}&to={from}"), None).await;
    assert_eq!(one_day.len(), days.iter().filter(|day| **day == from).count());
}

#[tokio::test]
async fn what_was_updated_since_comes_in_the_order_that_is_asked_for() {
    let vendors = Vendors::with(120).await;
    let all = vendors.worklogs().await;
    let mut updates: Vec<_> = all.iter().map(|worklog| worklog["updatedAt"].as_str().unwrap()).collect();
    updates.sort_unstable();
    let since = updates[updates.len() - 10];
    let expected = updates.iter().filter(|update| **update >= since).count();
    let body = json!({"updatedFrom": since, "orderBy": [{"field": "UPDATED", "order": "ASC"}]});
    let found = vendors.all_pages(FULL, "worklogs/search?limit=4", Some(&body)).await;
    assert_eq!(found.len(), expected);
    assert!(found.is_sorted_by_key(|worklog| worklog["updatedAt"].as_str().unwrap().to_owned()));
    let day = &since[..10];
    let by_day = vendors.all_pages(FULL, &format!("worklogs?updatedFrom={day}&limit=1000"), None).await;
    assert_eq!(by_day.len(), updates.iter().filter(|update| **update >= day).count());
    // Alone, `orderBy` puts the greatest first.
    let newest = vendors.tempo("worklogs?orderBy=UPDATED&limit=1").await.json();
    assert_eq!(newest["results"][0]["updatedAt"], *updates.last().unwrap());
    let by_id = json!({"orderBy": [{"field": "ID", "order": "ASC"}]});
    assert!(ids(&vendors.all_pages(FULL, "worklogs/search?limit=900", Some(&by_id)).await).is_sorted());
}

#[tokio::test]
async fn filters_are_by_ids_and_by_nothing_else() {
    let vendors = Vendors::with(120).await;
    let all = vendors.worklogs().await;
    let (issue, author) = (&all[9]["issue"]["id"], all[9]["author"]["accountId"].as_str().unwrap());
    let of =
        |member: fn(&Value) -> &Value, value: &Value| all.iter().filter(|one| member(one) == value).count();
    let of_issue = of(|worklog| &worklog["issue"]["id"], issue);
    let of_author = of(|worklog| &worklog["author"]["accountId"], &json!(author));
    for path in [format!("worklogs?issueId={issue}"), format!("worklogs/issue/{issue}")] {
        assert_eq!(vendors.all_pages(FULL, &path, None).await.len(), of_issue, "{path}");
    }
    let found = vendors.all_pages(FULL, &format!("worklogs/user/{author}"), None).await;
    assert_eq!(found.len(), of_author);
    let body = json!({"authorIds": [author], "issueIds": [issue]});
    let found = vendors.all_pages(FULL, "worklogs/search", Some(&body)).await;
    assert!(!found.is_empty() && found.len() <= of_author.min(of_issue));
    let unknown = vendors.tempo_sent("worklogs/search", &json!({"authorIds": ["nobody"]})).await.json();
    assert_eq!(unknown["metadata"]["count"], 0);

    let projects = vendors.get("project/search").await.json();
    let mut sum = 0;
    for project in projects["values"].as_array().unwrap() {
        let id = project["id"].as_str().unwrap();
        let found = vendors.all_pages(FULL, &format!("worklogs?projectId={id}&limit=1000"), None).await;
        let again = vendors.all_pages(FULL, &format!("worklogs/project/{id}?limit=1000"), None).await;
        assert_eq!(found, again);
        sum += found.len();
    }
    assert_eq!(sum, all.len());
    // A key is no filter: one word is refused, the other is not heard.
    assert_eq!(vendors.tempo("worklogs?project=HARB").await.status, StatusCode::BAD_REQUEST);
    let deaf = vendors.all_pages(FULL, "worklogs?projectKey=HARB&limit=5000", None).await;
    assert_eq!(deaf.len(), all.len());
}

#[tokio::test]
async fn teams_and_accounts_have_their_worklogs() {
    let vendors = Vendors::with(120).await;
    let teams = vendors.all_pages(FULL, "teams?limit=4", None).await;
    assert_eq!(teams.len(), 9);
    let with = vendors.tempo("teams?includeMemberships=true").await.json();
    assert!(with["results"][0]["memberships"]["values"].as_array().unwrap().len() > 3);
    let members = vendors.all_pages(FULL, "teams/1/members", None).await;
    let all = vendors.all_pages(FULL, "team-memberships/team/1", None).await;
    // Somebody left.
    assert_eq!((members.len(), all.len()), (6, 7));
    let gone = all.iter().find(|member| member["to"].is_string()).unwrap();
    assert!(gone["inclusiveTo"].as_str() < gone["to"].as_str());
    let of_team = vendors.all_pages(FULL, "worklogs/team/1?limit=1000", None).await;
    assert!(!of_team.is_empty());

    let accounts = vendors.all_pages(FULL, "accounts", None).await;
    assert!(accounts.iter().all(|account| account["status"] != "ARCHIVED") && accounts.len() == 9);
    let archived = vendors.tempo_sent("accounts/search", &json!({"statuses": ["ARCHIVED"]})).await.json();
    assert_eq!(archived["results"][0]["key"], "FAIR");
    let mut sum = 0;
    for account in &accounts {
        let key = account["key"].as_str().unwrap();
        sum += vendors.all_pages(FULL, &format!("worklogs/account/{key}?limit=1000"), None).await.len();
        assert_eq!(vendors.tempo(&format!("accounts/{key}")).await.json()["id"], account["id"]);
    }
    let with_account = vendors.worklogs().await;
    let with_account =
        with_account.iter().filter(|worklog| worklog["attributes"].to_string().contains("_Account_"));
    assert_eq!(sum, with_account.count());
    for path in ["work-attributes", "customers", "account-categories", "roles", "workload-schemes"] {
        assert!(!vendors.all_pages(FULL, path, None).await.is_empty(), "{path}");
    }
    let days = vendors.tempo("user-schedule?from=2026-11-16&to=2026-11-22").await.json();
    let required: i64 =
        days["results"].as_array().unwrap().iter().map(|day| day["requiredSeconds"].as_i64().unwrap()).sum();
    assert_eq!(required, 5 * 28_800);
    let links = vendors.tempo("account-links/project/10000").await;
    assert!([StatusCode::OK, StatusCode::NOT_FOUND].contains(&links.status));
}

#[tokio::test]
async fn ids_lead_to_jira_and_back() {
    let vendors = Vendors::with(60).await;
    let some: BTreeSet<_> = vendors.held_worklogs().await.into_keys().take(5).collect();
    let there = vendors.tempo_sent("worklogs/tempo-to-jira", &json!({"tempoWorklogIds": some})).await.json();
    let jira: Vec<_> =
        there["results"].as_array().unwrap().iter().map(|pair| pair["jiraWorklogId"].clone()).collect();
    let back = vendors.tempo_sent("worklogs/jira-to-tempo", &json!({"jiraWorklogIds": jira})).await.json();
    assert_eq!(back["results"], there["results"]);
    let body = json!({"tempoWorklogIds": some});
    let values = vendors.tempo_sent("worklogs/work-attribute-values/search", &body).await.json();
    assert_eq!(values["metadata"]["count"], 5);
    let many: Vec<_> = (0..501).collect();
    let body = json!({"tempoWorklogIds": many});
    let refused = vendors.tempo_sent("worklogs/work-attribute-values/search", &body).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn wrong_questions_are_refused_in_two_shapes() {
    let vendors = Vendors::with(30).await;
    for path in [
        "worklogs?from=yesterday",
        "worklogs?from=2026-02-30",
        "worklogs?from=2026-11-20&to=2026-11-01",
        "worklogs?limit=0",
        "worklogs?limit=many",
        "worklogs?offset=-1",
        "worklogs?updatedFrom=now",
        "worklogs?orderBy=AUTHOR",
        "worklogs?projectId=HARB",
        "user-schedule?from=2026-11-16",
    ] {
        let answer = vendors.tempo(path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(answer.json()["errors"]["message"].is_string(), "{path}");
    }
    // A number must be one.
    for body in [json!({"issueIds": ["10001"]}), json!({"from": 7}), json!({"orderBy": [{"field": "KEY"}]})] {
        assert_eq!(vendors.tempo_sent("worklogs/search", &body).await.status, StatusCode::BAD_REQUEST);
    }
    for path in [
        "worklogs/1",
        "worklogs/issue/1",
        "worklogs/project/1",
        "worklogs/user/nobody",
        "teams/77",
        "accounts/NO",
    ] {
        let answer = vendors.tempo(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.json()["errors"][0]["message"].is_string(), "{path}");
    }
    assert_eq!(vendors.tempo("nothing/like/this").await.status, StatusCode::NOT_FOUND);
    assert_eq!(vendors.tempo_sent("teams", &json!({})).await.status, StatusCode::METHOD_NOT_ALLOWED);
}
