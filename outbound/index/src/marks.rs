//! What filters and audiences compare: words as 64-bit numbers, and documents in classes of equals, so that a filter is
//! tried once for a class and not once for a document.

use std::collections::HashMap;

use daybook_core::model::audience::Viewer;
use daybook_core::model::document::StoredDocument;
use daybook_core::model::hit::{Filter, StateFilter};

/// FNV-1a over a lower-cased word; stable over releases because it is written to disk.
pub(crate) fn mark(kind: &str, word: &str) -> u64 {
    let bytes = kind.bytes().chain([0]).chain(word.to_lowercase().into_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What a document shows to filters and audiences, its time aside. 0: it has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Class {
    pub(crate) source: u64,
    pub(crate) project: u64,
    pub(crate) state: u64,
    pub(crate) category: u64,
    /// Empty: admins only.
    pub(crate) tokens: Vec<u64>,
}

impl Class {
    pub(crate) fn of(stored: &StoredDocument) -> Self {
        let document = &stored.document;
        Self {
            source: mark("source", document.source.word()),
            project: document.project.as_ref().map_or(0, |project| mark("project", &project.key)),
            state: document.state.as_ref().map_or(0, |state| mark("state", state)),
            category: document.state_category.map_or(0, |category| mark("category", category.word())),
            tokens: document.audience.tokens().iter().map(|token| mark("token", token)).collect(),
        }
    }
}

/// The moment of a document that filters compare.
pub(crate) fn moment(stored: &StoredDocument) -> i64 {
    stored.document.updated_at.timestamp_micros()
}

/// The classes met so far, each with a number.
#[derive(Debug, Default)]
pub(crate) struct Classes {
    numbers: HashMap<Class, u32>,
    list: Vec<Class>,
}

impl Classes {
    pub(crate) fn number(&mut self, class: Class) -> u32 {
        if let Some(number) = self.numbers.get(&class) {
            return *number;
        }
        let number = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.list.push(class.clone());
        self.numbers.insert(class, number);
        number
    }

    pub(crate) fn list(&self) -> &[Class] {
        &self.list
    }

    /// What a gate lets through of each class.
    pub(crate) fn allowed(list: &[Class], gate: &Gate) -> Vec<Allowed> {
        list.iter().map(|class| gate.allows(class)).collect()
    }
}

/// How far a class gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// The viewer may not know that it is there.
    Hidden,
    /// The viewer may see it; the filter leaves it out.
    Seen,
    /// It takes part, if its time fits.
    Admitted,
}

/// A filter and a viewer, ready to be asked about classes. Empty lists narrow nothing.
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

    /// Whether the time of a document matters at all.
    pub(crate) fn has_times(&self) -> bool {
        self.from != i64::MIN || self.to != i64::MAX
    }

    /// Whether a moment lies within.
    pub(crate) fn is_within(&self, moment: i64) -> bool {
        (self.from..self.to).contains(&moment) || !self.has_times()
    }

    fn allows(&self, class: &Class) -> Allowed {
        if self.tokens.as_ref().is_some_and(|held| !class.tokens.iter().any(|token| held.contains(token))) {
            return Allowed::Hidden;
        }
        let narrowed = |list: &[u64], value: u64| list.is_empty() || list.contains(&value);
        let has_state = (self.states.is_empty() && self.categories.is_empty())
            || self.states.contains(&class.state)
            || self.categories.contains(&class.category);
        if has_state && narrowed(&self.sources, class.source) && narrowed(&self.projects, class.project) {
            Allowed::Admitted
        } else {
            Allowed::Seen
        }
    }
}
