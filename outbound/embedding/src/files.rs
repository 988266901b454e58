//! The model's files: what they are called, where they lie, and what they must be to the last bit.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The model's name and that of its folder.
pub(crate) const MODEL: &str = "all-MiniLM-L6-v2";

/// A file that must be exactly this one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pinned {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its length.
    pub(crate) bytes: u64,
    /// Its SHA-256, in hex.
    pub(crate) sha256: &'static str,
}

/// The weights.
pub(crate) const WEIGHTS: Pinned = Pinned {
    name: "model.safetensors",
    bytes: 90_868_376,
    sha256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
};

/// The tokens, one a line.
pub(crate) const VOCABULARY: Pinned = Pinned {
    name: "vocab.txt",
    bytes: 231_508,
    sha256: "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
};

/// All that the model needs.
pub(crate) const PINNED: [Pinned; 2] = [WEIGHTS, VOCABULARY];

/// The model's folder in the folder of models.
pub(crate) fn model_folder(folder: &Path) -> PathBuf {
    folder.join(MODEL)
}

/// Whether the model's files are in the folder of models, judged by their lengths. Opening them checks all of it.
pub fn is_installed(folder: &Path) -> bool {
    let folder = model_folder(folder);
    PINNED.iter().all(|pinned| pinned.length_is_right(&folder).is_ok())
}

impl Pinned {
    /// Whether the file is there with the right length, and if not, why.
    pub(crate) fn length_is_right(&self, folder: &Path) -> Result<(), String> {
        let path = folder.join(self.name);
        let metadata = path.metadata().map_err(|error| format!("{}: {error}", path.display()))?;
        if metadata.len() == self.bytes {
            return Ok(());
        }
        Err(format!("{} has {} bytes rather than {}", path.display(), metadata.len(), self.bytes))
    }

    /// Whether this is the checksum, and if not, what is.
    pub(crate) fn checksum_is_right(&self, found: &str) -> Result<(), String> {
        if found == self.sha256 {
            return Ok(());
        }
        Err(format!("{} has the checksum {}… rather than {}…", self.name, &found[..12], &self.sha256[..12]))
    }

    /// Reads the whole file and compares.
    pub(crate) fn verify(&self, folder: &Path) -> Result<(), String> {
        self.length_is_right(folder)?;
        let path = folder.join(self.name);
        let unreadable = |error: io::Error| format!("{}: {error}", path.display());
        let mut file = Hashing::new(File::open(&path).map_err(unreadable)?);
        let mut block = vec![0; 1 << 16];
        while file.read(&mut block).map_err(unreadable)? > 0 {}
        self.checksum_is_right(&file.checksum())
    }
}

/// A reader that takes the SHA-256 of what passes through it.
pub(crate) struct Hashing<R> {
    inner: R,
    digest: Sha256,
}

impl<R> Hashing<R> {
    /// Begins.
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, digest: Sha256::new() }
    }

    /// Of all that was read, in hex.
    pub(crate) fn checksum(self) -> String {
        hex(self.digest)
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.digest.update(&buffer[..length]);
        Ok(length)
    }
}

/// A finished SHA-256 in hex.
pub(crate) fn hex(digest: Sha256) -> String {
    digest.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
