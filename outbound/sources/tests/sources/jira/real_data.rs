//! Real issues, where the machine has them (`DAYBOOK_TEST_DATA`).

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

use daybook_sources::jira::{CustomFields, record};
use flate2::read::GzDecoder;

#[expect(clippy::disallowed_methods, reason = "a test's own folder is no setting of Daybook")]
pub(crate) fn folder() -> Option<PathBuf> {
    std::env::var_os("DAYBOOK_TEST_DATA").map(PathBuf::from)
}

#[test]
fn every_real_issue_is_read() {
    let Some(folder) = folder() else {
        eprintln!("SKIPPED: DAYBOOK_TEST_DATA names no folder with *.issues.jsonl.gz");
        return;
    };
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.to_string_lossy().ends_with(".issues.jsonl.gz") {
            continue;
        }
        files += 1;
        for line in BufReader::new(GzDecoder::new(File::open(&path).unwrap())).lines() {
            let line = line.unwrap();
            let reading = record(&line, &[], "https://site.example", &CustomFields::default()).record;
            assert!(reading.reading.is_ok(), "{}: {:?}", reading.external_id, reading.reading.err());
            assert_eq!(reading.raw, line.as_bytes());
        }
    }
    assert!(files > 0, "the folder holds no issues");
}
