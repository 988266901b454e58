//! From settings to adapters: which one each setting picks.

mod sources;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use daybook_core::model::account::AdminKey;
use daybook_core::model::job::Job;
use daybook_core::ports::embedder::{Embedder, EmbedderError};
use daybook_embedding::LocalEmbedder;
use daybook_index::keywords::TantivyKeywords;
use daybook_sources::http::LocalBudget;
use daybook_store::crash::Crash;
use daybook_store::sqlite::{Settings as SqliteSettings, SqliteStore};
use daybook_web::Visitors;
use secrecy::ExposeSecret as _;

pub use self::sources::{hours_shown, sources, upkeep};
use crate::clock::SystemClock;
use crate::config::{Config, ConfigError};
use crate::ended::Ended;

/// Shorter admin keys can be guessed.
const SHORTEST_KEY: usize = 16;

/// The folder of everything that this Daybook keeps on disk; made if it is not there.
pub fn data_folder(config: &Config) -> Result<PathBuf, Ended> {
    // The current folder would be a silent choice of somebody else's.
    let folder =
        config.path("DAYBOOK_DATA_DIR").ok_or_else(|| misconfigured("DAYBOOK_DATA_DIR is not set"))?;
    std::fs::create_dir_all(&folder).map_err(|error| {
        misconfigured(&format!("DAYBOOK_DATA_DIR: cannot make {}: {error}", folder.display()))
    })?;
    Ok(folder)
}

/// Where the database is.
pub fn database(config: &Config) -> Result<PathBuf, Ended> {
    let Some(url) = config.text("DATABASE_URL") else { return Ok(data_folder(config)?.join("daybook.db")) };
    let Some((scheme, rest)) = url.split_once(':') else {
        return Err(misconfigured("DATABASE_URL must look like sqlite:PATH"));
    };
    match scheme {
        "sqlite" => {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            if path.contains('?') {
                return Err(misconfigured(
                    "DATABASE_URL: parameters behind `?` are not known here: sqlite:PATH",
                ));
            }
            if path.is_empty() || path == ":memory:" {
                return Err(misconfigured("DATABASE_URL must name a file: sqlite:PATH"));
            }
            Ok(PathBuf::from(path))
        }
        // The rest of such a URL is not repeated: it may hold a password.
        "postgres" | "postgresql" => Err(misconfigured(
            "DATABASE_URL names a PostgreSQL database, and this release keeps its rows in SQLite only: use sqlite:PATH",
        )),
        _ => Err(misconfigured(&format!(
            "DATABASE_URL begins with `{scheme}:`, and this release knows sqlite:PATH"
        ))),
    }
}

/// Where the database is, in a folder that is there.
fn reachable_database(config: &Config) -> Result<PathBuf, Ended> {
    let path = database(config)?;
    match path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        Some(folder) => Err(misconfigured(&format!("DATABASE_URL: there is no folder {}", folder.display()))),
        None => Ok(path),
    }
}

/// Opens the store, and brings a SQLite file to this release's schema.
pub async fn store(config: &Config) -> Result<Arc<SqliteStore>, Ended> {
    let path = reachable_database(config)?;
    let crash = config.crash_at().map(str::parse::<Crash>).transpose();
    let crash = crash.map_err(|error| misconfigured(&format!("DAYBOOK_TEST_CRASH_AT: {error}")))?;
    let settings = SqliteSettings { crash: crash.map(Arc::new), ..SqliteSettings::at(&path) };
    let store = SqliteStore::open(&settings).await;
    let store = store.map_err(|error| {
        let reason = daybook_core::model::fault::chain(&error);
        misconfigured(&format!("the database {} cannot be used: {reason}", path.display()))
    })?;
    Ok(Arc::new(store))
}

/// The store for a command that only looks: it makes no database where there is none.
pub async fn existing_store(config: &Config) -> Result<Arc<SqliteStore>, Ended> {
    let path = reachable_database(config)?;
    if !SqliteStore::exists(&path) {
        return Err(Ended::Failed(format!(
            "there is no database at {} yet: `daybook serve` or `daybook backfill` makes it",
            path.display()
        )));
    }
    store(config).await
}

/// Where the models are.
pub fn models_folder(config: &Config) -> Result<PathBuf, Ended> {
    match config.path("DAYBOOK_MODELS_DIR") {
        Some(folder) => Ok(folder),
        None => Ok(data_folder(config)?.join("models")),
    }
}

/// The same without making any folder; `None`: it cannot be told.
pub fn models_folder_of(config: &Config) -> Option<PathBuf> {
    let data = config.path("DAYBOOK_DATA_DIR").map(|folder| folder.join("models"));
    config.path("DAYBOOK_MODELS_DIR").or(data)
}

/// Whether the settings ask for vectors at all.
pub fn wants_vectors(config: &Config) -> Result<bool, Ended> {
    match config.text("DAYBOOK_EMBEDDINGS") {
        Some("local") => Ok(true),
        Some("off") => Ok(false),
        other => Err(misconfigured(&format!(
            "DAYBOOK_EMBEDDINGS must be local or off, and `{}` is neither",
            other.unwrap_or_default()
        ))),
    }
}

/// The embedder, or in words why there is none.
pub async fn embedder(config: &Config) -> Result<Result<Arc<dyn Embedder>, String>, Ended> {
    if !wants_vectors(config)? {
        return Ok(Err("embeddings are off (DAYBOOK_EMBEDDINGS)".to_owned()));
    }
    let threads = config.number("DAYBOOK_EMBEDDING_THREADS", 1, 64).map_err(Ended::Misconfigured)?;
    let settings = daybook_embedding::Settings {
        folder: models_folder(config)?,
        threads: usize::try_from(threads).unwrap_or(1),
    };
    let opened = tokio::task::spawn_blocking(move || LocalEmbedder::open(&settings)).await;
    match opened.map_err(|error| Ended::Failed(error.to_string()))? {
        Ok(embedder) => Ok(Ok(Arc::new(embedder))),
        Err(error @ EmbedderError::NotInstalled { .. }) => Ok(Err(error.to_string())),
        // Words still answer, and every answer says that meaning took no part.
        Err(error) => {
            tracing::error!(reason = error.to_string(), "the embedding model cannot be used");
            Ok(Err(error.to_string()))
        }
    }
}

/// The keyword index of this very database, kept by this process unless another keeps it.
pub async fn keywords(config: &Config, store: &SqliteStore) -> Result<Arc<TantivyKeywords>, Ended> {
    let folder = index_folder(config, store).await?;
    let opened = tokio::task::spawn_blocking(move || TantivyKeywords::open(&folder)).await;
    let opened = opened.map_err(|error| Ended::Failed(error.to_string()))?;
    Ok(Arc::new(opened.map_err(|error| Ended::from_fault(&error))?))
}

/// The same index for a command that only looks: it never takes the place of the process that keeps it.
pub async fn keywords_to_read(config: &Config, store: &SqliteStore) -> Result<Arc<TantivyKeywords>, Ended> {
    Ok(Arc::new(TantivyKeywords::read(&index_folder(config, store).await?)))
}

async fn index_folder(config: &Config, store: &SqliteStore) -> Result<PathBuf, Ended> {
    let instance = store.instance_id().await.map_err(|error| Ended::from_fault(&error))?;
    Ok(data_folder(config)?.join("index").join(instance))
}

/// The admin key, if one is set.
pub fn admin_key(config: &Config) -> Result<Option<AdminKey>, Ended> {
    let production = config.text("DAYBOOK_ENV") == Some("production");
    match config.secret("ADMIN_API_KEY") {
        Some(key) if key.expose_secret().chars().count() < SHORTEST_KEY => Err(misconfigured(&format!(
            "ADMIN_API_KEY must have at least {SHORTEST_KEY} characters; `daybook init` makes a good one"
        ))),
        Some(key) => Ok(Some(AdminKey::new(key.expose_secret()))),
        None if production => Err(misconfigured("ADMIN_API_KEY is not set; `daybook init` makes a good one")),
        None => Ok(None),
    }
}

/// Who reads without a key.
pub fn visitors(config: &Config) -> Result<Visitors, Ended> {
    match config.text("DAYBOOK_VISITORS") {
        Some("nobody") => Ok(Visitors::Nobody),
        Some("members") => Ok(Visitors::Members),
        other => Err(misconfigured(&format!(
            "DAYBOOK_VISITORS must be nobody or members, and `{}` is neither",
            other.unwrap_or_default()
        ))),
    }
}

/// How the worker works, under a name that is new with every process.
pub fn worker(
    config: &Config,
    name: String,
    kinds: &[&'static str],
) -> Result<daybook_worker::Settings, Ended> {
    let slots = config.number("DAYBOOK_WORKER_SLOTS", 1, 64).map_err(Ended::Misconfigured)?;
    let lease = config.number("DAYBOOK_LEASE_SECONDS", 1, 3600).map_err(Ended::Misconfigured)?;
    Ok(daybook_worker::Settings {
        lease: Duration::from_secs(lease),
        ..daybook_worker::Settings::named(name, &slots_of(kinds, usize::try_from(slots).unwrap_or(1)))
    })
}

/// Each kind has slots of its own: a long history never keeps others waiting.
fn slots_of(kinds: &[&'static str], runs: usize) -> Vec<(&'static str, usize)> {
    let slots = |kind: &'static str| match kind {
        Job::RUN_BACKFILL => runs,
        // One after the other: they would only do each other's work.
        Job::INDEX_DOCUMENTS => 1,
        _ => 8,
    };
    kinds.iter().map(|kind| (*kind, slots(kind))).collect()
}

fn misconfigured(text: &str) -> Ended {
    Ended::Misconfigured(text.to_owned())
}

/// Says everything that is wrong with the settings at once, before anything is opened.
pub fn check(config: &Config) -> Result<(), Ended> {
    let wrong = faults(config);
    if wrong.is_empty() { Ok(()) } else { Err(ConfigError(wrong).into()) }
}

/// Everything that is wrong with the settings, without opening anything.
pub fn faults(config: &Config) -> Vec<String> {
    let checks: [Result<(), Ended>; 11] = [
        environment(config),
        database(config).map(|_| ()),
        sources(config, Arc::new(LocalBudget::default()), Arc::new(SystemClock)).map(|_| ()),
        hours_shown(config).map(|_| ()),
        sources::schedules(config).map(|_| ()),
        wants_vectors(config).map(|_| ()),
        admin_key(config).map(|_| ()),
        visitors(config).map(|_| ()),
        worker(config, String::new(), &[]).map(|_| ()),
        port(config).map(|_| ()),
        crate::telemetry::check(config).map_err(Ended::Misconfigured),
    ];
    checks.into_iter().filter_map(Result::err).map(|ended| ended.message().to_owned()).collect()
}

/// The port to listen on.
pub fn port(config: &Config) -> Result<u16, Ended> {
    let port = config.number("PORT", 0, 65_535).map_err(Ended::Misconfigured)?;
    Ok(u16::try_from(port).unwrap_or(0))
}

fn environment(config: &Config) -> Result<(), Ended> {
    match config.text("DAYBOOK_ENV") {
        Some("development" | "production") => Ok(()),
        other => Err(misconfigured(&format!(
            "DAYBOOK_ENV must be development or production, and `{}` is neither",
            other.unwrap_or_default()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    pub(super) fn config(pairs: &[(&str, &str)]) -> Config {
        let mut environment: BTreeMap<String, String> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let folder = std::env::temp_dir().join("daybook-parts-test");
        environment.insert("DAYBOOK_DATA_DIR".to_owned(), folder.display().to_string());
        Config::from(&environment).unwrap()
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let config = config(&[
            ("DAYBOOK_ENV", "staging"),
            ("DATABASE_URL", "postgres://user:password@host/db"),
            ("JIRA_URL", "https://x.atlassian.net"),
            ("DAYBOOK_EMBEDDINGS", "cloud"),
            ("ADMIN_API_KEY", "short"),
            ("DAYBOOK_VISITORS", "all"),
            ("DAYBOOK_LEASE_SECONDS", "0"),
            ("PORT", "70000"),
            ("TEMPO_HOURS_SHOWN", "nobody"),
            ("DAYBOOK_CENSUS", "sometimes"),
        ]);
        let faults = faults(&config);
        assert_eq!(faults.len(), 10, "{faults:#?}");
        assert!(!faults.join(" ").contains("password"), "{faults:#?}");
    }
}
