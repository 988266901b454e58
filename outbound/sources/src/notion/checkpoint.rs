//! Where a walk stands, as it is stored with each page. Lists are made anew after a restart: the place says which of what
//! they name is done, and does not grow with them.

use daybook_core::ports::source::{Cursor, Scope, SourceError};
use serde::{Deserialize, Serialize};

use super::KIND;
use super::id::Id;
use super::rows::Stretch;

const VERSION: u32 = 1;
/// Records done in the minute that a walk has reached: so many are told by their ids.
const MOST_DONE: usize = 200;
const MINUTE_MS: i64 = 60_000;

/// What a walk is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// Nothing was given yet.
    Start,
    /// Data sources, and rows that search does not find.
    Apart,
    /// What search finds.
    Pages,
    /// Records that were named; so many are done.
    Items(usize),
    Done,
}

/// A walk's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    v: u32,
    /// The first millisecond, and the first one after the stretch of time.
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
    pub(super) phase: Phase,
    /// Of this phase everything that changed later is done.
    pub(super) low_ms: Option<i64>,
    /// Of what changed at that moment or before, these are done, too.
    done: Vec<String>,
    /// Whether more of them are done than there was room for.
    is_blurred: bool,
    /// Whether what stands below the last record is not done yet: it will come again.
    pub(super) is_within: bool,
}

impl Checkpoint {
    /// The beginning of a scope, or the place after a stored page.
    pub(super) fn begin(scope: &Scope, after: Option<&Cursor>) -> Result<Self, SourceError> {
        if let Some(project) = &scope.project {
            let said =
                format!("Notion has no projects, and `{}` cannot be one", crate::http::scrubbed(project));
            return Err(SourceError::Unacceptable { source_kind: KIND, doing: "look for the project", said });
        }
        let (from_ms, to_ms) = scope.window().map_or((i64::MIN, i64::MAX), |window| {
            // Notion cuts its times to the minute: a change within the first one looks older than it is.
            let from = window.from.timestamp_millis();
            let to =
                window.to.timestamp_millis() + i64::from(window.to.timestamp_subsec_nanos() % 1_000_000 != 0);
            (from - from.rem_euclid(MINUTE_MS), to)
        });
        let phase = Phase::Start;
        let start = Self {
            v: VERSION,
            from_ms,
            to_ms,
            phase,
            low_ms: None,
            done: Vec::new(),
            is_blurred: false,
            is_within: false,
        };
        let Some(Cursor(stored)) = after else { return Ok(start) };
        let stored: Self = serde_json::from_str(stored).map_err(|error| unknown(&error.to_string()))?;
        if stored.v != VERSION {
            return Err(unknown(&format!("version {}", stored.v)));
        }
        Ok(stored)
    }

    pub(super) fn stretch(&self) -> Stretch {
        (self.from_ms, self.to_ms)
    }

    /// Begins the next phase.
    pub(super) fn enter(&mut self, phase: Phase) {
        if self.phase < phase {
            self.phase = phase;
            (self.low_ms, self.is_blurred, self.is_within) = (None, false, false);
            self.done.clear();
        }
    }

    /// Whether a record of this phase was done before the walk was stored.
    pub(super) fn is_done(&self, edited_ms: i64, id: Id) -> bool {
        self.low_ms.is_some_and(|low| edited_ms > low) || self.done.binary_search(&id.plain()).is_ok()
    }

    /// Whether what comes next may have come before.
    pub(super) fn is_unclear(&self) -> bool {
        self.is_blurred || self.is_within
    }

    /// Notes a record that is done. `highest` is the newest moment of those that are not; `None`: nothing is left.
    pub(super) fn finish(&mut self, id: Id, edited_ms: i64, highest: Option<i64>) {
        let low = highest.unwrap_or(i64::MIN);
        if self.low_ms != Some(low) {
            // What is above is told by the moment alone.
            self.low_ms = Some(low);
            self.is_blurred = false;
            self.done.clear();
        }
        if edited_ms <= low
            && let Err(place) = self.done.binary_search(&id.plain())
        {
            if self.done.len() < MOST_DONE {
                self.done.insert(place, id.plain());
            } else {
                self.is_blurred = true;
            }
        }
    }

    /// The cursor to this place.
    pub(super) fn cursor(&self) -> Cursor {
        // Numbers, texts and lists of them always have a JSON form.
        Cursor(serde_json::to_string(self).unwrap_or_default())
    }
}

fn unknown(why: &str) -> SourceError {
    SourceError::Broken {
        source_kind: KIND,
        doing: "go on from a checkpoint",
        said: format!("the stored checkpoint is none of this version ({why}); start the backfill anew"),
    }
}

#[cfg(test)]
mod tests {
    use daybook_core::model::backfill::Window;

    use super::*;

    fn scope() -> Scope {
        let time = |text: &str| text.parse().unwrap();
        Scope::history(Window {
            from: time("2026-11-01T00:00:30Z"),
            to: time("2026-11-24T15:00:00.000001Z"),
            days: None,
        })
    }

    fn id(number: u128) -> Id {
        Id::read(&format!("{number:032x}")).unwrap()
    }

    #[test]
    fn a_window_begins_with_a_whole_minute_and_includes_a_broken_last_millisecond() {
        let start = Checkpoint::begin(&scope(), None).unwrap();
        assert_eq!(start.stretch(), (1_793_491_200_000, 1_795_532_400_001));
    }

    #[test]
    fn what_is_done_is_told_by_a_moment_and_few_ids() {
        let mut place = Checkpoint::begin(&scope(), None).unwrap();
        place.enter(Phase::Pages);
        place.finish(id(1), 9_000, Some(8_000));
        assert!(place.is_done(9_000, id(7)) && !place.is_done(8_000, id(2)));
        place.finish(id(2), 8_000, Some(8_000));
        assert!(place.is_done(8_000, id(2)) && !place.is_done(8_000, id(3)));
        let stored = Checkpoint::begin(&scope(), Some(&place.cursor())).unwrap();
        assert_eq!(stored, place);
        for number in 10..1_000 {
            place.finish(id(number), 8_000, Some(8_000));
        }
        assert!(place.is_unclear() && place.cursor().0.len() < 10_000);
        place.finish(id(3), 8_000, Some(7_000));
        assert!(!place.is_unclear() && place.cursor().0.len() < 200);
    }

    #[test]
    fn a_cursor_of_another_make_and_a_project_are_refused() {
        for odd in [
            "",
            "{}",
            "null",
            r#"{"v":2,"from_ms":0,"to_ms":0,"phase":"done","low_ms":null,"done":[],"is_blurred":false,"is_within":false}"#,
        ] {
            assert!(Checkpoint::begin(&scope(), Some(&Cursor(odd.to_owned()))).is_err(), "{odd}");
        }
        let scope = Scope { project: Some("HARB".to_owned()), ..scope() };
        assert!(Checkpoint::begin(&scope, None).is_err());
    }
}
