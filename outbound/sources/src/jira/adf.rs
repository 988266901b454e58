//! Atlassian Document Format to Markdown. Every word survives: text, mentions, links, dates, statuses, tables, code,
//! panels, what an unknown node holds. Colours, sizes and alignment do not.

mod blocks;
mod inline;
mod kinds;
mod lines;
mod node;
mod out;
mod table;

use std::collections::BTreeSet;

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
    rendered(json).map(|rendered| rendered.text.finish())
}

/// Markdown, and what its reader should know about it.
pub(super) struct Rendered {
    pub(super) text: Bounded,
    /// Kinds of nodes that no schema lists; of such nodes only the words are kept.
    pub(super) unknown: BTreeSet<String>,
}

pub(super) fn rendered(json: &str) -> Result<Rendered, Unrenderable> {
    if json.starts_with('"') {
        let mut plain = Bounded::new(MOST_TEXT);
        plain.push_str(object::text(json).unwrap_or_default().trim());
        return Ok(Rendered { text: plain, unknown: BTreeSet::new() });
    }
    let document: Node<'_> = serde_json::from_str(json).map_err(Unrenderable)?;
    let mut out = Out::new(MOST_TEXT);
    blocks::block(&mut out, &document);
    Ok(Rendered { text: out.into_bounded(), unknown: kinds::unknown(&document) })
}
