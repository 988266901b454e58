//! The folder on disk: who may write into it, and how it is opened.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use tantivy::directory::MmapDirectory;
use tantivy::index::SegmentId;
use tantivy::indexer::LogMergePolicy;
use tantivy::schema::Schema;
use tantivy::{Index, IndexReader, IndexWriter, Opstamp, ReloadPolicy, Searcher, TantivyError};

use super::followed::Followed;
use super::terms;

/// Raised when the fields or the way words are cut change: another number is another folder, built from nothing.
const SHAPE: &str = "words-2";
/// What the writer gathers before it writes a segment, in bytes.
const WRITER_MEMORY: usize = 24 << 20;
/// Segments of a size that are merged into one; each costs every search a little.
const MERGE: usize = 6;
/// Segments smaller than this count as equally small.
const SMALL: u32 = 2_000;
/// Merged once this share of a segment is dead.
const DEAD: f32 = 0.3;

/// The folder.
pub(super) struct Folder {
    parent: PathBuf,
    path: PathBuf,
    schema: Schema,
}

/// The right to write into the folder: held until it is dropped, or the process ends in any way.
pub(super) struct Lock {
    file: File,
    path: PathBuf,
}

/// What a state of the index is known by: its last operation and its segments.
pub(super) type Stamp = (Opstamp, Vec<SegmentId>);

/// An index that could be opened.
#[derive(Clone)]
pub(super) struct Opened {
    index: Index,
    reader: IndexReader,
}

impl Folder {
    pub(super) fn new(parent: &Path, schema: Schema) -> Self {
        Self { parent: parent.to_owned(), path: parent.join(SHAPE), schema }
    }

    /// Makes the folder if it is not there, and tries to become the one who writes into it; `None`: another is.
    pub(super) fn lock(&self) -> io::Result<Option<Lock>> {
        fs::create_dir_all(&self.parent)?;
        let path = self.parent.join("keeper.lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let lock = Lock { file, path };
        // Removed between the opening and the locking: what we hold is worth nothing, the next try may do better.
        if !lock.is_in_place() {
            return Ok(None);
        }
        self.sweep()?;
        Ok(Some(lock))
    }

    /// Removes what other releases left.
    fn sweep(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.parent)? {
            let path = entry?.path();
            let is_index = path
                .file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with("words-"));
            if is_index && path != self.path {
                fs::remove_dir_all(path)?;
            }
        }
        Ok(())
    }

    /// Opens what a keeper has made.
    pub(super) fn open(&self) -> tantivy::Result<Opened> {
        Opened::new(Index::open(MmapDirectory::open(&self.path)?)?)
    }

    /// Opens what is there, or makes it; for the holder of the lock. Files that are not as they were written are an
    /// error.
    pub(super) fn make(&self) -> tantivy::Result<Opened> {
        fs::create_dir_all(&self.path)?;
        let index = Index::open_or_create(MmapDirectory::open(&self.path)?, self.schema.clone())?;
        let damaged = index.validate_checksum()?;
        if !damaged.is_empty() {
            return Err(TantivyError::SystemError(format!("{} of its files are damaged", damaged.len())));
        }
        Opened::new(index)
    }

    /// Throws away what is there; for the holder of the lock.
    pub(super) fn clear(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Lock {
    /// Whether others who want the lock would find this very file.
    #[cfg(unix)]
    pub(super) fn is_in_place(&self) -> bool {
        use std::os::unix::fs::MetadataExt as _;

        let ids = |metadata: io::Result<fs::Metadata>| metadata.map(|found| (found.dev(), found.ino())).ok();
        let held = ids(self.file.metadata());
        held.is_some() && held == ids(fs::metadata(&self.path))
    }

    /// Whether others who want the lock would find this very file: elsewhere a file that is open stays.
    #[cfg(not(unix))]
    pub(super) fn is_in_place(&self) -> bool {
        self.file.metadata().is_ok() && self.path.exists()
    }
}

impl Opened {
    fn new(index: Index) -> tantivy::Result<Self> {
        index.tokenizers().register(terms::WORDS, terms::analyzer());
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { index, reader })
    }

    pub(super) fn writer(&self) -> tantivy::Result<IndexWriter> {
        let writer = self.index.writer_with_num_threads(1, WRITER_MEMORY)?;
        let mut policy = LogMergePolicy::default();
        policy.set_min_num_segments(MERGE);
        policy.set_min_layer_size(SMALL);
        policy.set_del_docs_ratio_before_merge(DEAD);
        writer.set_merge_policy(Box::new(policy));
        Ok(writer)
    }

    /// What is on disk now, and how far it has followed the store.
    pub(super) fn stamp(&self) -> tantivy::Result<(Stamp, Followed)> {
        let metas = self.index.load_metas()?;
        let followed = metas.payload.as_deref().map(Followed::from_line).unwrap_or_default();
        let segments = metas.segments.iter().map(tantivy::index::SegmentMeta::id).collect();
        Ok(((metas.opstamp, segments), followed))
    }

    /// Makes what is on disk the state that [`Opened::searcher`] gives; the stamp is never newer than that state.
    pub(super) fn reload(&self) -> tantivy::Result<(Stamp, Followed)> {
        let stamp = self.stamp()?;
        self.reader.reload()?;
        Ok(stamp)
    }

    pub(super) fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }
}
