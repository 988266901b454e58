//! Comments that did not fit into their issue's page.

use std::collections::HashSet;

use daybook_core::ports::source::SourceError;
use serde_json::value::RawValue;

use super::record::Cut;
use super::site::Site;
use super::{KIND, refusal};
use crate::http::{Failed, Tally};
use crate::object::Object;

/// Of one issue's further comments no more than this is kept; a document shows far less.
const MOST_BYTES: usize = 16 << 20;

/// The comments that came.
#[derive(Debug, Default)]
pub(super) struct Further {
    pub(super) comments: Vec<Box<RawValue>>,
    /// Their size.
    pub(super) bytes: usize,
    pub(super) rest: Rest,
}

/// What it means that fewer came than are counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// All that this credential may see came.
    #[default]
    Hidden,
    /// Daybook left them out.
    LeftOut,
}

/// Asks until no more come: the total may count what this credential may not see.
pub(super) async fn comments(site: &Site, cut: &Cut, tally: &mut Tally) -> Result<Further, SourceError> {
    let doing = "read the rest of an issue's comments";
    let (mut further, mut met) = (Further::default(), HashSet::new());
    let mut start = cut.start;
    loop {
        let path = format!(
            "/rest/api/3/issue/{}/comment?startAt={start}&maxResults=100&orderBy=created",
            escaped(&cut.issue)
        );
        let json = match site.get(doing, &path, tally).await {
            Ok(json) => json,
            // An issue that was deleted or hidden a moment ago keeps what came with its page.
            Err(Failed::Rejected(rejection)) if matches!(rejection.status, 403 | 404) => return Ok(further),
            Err(Failed::TooLarge(_)) => return Ok(Further { rest: Rest::LeftOut, ..further }),
            Err(failed) => return Err(refusal::error(doing, failed)),
        };
        let page = Object::read(&json)
            .filter(|page| page.json("comments").is_some_and(|list| list.starts_with('[')));
        let page = page.ok_or_else(|| SourceError::Broken {
            source_kind: KIND,
            doing,
            said: "the answer has no list of `comments`".to_owned(),
        })?;
        let came = page.elements("comments");
        let before = further.comments.len();
        for comment in &came {
            let id =
                Object::read(comment.get()).and_then(|comment| comment.id("id").map(Into::<String>::into));
            if !id.is_none_or(|id| met.insert(id)) {
                continue;
            }
            if further.bytes + comment.get().len() > MOST_BYTES {
                return Ok(Further { rest: Rest::LeftOut, ..further });
            }
            further.bytes += comment.get().len();
            further.comments.push((*comment).to_owned());
        }
        start += came.len() as u64;
        let total = page.number("total");
        if further.comments.len() == before || total.is_some_and(|total| start >= total) {
            return Ok(further);
        }
    }
}

/// An id comes from the vendor; in a path it stays one segment of it.
fn escaped(id: &str) -> String {
    id.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}
