//! Documents by their meaning: an exact scan over every vector, a byte a dimension. Filters and audience come before
//! anything is scored.

mod flat;
mod scan;

use std::sync::{PoisonError, RwLock};

use async_trait::async_trait;
use daybook_core::model::audience::Viewer;
use daybook_core::model::document::{Revision, StoredDocument};
use daybook_core::model::hit::Filter;
use daybook_core::model::passage::PassageVector;
use daybook_core::ports::keywords::IndexError;
use daybook_core::ports::vectors::{Nearest, VectorIndex, VectorQuery};

use self::flat::{Entry, Flat};
use crate::marks::{Allowed, Classes, Gate};

/// Vectors in memory. From empty, following the store fills it.
#[derive(Debug, Default)]
pub struct FlatVectors {
    inner: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    flat: Flat,
    documents: Revision,
    vectors: Revision,
}

fn refused(doing: &'static str, given: usize, held: usize) -> IndexError {
    let said = format!("a vector of {given} numbers among vectors of {held}");
    IndexError { doing, source: said.into() }
}

#[async_trait]
impl VectorIndex for FlatVectors {
    // Not handed to another thread: a scan of some ten thousand vectors is shorter than the wait for one.
    async fn nearest(&self, query: VectorQuery<'_>) -> Result<Nearest, IndexError> {
        let state = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        match state.flat.dimension() {
            None => Ok(Nearest::default()),
            Some(held) if held != query.vector.len() => {
                Err(refused("compare vectors", query.vector.len(), held))
            }
            Some(_) => Ok(scan::nearest(&state.flat, &query)),
        }
    }

    async fn position(&self) -> Result<(Revision, Revision), IndexError> {
        let state = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        Ok((state.documents, state.vectors))
    }

    async fn apply_documents(&self, documents: &[StoredDocument], upto: Revision) -> Result<(), IndexError> {
        let mut state = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        for stored in documents {
            state.flat.put_document(stored);
        }
        state.documents = upto;
        Ok(())
    }

    async fn apply_vectors(&self, vectors: &[PassageVector], upto: Revision) -> Result<(), IndexError> {
        let mut state = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        for vector in vectors {
            state
                .flat
                .put_vector(vector)
                .map_err(|held| refused("take in vectors", vector.numbers.len(), held))?;
        }
        state.vectors = upto;
        Ok(())
    }

    async fn restart(&self) -> Result<(), IndexError> {
        *self.inner.write().unwrap_or_else(PoisonError::into_inner) = State::default();
        Ok(())
    }

    async fn count(&self, viewer: &Viewer) -> Result<u64, IndexError> {
        let state = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        let gate = Gate::new(&Filter::default(), viewer);
        let allowed = Classes::allowed(state.flat.classes(), &gate);
        let counts = |entry: &&Entry| {
            entry.is_complete() && entry.class.is_some_and(|class| allowed[class as usize] != Allowed::Hidden)
        };
        Ok(state.flat.entries().iter().filter(counts).count() as u64)
    }
}
