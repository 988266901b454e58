//! Sentences that the API and the pages share, so that both tell the same.

use daybook_core::model::hit::{Answers, Coverage, Doubt, Worklogs};

/// A number with commas between thousands.
pub(crate) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number and its noun.
pub(crate) fn count(value: u64, noun: &str) -> String {
    format!("{} {noun}{}", number(value), if value == 1 { "" } else { "s" })
}

/// Documents that could have a vector: all but worklogs.
fn with_meaning(coverage: &Coverage, worklogs: Worklogs) -> u64 {
    match worklogs {
        Worklogs::ByWords(held) => coverage.documents.saturating_sub(held),
        Worklogs::NotMeant | Worklogs::LeftOut(_) => coverage.documents,
    }
}

/// Whether all that the question is about was searched by words, and but for worklogs by meaning.
pub(crate) fn is_complete(coverage: &Coverage, worklogs: Worklogs) -> bool {
    coverage.without_meaning.is_none()
        && coverage.by_words >= coverage.documents
        && coverage.by_meaning >= with_meaning(coverage, worklogs)
}

/// What a search could take into account.
pub(crate) fn coverage(coverage: &Coverage, worklogs: Worklogs) -> String {
    let documents = coverage.documents;
    let words = if coverage.by_words >= documents {
        format!("Searched by words in all {}", count(documents, "document"))
    } else {
        format!("Searched by words in {} of {}", number(coverage.by_words), count(documents, "document"))
    };
    let with_meaning = with_meaning(coverage, worklogs);
    match &coverage.without_meaning {
        Some(reason) => format!("{words}; not by meaning: {}.", reason.trim_end_matches('.')),
        None if with_meaning == 0 && documents > 0 => format!("{words}; worklogs have no meaning to search."),
        None if coverage.by_meaning >= with_meaning && with_meaning < documents => {
            format!("{words}, and by meaning in all {} that are no worklogs.", number(with_meaning))
        }
        None if coverage.by_meaning >= with_meaning => {
            format!("{words}, and by meaning in all {}.", number(with_meaning))
        }
        None => format!("{words}; by meaning in {} so far.", number(coverage.by_meaning)),
    }
}

/// That worklogs were left out, if any were.
pub(crate) fn left_out(worklogs: Worklogs) -> Option<String> {
    match worklogs {
        Worklogs::LeftOut(1) => Some("1 worklog was left out".to_owned()),
        Worklogs::LeftOut(held) => Some(format!("{} were left out", count(held, "worklog"))),
        Worklogs::NotMeant | Worklogs::ByWords(_) => None,
    }
}

/// Why a search has no answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Emptiness {
    /// No source has been read.
    NothingReadYet,
    /// Worklogs are held and nothing else, and nobody asked for them.
    OnlyWorklogs,
    /// Documents are held but not yet in the index.
    NotIndexedYet,
    /// No document passes the filters.
    FiltersLeftNothing,
    /// The viewer may see no document.
    NothingToSee,
    /// Documents were searched, and none fits.
    NothingFound,
}

impl Emptiness {
    /// Why these answers are none; `None` if there are some.
    pub(crate) fn of(answers: &Answers, is_narrowed: bool) -> Option<Self> {
        let coverage = &answers.coverage;
        if !answers.hits.is_empty() {
            None
        } else if coverage.documents == 0 && matches!(answers.worklogs, Worklogs::LeftOut(_)) {
            Some(Self::OnlyWorklogs)
        } else if coverage.documents == 0 {
            Some(Self::NothingReadYet)
        } else if coverage.by_words == 0 {
            Some(Self::NotIndexedYet)
        } else if answers.considered > 0 {
            Some(Self::NothingFound)
        } else if is_narrowed {
            Some(Self::FiltersLeftNothing)
        } else {
            Some(Self::NothingToSee)
        }
    }

    /// The same in a sentence.
    pub(crate) fn sentence(self, answers: &Answers) -> String {
        let documents = count(answers.coverage.documents, "document");
        match self {
            Self::NothingReadYet => {
                "Nothing has been read yet: a backfill brings a source's history here.".to_owned()
            }
            Self::OnlyWorklogs => {
                "Daybook holds worklogs and nothing else, and a search leaves worklogs out unless their source is named."
                    .to_owned()
            }
            Self::NotIndexedYet => {
                format!("Daybook holds {documents} and is still preparing to search them. Try again shortly.")
            }
            Self::FiltersLeftNothing => {
                format!("Daybook holds {documents}, and the filters leave none of them.")
            }
            Self::NothingToSee => "There are documents here, but none that you may see.".to_owned(),
            Self::NothingFound => {
                format!("Searched {}, and none of them fits.", count(answers.considered, "document"))
            }
        }
    }
}

/// What a doubt about answers says in a sentence.
pub(crate) fn doubt(doubt: &Doubt) -> String {
    match doubt {
        Doubt::NearestOnly => {
            "No document holds any of these words; these come nearest in meaning.".to_owned()
        }
        Doubt::NoSuchKey(key) => format!("There is no {key} here that you may see; these come nearest."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(documents: u64, by_words: u64, by_meaning: u64, reason: Option<&str>) -> Coverage {
        Coverage {
            documents,
            by_words,
            by_meaning,
            without_meaning: reason.map(str::to_owned),
            freshness: Vec::new(),
        }
    }

    #[test]
    fn numbers_have_commas_between_thousands() {
        assert_eq!(
            [0, 999, 1_000, 94_555, 1_000_000].map(number),
            ["0", "999", "1,000", "94,555", "1,000,000"]
        );
    }

    #[test]
    fn coverage_says_how_far_each_side_is() {
        let told = |documents, by_words, by_meaning, reason, worklogs| {
            coverage(&covered(documents, by_words, by_meaning, reason), worklogs)
        };
        let (none, some) = (Worklogs::NotMeant, Worklogs::ByWords(400));
        for (given, expected) in [
            (
                told(3_000, 3_000, 1_250, None, none),
                "Searched by words in all 3,000 documents; by meaning in 1,250 so far.",
            ),
            (
                told(3_000, 3_001, 3_000, None, Worklogs::LeftOut(400)),
                "Searched by words in all 3,000 documents, and by meaning in all 3,000.",
            ),
            (
                told(3_000, 10, 0, Some("no embedding model is in use"), none),
                "Searched by words in 10 of 3,000 documents; not by meaning: no embedding model is in use.",
            ),
            (
                told(3_400, 3_400, 3_000, None, some),
                "Searched by words in all 3,400 documents, and by meaning in all 3,000 that are no worklogs.",
            ),
            (
                told(3_400, 3_400, 20, None, some),
                "Searched by words in all 3,400 documents; by meaning in 20 so far.",
            ),
            (
                told(400, 400, 0, None, some),
                "Searched by words in all 400 documents; worklogs have no meaning to search.",
            ),
        ] {
            assert_eq!(given, expected);
        }
    }

    #[test]
    fn worklogs_do_not_make_a_search_incomplete_for_want_of_vectors() {
        assert!(is_complete(&covered(3_400, 3_400, 3_000, None), Worklogs::ByWords(400)));
        assert!(!is_complete(&covered(3_400, 3_400, 2_999, None), Worklogs::ByWords(400)));
        assert!(is_complete(&covered(3_000, 3_000, 3_000, None), Worklogs::LeftOut(400)));
        assert_eq!(left_out(Worklogs::LeftOut(1)).as_deref(), Some("1 worklog was left out"));
        assert_eq!(left_out(Worklogs::LeftOut(1_200)).as_deref(), Some("1,200 worklogs were left out"));
        assert_eq!(left_out(Worklogs::ByWords(9)), None);
    }

    #[test]
    fn nothing_found_nothing_read_and_nothing_left_are_told_apart() {
        let answers = |documents, by_words, considered| Answers {
            doubt: None,
            hits: Vec::new(),
            considered,
            coverage: covered(documents, by_words, 0, None),
            worklogs: Worklogs::NotMeant,
            as_of: chrono::DateTime::UNIX_EPOCH,
        };
        assert_eq!(Emptiness::of(&answers(0, 0, 0), true), Some(Emptiness::NothingReadYet));
        assert_eq!(Emptiness::of(&answers(9, 0, 0), false), Some(Emptiness::NotIndexedYet));
        assert_eq!(Emptiness::of(&answers(9, 9, 0), true), Some(Emptiness::FiltersLeftNothing));
        assert_eq!(Emptiness::of(&answers(9, 9, 0), false), Some(Emptiness::NothingToSee));
        assert_eq!(Emptiness::of(&answers(9, 9, 4), true), Some(Emptiness::NothingFound));
        let only_worklogs = Answers { worklogs: Worklogs::LeftOut(3), ..answers(0, 0, 0) };
        assert_eq!(Emptiness::of(&only_worklogs, false), Some(Emptiness::OnlyWorklogs));
    }
}
