//! The made-up company, as a reader of its hours meets it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Datelike as _, NaiveDate};
use daybook_sim::WorldChoice;
use serde_json::Value;

use super::asking::id;
use crate::vendors::{NOW_MS, User, Vendors};

fn ms(text: &Value) -> i64 {
    DateTime::parse_from_rfc3339(text.as_str().unwrap()).unwrap().timestamp_millis()
}

fn day(worklog: &Value) -> NaiveDate {
    worklog["startDate"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_same_numbers_make_the_same_hours() {
    let (one, other) = (Vendors::with(300).await, Vendors::with(300).await);
    assert_eq!(one.held_worklogs().await, other.held_worklogs().await);
    let another = Vendors::over(WorldChoice::Seed { seed: 2, issues: 300 }).await;
    assert_ne!(one.held_worklogs().await, another.held_worklogs().await);
}

#[tokio::test]
async fn every_author_and_every_issue_is_one_of_jira() {
    let vendors = Vendors::with(400).await;
    let issues =
        vendors.all(User::Full, "created >= 0", &["created", "reporter", "assignee", "comment"], 100).await;
    let text = serde_json::to_string(&issues).unwrap();
    let created: HashMap<u64, i64> = issues
        .iter()
        .map(|issue| {
            let moment = issue["fields"]["created"].as_str().unwrap();
            let moment = DateTime::parse_from_str(moment, "%Y-%m-%dT%H:%M:%S%.f%z").unwrap();
            (issue["id"].as_str().unwrap().parse().unwrap(), moment.timestamp_millis())
        })
        .collect();
    let worklogs = vendors.worklogs().await;
    let mut authors = BTreeMap::new();
    for worklog in &worklogs {
        let created = created[&worklog["issue"]["id"].as_u64().unwrap()];
        // Nobody works on what nobody has asked for, by any calendar.
        assert!(
            DateTime::from_timestamp_millis(created).unwrap().date_naive()
                <= day(worklog).succ_opt().unwrap()
        );
        assert!(ms(&worklog["createdAt"]) >= created, "{worklog}");
        let author = worklog["author"]["accountId"].as_str().unwrap().to_owned();
        authors.entry(author).or_insert_with(BTreeSet::new).insert(worklog["issue"]["id"].as_u64().unwrap());
    }
    assert!(authors.len() > 20);
    for (author, issues) in authors.iter().filter(|(author, _)| !text.contains(author.as_str())) {
        // Those who neither own nor write anything have at least moved something on.
        let mut moved = false;
        for issue in issues {
            let log = vendors.get(&format!("issue/{issue}/changelog?maxResults=100")).await;
            moved |= log.text.contains(author.as_str());
        }
        assert!(moved, "{author}");
    }
}

#[tokio::test]
async fn people_write_some_thirty_worklogs_a_month() {
    let vendors = Vendors::with(3_000).await;
    let worklogs = vendors.worklogs().await;
    let mut months: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut by_day: BTreeMap<(String, NaiveDate), i64> = BTreeMap::new();
    let mut weekend = 0;
    for worklog in &worklogs {
        let author = worklog["author"]["accountId"].as_str().unwrap().to_owned();
        let month = worklog["startDate"].as_str().unwrap()[..7].to_owned();
        *months.entry((author.clone(), month)).or_default() += 1;
        *by_day.entry((author, day(worklog))).or_default() += worklog["timeSpentSeconds"].as_i64().unwrap();
        weekend += usize::from(day(worklog).weekday().num_days_from_monday() > 4);
        assert!(ms(&worklog["createdAt"]) < NOW_MS && ms(&worklog["updatedAt"]) >= ms(&worklog["createdAt"]));
    }
    let full: Vec<_> = months
        .iter()
        .filter(|((_, month), _)| !["2023-11", "2026-11", "2026-12"].contains(&month.as_str()))
        .collect();
    let mean = full.iter().map(|(_, count)| **count).sum::<usize>() / full.len();
    assert!((20..=40).contains(&mean), "{mean} a month, {} in all", worklogs.len());
    let usual = full.iter().filter(|(_, count)| (10..=45).contains(*count)).count();
    assert!(usual * 10 > full.len() * 9, "{usual} of {}", full.len());
    // Only incidents keep no office hours.
    assert!(weekend > 0 && weekend * 50 < worklogs.len(), "{weekend}");
    let long = by_day.values().filter(|seconds| **seconds > 10 * 3_600).count();
    assert!(long * 50 < by_day.len(), "{long} long days");
    let ahead = worklogs.iter().filter(|worklog| day(worklog).to_string().as_str() > "2026-11-20").count();
    let late = worklogs.iter().filter(|worklog| {
        let entered = DateTime::from_timestamp_millis(ms(&worklog["createdAt"])).unwrap().date_naive();
        (entered - day(worklog)).num_days() > 7
    });
    assert!(ahead > 0 && late.count() > 100, "{ahead} ahead");
}

#[tokio::test]
async fn what_may_be_missing_is_missing_somewhere() {
    let vendors = Vendors::with(800).await;
    let worklogs = vendors.worklogs().await;
    for member in ["billableSeconds", "startTime", "startDateTimeUtc", "description", "attributes"] {
        let without = worklogs.iter().filter(|worklog| worklog.get(member).is_none()).count();
        assert!(without > 0 && without * 4 < worklogs.len(), "{member}: {without} of {}", worklogs.len());
    }
    let more = |worklog: &&Value| worklog["billableSeconds"].as_i64() > worklog["timeSpentSeconds"].as_i64();
    assert!(worklogs.iter().any(|worklog| more(&worklog)));
    let other_day = worklogs.iter().find(|worklog| {
        worklog["startDateTimeUtc"]
            .as_str()
            .is_some_and(|moment| moment[..10] != worklog["startDate"].as_str().unwrap()[..])
    });
    assert!(other_day.is_some());
    let words: BTreeSet<_> = worklogs.iter().filter_map(|worklog| worklog["description"].as_str()).collect();
    assert!(words.len() > 500 && words.iter().all(|words| !words.contains('{')), "{}", words.len());
    let unique: BTreeSet<_> = worklogs.iter().map(id).collect();
    assert_eq!(unique.len(), worklogs.len());
}

#[tokio::test]
async fn busier_people_write_more() {
    let usual = Vendors::with(200).await.held_worklogs().await.len();
    let busy =
        Vendors::set(WorldChoice::Seed { seed: 1, issues: 200 }, |settings| settings.worklogs_a_day = 6)
            .await;
    assert!(busy.held_worklogs().await.len() > usual * 2);
}
