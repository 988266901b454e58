//! The command line, as somebody at a terminal meets it.

use std::collections::BTreeMap;
use std::process::{Command, Output};

use serde_json::Value;

use super::test_app::{variables, vendors};

fn run(variables: &BTreeMap<String, String>, folder: &std::path::Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_daybook"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(variables)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_plan_to_an_answer() {
    let (folder, vendors) = (tempfile::tempdir().unwrap(), vendors(250).await);
    let variables = variables(&folder, &vendors);
    let run = |arguments: &[&str]| run(&variables, folder.path(), arguments);
    let plan = run(&["backfill", "jira", "--days", "3650", "--dry-run"]);
    assert!(said(&plan).contains("Nothing was started."), "{}", said(&plan));
    assert!(said(&plan).contains("250 records\nabout 10 requests"), "{}", said(&plan));
    let done = run(&["backfill", "jira", "--days", "3650", "--wait"]);
    assert_eq!(code(&done), 0, "{}", said(&done));
    assert!(said(&done).contains("new                250"), "{}", said(&done));
    assert!(said(&done).contains("documents, by words"), "{}", said(&done));
    let again = run(&["backfill", "jira", "--days", "3650", "--wait"]);
    assert!(said(&again).contains("nothing was written"), "{}", said(&again));
    let found: Value =
        serde_json::from_slice(&run(&["search", "we decided", "--json", "--limit", "3"]).stdout).unwrap();
    assert_eq!(found["hits"].as_array().unwrap().len(), 3);
    assert!(found["freshness"][0]["confirmed_until"].is_string(), "{found:#}");
    let people = run(&["search", "we decided", "--limit", "3"]);
    assert!(said(&people).contains("https://birchlane.atlassian.net/browse/"), "{}", said(&people));
    assert!(said(&run(&["sources"])).contains("complete until"), "{}", said(&run(&["sources"])));
    assert!(said(&run(&["sources", "--quarantine"])).contains("Every record could be read"));
    assert_eq!(code(&run(&["sync", "jira", "--wait"])), 0);
    let proved = run(&["prove", "jira"]);
    assert_eq!(code(&proved), 0, "{}", said(&proved));
    assert!(said(&proved).contains("250 listed, 250 held, 0 differ"), "{}", said(&proved));
    assert_eq!(code(&run(&["sync", "notion", "--wait"])), 2, "it was never read");
    let listed = said(&run(&["backfills"]));
    assert_eq!(listed.matches("done").count(), 4, "{listed}");
    vendors.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_use_is_exit_2_and_wrong_settings_are_exit_78_and_both_say_what_to_mend() {
    let (folder, vendors) = (tempfile::tempdir().unwrap(), vendors(20).await);
    let good = variables(&folder, &vendors);
    for arguments in [
        &["backfill", "jira", "--days", "9999"][..],
        &["backfill", "jira", "--days", "-3"],
        &["backfill", "jira", "--from-date", "2026-01-01"],
        &["backfill", "linear"],
        &["backfill", "jira", "--item", "HARB-1", "--project", "HARB"],
        &["backfill", "jira", "--item", "no item"],
        &["sync", "linear"],
        &["prove", "--accept-losses"],
        &["search", ""],
        &["search", "x", "--limit", "0"],
        &["search", "x", "--from", "monday"],
        &["fly"],
    ] {
        let output = run(&good, folder.path(), arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", said(&output));
        assert!(!said(&output).contains("panicked"), "{arguments:?}: {}", said(&output));
    }
    for (name, value, word) in [
        ("DATABASE_URL", "postgres://u:secret@h/d", "PostgreSQL"),
        ("DATABASE_URL", "sqlite:/nowhere/at/all/daybook.db", "/nowhere/at/all"),
        ("ADMIN_API_KEY", "short", "16 characters"),
        ("DAYBOOK_VISITOR", "members", "DAYBOOK_VISITORS"),
        ("JIRA_API_URL", "http://jira.example", "https://"),
        ("DAYBOOK_LEASE_SECONDS", "never", "DAYBOOK_LEASE_SECONDS"),
    ] {
        let mut wrong = good.clone();
        wrong.insert(name.to_owned(), value.to_owned());
        for command in [&["serve", "--port", "0"][..], &["worker"], &["search", "x"]] {
            let output = run(&wrong, folder.path(), command);
            assert_eq!(code(&output), 78, "{name} {command:?}: {}", said(&output));
            assert!(said(&output).contains(word), "{name}: {}", said(&output));
            assert!(!said(&output).contains("secret"), "{}", said(&output));
        }
    }
    vendors.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_backfill_is_exit_1_with_the_reason() {
    let (folder, vendors) = (tempfile::tempdir().unwrap(), vendors(20).await);
    let mut wrong = variables(&folder, &vendors);
    wrong.insert("JIRA_API_TOKEN".to_owned(), "expired".to_owned());
    let output = run(&wrong, folder.path(), &["backfill", "jira", "--days", "30", "--wait"]);
    assert_eq!(code(&output), 1, "{}", said(&output));
    assert!(
        said(&output).contains("JIRA_API_TOKEN") && !said(&output).contains("expired-"),
        "{}",
        said(&output)
    );
    let json: Value =
        serde_json::from_slice(&run(&wrong, folder.path(), &["sources", "--json"]).stdout).unwrap();
    assert!(json[0]["last_error"].is_string(), "{json}");
    vendors.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_shown_without_their_secrets() {
    let (folder, vendors) = (tempfile::tempdir().unwrap(), vendors(20).await);
    let good = variables(&folder, &vendors);
    for arguments in [&["config"][..], &["config", "--json"], &["config", "--check"]] {
        let output = run(&good, folder.path(), arguments);
        assert_eq!(code(&output), 0, "{}", said(&output));
        assert!(
            !said(&output).contains("demo-token") && !said(&output).contains("a-key-for-tests"),
            "{}",
            said(&output)
        );
    }
    let wrong = BTreeMap::from([
        ("HOME".to_owned(), folder.path().display().to_string()),
        ("DAYBOOK_ENV".to_owned(), "staging".to_owned()),
        ("JIRA_URL".to_owned(), "https://x.atlassian.net".to_owned()),
    ]);
    let output = run(&wrong, folder.path(), &["config", "--check"]);
    assert_eq!(code(&output), 78);
    assert!(
        said(&output).contains("DAYBOOK_ENV") && said(&output).contains("JIRA_API_TOKEN"),
        "all at once: {}",
        said(&output)
    );
    vendors.shutdown().await;
}

#[test]
fn init_writes_a_file_that_serve_takes_and_never_a_second_time() {
    let folder = tempfile::tempdir().unwrap();
    let variables = BTreeMap::from([("HOME".to_owned(), folder.path().display().to_string())]);
    assert_eq!(code(&run(&variables, folder.path(), &["init"])), 0);
    let check = run(&variables, folder.path(), &["config", "--check"]);
    assert_eq!(code(&check), 0, "{}", said(&check));
    let again = run(&variables, folder.path(), &["init"]);
    assert_eq!(code(&again), 1, "{}", said(&again));
}

#[test]
fn every_command_helps_with_an_example() {
    let folder = tempfile::tempdir().unwrap();
    for command in [
        "demo",
        "serve",
        "worker",
        "sim",
        "init",
        "config",
        "backfill",
        "backfills",
        "sources",
        "search",
        "eval",
    ] {
        let output = run(&BTreeMap::new(), folder.path(), &[command, "--help"]);
        assert_eq!(code(&output), 0);
        assert!(
            said(&output).contains(&format!("daybook {command}")) && said(&output).contains("Example"),
            "{command}"
        );
    }
}
