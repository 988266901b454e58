//! The page of runs in a real browser, with scripts, styles and policies in force: what a person sees who types the key.

use std::process::Command;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS};
use axum::middleware::map_response;
use axum::response::{Html, Response};
use axum::routing::get;
use daybook_core::ports::store::Store;
use daybook_web::serve;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::{App, KEY, Setup};

/// Types, clicks and waits in a frame; at its end the frame's document stands in `pre`, with what was seen on the way.
const DRIVER: &str = r#"<!doctype html><title>driver</title><iframe src="/backfills" width="1000" height="900"></iframe>
<pre>not driven</pre><script>
const seen = [], frame = document.querySelector("iframe"), at = (id) => frame.contentDocument.getElementById(id);
async function until(what, holds) {
  for (let round = 0; round < 400; round += 1) {
    if (holds()) return seen.push(what);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`not seen: ${what}`);
}
function type(id, text) {
  at(id).value = text;
  at(id).dispatchEvent(new Event("input", { bubbles: true }));
}
async function drive() {
  await until("asked for the key", () => at("key-form") && !at("key-form").hidden);
  type("key", "a wrong key");
  at("key-form").requestSubmit();
  await until("refused in words", () => at("key-trouble").textContent.includes("not the admin key"));
  type("key", "KEY");
  at("key-form").requestSubmit();
  await until("let in", () => !at("inside").hidden && !at("no-runs").hidden);
  type("days", "30");
  type("project", "AWAY");
  at("ask").requestSubmit();
  await until("trouble in words", () => at("ask-trouble").textContent.includes("it answered 503"));
  type("project", "HARB");
  at("ask").requestSubmit();
  await until("a plan", () => !at("plan").hidden && at("plan-records").textContent === "1,240");
  type("days", "31");
  await until("no plan for another question", () => at("plan").hidden);
  at("ask").requestSubmit();
  await until("a plan again", () => !at("plan").hidden && at("plan-time").textContent.includes("2 minutes"));
  at("start").click();
  await until("a run", () => at("list").children.length === 1 && at("told").textContent.includes("Accepted"));
  seen.push(at("list").innerText);
  at("list").querySelector("button").click();
  await until("cancelled", () => at("list").textContent.includes("cancelled"));
  if (frame.contentWindow.location.href.includes("?")) throw new Error("something stands in the address");
  if (frame.contentDocument.cookie) throw new Error("something stands in a cookie");
  at("forget").click();
  await until("forgotten", () => at("inside").hidden && at("list").children.length === 0);
  if (sessionStorage.length > 0) throw new Error("the key is still kept");
}
frame.addEventListener("load", () => drive().then(() => "driven", (error) => `FAILED: ${error}`).then((ending) => {
  document.querySelector("pre").textContent = [ending, ...seen, frame.contentDocument.documentElement.outerHTML].join("\n");
}), { once: true });
</script>"#;

/// The driver's frame is the one thing that our pages forbid.
async fn framed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.remove(X_FRAME_OPTIONS);
    let policy =
        headers.get(CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok()).unwrap_or_default();
    let policy = policy.replace("frame-ancestors 'none'; ", "frame-ancestors 'self'; ");
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_str(&policy).expect("ASCII"));
    response
}

/// What Chromium shows, as its document; `None`: there is no Chromium, which is said aloud.
fn shown(url: &str) -> Option<String> {
    let profile = std::env::temp_dir().join(format!("daybook-web-browser-{}", std::process::id()));
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--virtual-time-budget=20000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(url)
        .output();
    // What is left of it harms nobody.
    drop(std::fs::remove_dir_all(&profile));
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
    let complaints = complaints.lines().filter(|line| line.contains("CONSOLE"));
    // Browsers note every refused request; these were meant to be refused.
    let complaints: Vec<_> =
        complaints.filter(|line| !line.contains("the server responded with a status of")).collect();
    assert!(complaints.is_empty(), "the browser complains: {complaints:#?}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[expect(clippy::disallowed_methods, reason = "whether a skip is allowed depends on where the tests run")]
fn is_ci() -> bool {
    std::env::var_os("CI").is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_the_key_plans_starts_watches_and_cancels_a_backfill() {
    let app = App::of(Setup::default());
    let driver = DRIVER.replace("\"KEY\"", &format!("{KEY:?}"));
    let driver = Router::new().route("/driver", get(async move || Html(driver)));
    let router = app.router.clone().layer(map_response(framed)).merge(driver);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/driver", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let looking = async {
        let page = tokio::task::spawn_blocking(move || shown(&url)).await.unwrap();
        stop.cancel();
        page
    };
    let serving = serve(listener, router, stop.clone(), Duration::from_secs(1));
    let (page, ()) = tokio::join!(looking, serving);
    let Some(page) = page else { return };
    // Behind it stands the driver, which holds the key.
    let ending = page.split("<pre>").nth(1).unwrap().split("</pre>").next().unwrap();
    assert!(ending.starts_with("driven"), "{ending}");
    for words in ["Backfill of Jira, HARB", "the last 31 days", "asked for by admin key", "refused in words"]
    {
        assert!(ending.contains(words), "{words} is not in {ending}");
    }
    assert!(!ending.contains(KEY), "the key stands in the page");
    assert_eq!(app.store.backfills(10).await.unwrap().len(), 1, "plans start nothing");
}
