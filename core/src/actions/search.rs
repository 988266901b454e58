//! Answers a question: by words and by meaning, each exactly, summed on one scale; and says what it could not take into
//! account.

mod excerpt;
mod fuse;
mod scope;
pub mod words;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

pub use self::fuse::SearchWeights;

use self::excerpt::Terms;
use self::fuse::{Fused, fuse};
use crate::model::audience::Viewer;
use crate::model::document::{DocumentId, Revision, StoredDocument};
use crate::model::fault::{Fault, FaultKind, chain};
use crate::model::hit::{Answers, Coverage, Doubt, Filter, Hit, Question, Ranked, Worklogs};
use crate::model::passage::Passage;
use crate::model::source::Freshness;
use crate::ports::clock::Clock;
use crate::ports::embedder::{Embedder, TextKind};
use crate::ports::keywords::{IndexError, KeywordIndex, WordQuery};
use crate::ports::store::{Store, StoreError};
use crate::ports::vectors::{Nearest, VectorIndex, VectorQuery};

/// How many of the best each side names before both score the union exactly (measured: fewer lose, more do not gain).
const CANDIDATES: usize = 200;
/// Why meaning takes no part while vectors are still to come.
const NO_VECTOR_YET: &str = "no document here has a vector yet";
/// Characters of a text that are looked through for the stretch to show.
const EXCERPT_READS: u32 = 128 * 1024;
/// Documents whose texts are in memory at once for one question.
const AT_ONCE: usize = 10;
/// The longest question, in characters.
const LONGEST: usize = 20_000;
/// How long a count of what the store holds serves, while nothing is written.
const GLANCE: TimeDelta = TimeDelta::seconds(1);
/// Viewers whose counts are remembered.
const MOST_GLANCES: usize = 64;
/// The most answers to one question.
const MOST_ANSWERS: usize = 100;

/// Searches.
pub struct Search {
    store: Arc<dyn Store>,
    keywords: Arc<dyn KeywordIndex>,
    vectors: Arc<dyn VectorIndex>,
    embedder: Option<Arc<dyn Embedder>>,
    clock: Arc<dyn Clock>,
    weights: SearchWeights,
    without_embedder: String,
    glances: Mutex<Vec<Glance>>,
}

/// What the store held for a viewer at a moment.
#[derive(Debug, Clone)]
struct Glance {
    viewer: Viewer,
    revision: Revision,
    at: DateTime<Utc>,
    documents: u64,
    worklogs: u64,
    freshness: Vec<Freshness>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// There is no question.
    #[error("a search needs words to look for")]
    Empty,
    /// Nobody asks that much.
    #[error("a question has at most {LONGEST} characters, this one has {0}")]
    TooLong(usize),
    /// None, or too many, are asked for.
    #[error("a search gives 1 to {MOST_ANSWERS} answers, not {0}")]
    Limit(usize),
    /// The keyword index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for SearchError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Empty | Self::TooLong(_) | Self::Limit(_) => FaultKind::Invalid,
            Self::Index(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Empty | Self::TooLong(_) => Some("q"),
            Self::Limit(_) => Some("limit"),
            Self::Index(_) | Self::Store(_) => None,
        }
    }
}

impl Search {
    /// Searches that store with these indexes, by words alone without an embedder.
    pub fn new(
        store: Arc<dyn Store>,
        keywords: Arc<dyn KeywordIndex>,
        vectors: Arc<dyn VectorIndex>,
        embedder: Option<Arc<dyn Embedder>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let without_embedder = "no embedding model is in use".to_owned();
        Self {
            store,
            keywords,
            vectors,
            embedder,
            clock,
            weights: SearchWeights::default(),
            without_embedder,
            glances: Mutex::default(),
        }
    }

    /// The same, and what its answers say about why there is no embedder: how to get one, say.
    #[must_use]
    pub fn without_embedder_because(mut self, reason: String) -> Self {
        self.without_embedder = reason;
        self
    }

    /// The same with other weights, to measure them.
    #[must_use]
    pub fn with_weights(mut self, weights: SearchWeights) -> Self {
        self.weights = weights;
        self
    }

    /// Answers a question as far as the viewer may know.
    pub async fn run(&self, viewer: &Viewer, question: &Question) -> Result<Answers, SearchError> {
        let text = checked(question)?;
        let as_of = self.clock.now();
        let vector = self.vector(text).await;
        let filter = scope::meant(&question.filter);
        let query = WordQuery { text, filter: &filter, viewer, take: CANDIDATES, also: &[] };
        let mut words = self.keywords.search(query).await?;
        let has_words = words.scored.iter().any(|scored| scored.score > 0.0);
        let meaning = match vector {
            Ok(vector) => self.meaning(&vector, &words, &query).await,
            Err(reason) => Err(reason),
        };
        if let Ok(nearest) = &meaning {
            self.complete(&mut words, nearest, query).await?;
        }
        let fused = fuse(&words, meaning.as_ref().ok(), &self.weights);
        let hits = self.hits(fused, &Terms::of(text), viewer, question.limit).await?;
        let without_meaning = meaning.err().map(|reason| told(viewer, reason));
        let (coverage, worklogs) = self.covered(viewer, &question.filter).await?;
        let coverage = Coverage { without_meaning, ..coverage };
        let doubt = doubt(text, has_words, &hits);
        Ok(Answers { hits, considered: words.considered, doubt, coverage, worklogs, as_of })
    }

    /// How much of what the viewer may see, worklogs included, can be found now.
    pub async fn coverage(&self, viewer: &Viewer) -> Result<Coverage, SearchError> {
        let glance = self.glance(viewer).await?;
        let by_words = self.keywords.count(viewer).await?;
        self.coverage_of(viewer, glance.documents, by_words, glance.freshness).await
    }

    /// The same for a question with that filter, and what becomes of worklogs.
    async fn covered(&self, viewer: &Viewer, asked: &Filter) -> Result<(Coverage, Worklogs), SearchError> {
        let glance = self.glance(viewer).await?;
        let worklogs = scope::worklogs(asked, glance.worklogs);
        let (documents, by_words) = if scope::has_worklogs(asked) || glance.worklogs == 0 {
            (glance.documents, self.keywords.count(viewer).await?)
        } else {
            // Counted and not subtracted: the index may be behind with either.
            let filter = scope::meant(&Filter::default());
            let all = WordQuery { text: "", filter: &filter, viewer, take: 0, also: &[] };
            let by_words = self.keywords.search(all).await?.considered;
            (glance.documents.saturating_sub(glance.worklogs), by_words)
        };
        Ok((self.coverage_of(viewer, documents, by_words, glance.freshness).await?, worklogs))
    }

    async fn coverage_of(
        &self,
        viewer: &Viewer,
        documents: u64,
        by_words: u64,
        freshness: Vec<Freshness>,
    ) -> Result<Coverage, SearchError> {
        let by_meaning = self.vectors.count(viewer).await?;
        let without_meaning = self.embedder.is_none().then(|| told(viewer, self.without_embedder.clone()));
        Ok(Coverage { documents, by_words, by_meaning, without_meaning, freshness })
    }

    /// What the store holds for a viewer. Counting costs more than searching, so a count serves for a moment.
    async fn glance(&self, viewer: &Viewer) -> Result<Glance, StoreError> {
        let (revision, at) = (self.store.revision().await?, self.clock.now());
        let serves = |glance: &Glance| {
            glance.viewer == *viewer && glance.revision == revision && at - glance.at < GLANCE
        };
        let known =
            self.glances.lock().unwrap_or_else(PoisonError::into_inner).iter().find(|g| serves(g)).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let counts = self.store.document_counts(None, viewer).await?;
        let (documents, worklogs) = (counts.held, counts.without_meaning);
        let freshness = self.store.freshness(viewer).await?;
        let freshness = freshness.into_iter().map(|one| one.told_to(viewer)).collect();
        let glance = Glance { viewer: viewer.clone(), revision, at, documents, worklogs, freshness };
        let mut glances = self.glances.lock().unwrap_or_else(PoisonError::into_inner);
        glances.retain(|held| held.viewer != *viewer);
        glances.truncate(MOST_GLANCES - 1);
        glances.insert(0, glance.clone());
        Ok(glance)
    }

    /// The question's vector, or in words why there is none.
    async fn vector(&self, text: &str) -> Result<Vec<f32>, String> {
        let embedder = self.embedder.as_ref().ok_or_else(|| self.without_embedder.clone())?;
        let vectors = embedder.embed(&[Passage::question(text)], TextKind::Question).await;
        let vectors = vectors.map_err(|error| {
            let reason = chain(&error);
            tracing::warn!(reason, "a question is answered without meaning");
            reason
        })?;
        vectors.into_iter().next().ok_or_else(|| "the embedding model gave no vector".to_owned())
    }

    /// The nearest, and how near those are that were found by words.
    async fn meaning(
        &self,
        vector: &[f32],
        words: &Ranked,
        query: &WordQuery<'_>,
    ) -> Result<Nearest, String> {
        let also: Vec<DocumentId> = words.scored.iter().map(|scored| scored.id).collect();
        let WordQuery { filter, viewer, take, .. } = *query;
        let nearest = self.vectors.nearest(VectorQuery { vector, filter, viewer, take, also: &also }).await;
        match nearest {
            // Filters may leave none although there are some.
            Ok(nearest) if nearest.text.considered == 0 => match self.vectors.count(viewer).await {
                Ok(1..) => Ok(nearest),
                Ok(0) => Err(NO_VECTOR_YET.to_owned()),
                Err(error) => Err(chain(&error)),
            },
            Ok(nearest) => Ok(nearest),
            Err(error) => {
                let reason = chain(&error);
                tracing::error!(reason, "a question is answered without meaning");
                Err(reason)
            }
        }
    }

    /// Adds the words' scores of those that were found by meaning.
    async fn complete(
        &self,
        words: &mut Ranked,
        nearest: &Nearest,
        query: WordQuery<'_>,
    ) -> Result<(), IndexError> {
        let known: HashMap<DocumentId, f32> = words.scored.iter().map(|s| (s.id, s.score)).collect();
        let also: Vec<DocumentId> =
            nearest.text.scored.iter().map(|s| s.id).filter(|id| !known.contains_key(id)).collect();
        if !also.is_empty() {
            let more = self.keywords.search(WordQuery { take: 0, also: &also, ..query }).await?;
            words.scored.extend(more.scored);
        }
        Ok(())
    }

    /// The best with their words. Documents that are gone by now are dropped, and the next take their places.
    async fn hits(
        &self,
        fused: Vec<Fused>,
        terms: &Terms,
        viewer: &Viewer,
        limit: usize,
    ) -> Result<Vec<Hit>, StoreError> {
        let mut hits = Vec::with_capacity(limit);
        let mut rest = fused.as_slice();
        while hits.len() < limit && !rest.is_empty() {
            let (next, later) = rest.split_at((limit - hits.len()).min(rest.len()).min(AT_ONCE));
            rest = later;
            let ids: Vec<DocumentId> = next.iter().map(|fused| fused.id).collect();
            let documents = self.store.document_beginnings(&ids, viewer, EXCERPT_READS).await?;
            let mut documents: HashMap<DocumentId, StoredDocument> =
                documents.into_iter().map(|stored| (stored.id, stored)).collect();
            let there = next.iter().filter_map(|fused| Some((fused, documents.remove(&fused.id)?)));
            hits.extend(there.filter(|(_, stored)| stored.tombstone.is_none()).map(|(fused, stored)| Hit {
                score: fused.score,
                words: fused.words,
                meaning: fused.meaning,
                excerpt: terms.excerpt(&stored.document.body, &stored.document.comments),
                title_marks: terms.marks(&stored.document.title),
                stored: without_texts(stored),
            }));
        }
        Ok(hits)
    }
}

/// Answers show a stretch; the texts themselves would only take room.
fn without_texts(mut stored: StoredDocument) -> StoredDocument {
    stored.document.body = String::new();
    stored.document.comments = String::new();
    stored
}

/// As much of the reason for doing without meaning as a viewer is told: it may speak of folders and settings.
fn told(viewer: &Viewer, reason: String) -> String {
    if viewer.is_admin() || reason == NO_VECTOR_YET {
        return reason;
    }
    "meaning cannot be searched here now; an administrator can see why".to_owned()
}

/// Whether the answers may not be what was asked for.
fn doubt(text: &str, has_words: bool, hits: &[Hit]) -> Option<Doubt> {
    let is_key = text.rsplit_once('-').is_some_and(|(project, number)| {
        project.starts_with(|c: char| c.is_ascii_alphabetic())
            && project.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    if hits.is_empty() {
        return None;
    }
    if is_key && !hits.iter().any(|hit| hit.stored.document.key.eq_ignore_ascii_case(text)) {
        return Some(Doubt::NoSuchKey(text.to_uppercase()));
    }
    (!has_words).then_some(Doubt::NearestOnly)
}

/// The question's text, if the question can be asked.
fn checked(question: &Question) -> Result<&str, SearchError> {
    let text = question.text.trim();
    if text.is_empty() {
        return Err(SearchError::Empty);
    }
    // Bytes first: counting the characters of a text of any size is work that nobody asked for.
    if text.len() > LONGEST {
        let length = text.chars().count();
        if length > LONGEST {
            return Err(SearchError::TooLong(length));
        }
    }
    if !text.contains(char::is_alphanumeric) {
        return Err(SearchError::Empty);
    }
    if !(1..=MOST_ANSWERS).contains(&question.limit) {
        return Err(SearchError::Limit(question.limit));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str, limit: usize) -> Option<String> {
        let question = Question { text: text.to_owned(), limit, ..Question::default() };
        checked(&question).err().and_then(|error| {
            assert_eq!(error.kind(), FaultKind::Invalid);
            error.field().map(str::to_owned)
        })
    }

    #[test]
    fn questions_that_make_no_sense_name_what_to_mend() {
        assert_eq!(field(" \n", 10).as_deref(), Some("q"));
        assert_eq!(field("??? -- ", 10).as_deref(), Some("q"), "nothing in it can be looked for");
        assert_eq!(field(&"é".repeat(LONGEST + 1), 10).as_deref(), Some("q"));
        assert_eq!(field("invoice", 0).as_deref(), Some("limit"));
        assert_eq!(field("invoice", 101).as_deref(), Some("limit"));
        assert_eq!(field(&"é".repeat(LONGEST), 100), None);
    }
}
