//! The last step of every source: files that were checked, moved into place as one, by one process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::files::{Hashing, MODEL, Pinned};

const PREFIX: &str = ".fetching-";
const LICENSE: &str = include_str!("../../licences/LICENSE");
const NOTICE: &str = include_str!("../../licences/NOTICE");

/// Held while one process installs. The system gives it back when the process ends, however it ends.
pub(super) struct Lock {
    _file: Option<File>,
}

impl Lock {
    /// Waits for its turn.
    pub(super) async fn take(folder: &Path, progress: &mut impl FnMut(&str)) -> io::Result<Self> {
        let path = folder.join(format!(".{MODEL}.lock"));
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        let mut is_told = false;
        loop {
            match file.try_lock() {
                Ok(()) => {
                    clear(folder);
                    return Ok(Self { _file: Some(file) });
                }
                Err(TryLockError::WouldBlock) => {
                    if !is_told {
                        progress("waiting for another Daybook that is installing the model");
                        is_told = true;
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                // Without locks, as on some network disks, the move into place still keeps the files whole.
                Err(TryLockError::Error(error)) => {
                    tracing::debug!(error = %error, "the folder of the models cannot be locked");
                    return Ok(Self { _file: None });
                }
            }
        }
    }
}

/// Removes what processes left behind that were killed. Only for whoever holds the lock.
fn clear(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            // What cannot be removed is in nobody's way.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// A folder beside the model's, in which its files come together.
pub(super) struct Staging {
    folder: TempDir,
    pinned: &'static [Pinned],
}

impl Staging {
    /// Makes the folder; it goes away by itself unless it is installed.
    pub(super) fn new(beside: &Path, pinned: &'static [Pinned]) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(beside)?;
        fs::create_dir(folder.path().join(MODEL))?;
        Ok(Self { folder, pinned })
    }

    /// What must come.
    pub(super) fn pinned(&self) -> &'static [Pinned] {
        self.pinned
    }

    /// Room for other files of a source, which go away with the folder.
    pub(super) fn scratch(&self) -> &Path {
        self.folder.path()
    }

    /// Where the files come together.
    pub(super) fn model(&self) -> PathBuf {
        self.folder.path().join(MODEL)
    }

    /// Moves everything into place, and whatever was there out of the way.
    pub(super) fn install(self, target: &Path) -> io::Result<()> {
        let model = self.model();
        for (name, text) in [("LICENSE", LICENSE), ("NOTICE", NOTICE)] {
            fs::write(model.join(name), text)?;
        }
        if fs::exists(target)? {
            fs::rename(target, self.folder.path().join("replaced"))?;
        }
        fs::rename(model, target)
    }
}

/// Copies a file, and refuses it as soon as it cannot be the pinned one.
pub(super) fn copy_checked(from: impl Read, pinned: &Pinned, folder: &Path) -> Result<(), String> {
    let mut file = Checked::new(pinned, folder)?;
    let mut from = Hashing::new(from.take(pinned.bytes + 1));
    let copied = io::copy(&mut from, &mut file.file);
    file.written = copied.map_err(|error| format!("{}: {error}", pinned.name))?;
    file.finish(&from.checksum())
}

/// A file on its way in.
pub(super) struct Checked<'a> {
    pinned: &'a Pinned,
    file: File,
    written: u64,
}

impl<'a> Checked<'a> {
    /// Begins anew, whatever an earlier source left.
    pub(super) fn new(pinned: &'a Pinned, folder: &Path) -> Result<Self, String> {
        let file = File::create(folder.join(pinned.name)).map_err(|error| error.to_string())?;
        Ok(Self { pinned, file, written: 0 })
    }

    /// Adds some bytes; gives how many there are.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<u64, String> {
        self.written += bytes.len() as u64;
        if self.written > self.pinned.bytes {
            return Err(self.wrong_length());
        }
        self.file.write_all(bytes).map_err(|error| error.to_string())?;
        Ok(self.written)
    }

    /// Compares, and brings the file to the disk.
    pub(super) fn finish(self, checksum: &str) -> Result<(), String> {
        if self.written != self.pinned.bytes {
            return Err(self.wrong_length());
        }
        self.pinned.checksum_is_right(checksum)?;
        self.file.sync_all().map_err(|error| error.to_string())
    }

    fn wrong_length(&self) -> String {
        let Pinned { name, bytes, .. } = self.pinned;
        if self.written > *bytes {
            return format!("{name} has more than {bytes} bytes");
        }
        format!("{name} has {} bytes rather than {bytes}", self.written)
    }
}
