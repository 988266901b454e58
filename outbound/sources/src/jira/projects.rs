//! The projects of a site, as far as this credential sees them.

use std::collections::HashSet;

use daybook_core::ports::source::SourceError;

use super::site::{PROJECTS, Site, path_of};
use super::{KIND, refusal};
use crate::http::{Failed, Tally};
use crate::object::Object;

/// No site has more pages of projects than this; one that goes on repeats itself.
const MOST_PAGES: u32 = 400;

/// A project in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) key: String,
    pub(super) standing: Standing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Live,
    Archived,
    Deleted,
}

/// The keys of all projects whose issues this credential may browse.
pub(super) async fn browsable(site: &Site, tally: &mut Tally) -> Result<Vec<String>, SourceError> {
    let all =
        listed(site, "&action=browse", tally).await.map_err(|failed| refusal::error(PROJECTS, failed))?;
    Ok(all.into_iter().map(|seen| seen.key).collect())
}

/// All projects of which this credential knows, also those that it may not browse and those that were put away. A hint:
/// a site that does not answer this question gives none.
pub(super) async fn known_of(site: &Site, tally: &mut Tally) -> Result<Option<Vec<Seen>>, SourceError> {
    match listed(site, "&status=live&status=archived&status=deleted", tally).await {
        Ok(all) => Ok(Some(all)),
        Err(Failed::Rejected(_)) => Ok(None),
        Err(failed) => Err(refusal::error(PROJECTS, failed)),
    }
}

async fn listed(site: &Site, filter: &str, tally: &mut Tally) -> Result<Vec<Seen>, Failed> {
    let broken = |said: &str| {
        Failed::Source(SourceError::Broken { source_kind: KIND, doing: PROJECTS, said: said.to_owned() })
    };
    let (mut all, mut met, mut start) = (Vec::new(), HashSet::new(), 0);
    for _ in 0..MOST_PAGES {
        let path = format!("{}?startAt={start}&maxResults=50&orderBy=key{filter}", path_of(PROJECTS));
        let json = site.get(PROJECTS, &path, tally).await?;
        let page = Object::read(&json).ok_or_else(|| broken("the answer is not an object"))?;
        if page.json("values").is_none_or(|values| !values.starts_with('[')) {
            return Err(broken("the page has no list of `values`"));
        }
        let values = page.elements("values");
        let before = all.len();
        for project in values.iter().filter_map(|value| Object::read(value.get())) {
            let is = |name: &str| project.json(name) == Some("true");
            let standing = match (is("deleted"), is("archived")) {
                (true, _) => Standing::Deleted,
                (_, true) => Standing::Archived,
                _ => Standing::Live,
            };
            let key = project.text("key").map(String::from);
            all.extend(key.filter(|key| met.insert(key.clone())).map(|key| Seen { key, standing }));
        }
        start += values.len();
        let is_all = page.number("total").is_some_and(|total| start as u64 >= total);
        if values.is_empty() || is_all || page.json("isLast") != Some("false") {
            return Ok(all);
        }
        if all.len() == before {
            return Err(broken("pages repeat: a page of projects holds only projects that came before"));
        }
    }
    Err(broken("pages repeat: the list of projects does not end"))
}

/// Whether some of a project's issues may be hidden from this credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// It has levels of security.
    Some,
    /// It has none: who browses the project sees all of it.
    None,
    /// Only administrators are told.
    Untold,
}

pub(super) async fn scheme(site: &Site, key: &str, tally: &mut Tally) -> Result<Scheme, SourceError> {
    let doing = "ask for a project's security scheme";
    let path = format!("/rest/api/3/project/{key}/issuesecuritylevelscheme");
    match site.get(doing, &path, tally).await {
        Ok(_) => Ok(Scheme::Some),
        Err(Failed::Rejected(no)) if no.status == 404 => Ok(Scheme::None),
        Err(Failed::Rejected(no)) if no.status == 400 || refusal::refuses_a_part(&no) => Ok(Scheme::Untold),
        Err(failed) => Err(refusal::error(doing, failed)),
    }
}
