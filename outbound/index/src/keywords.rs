//! Documents by their words: tantivy keeps the postings on disk, and every matching document is scored exactly here
//! (BM25F: weights by field, lengths by field), so that the measured ranking is the one people get.

mod score;
mod terms;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use daybook_core::model::document::{Revision, StoredDocument};
use daybook_core::model::hit::Ranked;
use daybook_core::ports::keywords::{IndexError, KeywordIndex, WordQuery};
use tantivy::indexer::LogMergePolicy;
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term};

use crate::marks::mark;
use crate::vectors::facets;

/// Raised when the fields or the way words are cut change: another number is another folder, built from nothing.
const SHAPE: &str = "words-1";
/// What the writer gathers before it writes a segment, in bytes.
const WRITER_MEMORY: usize = 24 << 20;
/// How often a reader looks whether the keeper has written.
const LOOK: Duration = Duration::from_millis(300);

/// The fields of the index.
#[derive(Debug, Clone, Copy)]
struct Fields {
    id: Field,
    key: Field,
    title: Field,
    body: Field,
    comments: Field,
}

/// The keyword index in a folder.
pub struct TantivyKeywords {
    fields: Fields,
    reader: IndexReader,
    /// `None`: another process keeps this index.
    keeper: Option<Mutex<Keeper>>,
    looked: Mutex<Instant>,
}

struct Keeper {
    writer: IndexWriter,
    position: Revision,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn failed<E: Into<Failure>>(doing: &'static str) -> impl FnOnce(E) -> IndexError {
    move |source| IndexError { doing, source: source.into() }
}

impl TantivyKeywords {
    /// Opens the index in a folder of its own, and keeps it unless another process does. A folder that cannot be read
    /// is built anew: it is derived data.
    pub fn open(folder: &Path) -> Result<Self, IndexError> {
        let folder = folder.join(SHAPE);
        match Self::open_in(&folder) {
            Ok(index) => Ok(index),
            Err(error) => {
                let reason = error.to_string();
                tracing::warn!(reason, "the keyword index cannot be read and is built anew");
                std::fs::remove_dir_all(&folder).map_err(failed("clear the keyword index"))?;
                Self::open_in(&folder).map_err(failed("make the keyword index"))
            }
        }
    }

    fn open_in(folder: &PathBuf) -> tantivy::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let (schema, fields) = schema();
        let directory = tantivy::directory::MmapDirectory::open(folder)?;
        let index = Index::open_or_create(directory, schema)?;
        index.tokenizers().register("words", terms::analyzer());
        let writer = match index.writer_with_num_threads::<TantivyDocument>(1, WRITER_MEMORY) {
            Ok(writer) => Some(writer),
            // Somebody else holds the lock: we read what they write.
            Err(tantivy::TantivyError::LockFailure(..)) => None,
            Err(error) => return Err(error),
        };
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let keeper = writer.map(|writer| {
            let mut policy = LogMergePolicy::default();
            policy.set_min_num_segments(6);
            policy.set_min_layer_size(2_000);
            writer.set_merge_policy(Box::new(policy));
            let position = position_in(&index).unwrap_or_default();
            Mutex::new(Keeper { writer, position })
        });
        Ok(Self { fields, reader, keeper, looked: Mutex::new(Instant::now()) })
    }

    /// The newest state of the index; a reader looks for it now and then.
    fn searcher(&self) -> Result<tantivy::Searcher, IndexError> {
        if self.keeper.is_none() {
            let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
            if looked.elapsed() >= LOOK {
                self.reader.reload().map_err(failed("look at the keyword index again"))?;
                *looked = Instant::now();
            }
        }
        Ok(self.reader.searcher())
    }

    fn to_row(&self, stored: &StoredDocument) -> TantivyDocument {
        let (document, fields) = (&stored.document, self.fields);
        let facets = facets(stored);
        let mut row = TantivyDocument::default();
        row.add_u64(fields.id, stored.id.0.cast_unsigned());
        row.add_text(fields.key, document.key.to_lowercase());
        row.add_text(fields.title, &document.title);
        row.add_text(fields.body, &document.body);
        row.add_text(fields.comments, &document.comments);
        let schema = self.reader.searcher().schema().clone();
        let mut add = |name: &str, value: u64| {
            if let Ok(field) = schema.get_field(name) {
                row.add_u64(field, value);
            }
        };
        add("source", facets.source);
        add("project", facets.project);
        add("state", facets.state);
        add("category", facets.category);
        for token in document.audience.tokens() {
            add("token", mark("token", token));
        }
        if let Ok(field) = schema.get_field("updated") {
            row.add_i64(field, facets.updated);
        }
        row
    }
}

#[async_trait]
impl KeywordIndex for TantivyKeywords {
    async fn search(&self, query: WordQuery<'_>) -> Result<Ranked, IndexError> {
        let searcher = self.searcher()?;
        score::search(&searcher, self.fields, &query).map_err(failed("look for words"))
    }

    async fn position(&self) -> Result<Revision, IndexError> {
        if let Some(keeper) = &self.keeper {
            return Ok(keeper.lock().unwrap_or_else(PoisonError::into_inner).position);
        }
        position_in(self.searcher()?.index()).map_err(failed("read how far the keyword index is"))
    }

    async fn apply(&self, documents: &[StoredDocument], upto: Revision) -> Result<(), IndexError> {
        let doing = "take documents into the keyword index";
        let keeper = self.keeper.as_ref().ok_or_else(|| failed(doing)("another process keeps it"))?;
        let mut keeper = keeper.lock().unwrap_or_else(PoisonError::into_inner);
        for stored in documents {
            keeper.writer.delete_term(Term::from_field_u64(self.fields.id, stored.id.0.cast_unsigned()));
            if stored.tombstone.is_none() {
                keeper.writer.add_document(self.to_row(stored)).map_err(failed(doing))?;
            }
        }
        let mut commit = keeper.writer.prepare_commit().map_err(failed(doing))?;
        commit.set_payload(&upto.0.to_string());
        commit.commit().map_err(failed(doing))?;
        keeper.position = upto;
        self.reader.reload().map_err(failed(doing))
    }

    async fn count(&self) -> Result<u64, IndexError> {
        Ok(self.searcher()?.num_docs())
    }

    fn is_keeper(&self) -> bool {
        self.keeper.is_some()
    }
}

fn position_in(index: &Index) -> tantivy::Result<Revision> {
    let payload = index.load_metas()?.payload;
    Ok(payload.and_then(|payload| payload.parse().ok()).map(Revision).unwrap_or_default())
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    // Frequencies and lengths, no positions: phrases are not asked for, and they would double the index.
    let words = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer("words")
            .set_index_option(IndexRecordOption::WithFreqs)
            .set_fieldnorms(true),
    );
    let exact = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(false),
    );
    let fields = Fields {
        id: builder.add_u64_field("id", FAST | INDEXED),
        key: builder.add_text_field("key", exact),
        title: builder.add_text_field("title", words.clone()),
        body: builder.add_text_field("body", words.clone()),
        comments: builder.add_text_field("comments", words),
    };
    for name in ["source", "project", "state", "category", "token"] {
        builder.add_u64_field(name, FAST);
    }
    builder.add_i64_field("updated", FAST);
    (builder.build(), fields)
}
