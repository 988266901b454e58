//! One transcript as it is held: what selecting needs to know of it, and the JSON that is served.

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value, json};

use super::dress;
use super::sight::Verdict;
use super::team::Company;
use crate::world::Meeting;

/// A transcript.
#[derive(Debug, Clone)]
pub(super) struct Transcript {
    pub(super) id: String,
    /// Milliseconds since 1970.
    pub(super) starts: i64,
    pub(super) words: Words,
    /// Whoever holds the full key has lost the right to see it.
    pub(super) hidden: bool,
    /// It cannot be seen before: milliseconds since 1970.
    pub(super) arrives: Option<i64>,
    /// For the one caller who does not see everything: long lists would cost too much without it.
    pub(super) verdict: OnceLock<Verdict>,
}

/// Where the words come from.
#[derive(Debug, Clone)]
pub(super) enum Words {
    /// The made-up company tells them when they are asked for.
    Told(Meeting),
    /// From a file: all but the sentences, and the sentences as JSON.
    Record { head: Map<String, Value>, sentences: Box<str> },
    /// All of it, after an edit.
    Written(Map<String, Value>),
}

impl Transcript {
    /// Reads a record; what begins with `_` is left out, at any depth.
    pub(super) fn read(line: &str) -> Result<Self, String> {
        let whole: Value = serde_json::from_str(line).map_err(|error| format!("is no JSON: {error}"))?;
        let Value::Object(mut head) = without_ours(whole) else { return Err("is no object".to_owned()) };
        let id = head.get("id").and_then(Value::as_str).ok_or("has no id")?.to_owned();
        let starts = head.get("date").and_then(milliseconds).ok_or("has no date")?;
        let sentences = head.remove("sentences").unwrap_or_default().to_string().into();
        Ok(Self::new(id, starts, Words::Record { head, sentences }))
    }

    pub(super) fn new(id: String, starts: i64, words: Words) -> Self {
        Self { id, starts, words, hidden: false, arrives: None, verdict: OnceLock::new() }
    }

    /// What can be had without hearing what was said: enough to find and to permit.
    pub(super) fn head(&self, company: Option<&Company>) -> Map<String, Value> {
        match (&self.words, company) {
            (Words::Told(meeting), Some(company)) => dress::head(company, meeting, &self.id),
            (Words::Told(_), None) => Map::new(),
            (Words::Record { head, .. }, _) => head.clone(),
            (Words::Written(whole), _) => {
                let all = whole.iter().filter(|(name, _)| *name != "sentences");
                all.map(|(name, value)| (name.clone(), value.clone())).collect()
            }
        }
    }

    /// Everything but the sentences.
    pub(super) fn light(&self, company: Option<&Company>) -> Map<String, Value> {
        let mut light = self.head(company);
        if let (Words::Told(meeting), Some(company)) = (&self.words, company) {
            dress::listened(company, meeting, &mut light);
        }
        light
    }

    pub(super) fn sentences(&self, company: Option<&Company>) -> Value {
        match (&self.words, company) {
            (Words::Told(meeting), Some(company)) => dress::sentences(company, meeting),
            (Words::Told(_), None) => Value::Null,
            (Words::Record { sentences, .. }, _) => serde_json::from_str(sentences).unwrap_or_default(),
            (Words::Written(whole), _) => whole.get("sentences").cloned().unwrap_or_default(),
        }
    }

    /// The same as something that can be edited.
    pub(super) fn to_edit(&self, company: Option<&Company>) -> (Self, Map<String, Value>) {
        let mut whole = self.light(company);
        whole.insert("sentences".to_owned(), self.sentences(company));
        (self.clone(), whole)
    }

    /// When it ended: milliseconds since 1970.
    pub(super) fn ended(&self, company: Option<&Company>) -> i64 {
        let minutes = self.light(company).get("duration").and_then(Value::as_f64).unwrap_or_default();
        self.starts + rounded(minutes * 60_000.0)
    }
}

/// A place in the schema for a transcript that was edited.
pub(super) fn written(transcript: Transcript, whole: Map<String, Value>) -> Arc<Transcript> {
    // What was edited may be for others.
    Arc::new(Transcript { words: Words::Written(whole), verdict: OnceLock::new(), ..transcript })
}

#[expect(clippy::cast_possible_truncation, reason = "moments need no more than 53 bits")]
pub(super) fn rounded(number: f64) -> i64 {
    number.round() as i64
}

fn milliseconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().map(rounded))
}

/// What the collectors of the records wrote beside them.
fn without_ours(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(name, _)| !name.starts_with('_'));
            kept.map(|(name, value)| (name, without_ours(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(list) => list.into_iter().map(without_ours).collect(),
        other => other,
    }
}

/// An empty transcript of somebody who writes one.
pub(super) fn blank(id: &str) -> Map<String, Value> {
    let blank = json!({
        "id": id, "title": null, "privacy": "participants", "is_live": false, "participants": [],
        "meeting_info": {"summary_status": "processed", "silent_meeting": false, "fred_joined": true},
        "channels": [], "shared_with": [], "summary": null, "sentences": [], "speakers": [],
        "transcript_url": format!("https://app.fireflies.ai/view/{id}"),
    });
    match blank {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
