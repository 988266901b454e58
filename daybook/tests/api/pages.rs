//! The pages in a real browser: what Chromium makes of them, with scripts, styles and policies in force.

use std::process::Command;

use super::test_app::TestApp;

/// What Chromium shows of a page, as its document; `None`: there is no Chromium, which is said aloud.
fn shown(url: &str) -> Option<String> {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--virtual-time-budget=4000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(url)
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            assert!(!is_ci(), "chromium is missing: ./test installs it");
            eprintln!("SKIPPED: chromium is not installed, so no page was opened in a browser");
            return None;
        }
        Err(error) => panic!("chromium cannot be started: {error}"),
    };
    let complaints = String::from_utf8_lossy(&output.stderr);
    let complaints: Vec<_> = complaints.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(complaints.is_empty(), "the browser complains about {url}: {complaints:#?}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[expect(clippy::disallowed_methods, reason = "whether a skip is allowed depends on where the tests run")]
fn is_ci() -> bool {
    std::env::var_os("CI").is_some()
}

async fn open(url: String) -> Option<String> {
    tokio::task::spawn_blocking(move || shown(&url)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_shows_the_question_the_answers_and_the_document() {
    let app = TestApp::new(300).await;
    app.backfilled().await;
    app.searchable().await;
    let Some(home) = open(format!("{}/", app.url)).await else { return app.close().await };
    assert!(home.contains("<form") && home.contains("name=\"q\""), "{home}");
    let results = open(format!("{}/search?q=we+decided", app.url)).await.unwrap();
    assert!(results.contains("<mark>"), "{results}");
    let path = results.split("href=\"").find(|rest| rest.starts_with("/documents/")).unwrap();
    let path = path.split('"').next().unwrap();
    let document = open(format!("{}{path}", app.url)).await.unwrap();
    assert!(document.contains("https://birchlane.atlassian.net/browse/"), "{document}");
    let sources = open(format!("{}/sources", app.url)).await.unwrap();
    assert!(sources.contains("Jira") && sources.contains("Complete up to"), "{sources}");
    let runs = open(format!("{}/backfills", app.url)).await.unwrap();
    assert!(runs.contains("type=\"password\"") && !runs.contains("id=\"key-form\" hidden"), "{runs}");
    app.close().await;
}
