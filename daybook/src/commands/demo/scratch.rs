//! The demo's folder: gone when the demo ends, and what a demo that was killed left behind is gone at the next one.

use std::fs::{self, File};
use std::path::Path;

use anyhow::Context as _;
use tempfile::TempDir;

use crate::ended::Ended;

const PREFIX: &str = "daybook-demo-";
/// Held by a demo for as long as it lives.
const LOCK: &str = "alive.lock";

/// A folder of this demo's own.
pub(super) struct Scratch {
    folder: TempDir,
    _alive: File,
}

impl Scratch {
    /// Makes one, and removes those of demos that are no more.
    pub(super) fn new() -> Result<Self, Ended> {
        sweep(&std::env::temp_dir());
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir()?;
        let alive = File::create(folder.path().join(LOCK))?;
        alive.lock()?;
        Ok(Self { folder, _alive: alive })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Removes it.
    pub(super) fn remove(self) -> Result<(), Ended> {
        let path = self.path().to_owned();
        self.folder.close().with_context(|| format!("cannot remove {}", path.display()))?;
        Ok(())
    }
}

/// Removes folders whose demo is dead. What cannot be looked at belongs to somebody else and stays.
fn sweep(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().filter_map(Result::ok);
    let demos = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    for path in demos.map(|entry| entry.path()) {
        let is_dead = File::open(path.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok());
        if is_dead {
            fs::remove_dir_all(path).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_dead_demo_is_swept_and_that_of_a_living_one_stays() {
        let parent = tempfile::tempdir().unwrap();
        let of = |name: &str| {
            let folder = parent.path().join(format!("{PREFIX}{name}"));
            fs::create_dir(&folder).unwrap();
            let lock = File::create(folder.join(LOCK)).unwrap();
            (folder, lock)
        };
        let ((dead, lock), (living, alive)) = (of("dead"), of("living"));
        drop(lock);
        alive.lock().unwrap();
        sweep(parent.path());
        assert!(!dead.exists() && living.exists());
    }
}
