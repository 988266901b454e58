//! Who asks a vendor, within which budget, and how that vendor speaks of its limits.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_core::ports::budget::Budget;
use reqwest::header::{HeaderName, HeaderValue};

/// What a vendor means by an answer with status 429 or 529.
#[derive(Debug)]
pub(crate) enum Limit {
    /// Again later; after so long, if it says.
    Wait { asked: Option<Duration>, reason: Option<String> },
    /// Again when a quota is filled up, which may take until tomorrow.
    Quota { again: Again, reason: Option<String> },
    /// Not again: why.
    Never(String),
}

/// When a vendor wants to be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// After so long.
    In(Duration),
    /// At a moment of the vendor's clock.
    At(DateTime<Utc>),
}

/// Reads a limit from the body of an answer; its headers are read already and win if they say how long.
pub(crate) type ReadLimit = fn(&[u8]) -> Limit;

fn no_words(_: &[u8]) -> Limit {
    Limit::Wait { asked: None, reason: None }
}

/// Who asks, and by which budget.
pub(crate) struct Caller {
    /// What goes into `Authorization`, to the addresses that are asked and nowhere else.
    pub(crate) authorization: HeaderValue,
    /// Further headers of every request.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// The budget of the credential.
    pub(crate) budget: Arc<dyn Budget>,
    /// How the vendor speaks of limits in its bodies.
    pub(crate) read_limit: ReadLimit,
}

impl Caller {
    pub(crate) fn new(authorization: HeaderValue, budget: Arc<dyn Budget>) -> Self {
        Self { authorization, headers: Vec::new(), budget, read_limit: no_words }
    }
}
