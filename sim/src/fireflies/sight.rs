//! Who may see a transcript: what its privacy says, whom it was shared with, and in which channel it lies.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::ask::Caller;
use super::team::{Team, is_open_to};

type Head = Map<String, Value>;

/// Whether the caller may see it. An admin sees the team's; a word that nobody knows is for the owner alone.
pub(super) fn permits(head: &Head, caller: &Caller, team: &Team, now: DateTime<Utc>) -> bool {
    let email = caller.email.as_str();
    if caller.admin || owners(head).contains(email) || is_shared(head, email, now) {
        return true;
    }
    let taking_part = || participants(head).contains(email);
    let teammate = team.emails.contains(email);
    let word = head.get("privacy").and_then(Value::as_str).unwrap_or_default().replace('_', "");
    let reached = match word.as_str() {
        "participants" => taking_part(),
        "participatingteammates" => taking_part() && teammate,
        "teammates" => teammate,
        // Whoever has the link has it from somebody; a list shows it to those who were meant.
        "teammatesandparticipants" | "link" => teammate || taking_part(),
        _ => false,
    };
    reached && channels(head).all(|id| team.channel(id).is_none_or(|channel| is_open_to(channel, email)))
}

fn owners(head: &Head) -> BTreeSet<String> {
    ["organizer_email", "host_email"].iter().flat_map(|name| emails(head.get(*name))).collect()
}

/// All addresses of those who took part, in small letters, however untidy they are.
pub(super) fn participants(head: &Head) -> BTreeSet<String> {
    let listed = emails(head.get("participants"));
    let attendees = head.get("meeting_attendees").and_then(Value::as_array).into_iter().flatten();
    listed.into_iter().chain(attendees.flat_map(|attendee| emails(attendee.get("email")))).collect()
}

/// The ids of the channels in which it lies.
pub(super) fn channels(head: &Head) -> impl Iterator<Item = &str> {
    let list = head.get("channels").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|channel| channel["id"].as_str())
}

fn is_shared(head: &Head, email: &str, now: DateTime<Utc>) -> bool {
    let shares = head.get("shared_with").and_then(Value::as_array).into_iter().flatten();
    shares.into_iter().any(|share| {
        let expires = share["expires_at"].as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        emails(share.get("email")).iter().any(|own| own == email)
            && expires.is_none_or(|expires| expires > now)
    })
}

/// Addresses in a text or in a list of texts, which may hold several with commas between them.
fn emails(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => text
            .split(',')
            .map(|email| email.trim().to_lowercase())
            .filter(|email| !email.is_empty())
            .collect(),
        Some(Value::Array(list)) => list.iter().flat_map(|value| emails(Some(value))).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seen(head: &Value, email: &str) -> bool {
        let team = Team { emails: ["mate@x.example".to_owned()].into(), ..Team::default() };
        let caller = Caller { email: email.to_owned(), admin: false };
        let now = DateTime::from_timestamp_millis(1_795_162_532_123).unwrap();
        permits(head.as_object().unwrap(), &caller, &team, now)
    }

    #[test]
    fn privacy_decides_who_sees_what() {
        let participants = json!(["IN@x.example,also@x.example", null, ""]);
        for (privacy, sees) in [
            ("owner", [true, false, false, false]),
            ("participants", [true, true, true, false]),
            ("teammates", [true, false, false, true]),
            ("teammates_and_participants", [true, true, true, true]),
            ("participating_teammates", [true, false, false, false]),
            ("link", [true, true, true, true]),
            ("galaxy", [true, false, false, false]),
        ] {
            let head =
                json!({"privacy": privacy, "participants": participants, "host_email": "Host@x.example"});
            let seen = ["host@x.example", "in@x.example", "also@x.example", "mate@x.example"]
                .map(|email| seen(&head, email));
            assert_eq!(seen, sees, "{privacy}");
        }
    }

    #[test]
    fn a_share_ends() {
        let share = |until: Value| json!({"privacy": "owner", "shared_with": [{"email": "a@x.example", "expires_at": until}]});
        assert!(seen(&share(Value::Null), "a@x.example"));
        assert!(seen(&share(json!("2027-01-01T00:00:00.000Z")), "a@x.example"));
        assert!(!seen(&share(json!("2026-01-01T00:00:00.000Z")), "a@x.example"));
    }
}
