//! One worklog as it came: what is read of it, what is set aside, and what is noted as a gap.

use daybook_core::model::audience::Audience;
use daybook_core::model::document::{Details, Document, DocumentKind, Part, Record};
use daybook_core::model::worklog::Worklog;
use daybook_sources::tempo::record;
use serde_json::{Value, json};

use super::scripted::worklog;

fn read(worklog: &Value) -> Record {
    record(&worklog.to_string())
}

fn document(record: &Record) -> &Document {
    &record.reading.as_ref().unwrap()[0]
}

fn hours(record: &Record) -> &Worklog {
    match &document(record).details {
        Some(Details::Worklog(worklog)) => worklog,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_worklog_is_complete_without_jira() {
    let json = worklog(126_001);
    let record = read(&json);
    assert_eq!(record.raw, json.to_string().as_bytes());
    assert_eq!((record.external_id.as_str(), &record.gaps), ("126001", &Vec::new()));
    assert_eq!(record.version.as_deref(), json["updatedAt"].as_str());
    let document = document(&record);
    assert_eq!((document.kind, document.external_id.as_str()), (DocumentKind::Worklog, "126001"));
    assert_eq!((document.key.as_str(), document.url.as_str()), ("issue 10412", ""));
    assert_eq!(document.title, "1 h 00 min on issue 10412, 2026-11-18 (5b10ac8d82e05b22cc7d4ef5)");
    assert_eq!(document.body, "worklog 126001");
    assert_eq!(document.labels, ["account:HARB-DEV"]);
    let author = &document.people[0];
    assert_eq!((author.part, author.account_id.as_str()), (Part::Author, "5b10ac8d82e05b22cc7d4ef5"));
    let Audience::Only(tokens) = &document.audience else { panic!("{:?}", document.audience) };
    assert!(tokens.iter().eq(["atlassian:5b10ac8d82e05b22cc7d4ef5"]), "hours are personal");
    assert_eq!(document.occurred_at.unwrap().to_rfc3339(), "2026-11-18T00:00:00+00:00");
    assert_eq!(document.created_at.to_rfc3339(), "2026-11-18T22:05:11+00:00");
}

#[test]
fn what_says_who_worked_how_long_on_what_and_when_must_be_there_and_is_named() {
    let wrong = [json!(null), json!([]), json!({}), json!("x"), json!(true), json!(1.5), json!("")];
    for (field, reason) in [
        ("tempoWorklogId", "`tempoWorklogId`"),
        ("issue", "`issue"),
        ("timeSpentSeconds", "`timeSpentSeconds`"),
        ("startDate", "`startDate`"),
        ("author", "`author"),
    ] {
        let mut missing = worklog(1);
        missing.as_object_mut().unwrap().remove(field);
        let spoiled = wrong.iter().map(|value| {
            let mut spoiled = worklog(1);
            spoiled[field] = value.clone();
            spoiled
        });
        for spoiled in spoiled.chain([missing]) {
            let record = read(&spoiled);
            let said = record.reading.unwrap_err().to_string();
            assert!(said.contains(reason), "{}: {said}", spoiled[field]);
            assert!(!record.external_id.is_empty() && !record.raw.is_empty());
        }
    }
}

#[test]
fn what_else_is_not_as_it_should_be_is_a_gap_that_names_it() {
    for field in ["billableSeconds", "startTime", "description", "createdAt", "updatedAt"] {
        for value in [json!([]), json!({}), json!(true), json!(1.5)] {
            let mut spoiled = worklog(1);
            spoiled[field] = value;
            let record = read(&spoiled);
            assert!(record.reading.is_ok());
            assert!(record.gaps.iter().any(|gap| gap.contains(field)), "{field}: {:?}", record.gaps);
        }
    }
    for field in ["createdAt", "updatedAt"] {
        let mut missing = worklog(1);
        missing.as_object_mut().unwrap().remove(field);
        let record = read(&missing);
        assert_eq!(record.gaps.len(), 1);
        assert_eq!(record.version.is_some(), field == "createdAt");
    }
}

#[test]
fn what_may_be_missing_is_no_gap() {
    let mut worklog = worklog(1);
    for field in ["billableSeconds", "startTime", "description", "attributes", "self", "startDateTimeUtc"] {
        worklog.as_object_mut().unwrap().remove(field);
        let record = read(&worklog);
        assert!(record.gaps.is_empty(), "{field}: {:?}", record.gaps);
    }
    let record = read(&worklog);
    let hours = hours(&record);
    assert_eq!((hours.start, hours.billable_seconds, &hours.account), (None, None, &None));
    assert_eq!((document(&record).body.as_str(), document(&record).labels.len()), ("", 0));
}

#[test]
fn numbers_and_days_are_taken_as_given() {
    let mut one = worklog(1);
    one["billableSeconds"] = 99_999.into();
    one["issue"]["id"] = "10412".into();
    one["startTime"] = "23:59:59".into();
    let record = read(&one);
    let one = hours(&record);
    assert_eq!((one.billable_seconds, one.issue_id.as_str()), (Some(99_999), "10412"));
    assert_eq!(one.start.unwrap().to_string(), "23:59:59");
    for (date, is_day) in [
        ("2026-02-29", false),
        ("2024-02-29", true),
        ("0001-01-01", true),
        ("9999-12-31", true),
        ("0000-01-01", false),
        ("10000-01-01", false),
        ("2026-2-3", false),
        ("+2026-02-3", false),
        ("2026-11-18T00:00:00Z", false),
    ] {
        let mut worklog = worklog(1);
        worklog["startDate"] = date.into();
        assert_eq!(read(&worklog).reading.is_ok(), is_day, "{date}");
    }
    let mut odd = worklog(1);
    odd["startTime"] = "72360".into();
    assert_eq!(read(&odd).gaps.len(), 1);
}

#[test]
fn odd_json_neither_panics_nor_spoils_what_it_stands_in() {
    let whole = worklog(1).to_string();
    let with = |description: &str| whole.replace("\"worklog 1\"", description);
    for (json, body) in [
        (with(r#""a\u0000b""#), "a\u{2400}b"),
        (with(r#""a\ud83d""#), "a\u{fffd}"),
        (with(r#""\ud83d\ude00 שלום""#), "😀 שלום"),
        (with(r#""one","description":"two""#), "two"),
        (with(&format!("\"x\",\"more\":{}{}", "[".repeat(90_000), "]".repeat(90_000))), "x"),
        (with("\"x\",\"more\":1e400"), "x"),
    ] {
        let record = record(&json);
        assert_eq!(document(&record).body, body);
        assert_eq!(record.raw, json.as_bytes());
    }
    for json in ["", "null", "[]", "7", "{", "{}", "\"x\"", &whole.replace("3600", &"9".repeat(40))] {
        assert!(record(json).reading.is_err(), "{json}");
    }
}

#[test]
fn a_description_without_end_is_cut_and_said_to_be() {
    let mut long = worklog(1);
    long["description"] = "é".repeat(3 << 20).into();
    let record = read(&long);
    let body = &document(&record).body;
    assert!(body.len() < (2 << 20) + 100 && body.contains("(cut:"));
    assert!(record.gaps[0].contains("description"), "{:?}", record.gaps);
    assert!(record.raw.len() > 6 << 20, "what was served is kept whole");
}
