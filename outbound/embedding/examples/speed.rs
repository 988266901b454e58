//! How fast the model is here: `cargo run --release -p daybook-embedding --example speed [FOLDER OF MODELS]`.
#![expect(clippy::print_stdout, reason = "printing is all it does")]

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use daybook_core::ports::embedder::{Embedder, TextKind};
use daybook_embedding::{LocalEmbedder, Settings};

const SENTENCES: [&str; 6] = [
    "After the upgrade to version 4.2 the export of invoices stops at row 10000 and the log shows a NullPointerException.",
    "Steps to reproduce: open the dashboard, choose last quarter, click on download and wait for about two minutes.",
    "Expected is a file with every row, but what arrives is cut off without any message to the user who asked for it.",
    "We saw the same thing on the staging server with PostgreSQL 15, so it has nothing to do with the replica settings.",
    "Anna suggested to stream the rows instead of collecting them in memory, and to add a test with a large customer.",
    "The workaround is to filter by region and to join the parts with a script, which nobody likes very much.",
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).map_or_else(|| PathBuf::from("target/models"), PathBuf::from);
    let before = resident();
    let start = Instant::now();
    let embedder = LocalEmbedder::open(&Settings { folder, threads: 1 })?;
    println!("load: {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
    println!("memory: {before} MiB before, {} MiB after, {} MiB at most", resident(), peak());
    // About 100 tokens each.
    let issues: Vec<String> = (0..600)
        .map(|n| {
            format!("Issue {n}. {}", (0..4).map(|s| SENTENCES[(n + s) % 6]).collect::<Vec<_>>().join(" "))
        })
        .collect();
    for round in 1..=3 {
        let (wall, cpu) = (Instant::now(), cpu_time());
        embedder.embed(&issues, TextKind::Issue).await?;
        let used = cpu_time().saturating_sub(cpu);
        println!(
            "round {round}: {:.1} issue texts per CPU second, {:.1} per second of wall time",
            600.0 / used.as_secs_f64(),
            600.0 / wall.elapsed().as_secs_f64()
        );
    }
    let question = ["Why does the export of invoices stop halfway through?".to_owned()];
    let mut times = Vec::new();
    for _ in 0..200 {
        let start = Instant::now();
        embedder.embed(&question, TextKind::Question).await?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    println!("question: median {:?}, 95th of 100 {:?}", times[100], times[190]);
    println!("memory: {} MiB at rest, {} MiB at most", resident(), peak());
    Ok(())
}

/// Time of all threads so far.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ').skip(11).take(2);
    // The kernel counts in hundredths of a second, on every Linux that Daybook runs on.
    Duration::from_millis(10 * fields.filter_map(|field| field.parse::<u64>().ok()).sum::<u64>())
}

fn resident() -> u64 {
    status("VmRSS:")
}

fn peak() -> u64 {
    status("VmHWM:")
}

/// A line of the process's status, in MiB.
fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim().split(' ').next().and_then(|number| number.parse::<u64>().ok()).unwrap_or_default() / 1024
}
