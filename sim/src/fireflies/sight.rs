//! Who may see a transcript: what its privacy says, whom it was shared with, and in which channel it lies.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::team::{Team, is_open_to};

type Head = Map<String, Value>;

/// What somebody who is no admin may see of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    always: bool,
    /// Until then, if not always: milliseconds since 1970.
    until: i64,
}

impl Verdict {
    pub(super) fn permits(self, now: DateTime<Utc>) -> bool {
        self.always || now.timestamp_millis() < self.until
    }
}

/// What this person may see; a word for privacy that nobody knows is for the owner alone.
pub(super) fn verdict(head: &Head, email: &str, team: &Team) -> Verdict {
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
    let open = || channels(head).all(|id| team.channel(id).is_none_or(|channel| is_open_to(channel, email)));
    Verdict {
        always: owners(head).contains(email) || (reached && open()),
        until: shared_until(head, email).unwrap_or(i64::MIN),
    }
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

/// The end of the longest share.
fn shared_until(head: &Head, email: &str) -> Option<i64> {
    let shares = head.get("shared_with").and_then(Value::as_array).into_iter().flatten();
    let own = shares.into_iter().filter(|share| emails(share.get("email")).iter().any(|own| own == email));
    let ends = own.map(|share| {
        let expires = share["expires_at"].as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        expires.map_or(i64::MAX, |expires| expires.timestamp_millis())
    });
    ends.max()
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
        let now = DateTime::from_timestamp_millis(1_795_162_532_123).unwrap();
        verdict(head.as_object().unwrap(), email, &team).permits(now)
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
