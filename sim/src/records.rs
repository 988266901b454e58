//! What the vendors are loaded from: the made-up company, or a folder with files of real records, one record a line,
//! plain or gzip, read as a stream.

use std::cell::Cell;
use std::cmp::Reverse;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

use crate::settings::{Settings, SimError, WorldChoice};
use crate::world::World;

/// What a vendor is given when it is loaded.
#[derive(Debug)]
pub(crate) struct Loading<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) origin: Origin,
}

/// Where records come from.
#[derive(Debug)]
pub(crate) enum Origin {
    Company(Arc<World>),
    Records(Folder),
}

/// A folder with files of several vendors.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    found: Cell<bool>,
}

impl<'a> Loading<'a> {
    pub(crate) fn of(settings: &'a Settings) -> Self {
        let origin = match &settings.world {
            WorldChoice::Seed { seed, issues } => {
                Origin::Company(Arc::new(World::new(*seed, *issues, (settings.now)())))
            }
            WorldChoice::Folder(path) => {
                Origin::Records(Folder { path: path.clone(), found: Cell::new(false) })
            }
        };
        Self { settings, origin }
    }

    /// A folder in which no vendor found a file of its own was not meant.
    pub(crate) fn ended(&self) -> Result<(), SimError> {
        match &self.origin {
            Origin::Records(folder) if !folder.found.get() => Err(SimError::Empty(folder.path.clone())),
            _ => Ok(()),
        }
    }
}

impl Folder {
    /// The files `START*.KIND.jsonl` and `START*.KIND.jsonl.gz`, the largest first.
    pub(crate) fn files(&self, start: &str, kind: &str) -> Result<Vec<PathBuf>, SimError> {
        let read = |source| SimError::Read { path: self.path.clone(), source };
        let mut paths: Vec<(Reverse<u64>, PathBuf)> = Vec::new();
        for entry in std::fs::read_dir(&self.path).map_err(read)? {
            let entry = entry.map_err(read)?;
            let path = entry.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let plain = name.strip_suffix(".gz").unwrap_or(&name);
            if name.starts_with(start) && plain.ends_with(&format!(".{kind}.jsonl")) {
                paths.push((Reverse(entry.metadata().map_err(read)?.len()), path));
            }
        }
        paths.sort();
        self.found.set(self.found.get() || !paths.is_empty());
        Ok(paths.into_iter().map(|(_, path)| path).collect())
    }
}

/// Hands over each line that is not blank; what is wrong with one names the file and the line.
pub(crate) fn each_line(
    path: &Path,
    mut take: impl FnMut(&str) -> Result<(), String>,
) -> Result<(), SimError> {
    let read = |source| SimError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(read)?;
    let mut lines: Box<dyn BufRead> = if path.extension().is_some_and(|extension| extension == "gz") {
        Box::new(BufReader::with_capacity(
            1 << 18,
            MultiGzDecoder::new(BufReader::with_capacity(1 << 18, file)),
        ))
    } else {
        Box::new(BufReader::with_capacity(1 << 18, file))
    };
    let mut line = String::new();
    for number in 1.. {
        line.clear();
        if lines.read_line(&mut line).map_err(read)? == 0 {
            break;
        }
        let record = line.trim();
        if !record.is_empty() {
            take(record).map_err(|reason| SimError::Record {
                path: path.to_owned(),
                line: number,
                reason,
            })?;
        }
    }
    Ok(())
}
