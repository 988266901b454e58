//! Indexes that look into the documents themselves.

use async_trait::async_trait;
use daybook_core::model::audience::Viewer;
use daybook_core::model::document::{Revision, StoredDocument};
use daybook_core::model::hit::{Filter, Ranked, Scored, StateFilter};
use daybook_core::model::passage::PassageVector;
use daybook_core::ports::keywords::{IndexError, KeywordIndex, Landmark, WordQuery};
use daybook_core::ports::vectors::{Nearest, VectorIndex, VectorQuery};

/// Finds documents that hold a word of the question.
pub(crate) struct FakeKeywords {
    pub(crate) documents: Vec<StoredDocument>,
}

/// Holds no vector.
pub(crate) struct FakeVectors {
    pub(crate) count: u64,
}

#[async_trait]
impl KeywordIndex for FakeKeywords {
    async fn search(&self, query: WordQuery<'_>) -> Result<Ranked, IndexError> {
        let words: Vec<String> = query.text.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let considered: Vec<&StoredDocument> = self
            .documents
            .iter()
            .filter(|one| query.viewer.may_see(&one.document.audience) && passes(query.filter, one))
            .collect();
        let mut scored: Vec<Scored> = considered.iter().filter_map(|one| score(one, &words)).collect();
        scored.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(Ranked { scored, mean: 0.0, deviation: 1.0, considered: considered.len() as u64 })
    }

    async fn position(&self) -> Result<Revision, IndexError> {
        Ok(Revision::default())
    }

    async fn apply(&self, _: &[StoredDocument], _: Revision) -> Result<(), IndexError> {
        Ok(())
    }

    async fn count(&self, _: &Viewer) -> Result<u64, IndexError> {
        Ok(self.documents.len() as u64)
    }

    async fn landmarks(&self) -> Result<Vec<Landmark>, IndexError> {
        Ok(Vec::new())
    }

    async fn restart(&self) -> Result<(), IndexError> {
        Ok(())
    }

    async fn keep(&self) -> Result<bool, IndexError> {
        Ok(false)
    }
}

fn score(one: &StoredDocument, words: &[String]) -> Option<Scored> {
    let document = &one.document;
    let text = format!("{} {} {} {}", document.key, document.title, document.body, document.comments);
    let text = text.to_lowercase();
    let title = document.title.to_lowercase();
    let score: f32 = words
        .iter()
        .map(|word| f32::from(u8::from(text.contains(word))) + f32::from(u8::from(title.contains(word))))
        .sum();
    (score > 0.0).then_some(Scored { id: one.id, score })
}

fn passes(filter: &Filter, one: &StoredDocument) -> bool {
    let document = &one.document;
    let key = document.project.as_ref().map(|project| project.key.as_str());
    let in_state = |state: &StateFilter| match state {
        StateFilter::Category(category) => document.state_category == Some(*category),
        StateFilter::Name(name) => {
            document.state.as_ref().is_some_and(|state| state.eq_ignore_ascii_case(name))
        }
    };
    (filter.sources.is_empty() || filter.sources.contains(&document.source))
        && (filter.projects.is_empty()
            || filter.projects.iter().any(|one| key.is_some_and(|key| key.eq_ignore_ascii_case(one))))
        && (filter.states.is_empty() || filter.states.iter().any(in_state))
        && filter.from.is_none_or(|from| document.updated_at >= from)
        && filter.to.is_none_or(|to| document.updated_at < to)
}

#[async_trait]
impl VectorIndex for FakeVectors {
    async fn nearest(&self, _: VectorQuery<'_>) -> Result<Nearest, IndexError> {
        Ok(Nearest::default())
    }

    async fn position(&self) -> Result<(Revision, Revision), IndexError> {
        Ok((Revision::default(), Revision::default()))
    }

    async fn apply_documents(&self, _: &[StoredDocument], _: Revision) -> Result<(), IndexError> {
        Ok(())
    }

    async fn apply_vectors(&self, _: &[PassageVector], _: Revision) -> Result<(), IndexError> {
        Ok(())
    }

    async fn count(&self, _: &Viewer) -> Result<u64, IndexError> {
        Ok(self.count)
    }

    async fn restart(&self) -> Result<(), IndexError> {
        Ok(())
    }
}
