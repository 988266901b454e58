//! A scripted Fireflies: it keeps the contract over a list of meetings, wherever a test does not say otherwise.

use std::sync::Arc;

use chrono::DateTime;
use daybook_sources::fireflies::{FirefliesSource, Settings};
use daybook_sources::http::LocalBudget;
use serde_json::{Value, json};

use super::house::{NOW_MS, StandingClock, hasty};
use crate::vendor::{Asked, Reply, Vendor};

/// Meetings, newest first, an hour apart.
#[derive(Debug, Clone)]
pub(crate) struct Script(pub(crate) Vec<Value>);

pub(crate) fn id(number: usize) -> String {
    format!("M{number:04}")
}

pub(crate) fn ids(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(id).collect()
}

/// The whole of a meeting; the higher its number, the longer ago.
pub(crate) fn meeting(number: usize) -> Value {
    let began = NOW_MS - i64::try_from(number + 1).unwrap() * 3_600_000;
    json!({
        "id": id(number), "title": format!("Meeting {number}"), "date": began, "duration": 30.0,
        "dateString": DateTime::from_timestamp_millis(began), "privacy": "participants", "is_live": false,
        "organizer_email": "mara@x.example", "host_email": "mara@x.example", "participants": ["mara@x.example", "tomas@x.example"],
        "meeting_info": {"summary_status": "processed", "silent_meeting": false, "fred_joined": true},
        "channels": [], "shared_with": [], "transcript_url": format!("https://app.fireflies.ai/view/{}", id(number)),
        "meeting_attendees": [{"displayName": "Mara Lindqvist", "email": "mara@x.example", "name": null}],
        "speakers": [{"id": 0, "name": "Mara Lindqvist"}],
        "sentences": [{"index": 0, "speaker_name": "Mara Lindqvist", "text": format!("This is {number}."), "start_time": 1.5, "end_time": 2.5}],
        "summary": {"overview": "All is well.", "action_items": null},
    })
}

/// The name of a question.
pub(crate) fn name(asked: &Asked) -> String {
    let query = asked.body["query"].as_str().unwrap_or_default();
    let rest = query.strip_prefix("query ").unwrap_or_default();
    rest.split(['(', ' ']).next().unwrap_or_default().to_owned()
}

pub(crate) fn number(asked: &Asked, variable: &str) -> usize {
    usize::try_from(asked.body["variables"][variable].as_u64().unwrap_or_default()).unwrap()
}

/// The id that a question is about.
pub(crate) fn about(asked: &Asked) -> String {
    asked.body["variables"]["id"].as_str().unwrap_or_default().to_owned()
}

pub(crate) fn data(root: &str, value: &Value) -> Value {
    json!({"data": {root: value}})
}

pub(crate) fn error(code: &str, message: &str) -> Value {
    json!({"message": message, "friendly": true, "code": code, "path": ["transcripts"], "extensions": {"code": code, "status": 400}})
}

/// An answer that is nothing but an error.
pub(crate) fn errors(code: &str, message: &str) -> Value {
    json!({"errors": [error(code, message)], "data": null})
}

impl Script {
    pub(crate) fn of(meetings: usize) -> Self {
        Self((0..meetings).map(meeting).collect())
    }

    /// What the vendor's contract says.
    pub(crate) fn answer(&self, asked: &Asked) -> Value {
        match name(asked).as_str() {
            "Who" => {
                data("user", &json!({"user_id": "u", "is_admin": true, "num_transcripts": self.0.len()}))
            }
            "Channels" => data("channels", &json!([])),
            "List" | "Meetings" | "Census" => data("transcripts", &self.page(asked).into()),
            "Full" | "Slim" | "There" => {
                match self.0.iter().find(|meeting| meeting["id"] == about(asked).as_str()) {
                    Some(meeting) => data("transcript", &selected(asked, meeting)),
                    None => errors("object_not_found", "Transcript not found"),
                }
            }
            _ => errors("GRAPHQL_VALIDATION_FAILED", "what is that?"),
        }
    }

    pub(crate) fn page(&self, asked: &Asked) -> Vec<Value> {
        let moment = |name: &str| {
            let text = asked.body["variables"][name].as_str()?;
            Some(text.parse::<DateTime<chrono::Utc>>().unwrap().timestamp_millis())
        };
        let (from, to) = (moment("from"), moment("to"));
        let is_within = |meeting: &&Value| {
            let date = meeting["date"].as_i64();
            // What is no moment is in no window, and this vendor gives it all the same.
            date.is_none_or(|date| {
                date < 1_000 || (from.is_none_or(|from| date >= from) && to.is_none_or(|to| date < to))
            })
        };
        let found = self.0.iter().filter(is_within).skip(number(asked, "skip")).take(number(asked, "limit"));
        found.map(|meeting| selected(asked, meeting)).collect()
    }
}

/// The fields at the top that a question names.
fn selected(asked: &Asked, meeting: &Value) -> Value {
    let query = asked.body["query"].as_str().unwrap_or_default();
    let words: Vec<&str> = query.split([' ', '{', '}']).collect();
    let Some(members) = meeting.as_object() else { return meeting.clone() };
    members
        .iter()
        .filter(|(name, _)| words.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

impl Vendor {
    /// Serves a script, but for the requests that a test answers itself.
    pub(crate) async fn script(
        script: Script,
        odd: impl Fn(&Asked, usize, &Script) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        Self::serve(move |asked, place| {
            odd(asked, place, &script).unwrap_or_else(|| Reply::json(&script.answer(asked)))
        })
        .await
    }

    /// The names of all questions, in order.
    pub(crate) fn questions(&self) -> Vec<String> {
        self.asked().iter().map(name).collect()
    }

    pub(crate) fn fireflies_settings(&self) -> Settings {
        hasty("tok-0123456789abcdef0123456789abcdef", &self.url)
    }

    pub(crate) fn fireflies(&self) -> FirefliesSource {
        fireflies(self.fireflies_settings())
    }
}

pub(crate) fn fireflies(settings: Settings) -> FirefliesSource {
    FirefliesSource::new(settings, Arc::new(StandingClock::new()), Arc::new(LocalBudget::default())).unwrap()
}
