//! Where a walk stands, as it is stored with each page, and the search that continues it.

use daybook_core::ports::source::{Cursor, Scope, SourceError};
use serde::{Deserialize, Serialize};

use super::KIND;
use super::awaiting::{Awaiting, Place};

const VERSION: u32 = 1;

/// A walk's place in its window. The token belongs to exactly the search that these bounds make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    v: u32,
    /// Only this project.
    #[serde(skip)]
    pub(super) project: Option<String>,
    /// The window's first millisecond.
    pub(super) from_ms: i64,
    /// The first millisecond after what is searched; lower than the window's end after a rewind.
    pub(super) to_ms: i64,
    /// The token of the page that comes next, or that is being given; `None`: search anew.
    pub(super) token: Option<String>,
    /// The smallest `updated` that came so far: everything above it is stored.
    pub(super) low_ms: Option<i64>,
    /// Set from a rewind on until a page reaches below it: known records may come.
    pub(super) rewound_at_ms: Option<i64>,
    /// There is no further page.
    pub(super) done: bool,
    /// Issues that came and whose history did not.
    #[serde(default)]
    pub(super) history: Awaiting,
}

impl Place for Checkpoint {
    fn awaiting(&mut self) -> &mut Awaiting {
        &mut self.history
    }

    fn cursor(&self) -> Cursor {
        // Numbers, texts and options of them always have a JSON form.
        Cursor(serde_json::to_string(self).unwrap_or_default())
    }
}

/// What lies behind a page.
#[derive(Debug)]
pub(super) enum Behind {
    /// A page with this token.
    Token(String),
    /// Nothing.
    End,
    /// Only a new search tells.
    Anew,
}

impl Checkpoint {
    /// The beginning of a scope, or the place after a stored page.
    pub(super) fn begin(scope: &Scope, after: Option<&Cursor>) -> Result<Self, SourceError> {
        let project = scope.project.as_deref().map(project_key).transpose()?;
        let window = scope.window().ok_or_else(|| SourceError::Unacceptable {
            source_kind: KIND,
            doing: "begin",
            said: "a search needs a window".to_owned(),
        })?;
        let (from, to) = (window.from, window.to);
        // The last millisecond may be a broken one; it belongs to the window.
        let to_ms = to.timestamp_millis() + i64::from(to.timestamp_subsec_nanos() % 1_000_000 != 0);
        let start = Self {
            v: VERSION,
            project,
            from_ms: from.timestamp_millis(),
            to_ms,
            token: None,
            low_ms: None,
            rewound_at_ms: None,
            done: false,
            history: Awaiting::default(),
        };
        let Some(Cursor(stored)) = after else { return Ok(start) };
        let stored: Self = serde_json::from_str(stored).map_err(|error| unknown(&error.to_string()))?;
        if stored.v != VERSION {
            return Err(unknown(&format!("version {}", stored.v)));
        }
        Ok(Self { project: start.project, ..stored })
    }

    /// Searches anew for what has not come yet: everything at or below the smallest `updated` so far.
    pub(super) fn rewind(&mut self) {
        self.token = None;
        if let Some(low_ms) = self.low_ms {
            self.to_ms = low_ms + 1;
        }
        self.rewound_at_ms = Some(self.reached_ms());
    }

    /// Searches anew for what changed before a moment: all of that moment and above it has come.
    pub(super) fn below(&mut self, moment_ms: i64) {
        self.token = None;
        self.to_ms = self.to_ms.min(moment_ms).max(self.from_ms);
        self.low_ms = None;
        self.rewound_at_ms = None;
    }

    /// How far down the walk is.
    pub(super) fn reached_ms(&self) -> i64 {
        self.low_ms.unwrap_or(self.to_ms)
    }

    /// Leaves a page behind.
    pub(super) fn go_behind(&mut self, behind: Behind) {
        match behind {
            Behind::Token(token) => self.token = Some(token),
            Behind::End => (self.token, self.done) = (None, true),
            Behind::Anew => self.rewind(),
        }
    }

    /// The cursor behind a part of the page at this place: the page has to come again, with records that are known.
    pub(super) fn within(&self) -> Cursor {
        Self { rewound_at_ms: Some(self.reached_ms()), ..self.clone() }.cursor()
    }

    /// The search, without its order.
    pub(super) fn condition(&self) -> String {
        let project = self.project.as_deref();
        let project = project.map(|key| format!("project = \"{key}\" AND ")).unwrap_or_default();
        // Milliseconds without quotes mean the same in every time zone.
        format!("{project}updated >= {} AND updated < {}", self.from_ms, self.to_ms)
    }

    /// The search, newest first.
    pub(super) fn jql(&self) -> String {
        format!("{} ORDER BY updated DESC, key DESC", self.condition())
    }
}

/// A project's key, if it is one: nothing else may get into a search.
fn project_key(key: &str) -> Result<String, SourceError> {
    let key = key.trim();
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if key.is_empty() || key.len() > 255 || !key.chars().all(allowed) {
        let said = format!(
            "`{}` is not a project's key, which has only letters, digits and _",
            crate::http::scrubbed(key)
        );
        return Err(SourceError::Unacceptable { source_kind: KIND, doing: "look for the project", said });
    }
    Ok(key.to_ascii_uppercase())
}

pub(super) fn unknown(why: &str) -> SourceError {
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

    fn scope(project: Option<&str>) -> Scope {
        let time = |text: &str| text.parse().unwrap();
        let window = Window {
            from: time("2026-11-01T00:00:00Z"),
            to: time("2026-11-24T15:00:00.000001Z"),
            days: None,
        };
        Scope { project: project.map(str::to_owned), ..Scope::history(window) }
    }

    #[test]
    fn the_search_is_in_milliseconds_newest_first_and_includes_a_broken_last_one() {
        let start = Checkpoint::begin(&scope(Some("harb")), None).unwrap();
        assert_eq!(
            start.jql(),
            "project = \"HARB\" AND updated >= 1793491200000 AND updated < 1795532400001 \
             ORDER BY updated DESC, key DESC"
        );
    }

    #[test]
    fn a_project_that_is_no_key_never_reaches_a_search() {
        for bad in ["", "A B", "A\" OR project != \"", "É", "A-B", "A\u{0}"] {
            assert!(Checkpoint::begin(&scope(Some(bad)), None).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_rewind_keeps_the_smallest_moment_inside() {
        let mut place = Checkpoint::begin(&scope(None), None).unwrap();
        place.token = Some("t".to_owned());
        place.low_ms = Some(1_795_000_000_000);
        place.rewind();
        assert_eq!(place.condition(), "updated >= 1793491200000 AND updated < 1795000000001");
        place.go_behind(Behind::Token("u".to_owned()));
        assert_eq!(place.token.as_deref(), Some("u"));
        assert_eq!(Checkpoint::begin(&scope(None), Some(&place.cursor())).unwrap(), place);
        place.go_behind(Behind::End);
        assert!(Checkpoint::begin(&scope(None), Some(&place.cursor())).unwrap().done);
    }

    #[test]
    fn below_a_moment_it_is_left_out_and_a_part_leads_back_to_its_page() {
        let mut place = Checkpoint::begin(&scope(None), None).unwrap();
        (place.token, place.low_ms) = (Some("t".to_owned()), Some(1_795_000_000_000));
        let part = Checkpoint::begin(&scope(None), Some(&place.within())).unwrap();
        assert_eq!((part.token.as_deref(), part.rewound_at_ms), (Some("t"), Some(1_795_000_000_000)));
        place.below(1_795_000_000_000);
        assert_eq!(place.condition(), "updated >= 1793491200000 AND updated < 1795000000000");
        place.rewind();
        assert_eq!(place.to_ms, 1_795_000_000_000, "nothing has come since");
        place.below(1_796_000_000_000);
        assert_eq!(place.to_ms, 1_795_000_000_000, "a search never grows");
    }

    #[test]
    fn a_cursor_of_another_make_is_refused() {
        let items = r#"{"v":1,"items":3}"#;
        for odd in ["", "{}", items, "null", r#"{"v":2,"from_ms":0,"to_ms":0,"done":false}"#] {
            assert!(Checkpoint::begin(&scope(None), Some(&Cursor(odd.to_owned()))).is_err(), "{odd}");
        }
    }
}
