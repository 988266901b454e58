//! `kill -9` at any moment, and two processes on one database: nothing is lost, nothing is doubled.

use std::process::Stdio;
use std::time::{Duration, Instant};

use daybook_core::model::backfill::{Backfill, BackfillState};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::store::Store as _;
use daybook_store::sqlite::{Settings, SqliteStore};
use tokio::process::{Child, Command};

use super::test_app::{KEY, held_by, held_in, variables, vendors};

/// How often the run is killed; more by `DAYBOOK_TEST_KILLS`.
#[expect(clippy::disallowed_methods, reason = "how long to torment is for whoever runs the tests to say")]
fn kills() -> u64 {
    std::env::var("DAYBOOK_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(8)
}

fn daybook(
    folder: &tempfile::TempDir,
    variables: &std::collections::BTreeMap<String, String>,
    arguments: &[&str],
) -> Child {
    Command::new(env!("CARGO_BIN_EXE_daybook"))
        .args(arguments)
        .current_dir(folder.path())
        .env_clear()
        .envs(variables)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

const BACKFILL: [&str; 5] = ["backfill", "jira", "--days", "3650", "--wait"];

#[tokio::test]
async fn a_backfill_that_is_killed_again_and_again_ends_with_exactly_what_the_source_holds() {
    let (folder, vendors) = (tempfile::tempdir().unwrap(), vendors(4_000).await);
    let variables = variables(&folder, &vendors);
    // So slow that the kills fall into the run.
    let slow = serde_json::json!({"match": "search/jql", "kind": "slow", "delay_ms": 40});
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.post(format!("{}/_sim/faults", vendors.base_url())).json(&slow).send().await.unwrap();
    let kills = kills();
    let mut moment = 0x2545_f491_u64;
    for _ in 0..kills {
        let mut child = daybook(&folder, &variables, &BACKFILL);
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // From before the store is open to well within the pages.
        let life = Duration::from_millis(20 + (moment >> 33) % 1_500);
        tokio::time::sleep(life).await;
        child.kill().await.unwrap();
    }
    let last = daybook(&folder, &variables, &BACKFILL).wait_with_output().await.unwrap();
    assert!(last.status.success(), "{}", String::from_utf8_lossy(&last.stderr));
    let store = SqliteStore::open(&Settings::at(folder.path().join("daybook.db"))).await.unwrap();
    assert_eq!(
        held_in(&store, SourceKind::Jira).await,
        held_by(&vendors, SourceKind::Jira).await,
        "lost 0, doubled 0"
    );
    let backfills = store.backfills(10).await.unwrap();
    assert!(backfills.iter().all(|backfill| backfill.state == BackfillState::Done), "{backfills:#?}");
    let progress = &backfills.last().unwrap().progress;
    assert_eq!((progress.distinct, progress.new), (4_000, 4_000), "counted once, however often it was begun");
    let found = Command::new(env!("CARGO_BIN_EXE_daybook"))
        .args(["search", "decided", "--json"])
        .env_clear()
        .envs(&variables)
        .output()
        .await
        .unwrap();
    let found: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(
        found["coverage"]["documents"], found["coverage"]["by_words"],
        "the index followed to the end"
    );
    vendors.shutdown().await;
}

#[tokio::test]
async fn each_source_that_is_killed_again_and_again_ends_with_exactly_what_it_holds() {
    let (folder, vendors) = (tempfile::tempdir().unwrap(), vendors(500).await);
    let variables = variables(&folder, &vendors);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for (vendor, path, delay) in [
        ("jira", "search/jql", 60),
        ("notion", "v1", 3),
        ("tempo", "worklogs", 60),
        ("fireflies", "graphql", 60),
    ] {
        let slow = serde_json::json!({"vendor": vendor, "match": path, "kind": "slow", "delay_ms": delay});
        client.post(format!("{}/_sim/faults", vendors.base_url())).json(&slow).send().await.unwrap();
    }
    let mut moment = 0x9e37_79b9_u64;
    for place in 0..kills() {
        let source = SourceKind::ALL[usize::try_from(place).unwrap() % 4].word();
        let mut child = daybook(&folder, &variables, &["backfill", source, "--days", "3650", "--wait"]);
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis(20 + (moment >> 33) % 900)).await;
        child.kill().await.unwrap();
    }
    let store = SqliteStore::open(&Settings::at(folder.path().join("daybook.db"))).await.unwrap();
    for source in SourceKind::ALL {
        let run = daybook(&folder, &variables, &["backfill", source.word(), "--days", "3650", "--wait"]);
        let last = run.wait_with_output().await.unwrap();
        assert!(last.status.success(), "{source}: {}", String::from_utf8_lossy(&last.stderr));
        let (ours, theirs) = (held_in(&store, source).await, held_by(&vendors, source).await);
        let differing = ours.symmetric_difference(&theirs).count();
        assert_eq!((differing, ours.len()), (0, theirs.len()), "{source}: lost 0, doubled 0");
    }
    let runs = store.backfills(1_000).await.unwrap();
    assert!(runs.iter().all(|run| run.state == BackfillState::Done), "{runs:#?}");
    vendors.shutdown().await;
}

#[tokio::test]
async fn a_process_that_dies_around_any_commit_leaves_nothing_lost_and_nothing_doubled() {
    let vendors = vendors(250).await;
    let every = if kills() > 8 { 1 } else { 3 };
    let (mut died, mut ended) = (0, 0);
    for source in SourceKind::ALL {
        let folder = tempfile::tempdir().unwrap();
        let mut variables = variables(&folder, &vendors);
        let backfill = ["backfill", source.word(), "--days", "3650", "--wait"];
        // Each process lives until its own moment; the next goes on with what it left.
        for (side, at) in (1..=12).step_by(every).flat_map(|at| [("before", at), ("after", at)]) {
            variables.insert("DAYBOOK_TEST_CRASH_AT".to_owned(), format!("{side}:{at}"));
            let output = daybook(&folder, &variables, &backfill).wait_with_output().await.unwrap();
            if output.status.success() {
                ended += 1;
            } else {
                let said = String::from_utf8_lossy(&output.stderr);
                assert_eq!(
                    output.status.code(),
                    None,
                    "{source} {side}:{at}: it died, or it said why: {said}"
                );
                died += 1;
            }
        }
        variables.remove("DAYBOOK_TEST_CRASH_AT");
        let last = daybook(&folder, &variables, &backfill).wait_with_output().await.unwrap();
        assert!(last.status.success(), "{source}: {}", String::from_utf8_lossy(&last.stderr));
        let store = SqliteStore::open(&Settings::at(folder.path().join("daybook.db"))).await.unwrap();
        let (ours, theirs) = (held_in(&store, source).await, held_by(&vendors, source).await);
        let differing = ours.symmetric_difference(&theirs).count();
        assert_eq!((differing, ours.len()), (0, theirs.len()), "{source}: lost 0, doubled 0");
        let runs = store.backfills(1_000).await.unwrap();
        assert!(runs.iter().all(|run| run.state == BackfillState::Done), "{source}: {runs:#?}");
    }
    assert!(died > ended, "{died} died, {ended} came to their end");
    vendors.shutdown().await;
}

#[tokio::test]
async fn a_yes_that_was_heard_is_done_even_if_the_server_dies_with_it() {
    let (folder, vendors) = (tempfile::tempdir().unwrap(), vendors(600).await);
    let variables = variables(&folder, &vendors);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let mut server = daybook(&folder, &variables, &["serve", "--no-worker", "--port", &free]);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = || {
        client
            .post(format!("http://127.0.0.1:{free}/api/backfill/jira?days=3650"))
            .header("x-admin-key", KEY)
            .send()
    };
    let until = Instant::now() + Duration::from_secs(20);
    let answer = loop {
        match request().await {
            Ok(answer) => break answer,
            Err(error) => assert!(Instant::now() < until, "it does not serve: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    server.kill().await.unwrap();
    assert_eq!(answer.status(), 202);
    let _worker = daybook(&folder, &variables, &["worker"]);
    let store = SqliteStore::open(&Settings::at(folder.path().join("daybook.db"))).await.unwrap();
    done(&store).await;
    assert_eq!(held_in(&store, SourceKind::Jira).await, held_by(&vendors, SourceKind::Jira).await);
    vendors.shutdown().await;
}

/// Waits for the newest backfill's good end.
async fn done(store: &SqliteStore) -> Backfill {
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        let newest = store.backfills(1).await.unwrap().remove(0);
        if newest.state == BackfillState::Done {
            return newest;
        }
        assert!(Instant::now() < until && !newest.state.is_over(), "{newest:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn two_workers_on_one_database_never_do_the_same_job_at_once() {
    let (folder, vendors) = (tempfile::tempdir().unwrap(), vendors(1_500).await);
    let variables = variables(&folder, &vendors);
    let (one, other) = (daybook(&folder, &variables, &["worker"]), daybook(&folder, &variables, &["worker"]));
    let asked = daybook(&folder, &variables, &["backfill", "jira", "--days", "3650"])
        .wait_with_output()
        .await
        .unwrap();
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    let store = SqliteStore::open(&Settings::at(folder.path().join("daybook.db"))).await.unwrap();
    let newest = done(&store).await;
    assert_eq!((newest.progress.seen, newest.progress.distinct), (1_500, 1_500), "no page was read twice");
    assert_eq!(held_in(&store, SourceKind::Jira).await, held_by(&vendors, SourceKind::Jira).await);
    drop((one, other));
    vendors.shutdown().await;
}
