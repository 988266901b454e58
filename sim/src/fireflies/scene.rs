//! What the resolvers of one request share: who asks, which faults hit, what time it is, and all that is held.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::ask::{Caller, quirk};
use super::bend;
use super::book::Book;
use super::team::{Company, Team};
use super::transcript::Transcript;
use crate::faults::FaultKind;

/// All that is held.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) company: Option<Company>,
    pub(super) team: Team,
    pub(super) book: RwLock<Book>,
}

impl Site {
    pub(super) fn book(&self) -> RwLockReadGuard<'_, Book> {
        self.book.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn book_to_change(&self) -> RwLockWriteGuard<'_, Book> {
        self.book.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) site: Arc<Site>,
    pub(super) caller: Caller,
    pub(super) faults: Vec<FaultKind>,
    pub(super) now: DateTime<Utc>,
    rows: AtomicUsize,
}

impl Scene {
    pub(super) fn new(site: Arc<Site>, caller: Caller, faults: Vec<FaultKind>, now: DateTime<Utc>) -> Self {
        Self { site, caller, faults, now, rows: AtomicUsize::new(0) }
    }

    pub(super) fn company(&self) -> Option<&Company> {
        self.site.company.as_ref()
    }

    pub(super) fn quirk(&self, name: &str) -> Option<&Value> {
        quirk(&self.faults, name)
    }

    pub(super) fn sees(&self, transcript: &Transcript) -> bool {
        transcript.is_seen(&self.caller, &self.site.team, self.company(), self.now)
            && !bend::is_late(self, transcript)
    }

    /// For the ledger.
    pub(super) fn count(&self, rows: usize) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }

    pub(super) fn rows(&self) -> usize {
        self.rows.load(Ordering::Relaxed)
    }
}

/// A transcript in an answer; its sentences are told when they are asked for.
#[derive(Debug)]
pub(super) struct Node {
    scene: Arc<Scene>,
    transcript: Arc<Transcript>,
    light: Map<String, Value>,
    sentences: OnceLock<Value>,
}

impl Node {
    /// `place` is the row of a list.
    pub(super) fn new(scene: &Arc<Scene>, transcript: Arc<Transcript>, place: usize) -> Self {
        let mut light = transcript.light(scene.company());
        let named = light.get("channels").and_then(Value::as_array).cloned().unwrap_or_default();
        let channels =
            named.iter().filter_map(|channel| scene.site.team.channel(channel["id"].as_str()?)).cloned();
        light.insert("channels".to_owned(), channels.collect());
        bend::light(scene, &transcript, place, &mut light);
        Self { scene: Arc::clone(scene), transcript, light, sentences: OnceLock::new() }
    }

    pub(super) fn member(&self, name: &str) -> Option<&Value> {
        if name != "sentences" {
            return self.light.get(name);
        }
        Some(self.sentences.get_or_init(|| {
            let told = self.transcript.sentences(self.scene.company());
            bend::sentences(&self.scene, &self.transcript, told)
        }))
    }

    pub(super) fn scene(&self) -> &Scene {
        &self.scene
    }
}
