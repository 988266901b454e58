//! Converts a file of Jira issues (`.jsonl.gz`, one issue or one `{"adf": ...}` a line) and says how fast, what was
//! unreadable, and whether a word of any rich text was lost. A file of the site's fields names its sprints and points.
//!
//! `cargo run --release -p daybook-sources --example convert -- FILE [KEY] [FIELDS]`

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write as _};

use daybook_core::model::document::Document;
use daybook_sources::jira::{CustomFields, adf, record};
use flate2::read::GzDecoder;
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("which file?")?;
    let shown = arguments.next();
    let custom = arguments.next().map_or(Ok(CustomFields::default()), |path| fields(&path))?;
    let mut out = std::io::stdout().lock();
    let lines = BufReader::new(GzDecoder::new(File::open(&path)?)).lines().collect::<Result<Vec<_>, _>>()?;
    let bytes: usize = lines.iter().map(String::len).sum();

    let before = cpu_seconds()?;
    let mut readings = Vec::with_capacity(lines.len());
    for line in &lines {
        if !line.starts_with("{\"name\"") {
            readings.push(record(line, &[], "https://site.example", &custom));
        }
    }
    let spent = cpu_seconds()? - before;

    let mut lost: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut leaves, mut hidden, mut documents, mut pointing) = (0, 0, 0, 0);
    let mut gaps: BTreeMap<String, usize> = BTreeMap::new();
    for (line, reading) in lines.iter().zip(&readings) {
        hidden += reading.hidden_comments;
        for gap in &reading.record.gaps {
            *gaps.entry(gap.replace(|c: char| c.is_ascii_digit(), "")).or_default() += 1;
        }
        let Ok(read) = &reading.record.reading else { continue };
        documents += read.len();
        pointing += read[0].links.len();
        if shown.as_deref() == Some(read[0].key.as_str()) {
            writeln!(out, "{}\n=====\n{}\n", read[0].body, read[0].comments)?;
            writeln!(out, "{:?}\n{:?}\n{:?}\n", read[0].labels, read[0].links, read[0].details)?;
        }
        leaves += check(line, read, &mut lost)?;
    }
    for line in lines.iter().filter(|line| line.starts_with("{\"name\"")) {
        let value: Value = serde_json::from_str(line)?;
        let text = adf::markdown(&value["adf"].to_string())?;
        if shown.as_deref() == value["name"].as_str() {
            writeln!(out, "{text}\n")?;
        }
        leaves += compare(&value["adf"], &text, &value["name"].to_string(), &mut lost);
    }
    let unreadable = readings.iter().filter_map(|reading| reading.record.reading.as_ref().err());
    for reason in unreadable.clone().take(10) {
        writeln!(out, "unreadable: {reason}")?;
    }
    for (key, texts) in lost.iter().take(20) {
        writeln!(out, "lost in {key}: {texts:?}")?;
    }
    gaps.iter().try_for_each(|(gap, times)| writeln!(out, "gap, {times} times: {}", gap.trim()))?;
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let (rate, mean) = (readings.len() as f64 / spent.max(0.01), bytes as f64 / lines.len().max(1) as f64);
    writeln!(
        out,
        "{} issues of {mean:.0} bytes, {documents} documents, {pointing} links, {} unreadable, {hidden} comments hidden, {leaves} texts \
         with {} lost; {spent:.2} CPU seconds, {rate:.0} issues a CPU second",
        readings.len(),
        unreadable.count(),
        lost.values().map(Vec::len).sum::<usize>(),
    )?;
    Ok(())
}

/// A file of fields, one a line.
fn fields(path: &str) -> Result<CustomFields, Box<dyn Error>> {
    let lines = BufReader::new(GzDecoder::new(File::open(path)?)).lines().collect::<Result<Vec<_>, _>>()?;
    CustomFields::read(&format!("[{}]", lines.join(","))).ok_or_else(|| "the file holds no fields".into())
}

fn check(
    line: &str,
    documents: &[Document],
    lost: &mut BTreeMap<String, Vec<String>>,
) -> Result<usize, Box<dyn Error>> {
    let value: Value = serde_json::from_str(line)?;
    let fields = &value["fields"];
    let issue = &documents[0];
    let mut leaves = compare(&fields["description"], &issue.body, &issue.key, lost);
    leaves += compare(&fields["environment"], &issue.body, &issue.key, lost);
    for comment in fields["comment"]["comments"].as_array().into_iter().flatten() {
        leaves += compare(&comment["body"], &issue.comments, &issue.key, lost);
    }
    Ok(leaves)
}

/// Whether each text of a tree is in the Markdown, apart from blanks and the signs that Markdown needs.
fn compare(tree: &Value, text: &str, name: &str, lost: &mut BTreeMap<String, Vec<String>>) -> usize {
    let plain = normal(text);
    let mut texts = Vec::new();
    collect(tree, &mut texts);
    for text in &texts {
        if !plain.contains(&normal(text)) {
            lost.entry(name.to_owned()).or_default().push(text.chars().take(200).collect());
        }
    }
    texts.len()
}

/// Blanks made one, without what Markdown puts in front of lines and characters.
fn normal(text: &str) -> String {
    let text = text.replace("<br>", " ").replace('\0', "\u{2400}").replace(['\\', '>', '`'], "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn collect(tree: &Value, texts: &mut Vec<String>) {
    let shown = ["text", "url", "alt", "title"].map(|name| &tree["attrs"][name]);
    texts.extend(shown.into_iter().chain([&tree["text"]]).filter_map(Value::as_str).map(str::to_owned));
    for mark in tree["marks"].as_array().into_iter().flatten() {
        texts
            .extend(mark["attrs"]["href"].as_str().map(|href| href.trim_start_matches("mailto:").to_owned()));
    }
    tree["content"].as_array().into_iter().flatten().for_each(|child| collect(child, texts));
}

/// CPU time of this process, from Linux.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
    Ok(ticks / 100.0)
}
