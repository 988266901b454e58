//! May this credential ask now? One budget for a credential, whoever asks: every job, in every process.

use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use super::store::StoreError;
use crate::model::document::hex;
use crate::model::pace::Pace;
use crate::model::source::SourceKind;

/// One credential at one vendor: a digest, never the credential.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CredentialId(String);

impl CredentialId {
    /// The id of a credential, as it stands in the header that carries it.
    pub fn of(source: SourceKind, credential: &[u8]) -> Self {
        Self(format!("{source}:{}", &hex(&Sha256::digest(credential))[..24]))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Keeps the budgets.
#[async_trait]
pub trait Budget: Send + Sync {
    /// Takes the right to one request, if it may be made now; else says how long to wait before asking again. Nothing
    /// is taken then.
    async fn take(&self, credential: &CredentialId, pace: &Pace) -> Result<Take, StoreError>;
    /// Nobody asks under this credential for so long: the vendor wants quiet.
    async fn pause(&self, credential: &CredentialId, pause: Duration) -> Result<(), StoreError>;
}

/// What became of asking for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// It may be made.
    Granted,
    /// Not before so long: the pace, as published, is used up.
    Paced(Duration),
    /// Not before so long: the vendor asked for quiet.
    Paused(Duration),
}
