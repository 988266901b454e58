//! Where a walk stands, as it is stored with each page.

use daybook_core::ports::source::{Cursor, Reach, Scope, SourceError};
use serde::{Deserialize, Serialize};

use super::KIND;
use super::place::Place;

const VERSION: u32 = 1;

/// What a walk is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mode {
    History,
    Changes,
    Items,
}

/// A meeting that is to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Want {
    pub(super) id: String,
    /// Its number in the list that it was found in; `None`: it is asked for alone.
    pub(super) at: Option<u32>,
}

/// A walk's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    v: u32,
    pub(super) mode: Mode,
    /// In the list of the window; `None`: there is no window.
    pub(super) place: Option<Place>,
    /// What is fetched before the list goes on.
    pub(super) todo: Vec<Want>,
    /// The list that the numbers of these belong to.
    pub(super) listed: Option<Place>,
    /// Meetings that are fetched in any case, if the list does not bring them.
    pub(super) also: Vec<String>,
}

impl Checkpoint {
    /// The beginning of a scope, or the place after a stored page.
    pub(super) fn begin(scope: &Scope, after: Option<&Cursor>) -> Result<Self, SourceError> {
        if let Some(project) = &scope.project {
            let said = format!(
                "meetings belong to no project, and only those of `{}` were asked for",
                crate::http::scrubbed(project)
            );
            return Err(SourceError::Unacceptable { source_kind: KIND, doing: "look for the project", said });
        }
        let start = Self::start(scope)?;
        let Some(Cursor(stored)) = after else { return Ok(start) };
        let stored: Self = serde_json::from_str(stored).map_err(|error| unknown(&error.to_string()))?;
        if stored.v != VERSION {
            return Err(unknown(&format!("version {}", stored.v)));
        }
        if stored.mode != start.mode || stored.place.is_some() != start.place.is_some() {
            return Err(unknown("it belongs to another sort of walk"));
        }
        Ok(stored)
    }

    fn start(scope: &Scope) -> Result<Self, SourceError> {
        let place = scope.window().map(|window| {
            // The last millisecond may be a broken one; it belongs to the window.
            let is_broken = window.to.timestamp_subsec_nanos() % 1_000_000 != 0;
            let to_ms = window.to.timestamp_millis() + i64::from(is_broken);
            Place::new(window.from.timestamp_millis(), Some(to_ms))
        });
        let (mode, todo, also) = match &scope.reach {
            Reach::History(_) => (Mode::History, Vec::new(), Vec::new()),
            Reach::Changes(_) => (Mode::Changes, Vec::new(), scope.also.clone()),
            Reach::Items(names) => {
                let wants = names.iter().map(|name| id_of(name).map(|id| Want { id, at: None }));
                (Mode::Items, wants.collect::<Result<_, _>>()?, Vec::new())
            }
        };
        Ok(Self { v: VERSION, mode, place, todo, listed: None, also })
    }

    /// Whether nothing is left to be done.
    pub(super) fn is_done(&self) -> bool {
        self.todo.is_empty() && self.also.is_empty() && self.place.as_ref().is_none_or(|place| place.is_done)
    }

    /// The cursor to this place.
    pub(super) fn cursor(&self) -> Cursor {
        // Numbers, texts and lists of them always have a JSON form.
        Cursor(serde_json::to_string(self).unwrap_or_default())
    }
}

/// The id that a name stands for: an id itself, or the address at which people read the meeting.
fn id_of(name: &str) -> Result<String, SourceError> {
    let name = name.trim();
    let path = name.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    let id = last.rsplit("::").next().unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if id.is_empty() || id.len() > 100 || !id.chars().all(is_plain) {
        let said = format!(
            "`{}` is neither a meeting's id nor its address, such as https://app.fireflies.ai/view/ID",
            crate::http::scrubbed(name)
        );
        return Err(SourceError::Unacceptable { source_kind: KIND, doing: "look for a meeting", said });
    }
    Ok(id.to_owned())
}

fn unknown(why: &str) -> SourceError {
    SourceError::Broken {
        source_kind: KIND,
        doing: "go on from a checkpoint",
        said: format!("the stored checkpoint is none of this version ({why}); start the run anew"),
    }
}

#[cfg(test)]
mod tests {
    use daybook_core::model::backfill::Window;

    use super::*;

    fn window() -> Window {
        let time = |text: &str| text.parse().unwrap();
        Window { from: time("2026-11-01T00:00:00Z"), to: time("2026-11-24T15:00:00.000001Z"), days: None }
    }

    #[test]
    fn a_place_survives_its_cursor_and_one_of_another_make_does_not() {
        let scope = Scope::history(window());
        let mut place = Checkpoint::begin(&scope, None).unwrap();
        assert_eq!(place.place.as_ref().unwrap().to_ms, Some(1_795_532_400_001));
        place.todo.push(Want { id: "a".to_owned(), at: Some(3) });
        assert_eq!(Checkpoint::begin(&scope, Some(&place.cursor())).unwrap(), place);
        let newer = place.cursor().0.replacen("\"v\":1", "\"v\":2", 1);
        let changes = Scope { reach: Reach::Changes(window()), ..scope.clone() };
        for (scope, odd) in [
            (&scope, "{}"),
            (&scope, "null"),
            (&scope, ""),
            (&scope, newer.as_str()),
            (&changes, place.cursor().0.as_str()),
        ] {
            let error = Checkpoint::begin(scope, Some(&Cursor(odd.to_owned()))).unwrap_err();
            assert!(error.to_string().contains("start the run anew"), "{odd}: {error}");
        }
    }

    #[test]
    fn meetings_are_named_by_their_id_or_their_address() {
        for name in [
            "01KAFQ7Z3M8R2W5T9XHARB17",
            " https://app.fireflies.ai/view/01KAFQ7Z3M8R2W5T9XHARB17?t=17 ",
            "https://app.fireflies.ai/view/Harbour-weekly::01KAFQ7Z3M8R2W5T9XHARB17/",
        ] {
            assert_eq!(id_of(name).unwrap(), "01KAFQ7Z3M8R2W5T9XHARB17");
        }
        for odd in ["", "meeting 2026-11-20", "a\"b", "https://x.example/?"] {
            assert!(id_of(odd).is_err(), "{odd}");
        }
        let scope = Scope { project: Some("HARB".to_owned()), ..Scope::history(window()) };
        assert!(Checkpoint::begin(&scope, None).is_err());
    }
}
