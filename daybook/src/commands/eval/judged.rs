//! Judgements of people, and what a ranking is worth by them: the usual measures at ten.

use std::collections::HashMap;
use std::path::Path;

use crate::ended::Ended;

/// How many of a ranking count.
const DEPTH: usize = 10;

/// Which documents answer which query, and how well.
#[derive(Debug, Default)]
pub(super) struct Judged {
    grades: HashMap<String, HashMap<String, i32>>,
}

/// Means over all judged queries; one without an answer scores 0.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Scores {
    /// Normalised discounted cumulative gain, gain 2^grade - 1.
    pub(super) ndcg: f64,
    /// Share of the relevant documents that is among the ten.
    pub(super) recall: f64,
    /// One over the rank of the first relevant one, 0 beyond ten.
    pub(super) mrr: f64,
}

impl Judged {
    /// Reads `query<TAB>document<TAB>grade` under a line of names; grade 0 is not relevant.
    pub(super) fn read(path: &Path) -> Result<Self, Ended> {
        let wrong = |error: &dyn std::fmt::Display| Ended::WrongUse(format!("{}: {error}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
        Self::parse(&text).map_err(|error| wrong(&error))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut judged = Self::default();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with("query")) {
            let fields: Vec<&str> = line.split('\t').collect();
            let [query, document, grade] = fields[..] else {
                return Err(format!("line {number} has not three columns"));
            };
            let grade: i32 = grade.trim().parse().map_err(|_| format!("line {number} has no grade"))?;
            if grade > 0 {
                judged.grades.entry(query.to_owned()).or_default().insert(document.to_owned(), grade);
            }
        }
        Ok(judged)
    }

    pub(super) fn scores(&self, rankings: &[(String, Vec<String>)]) -> Scores {
        let rankings: HashMap<&str, &[String]> =
            rankings.iter().map(|(id, keys)| (id.as_str(), keys.as_slice())).collect();
        let mut sum = Scores::default();
        for (query, grades) in &self.grades {
            let one = score(rankings.get(query.as_str()).copied().unwrap_or_default(), grades);
            sum.ndcg += one.ndcg;
            sum.recall += one.recall;
            sum.mrr += one.mrr;
        }
        #[expect(clippy::cast_precision_loss, reason = "a mean")]
        let count = self.grades.len().max(1) as f64;
        Scores { ndcg: sum.ndcg / count, recall: sum.recall / count, mrr: sum.mrr / count }
    }
}

fn score(keys: &[String], grades: &HashMap<String, i32>) -> Scores {
    let gain = |grade: &i32| 2_f64.powi(*grade) - 1.0;
    let gains: Vec<f64> = keys.iter().take(DEPTH).map(|key| grades.get(key).map_or(0.0, gain)).collect();
    let mut ideal: Vec<f64> = grades.values().map(gain).collect();
    ideal.sort_unstable_by(|a, b| b.total_cmp(a));
    ideal.truncate(DEPTH);
    let found = gains.iter().filter(|gain| **gain > 0.0).count();
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    let recall = found as f64 / grades.len() as f64;
    let first = (1..).zip(&gains).find(|(_, gain)| **gain > 0.0);
    Scores {
        ndcg: discounted(&gains) / discounted(&ideal),
        recall,
        mrr: first.map_or(0.0, |(rank, _)| 1.0 / f64::from(rank)),
    }
}

fn discounted(gains: &[f64]) -> f64 {
    (1..).zip(gains).map(|(rank, gain)| gain / (f64::from(rank) + 1.0).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(keys: &[&str]) -> Vec<(String, Vec<String>)> {
        vec![("q".to_owned(), keys.iter().map(|key| (*key).to_owned()).collect())]
    }

    #[test]
    fn the_measures_are_the_usual_ones() {
        let judged = Judged::parse("query-id\tcorpus-id\tscore\nq\ta\t2\nq\tb\t1\nq\tc\t0\n").unwrap();
        let scores = judged.scores(&ranking(&["a", "b"]));
        assert!((scores.ndcg - 1.0).abs() < 1e-12 && (scores.recall - 1.0).abs() < 1e-12);
        // By hand: gains 0, 3 at ranks 1, 2 against the ideal 3, 1.
        let scores = judged.scores(&ranking(&["x", "a"]));
        let by_hand = (3.0 / 3_f64.log2()) / (3.0 + 1.0 / 3_f64.log2());
        assert!((scores.ndcg - by_hand).abs() < 1e-12, "{scores:?}");
        assert!((scores.recall - 0.5).abs() < 1e-12 && (scores.mrr - 0.5).abs() < 1e-12);
        assert_eq!(judged.scores(&[]), Scores::default());
    }

    #[test]
    fn a_file_that_is_no_judgement_is_refused_by_line() {
        assert!(Judged::parse("q\ta\n").unwrap_err().contains("line 1"));
        assert!(Judged::parse("query\nq\ta\tgood\n").unwrap_err().contains("line 2"));
    }
}
