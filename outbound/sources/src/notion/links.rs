//! What a page points to: each end once, no more than a page can sensibly have.

use std::collections::HashSet;

use daybook_core::model::document::Link;

use super::id::Id;

/// Links that are kept of one record.
const MOST_LINKS: usize = 500;

/// Links under construction.
#[derive(Debug, Default)]
pub(super) struct Links {
    all: Vec<(String, Id)>,
    met: HashSet<(String, Id)>,
    beyond: usize,
}

impl Links {
    pub(super) fn add(&mut self, relation: &str, to: Id) {
        let link = (relation.to_owned(), to);
        if self.met.contains(&link) {
            return;
        }
        if self.all.len() >= MOST_LINKS {
            self.beyond += 1;
            return;
        }
        self.met.insert(link.clone());
        self.all.push(link);
    }

    /// How many there was no room for.
    pub(super) fn beyond(&self) -> usize {
        self.beyond
    }

    /// With addresses like the one of the page that they stand on.
    pub(super) fn finish(self, page_url: &str) -> Vec<Link> {
        let link = |(relation, to): (String, Id)| Link {
            relation,
            to: to.to_string(),
            url: Some(address_like(page_url, to)),
        };
        self.all.into_iter().map(link).collect()
    }
}

/// The address of another page, made like the address of one that is known.
pub(super) fn address_like(page_url: &str, id: Id) -> String {
    match page_url.rsplit_once('/') {
        Some((start, _)) if start.starts_with("https://") => format!("{start}/{}", id.plain()),
        _ => format!("https://www.notion.so/{}", id.plain()),
    }
}
