//! The channels of a team, asked for once a run: a private one lets in its members alone.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::ports::source::SourceError;
use serde_json::json;

use super::account::{Account, Question};
use super::audience::{self, Channel};
use super::queries;
use super::refusal::No;
use crate::http::Tally;

/// What a survey has just asked for is not asked for again by the walk behind it.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// What is known of the channels, and since when. `None` inside: this credential may not see them.
#[derive(Debug, Clone)]
pub(super) struct Channels {
    pub(super) known: Option<HashMap<String, Channel>>,
    at: DateTime<Utc>,
}

impl Channels {
    pub(super) fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        (now - self.at).abs() < FRESH
    }

    /// Asks for them.
    pub(super) async fn ask(account: &Account, tally: &mut Tally) -> Result<Self, SourceError> {
        let question = Question {
            doing: "list the channels",
            query: queries::CHANNELS,
            root: "channels",
            is_patient: true,
        };
        let known = match account.ask(question, json!({}), tally).await {
            Ok(answer) => answer.value().map(audience::members),
            // This part is off then; meetings in private channels are their owners'.
            Err(No::Paid(_) | No::Forbidden(_) | No::Missing(_) | No::Unknown(_)) => None,
            Err(no) => return Err(account.error(question.doing, no)),
        };
        Ok(Self { known, at: account.now() })
    }
}
