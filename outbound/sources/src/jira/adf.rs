//! Atlassian Document Format to Markdown. Every word survives: text, mentions, links, dates, statuses, tables, code,
//! panels, what an unknown node holds. Colours, sizes and alignment do not.

mod blocks;
mod inline;
mod lines;
mod node;
mod out;
mod table;

use crate::bounded::{Bounded, MOST_TEXT};
use crate::object;
use node::Node;
use out::Out;

/// Why a rich text cannot be read: it is nested more deeply than a page can show, or it is not JSON.
#[derive(Debug, thiserror::Error)]
#[error("is no readable rich text: {0}")]
pub struct Unrenderable(serde_json::Error);

/// Markdown of a rich text in JSON: a document, or text as it is. Anything else is empty.
pub fn markdown(json: &str) -> Result<String, Unrenderable> {
    bounded(json).map(Bounded::finish)
}

pub(super) fn bounded(json: &str) -> Result<Bounded, Unrenderable> {
    if json.starts_with('"') {
        let mut plain = Bounded::new(MOST_TEXT);
        plain.push_str(object::text(json).unwrap_or_default().trim());
        return Ok(plain);
    }
    let document: Node<'_> = serde_json::from_str(json).map_err(Unrenderable)?;
    let mut out = Out::new(MOST_TEXT);
    blocks::block(&mut out, &document);
    Ok(out.into_bounded())
}
