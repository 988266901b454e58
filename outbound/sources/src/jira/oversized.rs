//! Around an issue whose answer is too large even alone: the issues there are found by a list of ids and asked for one by
//! one, and the one that does not fit is kept as unreadable, so that the walk goes on below it.

use daybook_core::model::document::{Record, Unreadable};
use daybook_core::ports::source::SourceError;
use serde_json::json;

use super::KIND;
use super::checkpoint::Checkpoint;
use super::convert::Converter;
use super::record::Reading;
use super::shape::Lacks;
use super::site::SEARCH;
use super::walk::{Alone, Asker, Stop};
use crate::object::Object;
use crate::time;

/// Steps over the next issue that is too large. It needs neither a page token, which may belong to the list of fields
/// as well, nor a list of exceptions, which would have to be kept: everything down to the issue's moment, and all of
/// that moment, is read one by one, and the search goes on strictly below.
pub(super) async fn step_over(
    asker: &mut Asker,
    converter: &mut Converter,
    place: &mut Checkpoint,
) -> Result<(), Stop> {
    place.rewind();
    let jql = place.jql();
    let condition = place.condition();
    let (mut token, mut too_large_at) = (None, None);
    loop {
        let listed = asker.listed(&jql, token.as_deref()).await?;
        for issue in listed.issues() {
            let row = Row::read(issue)?;
            if let Some(moment_ms) = too_large_at
                && row.updated_ms < moment_ms
            {
                place.below(moment_ms);
                return Ok(());
            }
            match asker.alone(&row.id, &format!("{condition} AND id = {}", row.id)).await? {
                Alone::Came(fetched) => converter.give_alone(*fetched, place).await?,
                Alone::TooLarge(said) => {
                    tracing::warn!(source = %KIND, record.id = row.id, "an issue cannot be read: {said}");
                    too_large_at = too_large_at.or(Some(row.updated_ms));
                    converter.give_unread(row.unreadable(said), asker.handed_over(), place).await?;
                }
                Alone::Gone => {}
            }
        }
        token = listed.next;
        match (&token, too_large_at) {
            (Some(_), Some(_)) => {}
            (None, Some(moment_ms)) => {
                place.below(moment_ms);
                return Ok(());
            }
            // It was changed meanwhile, or only several together are too large. The caller searches anew, not for ever.
            (_, None) => return Ok(()),
        }
    }
}

/// What a list says about an issue.
pub(super) struct Row {
    id: String,
    key: Option<String>,
    updated_ms: i64,
}

impl Row {
    pub(super) fn read(issue: &str) -> Result<Self, SourceError> {
        let broken = |said: &str| SourceError::Broken {
            source_kind: KIND,
            doing: SEARCH,
            said: format!("an answer was too large, and in the list of what it would hold {said}"),
        };
        let object = Object::read(issue).ok_or_else(|| broken("an element is no object"))?;
        let id = object.id("id").filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
        let updated =
            object.object("fields").and_then(|fields| fields.json("updated").and_then(time::moment));
        Ok(Self {
            id: id.ok_or_else(|| broken("an issue has no `id` of digits"))?.into_owned(),
            key: object.text("key").map(Into::into),
            updated_ms: updated.ok_or_else(|| broken("an issue has no `fields.updated`"))?.timestamp_millis(),
        })
    }

    pub(super) fn unreadable(self, reason: String) -> Reading {
        let updated_at = chrono::DateTime::from_timestamp_millis(self.updated_ms);
        let raw =
            json!({ "id": self.id, "key": self.key, "fields": { "updated": updated_at }, "unread": reason });
        let record = Record::new(self.id, raw.to_string().into_bytes(), Err(Unreadable { reason }));
        let lacks = Lacks::default();
        Reading { record, hidden_comments: 0, unread_comments: 0, updated_at, cut: None, lacks }
    }
}
