//! The folder on disk: who may write into it, and how it is opened.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use daybook_core::model::document::Revision;
use tantivy::directory::MmapDirectory;
use tantivy::index::SegmentId;
use tantivy::indexer::LogMergePolicy;
use tantivy::schema::Schema;
use tantivy::{Index, IndexReader, IndexWriter, Opstamp, ReloadPolicy, Searcher};

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

/// The folder, and our right to write into it.
pub(super) struct Folder {
    path: PathBuf,
    schema: Schema,
    /// Held for as long as this process lives; `None`: another process holds it.
    lock: Option<File>,
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
    /// Makes the folder if it is not there, and tries to become the one who writes into it.
    pub(super) fn claim(parent: &Path, schema: Schema) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        let file =
            File::options().create(true).truncate(false).write(true).open(parent.join("keeper.lock"))?;
        let lock = match file.try_lock() {
            Ok(()) => Some(file),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(error)) => return Err(error),
        };
        let folder = Self { path: parent.join(SHAPE), schema, lock };
        if folder.is_ours() {
            folder.sweep(parent)?;
        }
        Ok(folder)
    }

    pub(super) fn is_ours(&self) -> bool {
        self.lock.is_some()
    }

    /// Removes what other releases left.
    fn sweep(&self, parent: &Path) -> io::Result<()> {
        for entry in fs::read_dir(parent)? {
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

    pub(super) fn open(&self) -> tantivy::Result<Opened> {
        if self.is_ours() {
            fs::create_dir_all(&self.path)?;
        }
        let directory = MmapDirectory::open(&self.path)?;
        let index = if self.is_ours() {
            Index::open_or_create(directory, self.schema.clone())
        } else {
            Index::open(directory)
        }?;
        index.tokenizers().register(terms::WORDS, terms::analyzer());
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Opened { index, reader })
    }

    /// Throws away what is there and begins again.
    pub(super) fn anew(&self) -> tantivy::Result<Opened> {
        fs::remove_dir_all(&self.path)?;
        self.open()
    }
}

impl Opened {
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
    pub(super) fn stamp(&self) -> tantivy::Result<(Stamp, Revision)> {
        let metas = self.index.load_metas()?;
        let position =
            metas.payload.and_then(|payload| payload.parse().ok()).map(Revision).unwrap_or_default();
        let segments = metas.segments.iter().map(tantivy::index::SegmentMeta::id).collect();
        Ok(((metas.opstamp, segments), position))
    }

    /// Makes what is on disk the state that [`Opened::searcher`] gives; the stamp is never newer than that state.
    pub(super) fn reload(&self) -> tantivy::Result<(Stamp, Revision)> {
        let stamp = self.stamp()?;
        self.reader.reload()?;
        Ok(stamp)
    }

    pub(super) fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }
}
