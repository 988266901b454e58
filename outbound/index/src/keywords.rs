//! Documents by their words: tantivy keeps the postings on disk, and every matching document is scored exactly here
//! (BM25F: weights by field, lengths by field), so that the measured ranking is the one people get.

mod folder;
mod followed;
mod keeper;
mod score;
mod shape;
mod terms;
mod view;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use daybook_core::model::audience::Viewer;
use daybook_core::model::document::{Revision, StoredDocument};
use daybook_core::model::hit::Ranked;
use daybook_core::ports::keywords::{IndexError, KeywordIndex, Landmark, WordQuery};
use tantivy::TantivyError;

use self::folder::{Folder, Opened, Stamp};
use self::followed::Followed;
use self::keeper::{Keeper, Row};
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
    may_keep: bool,
    /// `None`: another process keeps this index, or nobody does.
    keeper: Mutex<Option<Keeper>>,
    /// `None`: nobody has made it yet.
    seen: RwLock<Option<Seen>>,
    /// Held while `seen` is replaced, so that an older state never follows a newer one.
    looking: Mutex<()>,
    looked: Mutex<Instant>,
    /// Whether what is wrong with the folder was logged.
    is_told: AtomicBool,
}

/// The state that searches see. What it was read from may be gone by now: it is mapped into memory.
struct Seen {
    opened: Opened,
    view: Arc<View>,
    followed: Followed,
    stamp: Stamp,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn failed<E: Into<Failure>>(doing: &'static str) -> impl FnOnce(E) -> IndexError {
    move |source| IndexError { doing, source: source.into() }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TantivyKeywords {
    /// Opens the index in a folder of its own, and keeps it unless another process does; then [`KeywordIndex::keep`]
    /// takes it over when that process has ended. A folder that cannot be read is built anew: it is derived data.
    pub fn open(folder: &Path) -> Result<Self, IndexError> {
        let opened = Self::new(folder, true);
        opened.inner.keep().map_err(failed("open the keyword index"))?;
        Ok(opened)
    }

    /// Reads the index that another process keeps, and never keeps it. Until there is one, searches fail and say so.
    #[must_use]
    pub fn read(folder: &Path) -> Self {
        Self::new(folder, false)
    }

    fn new(folder: &Path, may_keep: bool) -> Self {
        let (schema, shape) = Shape::new();
        let inner = Inner {
            shape,
            folder: Folder::new(folder, schema),
            may_keep,
            keeper: Mutex::default(),
            seen: RwLock::default(),
            looking: Mutex::default(),
            looked: Mutex::new(Instant::now()),
            is_told: AtomicBool::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Does what may wait for the disk where waiting is allowed.
    async fn wait<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Inner) -> tantivy::Result<T> + Send + 'static,
    ) -> Result<T, IndexError> {
        let inner = Arc::clone(&self.inner);
        let done = tokio::task::spawn_blocking(move || work(&inner)).await;
        done.map_err(failed(doing))?.map_err(failed(doing))
    }
}

impl Seen {
    fn new(opened: Opened, shape: &Shape, older: Option<&View>) -> tantivy::Result<Self> {
        let (stamp, followed) = opened.reload()?;
        let view = Arc::new(View::new(&opened.searcher(), shape, older)?);
        Ok(Self { opened, view, followed, stamp })
    }
}

impl Inner {
    /// The newest state, looked for now and then. What was seen serves on when the folder cannot be read.
    fn seen<T>(&self, of: impl FnOnce(&Seen) -> T) -> tantivy::Result<T> {
        let is_due = {
            let mut looked = lock(&self.looked);
            let is_due = looked.elapsed() >= LOOK;
            if is_due {
                *looked = Instant::now();
            }
            is_due
        };
        let has_none = self.seen.read().unwrap_or_else(PoisonError::into_inner).is_none();
        if is_due || has_none {
            match self.look() {
                Ok(()) => self.is_in_order(),
                Err(error) if has_none => {
                    let said = format!("no process that keeps a keyword index has made it yet: {error}");
                    return Err(TantivyError::SystemError(said));
                }
                Err(error) => {
                    self.tell(
                        &error,
                        "the keyword index is gone or damaged: searches use what was read of it",
                    );
                }
            }
        }
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        seen.as_ref().map(of).ok_or_else(|| TantivyError::SystemError("there is none yet".to_owned()))
    }

    /// Takes up what was written since.
    fn look(&self) -> tantivy::Result<()> {
        let _looking = lock(&self.looking);
        let (opened, older) = {
            let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
            match &*seen {
                Some(seen) if seen.opened.stamp()?.0 == seen.stamp => return Ok(()),
                Some(seen) => (seen.opened.clone(), Some(Arc::clone(&seen.view))),
                None => (self.folder.open()?, None),
            }
        };
        self.show(Seen::new(opened, &self.shape, older.as_deref())?);
        Ok(())
    }

    fn show(&self, seen: Seen) {
        *self.seen.write().unwrap_or_else(PoisonError::into_inner) = Some(seen);
    }

    /// Whether this process is the keeper, which it becomes if nobody else is. A keeper whose folder was removed or
    /// damaged begins again.
    fn keep(&self) -> tantivy::Result<bool> {
        if !self.may_keep {
            return Ok(false);
        }
        let mut keeper = lock(&self.keeper);
        if let Some(held) = &*keeper {
            let Err(error) = held.check() else { return Ok(true) };
            self.tell(&error, "the keyword index was removed or damaged while it was in use");
            *keeper = None;
        }
        *keeper = self.claim()?;
        Ok(keeper.is_some())
    }

    fn claim(&self) -> tantivy::Result<Option<Keeper>> {
        let Some(lock_of_folder) = self.folder.lock()? else { return Ok(None) };
        let seen = self.whole().or_else(|error| {
            self.tell(&error, "the keyword index cannot be read and is built anew");
            self.folder.clear()?;
            self.whole()
        })?;
        let keeper = Keeper::new(seen.opened.clone(), seen.followed.clone(), lock_of_folder)?;
        let _looking = lock(&self.looking);
        self.show(seen);
        self.is_in_order();
        Ok(Some(keeper))
    }

    /// All that is on disk, read afresh.
    fn whole(&self) -> tantivy::Result<Seen> {
        Seen::new(self.folder.make()?, &self.shape, None)
    }

    /// Lets the keeper write, and shows what it wrote.
    fn write(&self, work: impl FnOnce(&mut Keeper) -> tantivy::Result<()>) -> tantivy::Result<()> {
        let mut keeper = lock(&self.keeper);
        let Some(held) = &mut *keeper else {
            return Err(TantivyError::SystemError("this process does not keep it".to_owned()));
        };
        let written = work(held).and_then(|()| self.look());
        if written.is_err() {
            // Nothing that was added may ride along with a later commit, and the cause may be a damaged folder: the
            // next one who keeps reads everything afresh.
            *keeper = None;
        }
        written
    }

    fn followed(&self) -> tantivy::Result<Followed> {
        if let Some(keeper) = &*lock(&self.keeper) {
            return Ok(keeper.followed().clone());
        }
        self.seen(|seen| seen.followed.clone())
    }

    /// Logs what is wrong, once until it is right again.
    fn tell(&self, error: &TantivyError, said: &'static str) {
        if !self.is_told.swap(true, Ordering::Relaxed) {
            let reason = error.to_string();
            tracing::warn!(reason, "{said}");
        }
    }

    fn is_in_order(&self) {
        self.is_told.store(false, Ordering::Relaxed);
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
        let doing = "read how far the keyword index is";
        self.wait(doing, |inner| inner.followed().map(|followed| followed.position)).await
    }

    async fn landmarks(&self) -> Result<Vec<Landmark>, IndexError> {
        let doing = "read what the keyword index has taken in";
        self.wait(doing, |inner| inner.followed().map(|followed| followed.landmarks)).await
    }

    async fn apply(&self, documents: &[StoredDocument], upto: Revision) -> Result<(), IndexError> {
        let shape = self.inner.shape;
        let rows: Vec<Row> = documents
            .iter()
            .map(|stored| (stored.id, stored.tombstone.is_none().then(|| shape.row(stored))))
            .collect();
        let taken = documents.iter().map(Landmark::of).collect();
        let doing = "take documents into the keyword index";
        self.wait(doing, move |inner| inner.write(|keeper| keeper.write(&shape, rows, taken, upto))).await
    }

    async fn restart(&self) -> Result<(), IndexError> {
        self.wait("empty the keyword index", |inner| inner.write(Keeper::clear)).await
    }

    async fn count(&self, viewer: &Viewer) -> Result<u64, IndexError> {
        let view = self.inner.seen(|seen| Arc::clone(&seen.view));
        let view = view.map_err(failed("count the documents in the keyword index"))?;
        Ok(score::count(&view, viewer))
    }

    async fn keep(&self) -> Result<bool, IndexError> {
        self.wait("keep the keyword index", Inner::keep).await
    }
}
