//! The files of the data set: queries in, rankings out.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde::Deserialize;

use crate::ended::Ended;

/// The longest question that a search takes, in bytes here: so much of an issue is asked.
const LONGEST: usize = 20_000;

/// A query: an issue whose duplicates are looked for.
#[derive(Debug, Deserialize)]
pub(super) struct Query {
    #[serde(rename = "query_id")]
    pub(super) id: String,
    pub(super) text: String,
    #[serde(default)]
    pub(super) exclude: Vec<String>,
}

pub(super) fn queries(path: &Path) -> Result<Vec<Query>, Ended> {
    let wrong = |error: &dyn std::fmt::Display| Ended::WrongUse(format!("{}: {error}", path.display()));
    let file = File::open(path).map_err(|error| wrong(&error))?;
    BufReader::new(MultiGzDecoder::new(file))
        .lines()
        .map(|line| {
            let mut query: Query =
                serde_json::from_str(&line.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
            query.text.truncate(query.text.floor_char_boundary(LONGEST));
            if !query.exclude.contains(&query.id) {
                query.exclude.push(query.id.clone());
            }
            Ok(query)
        })
        .collect()
}

/// One line an answer: query, document, rank from 1, score.
pub(super) fn write_run(path: &Path, rankings: &[(String, Vec<String>)]) -> Result<(), Ended> {
    let mut run = String::new();
    for (id, keys) in rankings {
        for (rank, key) in (1..).zip(keys) {
            // Writing to a String cannot fail.
            let _ = writeln!(run, "{id}\t{key}\t{rank}\t{}", 1.0 / f64::from(rank));
        }
    }
    fs::write(path, run).map_err(|error| Ended::Failed(format!("cannot write {}: {error}", path.display())))
}
