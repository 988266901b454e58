//! The made-up company, as a reader of its meetings meets it.

use std::collections::BTreeSet;

use daybook_sim::WorldChoice;
use serde_json::{Value, json};

use super::asking::{FULL, counts, ids};
use crate::vendors::{User, Vendors, texts};

async fn transcripts(vendors: &Vendors) -> Vec<Value> {
    let mut all = Vec::new();
    for id in ids(&vendors.held_transcripts().await) {
        all.push(vendors.full(&id).await);
    }
    all
}

/// Words such as `HARB-17`.
fn keys(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
    let is_key = |word: &&str| {
        word.split_once('-').is_some_and(|(project, number)| {
            project.len() == 4
                && project.chars().all(|letter| letter.is_ascii_uppercase())
                && number.parse::<u32>().is_ok()
        })
    };
    words.filter(is_key).map(str::to_owned).collect()
}

#[tokio::test]
async fn the_same_numbers_make_the_same_meetings() {
    let (one, other) = (Vendors::with(300).await, Vendors::with(300).await);
    assert_eq!(one.held_transcripts().await, other.held_transcripts().await);
    let another = Vendors::over(WorldChoice::Seed { seed: 2, issues: 300 }).await;
    assert_ne!(one.held_transcripts().await, another.held_transcripts().await);
}

#[tokio::test]
async fn keys_that_are_mentioned_are_jiras_and_people_are_the_same() {
    let vendors = Vendors::with(400).await;
    let issues = vendors.all(User::Full, "created >= 0", &["created", "reporter", "assignee"], 100).await;
    let known: BTreeSet<String> = texts(&issues, "key").into_iter().collect();
    let all = transcripts(&vendors).await;
    let mut mentioned = BTreeSet::new();
    for transcript in &all {
        mentioned.extend(keys(&transcript["sentences"].to_string()));
        mentioned.extend(keys(&transcript["summary"]["action_items"].to_string()));
    }
    assert!(
        mentioned.len() > 80 && mentioned.is_subset(&known),
        "{:?}",
        mentioned.difference(&known).collect::<Vec<_>>()
    );
    let jira = serde_json::to_string(&issues).unwrap();
    let mut joined = BTreeSet::new();
    for email in all.iter().filter_map(|transcript| transcript["organizer_email"].as_str()) {
        assert!(email.ends_with("@birchlane.example"));
        if jira.contains(email) {
            joined.insert(email);
        }
    }
    assert!(joined.len() > 2, "{joined:?}");
    let team = vendors.asks(FULL, "Team", json!({})).await.json();
    let users: BTreeSet<String> =
        texts(team["data"]["users"].as_array().unwrap(), "email").into_iter().collect();
    assert!(joined.iter().all(|email| users.contains(*email)));
}

#[tokio::test]
async fn decisions_blockers_and_action_items_are_really_said() {
    let vendors = Vendors::with(400).await;
    let all = transcripts(&vendors).await;
    let text = serde_json::to_string(&all).unwrap();
    assert!(text.contains("We decided to ") && text.contains("is blocked.") && text.contains("Blocked: "));
    let mut items = 0;
    for transcript in all.iter().filter(|transcript| transcript["summary"]["action_items"].is_string()) {
        let said = transcript["sentences"].as_array().unwrap();
        for line in
            transcript["summary"]["action_items"].as_str().unwrap().lines().filter(|line| line.ends_with(')'))
        {
            let (minutes, seconds) = line[line.len() - 6..line.len() - 1].split_once(':').unwrap();
            let at = minutes.parse::<f64>().unwrap() * 60.0 + seconds.parse::<f64>().unwrap();
            let at_that_time =
                |sentence: &&Value| (sentence["start_time"].as_f64().unwrap() - at).abs() < 1.0;
            assert!(said.iter().any(|sentence| at_that_time(&sentence)), "{line}");
            items += 1;
        }
    }
    assert!(items > 300, "{items}");
}

#[tokio::test]
async fn what_may_be_missing_is_missing_somewhere_and_every_kind_is_there() {
    let vendors = Vendors::with(300).await;
    let all = transcripts(&vendors).await;
    let privacy = counts(all.iter().map(|transcript| &transcript["privacy"]));
    for word in ["link", "owner", "participants", "teammates", "teammatesandparticipants"] {
        assert!(privacy[word] > 4, "{privacy:?}");
    }
    let status = counts(all.iter().map(|transcript| &transcript["meeting_info"]["summary_status"]));
    assert!(status["processed"] > 400 && status["failed"] > 0 && status["skipped"] > 0, "{status:?}");
    let some = |what: &str, holds: &dyn Fn(&Value) -> bool| {
        let count = all.iter().filter(|transcript| holds(transcript)).count();
        assert!(count > 0 && count < all.len(), "{what}: {count}");
    };
    some("no title", &|transcript| transcript["title"].is_null());
    some("no link", &|transcript| transcript["meeting_link"].is_null());
    some("silent", &|transcript| transcript["meeting_info"]["silent_meeting"] == true);
    some("no sentences", &|transcript| transcript["sentences"].is_null());
    some("no summary", &|transcript| transcript["summary"].is_null());
    some("null among the participants", &|transcript| {
        transcript["participants"].as_array().unwrap().contains(&Value::Null)
    });
    some("two in one", &|transcript| transcript["participants"].to_string().contains("example,"));
    some("shared until", &|transcript| transcript["shared_with"][0]["expires_at"].is_string());
    some("private channel", &|transcript| transcript["channels"][0]["is_private"] == true);
    some("guest from outside", &|transcript| {
        transcript["title"].as_str().is_some_and(|title| title.starts_with("Call with"))
    });
    some("unknown voice", &|transcript| transcript["speakers"].to_string().contains("Speaker "));
    some("nobody's sentence", &|transcript| {
        transcript["sentences"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|sentence| sentence["speaker_name"].is_null())
    });
    some("twice there", &|transcript| {
        let emails = texts(transcript["meeting_attendees"].as_array().unwrap(), "email");
        emails.iter().collect::<BTreeSet<_>>().len() < emails.len()
    });
}

#[tokio::test]
async fn five_thousand_meetings_are_listed_and_told() {
    let vendors =
        Vendors::set(WorldChoice::Seed { seed: 1, issues: 300 }, |settings| settings.meetings = 5_000).await;
    let rows = vendors.list(FULL, None, None).await;
    assert_eq!(rows.len(), 5_000);
    let oldest = vendors.full(rows[4_999]["id"].as_str().unwrap()).await;
    assert!(oldest["date"].as_i64() < rows[0]["date"].as_i64());
    let none =
        Vendors::set(WorldChoice::Seed { seed: 1, issues: 10 }, |settings| settings.meetings = 0).await;
    assert!(none.list(FULL, None, None).await.is_empty());
}
