//! Asks a running Daybook real questions from several clients at once and says how long the answers took.
//!
//! `cargo run --release -p daybook --example ask -- http://127.0.0.1:4000 QUESTIONS [CLIENTS [SECONDS]]`
//!
//! QUESTIONS is a file with a question a line, or `.jsonl` lines with a `summary` each. Visitors must be let in
//! (`DAYBOOK_VISITORS=members`).

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;
use tokio::task::JoinSet;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, file, rest @ ..] = arguments.as_slice() else {
        anyhow::bail!("give a URL and a file of questions")
    };
    let number =
        |place: usize, default: u64| rest.get(place).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (clients, seconds) = (number(0, 1), number(1, 10));
    let questions = Arc::new(questions(file)?);
    let (next, until) = (Arc::new(AtomicUsize::new(0)), Instant::now() + Duration::from_secs(seconds));
    let mut asking = JoinSet::new();
    for _ in 0..clients {
        let (questions, next, url) = (Arc::clone(&questions), Arc::clone(&next), format!("{url}/api/search"));
        asking.spawn(async move {
            let client = reqwest::Client::builder().no_proxy().build()?;
            let mut times = Vec::new();
            while Instant::now() < until {
                let question = &questions[next.fetch_add(1, Ordering::Relaxed) % questions.len()];
                let begun = Instant::now();
                let answer = client.get(&url).query(&[("q", question)]).send().await?.error_for_status()?;
                answer.bytes().await?;
                times.push(begun.elapsed());
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(joined) = asking.join_next().await {
        times.extend(joined??);
    }
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1e3;
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = times.len() as f64 / Duration::from_secs(seconds).as_secs_f64();
    let (fast, slow, slowest) = (at(50), at(95), at(99));
    writeln!(
        std::io::stdout(),
        "{clients} clients: {rate:.0} answers/s, p50 {fast:.2} ms, p95 {slow:.2} ms, p99 {slowest:.2} ms"
    )?;
    Ok(())
}

fn questions(file: &str) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
    let question = |line: &str| match serde_json::from_str::<Value>(line) {
        Ok(Value::Object(members)) => {
            let summary = members.get("summary").and_then(Value::as_str);
            summary
                .map(str::to_owned)
                .with_context(|| format!("{file} has a line without a summary: {line:.80}"))
        }
        _ => Ok(line.to_owned()),
    };
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let questions = lines.map(question).collect::<anyhow::Result<Vec<String>>>()?;
    anyhow::ensure!(!questions.is_empty(), "{file} holds no question");
    Ok(questions)
}
