//! Meetings that a list has brought already: one that begins anew behind its end would never end.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use daybook_core::ports::source::SourceError;

use super::KIND;
use super::place::Row;

/// Meetings that are remembered; no list is longer.
const MOST: usize = 500_000;

/// The ids that came, as short numbers.
#[derive(Debug, Default)]
pub(super) struct Met {
    ids: HashSet<u64>,
    /// Whether the list was begun anew since, so that all of it comes again.
    is_again: bool,
}

impl Met {
    /// Notes the new rows of a page; an error if there are some and all of them came before.
    pub(super) fn note<'a>(
        &mut self,
        fresh: impl Iterator<Item = &'a Row>,
        is_again: bool,
        doing: &'static str,
    ) -> Result<(), SourceError> {
        if is_again && !self.is_again {
            self.ids.clear();
        }
        self.is_again = is_again;
        let (mut came, mut new) = (0_u32, 0_u32);
        for id in fresh.filter_map(|row| row.id.as_ref()) {
            let mut hasher = DefaultHasher::new();
            id.hash(&mut hasher);
            let id = hasher.finish();
            came += 1;
            new += u32::from(!self.ids.contains(&id));
            if self.ids.len() < MOST {
                self.ids.insert(id);
            }
        }
        // Two or three may have been moved; a page of them is a list that goes round.
        if came > 3 && new == 0 {
            let said = format!("pages repeat: all {came} meetings of a page had come before");
            return Err(SourceError::Broken { source_kind: KIND, doing, said });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(ids: std::ops::Range<u32>) -> Vec<Row> {
        ids.map(|id| Row { id: Some(id.to_string()), at_ms: None }).collect()
    }

    #[test]
    fn a_page_of_known_meetings_is_an_error_unless_the_list_was_begun_anew() {
        let mut met = Met::default();
        met.note(rows(0..10).iter(), false, "list").unwrap();
        met.note(rows(8..11).iter(), false, "list").unwrap();
        let error = met.note(rows(2..9).iter(), false, "list").unwrap_err();
        assert!(error.to_string().contains("all 7 meetings"));
        met.note(rows(0..10).iter(), true, "list").unwrap();
        assert!(met.note(rows(0..10).iter(), true, "list").is_err());
    }
}
