//! The files: issues, queries, judgements, vectors and runs.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;

use chrono::DateTime;
use daybook_core::model::audience::Audience;
use daybook_core::model::document::{Document, DocumentId, DocumentKind, Project, Revision, StoredDocument};
use daybook_core::model::source::SourceKind;
use flate2::read::MultiGzDecoder;
use serde_json::Value;

use crate::Outcome;

/// How many of a ranking count.
const DEPTH: usize = 10;
/// The longest question that a search takes.
const LONGEST: usize = 20_000;

/// A query: an issue whose duplicates are looked for.
pub(crate) struct Query {
    pub(crate) id: String,
    pub(crate) text: String,
}

impl Query {
    /// What is asked: the whole issue, or its title.
    pub(crate) fn asked(&self, is_title: bool) -> &str {
        if is_title { self.text.lines().next().unwrap_or_default() } else { &self.text }
    }
}

fn lines(path: &Path) -> Outcome<Vec<Value>> {
    let lines = BufReader::new(MultiGzDecoder::new(File::open(path)?)).lines();
    lines.map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

pub(crate) fn queries(path: &Path) -> Outcome<Vec<Query>> {
    let word = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        text[..text.floor_char_boundary(LONGEST)].to_owned()
    };
    Ok(lines(path)?
        .iter()
        .map(|line| Query { id: word(&line["query_id"]), text: word(&line["text"]) })
        .collect())
}

pub(crate) fn documents(path: &Path) -> Outcome<Vec<StoredDocument>> {
    Ok((1..).zip(lines(path)?).map(|(id, line)| stored(id, &line)).collect())
}

fn stored(id: i64, line: &Value) -> StoredDocument {
    let fields = &line["fields"];
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (title, body, comments) = if fields.is_object() {
        let environment = leaves(&fields["environment"]);
        let comments = fields["comment"]["comments"].as_array().into_iter().flatten();
        let comments: Vec<String> = comments.map(|comment| leaves(&comment["body"])).collect();
        (word(&fields["summary"]), leaves(&fields["description"]) + &environment, comments.join("\n"))
    } else {
        (word(&line["title"]), word(&line["body"]), word(&line["comments"]))
    };
    let key = word(&line["key"]);
    let project = key.split('-').next().unwrap_or_default().to_owned();
    let document = Document {
        source: SourceKind::Jira,
        kind: DocumentKind::Issue,
        external_id: id.to_string(),
        title,
        body,
        comments,
        url: String::new(),
        project: Some(Project { name: project.clone(), key: project }),
        key,
        state: None,
        state_category: None,
        labels: Vec::new(),
        people: Vec::new(),
        audience: Audience::Members,
        created_at: DateTime::default(),
        updated_at: DateTime::default(),
    };
    StoredDocument {
        id: DocumentId(id),
        document,
        content_hash: String::new(),
        fetched_at: DateTime::default(),
        revision: Revision(id),
        tombstone: None,
    }
}

/// The texts of a tree, a block a line.
fn leaves(tree: &Value) -> String {
    let mut text = tree["text"].as_str().unwrap_or_default().to_owned();
    for child in tree["content"].as_array().into_iter().flatten() {
        text.push_str(&leaves(child));
    }
    if !tree["content"].is_null() {
        text.push('\n');
    }
    text
}

pub(crate) fn floats(path: &Path) -> Outcome<Vec<f32>> {
    let bytes = fs::read(path)?;
    Ok(bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

pub(crate) fn write_run(path: &Path, rankings: &[(String, Vec<String>)]) -> Outcome<()> {
    let mut run = String::new();
    for (id, keys) in rankings {
        for (rank, key) in (1..).zip(keys) {
            writeln!(run, "{id}\t{key}\t{rank}\t{}", 1.0 / f64::from(rank))?;
        }
    }
    Ok(fs::write(path, run)?)
}

/// Which documents answer which query, and how well.
pub(crate) struct Judged {
    grades: HashMap<String, HashMap<String, i32>>,
}

impl Judged {
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let mut grades: HashMap<String, HashMap<String, i32>> = HashMap::new();
        for line in fs::read_to_string(path)?.lines().skip(1) {
            let [query, document, grade] = line.split('\t').collect::<Vec<_>>()[..] else { continue };
            grades.entry(query.to_owned()).or_default().insert(document.to_owned(), grade.parse()?);
        }
        Ok(Self { grades })
    }

    /// nDCG, recall and reciprocal rank of the best ten, means over all queries.
    pub(crate) fn report(&self, rankings: &[(String, Vec<String>)]) -> String {
        let mut sums = [0.0; 3];
        for (id, keys) in rankings {
            let Some(grades) = self.grades.get(id) else { continue };
            let gains: Vec<f64> = keys
                .iter()
                .take(DEPTH)
                .map(|key| grades.get(key).map_or(0.0, |grade| gain(*grade)))
                .collect();
            let mut ideal: Vec<f64> = grades.values().map(|grade| gain(*grade)).collect();
            ideal.sort_unstable_by(|a, b| b.total_cmp(a));
            ideal.truncate(DEPTH);
            let found: f64 = gains.iter().filter(|gain| **gain > 0.0).map(|_| 1.0).sum();
            let first = (1..).zip(&gains).find(|(_, gain)| **gain > 0.0);
            sums[0] += discounted(&gains) / discounted(&ideal);
            #[expect(clippy::cast_precision_loss, reason = "a share")]
            let share = found / grades.len() as f64;
            sums[1] += share;
            sums[2] += first.map_or(0.0, |(rank, _)| 1.0 / f64::from(rank));
        }
        #[expect(clippy::cast_precision_loss, reason = "a mean")]
        let [ndcg, recall, mrr] = sums.map(|sum| sum / rankings.len() as f64);
        format!("nDCG@10 {ndcg:.4}, Recall@10 {recall:.4}, MRR@10 {mrr:.4}")
    }
}

fn gain(grade: i32) -> f64 {
    2_f64.powi(grade) - 1.0
}

fn discounted(gains: &[f64]) -> f64 {
    (1..).zip(gains).map(|(rank, gain)| gain / (f64::from(rank) + 1.0).log2()).sum()
}
