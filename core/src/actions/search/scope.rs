//! Which sources a question is about: worklogs, which are many and say little, only where it names theirs.

use crate::model::hit::{Filter, Worklogs};
use crate::model::source::SourceKind;

/// The source of worklogs; nothing else comes from it.
const OF_WORKLOGS: SourceKind = SourceKind::Tempo;

/// The filter that is meant: without a word about sources, all but that of worklogs.
pub(super) fn meant(asked: &Filter) -> Filter {
    let mut filter = asked.clone();
    if filter.sources.is_empty() {
        filter.sources = SourceKind::ALL.into_iter().filter(|kind| *kind != OF_WORKLOGS).collect();
    }
    filter
}

/// Whether a question is about worklogs too.
pub(super) fn has_worklogs(asked: &Filter) -> bool {
    asked.sources.contains(&OF_WORKLOGS)
}

/// What becomes of worklogs, if so many are held.
pub(super) fn worklogs(asked: &Filter, held: u64) -> Worklogs {
    if held == 0 {
        Worklogs::NotMeant
    } else if has_worklogs(asked) {
        Worklogs::ByWords(held)
    } else if asked.sources.is_empty() {
        Worklogs::LeftOut(held)
    } else {
        Worklogs::NotMeant
    }
}
