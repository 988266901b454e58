//! Files of real records: one issue a line, plain or gzip, read as a stream.

use std::cmp::Reverse;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::issue::Issue;
use super::json::Members;
use super::site::Site;
use crate::settings::SimError;

/// Files of several sites can hold an id twice; ids from here on are given to those that come second.
const FOREIGN: u64 = 9_000_000_000;

/// Fills the site from every `jira*.issues.jsonl[.gz]` and `jira*.fields.jsonl[.gz]` of a folder. The
/// largest comes first, so that it keeps its ids.
pub(crate) fn folder(site: &mut Site, folder: &Path) -> Result<(), SimError> {
    let issues = files(folder, "issues")?;
    if issues.is_empty() {
        return Err(SimError::Empty(folder.to_owned()));
    }
    let mut foreign = FOREIGN;
    for path in issues {
        let url = site.url.clone();
        each_line(&path, |line| {
            let issue = Issue::read(line, &url)?;
            if site.issue_by_id(issue.id).is_some_and(|other| other.key() != issue.key()) {
                foreign += 1;
                return site.add(Issue::read_as(Some(foreign), line, &url)?);
            }
            site.add(issue)
        })?;
    }
    for path in files(folder, "fields")? {
        each_line(&path, |line| {
            let members = Members::read(line).map_err(|error| format!("is no JSON object: {error}"))?;
            let id = members.text("id").ok_or("has no id")?;
            site.fields.push((id, line.to_owned()));
            Ok(())
        })?;
    }
    Ok(())
}

fn files(folder: &Path, kind: &str) -> Result<Vec<PathBuf>, SimError> {
    let read = |source| SimError::Read { path: folder.to_owned(), source };
    let mut paths: Vec<(Reverse<u64>, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(read)? {
        let entry = entry.map_err(read)?;
        let path = entry.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let plain = name.strip_suffix(".gz").unwrap_or(&name);
        if name.starts_with("jira") && plain.ends_with(&format!(".{kind}.jsonl")) {
            paths.push((Reverse(entry.metadata().map_err(read)?.len()), path));
        }
    }
    paths.sort();
    Ok(paths.into_iter().map(|(_, path)| path).collect())
}

fn each_line(path: &Path, mut take: impl FnMut(&str) -> Result<(), String>) -> Result<(), SimError> {
    let read = |source| SimError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(read)?;
    let mut lines: Box<dyn BufRead> = if path.extension().is_some_and(|extension| extension == "gz") {
        Box::new(BufReader::with_capacity(
            1 << 18,
            MultiGzDecoder::new(BufReader::with_capacity(1 << 18, file)),
        ))
    } else {
        Box::new(BufReader::with_capacity(1 << 18, file))
    };
    let mut line = String::new();
    for number in 1.. {
        line.clear();
        if lines.read_line(&mut line).map_err(read)? == 0 {
            break;
        }
        let record = line.trim();
        if !record.is_empty() {
            take(record).map_err(|reason| SimError::Record {
                path: path.to_owned(),
                line: number,
                reason,
            })?;
        }
    }
    Ok(())
}
