//! `daybook eval` over a data set small enough to judge by eye.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

fn gzip(path: &Path, lines: &[Value]) {
    let mut file = GzEncoder::new(std::fs::File::create(path).unwrap(), Compression::fast());
    for line in lines {
        writeln!(file, "{line}").unwrap();
    }
    file.finish().unwrap();
}

fn issue(number: u32, summary: &str) -> Value {
    json!({"id": (10_000 + number).to_string(), "key": format!("EV-{number}"), "fields": {
        "summary": summary, "created": "2020-01-02T03:04:05.000+0000", "updated": "2020-01-02T03:04:05.000+0000",
        "status": {"name": "Open", "statusCategory": {"key": "new"}},
        "project": {"id": "1", "key": "EV", "name": "Evaluation"}, "comment": {"comments": [], "total": 0}}})
}

#[test]
fn duplicates_that_are_found_first_score_one_and_the_run_can_be_judged_by_others() {
    let folder = tempfile::tempdir().unwrap();
    let titles =
        ["login crashes on tablets", "crash at login on a tablet", "invoice total is wrong", "dark mode"];
    let issues: Vec<Value> = (1..).zip(titles).map(|(number, title)| issue(number, title)).collect();
    gzip(&folder.path().join("jira-dev.issues.jsonl.gz"), &issues);
    let query = json!({"query_id": "EV-1", "text": titles[0], "exclude": ["EV-1"]});
    gzip(&folder.path().join("jira-dev.dup-queries.jsonl.gz"), &[query]);
    std::fs::write(
        folder.path().join("jira-dev.dup-qrels.tsv"),
        "query-id\tcorpus-id\tscore\nEV-1\tEV-2\t2\n",
    )
    .unwrap();
    let variables = BTreeMap::from([("HOME", folder.path().display().to_string())]);
    let (dataset, run) = (folder.path().display().to_string(), folder.path().join("run.tsv"));
    let output = Command::new(env!("CARGO_BIN_EXE_daybook"))
        .args(["eval", &dataset, "--keywords-only", "--json", "--run", &run.display().to_string()])
        .current_dir(folder.path())
        .env_clear()
        .envs(variables)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let scores: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&scores["ndcg@10"], &scores["recall@10"], &scores["documents"]),
        (&json!(1.0), &json!(1.0), &json!(4))
    );
    let run = std::fs::read_to_string(run).unwrap();
    assert!(
        run.starts_with("EV-1\tEV-2\t1\t") && !run.contains("\tEV-1\t"),
        "its own issue is left out: {run}"
    );
}
