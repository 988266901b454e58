//! Comments of a page: the open ones, each with its author and time. Those that were resolved the vendor tells nobody.

use std::collections::BTreeSet;

use daybook_core::model::document::{Part, Person, without_nul};
use daybook_core::ports::source::SourceError;

use super::canonical::canonical;
use super::id::Id;
use super::links::Links;
use super::list::Lister;
use super::out::Gaps;
use super::people::{People, id_of};
use super::record::moment;
use super::refusal::No;
use super::shape;
use super::site::{Call, Site};
use super::text::markdown;
use crate::bounded::{Bounded, MOST_COMMENTS};
use crate::http::Tally;
use crate::object::Object;

pub(super) const COMMENTS: &str = "read the comments on a page";
/// Bytes of answers about the comments of one page.
const MOST_BYTES: usize = 8 << 20;

/// The comments of a page and of its blocks.
#[derive(Default)]
pub(super) struct Comments {
    all: Vec<String>,
    bytes: usize,
    is_full: bool,
}

impl Comments {
    /// Reads those on a page or on a block; `false` if the connection may not read comments at all.
    pub(super) async fn read(
        &mut self,
        site: &Site,
        id: Id,
        raw: &mut String,
        gaps: &mut Gaps,
        tally: &mut Tally,
    ) -> Result<bool, SourceError> {
        let mut lister = Lister::new(on(id));
        loop {
            if self.is_full {
                return Ok(true);
            }
            let list = match lister.next(site, tally).await {
                Ok(Some(list)) => list,
                Ok(None) => return Ok(true),
                Err(No::Restricted(_)) => return Ok(false),
                Err(No::Fatal(error)) => return Err(error),
                Err(No::Missing(_)) => {
                    gaps.add(
                        "the comments are left out: Notion does not show them to this connection".to_owned(),
                    );
                    return Ok(true);
                }
                Err(No::DeadCursor(said) | No::Object(said)) => {
                    gaps.add(format!("the comments are left out: {said}"));
                    return Ok(true);
                }
            };
            shape::check(COMMENTS, "comments", &shape::COMMENT, list.results())?;
            self.bytes += list.bytes();
            for json in list.results() {
                raw.push('\n');
                raw.push_str(&canonical(json).unwrap_or_else(|_| json.replace(['\n', '\r'], " ")));
                self.all.push(json.to_owned());
            }
            if self.bytes > MOST_BYTES && !lister.is_over() {
                self.is_full = true;
                gaps.add(format!(
                    "there are more than {} MiB of comments; the rest was not read",
                    MOST_BYTES >> 20
                ));
            }
        }
    }

    /// The ids of their authors.
    pub(super) fn authors(&self) -> BTreeSet<Id> {
        self.all.iter().filter_map(|json| id_of(&Object::read(json)?, "created_by")).collect()
    }

    /// Their words, and who wrote them.
    pub(super) fn told(&self, people: &People, links: &mut Links) -> (String, BTreeSet<Person>) {
        let mut text = Bounded::new(MOST_COMMENTS);
        let mut authors = BTreeSet::new();
        for json in &self.all {
            let Some(comment) = Object::read(json) else { continue };
            let shown = comment.object("display_name").and_then(|name| name.text("resolved_name"));
            let shown = shown.filter(|name| !name.trim().is_empty());
            let person =
                id_of(&comment, "created_by").map(|id| people.person(Part::Commenter, id, shown.as_deref()));
            let words = markdown(&comment, "rich_text", links);
            if !words.trim().is_empty() {
                let name = person.as_ref().map(|person| person.name.as_str()).or(shown.as_deref());
                let created = moment(&comment, "created_time");
                let created = created.map(|time| format!(" · {}", time.format("%Y-%m-%d %H:%M UTC")));
                text.push_str(if text.is_empty() { "" } else { "\n\n" });
                text.push_str(&format!(
                    "**{}**{}\n\n{}",
                    name.unwrap_or("Unknown author"),
                    created.unwrap_or_default(),
                    words.trim()
                ));
            }
            authors.extend(person);
        }
        (without_nul(text.finish()), authors)
    }
}

/// The list of comments on a page or a block.
pub(super) fn on(id: Id) -> Call {
    let path = format!("/v1/comments?block_id={id}");
    Call { doing: COMMENTS, path, body: None, has_ids: true }
}
