//! What filters and audiences compare: words as 64-bit numbers, so that a document's tests cost no text.

use daybook_core::model::audience::Viewer;
use daybook_core::model::hit::{Filter, StateFilter};

/// FNV-1a over a lower-cased word; stable over releases because it is written to disk.
pub(crate) fn mark(kind: &str, word: &str) -> u64 {
    let bytes = kind.bytes().chain([0]).chain(word.to_lowercase().into_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What a document shows to filters.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Facets {
    pub(crate) source: u64,
    pub(crate) project: u64,
    pub(crate) state: u64,
    pub(crate) category: u64,
    pub(crate) updated: i64,
}

/// A filter and a viewer, ready to be asked about many documents. Empty lists narrow nothing.
#[derive(Debug)]
pub(crate) struct Gate {
    sources: Vec<u64>,
    projects: Vec<u64>,
    states: Vec<u64>,
    categories: Vec<u64>,
    from: i64,
    to: i64,
    /// `None`: an admin.
    tokens: Option<Vec<u64>>,
}

impl Gate {
    pub(crate) fn new(filter: &Filter, viewer: &Viewer) -> Self {
        let mut gate = Self {
            sources: filter.sources.iter().map(|source| mark("source", source.word())).collect(),
            projects: filter.projects.iter().map(|key| mark("project", key)).collect(),
            states: Vec::new(),
            categories: Vec::new(),
            from: filter.from.map_or(i64::MIN, |from| from.timestamp_micros()),
            to: filter.to.map_or(i64::MAX, |to| to.timestamp_micros()),
            tokens: (!viewer.is_admin()).then(|| viewer.tokens().map(|token| mark("token", token)).collect()),
        };
        for state in &filter.states {
            match state {
                StateFilter::Category(category) => gate.categories.push(mark("category", category.word())),
                StateFilter::Name(name) => gate.states.push(mark("state", name)),
            }
        }
        gate
    }

    pub(crate) fn admits(&self, facets: &Facets, tokens: impl Iterator<Item = u64>) -> bool {
        let narrowed = |list: &[u64], value: u64| list.is_empty() || list.contains(&value);
        let states = (self.states.is_empty() && self.categories.is_empty())
            || self.states.contains(&facets.state)
            || self.categories.contains(&facets.category);
        states
            && narrowed(&self.sources, facets.source)
            && narrowed(&self.projects, facets.project)
            && (self.from..self.to).contains(&facets.updated)
            && self.sees(tokens)
    }

    fn sees(&self, mut tokens: impl Iterator<Item = u64>) -> bool {
        match &self.tokens {
            None => true,
            Some(held) => tokens.any(|token| held.contains(&token)),
        }
    }
}
