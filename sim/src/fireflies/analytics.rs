//! What the vendor counts in a talk: who spoke how long, and what was asked.

use serde_json::{Value, json};

use super::dress::{float, hundredths};
use crate::world::meetings::{Said, Saying, Talk};

/// `by` gives the speaker of each sentence, by the place among `names`.
pub(super) fn of(talk: &Talk, times: &[(f64, f64)], names: &[String], by: &[usize]) -> Value {
    let all: f64 = times.iter().map(|(start, end)| end - start).sum();
    let speakers = names.iter().enumerate().map(|(place, name)| {
        let own = || talk.said.iter().zip(times).zip(by).filter(|(_, speaker)| **speaker == place);
        let lasts: Vec<f64> = own().map(|((_, (start, end)), _)| end - start).collect();
        let words = own().map(|((said, _), _)| said.words.split(' ').count()).sum::<usize>();
        let seconds = lasts.iter().sum::<f64>().max(0.1);
        json!({
            "speaker_id": place, "name": name, "duration": hundredths(seconds), "word_count": words,
            "longest_monologue": hundredths(lasts.iter().copied().fold(0.0, f64::max)), "monologues_count": 0,
            "filler_words": 0, "questions": own().filter(|((said, _), _)| said.saying == Saying::Question).count(),
            "duration_pct": hundredths(seconds * 100.0 / all.max(0.1)),
            "words_per_minute": hundredths(float(i64::try_from(words).unwrap_or(0)) * 60.0 / seconds),
        })
    });
    let count = |wanted: Saying| talk.said.iter().filter(|Said { saying, .. }| *saying == wanted).count();
    json!({
        "speakers": speakers.collect::<Vec<_>>(),
        "categories": {
            "questions": count(Saying::Question), "tasks": count(Saying::Task), "date_times": null, "metrics": null,
        },
        "sentiments": {"negative_pct": 4, "neutral_pct": 80, "positive_pct": 16},
    })
}
