//! Edits from outside.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::ask::Ask;
use super::space::Space;

pub(super) const WORDS: [&str; 1] = ["edit_page"];

pub(super) fn disturb(_ask: &Ask<'_>) {}

impl Space {
    pub(super) fn change(&mut self, _change: Value, _now: DateTime<Utc>) -> Result<String, String> {
        Err("not yet".to_owned())
    }
}
