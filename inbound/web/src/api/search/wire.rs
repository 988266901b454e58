//! What answers look like on the wire.

use chrono::{DateTime, Utc};
use daybook_core::model::hit;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::documents::Outline;
use crate::api::sources::Freshness;
use crate::wording::{self, Emptiness};

/// The answers, and how far they can be trusted.
#[derive(Serialize, ToSchema)]
pub(crate) struct Found {
    /// Best first.
    hits: Vec<Hit>,
    /// Documents that passed the filters and that the caller may see.
    considered: u64,
    /// When it was asked.
    as_of: DateTime<Utc>,
    /// What the search could take into account.
    coverage: Coverage,
    /// How fresh each source is.
    freshness: Vec<Freshness>,
    /// Why there is no answer, if there is none; or why the answers may not be what was asked for.
    note: Option<Note>,
}

/// One answer.
#[derive(Serialize, ToSchema)]
struct Hit {
    /// The document.
    document: Outline,
    /// Its score; comparable within one answer only.
    score: f32,
    /// What words and meaning contributed to the score, if `explain` was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Parts>,
    /// The parts of the title that match, as ranges of code points.
    title_marks: Vec<[usize; 2]>,
    /// The stretch of text that shows why it was found.
    passage: Passage,
}

/// What words and meaning contributed.
#[derive(Serialize, ToSchema)]
struct Parts {
    /// By words.
    words: f32,
    /// By meaning; null without vectors.
    meaning: Option<f32>,
}

/// A stretch of text.
#[derive(Serialize, ToSchema)]
struct Passage {
    /// The text.
    text: String,
    /// The parts that match, as ranges of code points.
    marks: Vec<[usize; 2]>,
}

/// What the search could take into account.
#[derive(Serialize, ToSchema)]
struct Coverage {
    /// Documents held that the question is about: worklogs only where it names their source.
    documents: u64,
    /// Of these, findable by words.
    by_words: u64,
    /// Of these, findable by meaning.
    by_meaning: u64,
    /// Why meaning was left out altogether, if it was.
    without_meaning: Option<String>,
    /// Worklogs that were left out: `source=tempo` searches them.
    worklogs_left_out: u64,
    /// Whether all these documents were searched both ways; worklogs, which have no vectors, by words.
    complete: bool,
    /// The same in a sentence, and how to search what was left out.
    #[schema(example = "Searched by words in all 3,000 documents; by meaning in 1,250 so far.")]
    sentence: String,
}

/// Why there is no answer.
#[derive(Serialize, ToSchema)]
struct Note {
    /// In a word.
    #[schema(inline)]
    code: NoteCode,
    /// In a sentence.
    text: String,
}

/// Why there is no answer, or why the answers may not be what was asked for.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum NoteCode {
    /// No source has been read.
    NothingReadYet,
    /// Worklogs are held and nothing else, and nobody asked for them: `source=tempo` does.
    OnlyWorklogs,
    /// Documents are held but not yet in the index.
    NotIndexedYet,
    /// No document passes the filters.
    FiltersLeftNothing,
    /// The caller may see no document.
    NothingToSee,
    /// Documents were searched, and none fits.
    NothingFound,
    /// There are answers, but none holds a word of the question.
    NearestOnly,
    /// There are answers, but none has the key that was asked for.
    NoSuchKey,
}

impl From<&hit::Doubt> for NoteCode {
    fn from(doubt: &hit::Doubt) -> Self {
        match doubt {
            hit::Doubt::NearestOnly => Self::NearestOnly,
            hit::Doubt::NoSuchKey(_) => Self::NoSuchKey,
        }
    }
}

impl Found {
    pub(crate) fn new(answers: hit::Answers, is_narrowed: bool, explain: bool) -> Self {
        let note = Emptiness::of(&answers, is_narrowed)
            .map(|emptiness| Note { code: emptiness.into(), text: emptiness.sentence(&answers) });
        let doubt =
            answers.doubt.as_ref().map(|doubt| Note { code: doubt.into(), text: wording::doubt(doubt) });
        let note = note.or(doubt);
        let hit::Answers { hits, considered, coverage, worklogs, as_of, .. } = answers;
        Self {
            hits: hits.into_iter().map(|hit| Hit::new(hit, explain)).collect(),
            considered,
            as_of,
            note,
            freshness: coverage.freshness.iter().cloned().map(Freshness::from).collect(),
            coverage: Coverage {
                sentence: sentence(&coverage, worklogs),
                complete: wording::is_complete(&coverage, worklogs),
                worklogs_left_out: match worklogs {
                    hit::Worklogs::LeftOut(held) => held,
                    hit::Worklogs::NotMeant | hit::Worklogs::ByWords(_) => 0,
                },
                documents: coverage.documents,
                by_words: coverage.by_words,
                by_meaning: coverage.by_meaning,
                without_meaning: coverage.without_meaning,
            },
        }
    }
}

fn sentence(coverage: &hit::Coverage, worklogs: hit::Worklogs) -> String {
    let sentence = wording::coverage(coverage, worklogs);
    match wording::left_out(worklogs) {
        Some(left_out) => format!("{sentence} {left_out}: source=tempo searches them."),
        None => sentence,
    }
}

impl From<Emptiness> for NoteCode {
    fn from(emptiness: Emptiness) -> Self {
        match emptiness {
            Emptiness::NothingReadYet => Self::NothingReadYet,
            Emptiness::OnlyWorklogs => Self::OnlyWorklogs,
            Emptiness::NotIndexedYet => Self::NotIndexedYet,
            Emptiness::FiltersLeftNothing => Self::FiltersLeftNothing,
            Emptiness::NothingToSee => Self::NothingToSee,
            Emptiness::NothingFound => Self::NothingFound,
        }
    }
}

impl Hit {
    fn new(hit: hit::Hit, explain: bool) -> Self {
        Self {
            title_marks: in_code_points(&hit.stored.document.title, &hit.title_marks),
            passage: Passage {
                marks: in_code_points(&hit.excerpt.text, &hit.excerpt.marks),
                text: hit.excerpt.text,
            },
            score: hit.score,
            parts: explain.then_some(Parts { words: hit.words, meaning: hit.meaning }),
            document: hit.stored.into(),
        }
    }
}

/// Byte ranges as ranges of code points. Ranges that do not fit the text are left out.
fn in_code_points(text: &str, marks: &[(usize, usize)]) -> Vec<[usize; 2]> {
    let place = |byte: usize| text.get(..byte).map(|before| before.chars().count());
    marks.iter().filter_map(|(start, end)| Some([place(*start)?, place(*end)?])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_counted_in_code_points() {
        let text = "Rückgabe 🙂 offen";
        let start = text.find("offen").unwrap();
        assert_eq!(in_code_points(text, &[(0, 9), (start, text.len())]), [[0, 8], [11, 16]]);
        assert_eq!(in_code_points(text, &[(0, 2), (0, 999)]), Vec::<[usize; 2]>::new());
    }
}
