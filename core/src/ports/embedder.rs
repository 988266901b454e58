//! Texts to vectors, whatever model makes them.

use async_trait::async_trait;

use crate::model::fault::{Fault, FaultKind};

/// Names a model so exactly that vectors of equal ids may be compared: name, weights, precision, recipe.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelId(pub String);

/// What a text is; models read some kinds further than others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextKind {
    /// Somebody's question; somebody waits for it.
    Question,
    /// A title.
    Title,
    /// An issue's title and description.
    Issue,
    /// A stretch of a meeting or a page.
    Passage,
}

/// Turns texts into vectors.
#[async_trait]
pub trait Embedder: Send + Sync {
    /// Which model.
    fn model(&self) -> &ModelId;
    /// Numbers in a vector.
    fn dimension(&self) -> usize;
    /// One vector of length 1 for each text, in order.
    async fn embed(&self, texts: &[String], kind: TextKind) -> Result<Vec<Vec<f32>>, EmbedderError>;
}

/// Why there is no vector.
#[derive(Debug, thiserror::Error)]
pub enum EmbedderError {
    /// The weights are not there.
    #[error("the embedding model is not installed: {reason}; `daybook models fetch` installs it")]
    NotInstalled {
        /// What was looked for and where.
        reason: String,
    },
    /// It is there and does not work.
    #[error("the embedding model failed while it tried to {doing}: {reason}")]
    Broken {
        /// What it was doing.
        doing: &'static str,
        /// What went wrong.
        reason: String,
    },
}

impl Fault for EmbedderError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NotInstalled { .. } => FaultKind::Unavailable,
            Self::Broken { .. } => FaultKind::Broken,
        }
    }
}
