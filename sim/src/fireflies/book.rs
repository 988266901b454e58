//! All transcripts that are held, in the order of their meetings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::ask::Caller;
use super::digest::digest;
use super::sight;
use super::team::{Company, Team};
use super::transcript::{Transcript, written};
use crate::json::Object;

/// Transcripts by id and by the start of their meetings.
#[derive(Debug, Default)]
pub(super) struct Book {
    all: BTreeMap<String, Arc<Transcript>>,
    by_start: BTreeSet<(i64, String)>,
    deleted: usize,
    disturbed: usize,
}

impl Book {
    /// Holds a transcript, or another version of one.
    pub(super) fn put(&mut self, transcript: Arc<Transcript>) {
        self.take(&transcript.id.clone());
        self.by_start.insert((transcript.starts, transcript.id.clone()));
        self.all.insert(transcript.id.clone(), transcript);
    }

    fn take(&mut self, id: &str) -> Option<Arc<Transcript>> {
        let transcript = self.all.remove(id)?;
        self.by_start.remove(&(transcript.starts, transcript.id.clone()));
        Some(transcript)
    }

    pub(super) fn delete(&mut self, id: &str) -> Option<()> {
        self.take(id)?;
        self.deleted += 1;
        Some(())
    }

    pub(super) fn get(&self, id: &str) -> Option<&Arc<Transcript>> {
        self.all.get(id)
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Newest first.
    pub(super) fn newest(&self) -> impl Iterator<Item = &Arc<Transcript>> {
        self.by_start.iter().rev().filter_map(|(_, id)| self.all.get(id))
    }

    /// Deletes or renames so many, others at each call.
    pub(super) fn disturb(&mut self, count: u64, deletes: bool, company: Option<&Company>) {
        for _ in 0..count {
            let Some(last) = self.all.len().checked_sub(1) else { return };
            self.disturbed += 1;
            // A step that is prime to most lengths, so that all of them have their turn.
            let place = self.disturbed.wrapping_mul(7_919) % (last + 1);
            let Some(transcript) = self.all.values().nth(place).cloned() else { return };
            if deletes {
                self.delete(&transcript.id);
            } else {
                let (transcript, mut whole) = transcript.to_edit(company);
                whole.insert("title".to_owned(), format!("Renamed {}", self.disturbed).into());
                self.put(written(transcript, whole));
            }
        }
    }

    pub(super) fn holds(&self, company: Option<&Company>) -> Value {
        let mut by_privacy = BTreeMap::<String, usize>::new();
        for transcript in self.all.values() {
            let head = transcript.head(company);
            let word = head.get("privacy").and_then(Value::as_str).unwrap_or("none").to_owned();
            *by_privacy.entry(word).or_default() += 1;
        }
        let hidden = self.all.values().filter(|transcript| transcript.hidden).count();
        json!({
            "transcripts": self.all.len(), "hidden": hidden, "deleted": self.deleted, "by_privacy": by_privacy,
        })
    }

    /// One line for each transcript that an admin sees now, newest first; [`digest`] says what the digest is of.
    pub(super) fn held(&self, company: Option<&Company>, now: DateTime<Utc>) -> String {
        let mut lines = String::with_capacity(self.all.len() * 220);
        for transcript in self.newest().filter(|transcript| transcript.is_there(now)) {
            let (light, sentences) = (transcript.light(company), transcript.sentences(company));
            let member = |name: &str| light.get(name).unwrap_or(&Value::Null).to_string();
            let line = Object::new()
                .text("id", &transcript.id)
                .plain("date", transcript.starts)
                .raw("title", &member("title"))
                .raw("privacy", &member("privacy"))
                .plain("sentences", sentences.as_array().map_or(0, Vec::len))
                .text("digest", &digest(&light, &sentences));
            lines.push_str(&line.end());
            lines.push('\n');
        }
        lines
    }
}

impl Transcript {
    /// Whether the vendor has it ready, and has not taken it away from the keys.
    pub(super) fn is_there(&self, now: DateTime<Utc>) -> bool {
        !self.hidden && self.arrives.is_none_or(|arrives| arrives <= now.timestamp_millis())
    }

    pub(super) fn is_seen(
        &self,
        caller: &Caller,
        team: &Team,
        company: Option<&Company>,
        now: DateTime<Utc>,
    ) -> bool {
        let verdict =
            || *self.verdict.get_or_init(|| sight::verdict(&self.head(company), &caller.email, team));
        self.is_there(now) && (caller.admin || verdict().permits(now))
    }
}
