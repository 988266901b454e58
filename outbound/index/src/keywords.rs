//! Documents by their words: tantivy keeps the postings on disk, and every matching document is scored exactly here
//! (BM25F: weights by field, lengths by field), so that the measured ranking is the one people get.

mod folder;
mod score;
mod shape;
mod terms;
mod view;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use daybook_core::model::audience::Viewer;
use daybook_core::model::document::{DocumentId, Revision, StoredDocument};
use daybook_core::model::hit::Ranked;
use daybook_core::ports::keywords::{IndexError, KeywordIndex, WordQuery};
use tantivy::{IndexWriter, TantivyDocument};

use self::folder::{Folder, Opened};
use self::shape::Shape;
use self::view::View;

/// How often searches look whether segments were written or merged.
const LOOK: Duration = Duration::from_millis(500);

/// The keyword index in a folder.
pub struct TantivyKeywords {
    inner: Arc<Inner>,
}

struct Inner {
    shape: Shape,
    folder: Folder,
    /// `None`: another process keeps this index.
    writer: Option<Mutex<IndexWriter>>,
    /// `None`: that process has not made it yet.
    seen: RwLock<Option<Seen>>,
    looked: Mutex<Instant>,
}

/// The state that searches see.
struct Seen {
    opened: Opened,
    view: Arc<View>,
    position: Revision,
    stamp: folder::Stamp,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;
/// A document to take in, or `None`: one to take out.
type Row = (DocumentId, Option<TantivyDocument>);

fn failed<E: Into<Failure>>(doing: &'static str) -> impl FnOnce(E) -> IndexError {
    move |source| IndexError { doing, source: source.into() }
}

impl TantivyKeywords {
    /// Opens the index in a folder of its own, and keeps it unless another process does: that process keeps it for as
    /// long as it lives. A folder that cannot be read is built anew: it is derived data.
    pub fn open(folder: &Path) -> Result<Self, IndexError> {
        let (schema, shape) = Shape::new();
        let folder = Folder::claim(folder, schema).map_err(failed("open the folder of the keyword index"))?;
        let opened = match folder.open() {
            Ok(opened) => Some(opened),
            Err(error) if folder.is_ours() => {
                let reason = error.to_string();
                tracing::warn!(reason, "the keyword index cannot be read and is built anew");
                Some(folder.anew().map_err(failed("make the keyword index"))?)
            }
            Err(_) => None,
        };
        let writer = match &opened {
            Some(opened) if folder.is_ours() => {
                Some(Mutex::new(opened.writer().map_err(failed("open the keyword index for writing"))?))
            }
            _ => None,
        };
        let seen = opened.map(|opened| Seen::new(opened, &shape, None)).transpose();
        let seen = RwLock::new(seen.map_err(failed("read the keyword index"))?);
        let inner = Inner { shape, folder, writer, seen, looked: Mutex::new(Instant::now()) };
        Ok(Self { inner: Arc::new(inner) })
    }
}

impl Seen {
    fn new(opened: Opened, shape: &Shape, older: Option<&View>) -> tantivy::Result<Self> {
        let (stamp, position) = opened.reload()?;
        let view = Arc::new(View::new(&opened.searcher(), shape, older)?);
        Ok(Self { opened, view, position, stamp })
    }
}

impl Inner {
    /// The newest state, looked for now and then.
    fn seen<T>(&self, of: impl FnOnce(&Seen) -> T) -> tantivy::Result<T> {
        let is_due = {
            let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
            let is_due = looked.elapsed() >= LOOK;
            if is_due {
                *looked = Instant::now();
            }
            is_due
        };
        if is_due || self.seen.read().unwrap_or_else(PoisonError::into_inner).is_none() {
            self.look()?;
        }
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        seen.as_ref().map(of).ok_or_else(|| {
            tantivy::TantivyError::SystemError(
                "the process that keeps the index has not made it yet".to_owned(),
            )
        })
    }

    /// Takes up what was written since.
    fn look(&self) -> tantivy::Result<()> {
        let (opened, older) = {
            let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
            match &*seen {
                Some(seen) if seen.opened.stamp()?.0 == seen.stamp => return Ok(()),
                Some(seen) => (seen.opened.clone(), Some(Arc::clone(&seen.view))),
                None => (self.folder.open()?, None),
            }
        };
        let fresh = Seen::new(opened, &self.shape, older.as_deref())?;
        *self.seen.write().unwrap_or_else(PoisonError::into_inner) = Some(fresh);
        Ok(())
    }

    fn apply(&self, rows: Vec<Row>, upto: Revision) -> tantivy::Result<()> {
        let Some(writer) = &self.writer else {
            return Err(tantivy::TantivyError::SystemError("another process keeps it".to_owned()));
        };
        let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        let written = self.write(&mut writer, rows, upto);
        if written.is_err() {
            // What was added so far must not ride along with the next commit.
            writer.rollback()?;
        }
        written.and_then(|()| self.look())
    }

    fn write(&self, writer: &mut IndexWriter, rows: Vec<Row>, upto: Revision) -> tantivy::Result<()> {
        for (id, row) in rows {
            writer.delete_term(self.shape.is(id));
            if let Some(row) = row {
                writer.add_document(row)?;
            }
        }
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&upto.0.to_string());
        commit.commit()?;
        Ok(())
    }
}

#[async_trait]
impl KeywordIndex for TantivyKeywords {
    // Not handed to another thread: it is done before a thread would have taken it over, or soon after.
    async fn search(&self, query: WordQuery<'_>) -> Result<Ranked, IndexError> {
        let doing = "look for words";
        let view = self.inner.seen(|seen| Arc::clone(&seen.view)).map_err(failed(doing))?;
        score::search(&view, &self.inner.shape, &query).map_err(failed(doing))
    }

    async fn position(&self) -> Result<Revision, IndexError> {
        self.inner.seen(|seen| seen.position).map_err(failed("read how far the keyword index is"))
    }

    async fn apply(&self, documents: &[StoredDocument], upto: Revision) -> Result<(), IndexError> {
        let doing = "take documents into the keyword index";
        let shape = &self.inner.shape;
        let rows = documents
            .iter()
            .map(|stored| (stored.id, stored.tombstone.is_none().then(|| shape.row(stored))))
            .collect();
        let inner = Arc::clone(&self.inner);
        let applied = tokio::task::spawn_blocking(move || inner.apply(rows, upto)).await;
        applied.map_err(failed(doing))?.map_err(failed(doing))
    }

    async fn count(&self, viewer: &Viewer) -> Result<u64, IndexError> {
        let view = self.inner.seen(|seen| Arc::clone(&seen.view));
        let view = view.map_err(failed("count the documents in the keyword index"))?;
        Ok(score::count(&view, viewer))
    }

    fn is_keeper(&self) -> bool {
        self.inner.writer.is_some()
    }
}
