//! Looks for the duplicates of real issues and says how well and how fast they are found.
//!
//! `cargo run --release -p daybook-index --example duplicates -- ISSUES QUERIES QRELS [RUN [VECTORS]]`
//!
//! ISSUES is a file of issues as Jira sends them, or of documents already read (`key`, `title`, `body`, `comments`),
//! one a line, gzip. RUN is written: the ranking of each query. VECTORS holds 32-bit floats: one vector for the text of
//! each issue, then for the title of each, then for each query, in order.

mod data;
mod shelf;

use std::collections::HashMap;
use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use data::{Judged, Query};
use daybook_core::actions::search::Search;
use daybook_core::model::audience::Viewer;
use daybook_core::model::document::{Revision, StoredDocument};
use daybook_core::model::hit::Question;
use daybook_core::model::passage::{Passage, PassageVector, Piece};
use daybook_core::ports::clock::Clock;
use daybook_core::ports::embedder::{Embedder, EmbedderError, ModelId, TextKind};
use daybook_core::ports::keywords::KeywordIndex;
use daybook_core::ports::vectors::VectorIndex;
use daybook_index::keywords::TantivyKeywords;
use daybook_index::vectors::FlatVectors;
use shelf::Shelf;
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Numbers in a vector.
const DIMENSION: usize = 384;
/// How the index is filled: so many documents a time.
const BATCH: usize = 500;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [issues, queries, qrels, ..] = arguments.as_slice() else {
        return Err("give the files of issues, queries and judgements".into());
    };
    let documents = data::documents(Path::new(issues))?;
    let queries = data::queries(Path::new(queries))?;
    let judged = Judged::read(Path::new(qrels))?;
    let mut out = std::io::stdout().lock();

    let folder = tempfile::tempdir()?;
    let keywords = Arc::new(TantivyKeywords::open(folder.path())?);
    let begun = Instant::now();
    for batch in documents.chunks(BATCH) {
        keywords.apply(batch, Revision(batch.last().map_or(0, |stored| stored.id.0))).await?;
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = documents.len() as f64 / begun.elapsed().as_secs_f64();
    let size = size(folder.path())?;
    writeln!(out, "{} issues, {rate:.0} a second, {} KiB on disk", documents.len(), size / 1024)?;

    let vectors = Arc::new(FlatVectors::default());
    let embedder = match arguments.get(4) {
        Some(path) => Some(fill(&vectors, Path::new(path), &documents, &queries).await?),
        None => None,
    };
    let shelf = Arc::new(Shelf::default());
    shelf.put(&documents);
    drop(documents);
    let search = Search::new(shelf, keywords, vectors, embedder, Arc::new(Standing));
    for (what, is_title) in [("whole issues", false), ("titles", true)] {
        let texts: Vec<&str> = queries.iter().map(|query| query.asked(is_title)).collect();
        writeln!(out, "{what}: {}", measure(&search, &texts).await?)?;
    }
    let rankings = rankings(&search, &queries).await?;
    writeln!(out, "{}", judged.report(&rankings))?;
    if let Some(path) = arguments.get(3) {
        data::write_run(Path::new(path), &rankings)?;
    }
    Ok(())
}

/// The ranking of each query, the query's own issue left out.
async fn rankings(search: &Search, queries: &[Query]) -> Outcome<Vec<(String, Vec<String>)>> {
    let mut rankings = Vec::with_capacity(queries.len());
    for query in queries {
        let question = Question { text: query.text.clone(), limit: 100, ..Question::default() };
        let answers = search.run(&Viewer::member(), &question).await?;
        let keys = answers.hits.into_iter().map(|hit| hit.stored.document.key).filter(|key| *key != query.id);
        rankings.push((query.id.clone(), keys.collect()));
    }
    Ok(rankings)
}

async fn measure(search: &Search, texts: &[&str]) -> Outcome<String> {
    let mut times = Vec::with_capacity(texts.len());
    for text in texts {
        let question = Question { text: (*text).to_owned(), limit: 10, ..Question::default() };
        let begun = Instant::now();
        search.run(&Viewer::member(), &question).await?;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    Ok(format!("p50 {:?}, p95 {:?}, longest {:?}", at(50), at(95), at(100)))
}

async fn fill(
    vectors: &FlatVectors,
    path: &Path,
    documents: &[StoredDocument],
    queries: &[Query],
) -> Outcome<Arc<dyn Embedder>> {
    let numbers = data::floats(path)?;
    let mut rows = numbers.chunks_exact(DIMENSION);
    for piece in [Piece::Text, Piece::Title] {
        let pieces: Vec<PassageVector> = documents
            .iter()
            .zip(rows.by_ref())
            .map(|(stored, row)| {
                let (numbers, scale) = PassageVector::squeeze(row);
                PassageVector { document: stored.id, piece, numbers, scale, revision: Revision(1) }
            })
            .collect();
        vectors.apply_vectors(&pieces, Revision(1)).await?;
    }
    vectors.apply_documents(documents, Revision(1)).await?;
    let known = queries
        .iter()
        .zip(rows)
        .flat_map(|(query, row)| [true, false].map(|title| (query.asked(title), row)))
        .map(|(text, row)| (Passage::question(text), row.to_vec()))
        .collect();
    Ok(Arc::new(Known { model: ModelId("file".to_owned()), known }))
}

/// Gives the vectors it was given.
struct Known {
    model: ModelId,
    known: HashMap<String, Vec<f32>>,
}

#[async_trait]
impl Embedder for Known {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn dimension(&self) -> usize {
        DIMENSION
    }

    async fn embed(&self, texts: &[String], _: TextKind) -> Result<Vec<Vec<f32>>, EmbedderError> {
        let vector = |text: &String| self.known.get(text).cloned();
        texts.iter().map(vector).collect::<Option<_>>().ok_or_else(|| EmbedderError::Broken {
            doing: "look up a text",
            reason: "it is not in the file".to_owned(),
        })
    }
}

/// A clock that stands.
struct Standing;

impl Clock for Standing {
    fn now(&self) -> DateTime<Utc> {
        DateTime::default()
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::nil()
    }
}

fn size(folder: &Path) -> Outcome<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        sum += if entry.file_type()?.is_dir() { size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(sum)
}
