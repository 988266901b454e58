//! Issues that were named one by one: fetched a hundred at a time, and what is not there is said.

use std::collections::HashSet;
use std::sync::Arc;

use daybook_core::model::document::Tombstone;
use daybook_core::ports::source::{Cursor, Fate, Known, SourceError};
use serde::{Deserialize, Serialize};

use super::awaiting::{Awaiting, Place};
use super::convert::Converter;
use super::fates::{self, Former};
use super::oversized::Row;
use super::record::project_of;
use super::search_page::SearchPage;
use super::site::{FETCH, Site};
use super::walk::{Fetched, Held, Stop};
use super::{KIND, refusal};
use crate::http::{Failed, Tally};
use crate::object::{Object, mended};
use crate::page_size::PageSize;

const VERSION: u32 = 1;
/// All fields of an issue, and those by which one is told that does not fit.
const ALL: [&str; 1] = ["*all"];
const FEW: [&str; 1] = ["updated"];
/// More characters name no issue.
const LONGEST_NAME: usize = 300;

/// How far a list of names has been gone through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ItemsPlace {
    v: u32,
    /// Names that lie behind.
    items: usize,
    #[serde(default)]
    history: Awaiting,
}

impl Place for ItemsPlace {
    fn awaiting(&mut self) -> &mut Awaiting {
        &mut self.history
    }

    fn cursor(&self) -> Cursor {
        // Numbers and texts always have a JSON form.
        Cursor(serde_json::to_string(self).unwrap_or_default())
    }
}

impl ItemsPlace {
    pub(super) fn begin(after: Option<&Cursor>) -> Result<Self, SourceError> {
        let Some(Cursor(stored)) = after else {
            return Ok(Self { v: VERSION, items: 0, history: Awaiting::default() });
        };
        let stored: Self =
            serde_json::from_str(stored).map_err(|error| super::checkpoint::unknown(&error.to_string()))?;
        if stored.v != VERSION {
            return Err(super::checkpoint::unknown(&format!("version {}", stored.v)));
        }
        Ok(stored)
    }
}

/// The names, each once, without what can be none.
pub(super) fn names(asked: &[String]) -> Result<Vec<String>, SourceError> {
    let mut met = HashSet::new();
    let mut names = Vec::with_capacity(asked.len());
    for name in asked.iter().map(|name| name.trim()) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(allowed) {
            let said = format!("`{}` is neither an issue's id nor its key", crate::http::scrubbed(name));
            return Err(SourceError::Unacceptable { source_kind: KIND, doing: FETCH, said });
        }
        let name = name.to_ascii_uppercase();
        if met.insert(name.clone()) {
            names.push(name);
        }
    }
    Ok(names)
}

fn is_id(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

/// Asks for the named issues.
pub(super) struct Items {
    pub(super) site: Arc<Site>,
    pub(super) names: Vec<String>,
    pub(super) known: Arc<dyn Known>,
    pub(super) size: PageSize,
    pub(super) tally: Tally,
}

/// A batch of them, and who of them is missing.
struct Batch {
    fetched: Fetched,
    /// Ids of those that are gone, and why.
    gone: Vec<(String, Tombstone)>,
    /// The first key that names nothing.
    unknown: Option<String>,
}

impl Items {
    /// From the stored place to the end.
    pub(super) async fn walk(
        &mut self,
        converter: &mut Converter,
        mut place: ItemsPlace,
    ) -> Result<(), Stop> {
        let is_over = place.items >= self.names.len();
        converter.catch_up(&mut place, is_over).await?;
        while place.items < self.names.len() {
            let rest = self.names[place.items..].to_vec();
            let answer = self.site.fetch(&rest, &ALL, &mut self.size, &mut self.tally).await;
            let (page, asked) = match answer {
                Ok(answer) => answer,
                Err(Failed::TooLarge(said)) => {
                    self.step_over(&rest[..1], said, converter, &mut place).await?;
                    continue;
                }
                Err(failed) => return Err(refusal::error(FETCH, failed).into()),
            };
            self.deliver(page, &rest[..asked], converter, &mut place).await?;
            let is_over = place.items >= self.names.len();
            converter.catch_up(&mut place, is_over).await?;
        }
        Ok(())
    }

    /// Gives what came; an error if a key names nothing.
    async fn deliver(
        &mut self,
        page: SearchPage,
        asked: &[String],
        converter: &mut Converter,
        place: &mut ItemsPlace,
    ) -> Result<(), Stop> {
        let batch = self.batch(page, asked).await?;
        place.items += asked.len();
        converter.give_items(batch.fetched, batch.gone, place).await?;
        batch.unknown.map_or(Ok(()), |key| Err(nothing(&key).into()))
    }

    /// Finds out what became of those that did not come.
    async fn batch(&mut self, page: SearchPage, asked: &[String]) -> Result<Batch, SourceError> {
        let mut came: HashSet<String> = HashSet::new();
        let mut renamed = 0_usize;
        let wanted: HashSet<&str> = asked.iter().map(String::as_str).collect();
        for issue in page.issues() {
            let json = mended(issue);
            let Some(issue) = Object::read(&json) else { continue };
            let id = issue.id("id").map(String::from);
            let key = issue.text("key").map(|key| key.to_ascii_uppercase());
            let names = [id, key];
            let is_wanted = names.iter().flatten().any(|name| wanted.contains(name.as_str()));
            renamed += usize::from(!is_wanted);
            came.extend(names.into_iter().flatten());
        }
        let missing: Vec<&String> = asked.iter().filter(|name| !came.contains(name.as_str())).collect();
        let (ids, keys): (Vec<&String>, Vec<&String>) = missing.into_iter().partition(|name| is_id(name));
        // An issue that moved answers to its old key, and comes under its new one.
        if renamed > keys.len() {
            let said = format!("it was asked for {} issues by name and gave {renamed} others", asked.len());
            return Err(SourceError::Broken { source_kind: KIND, doing: FETCH, said });
        }
        let unknown = if renamed == keys.len() { None } else { self.unknown(&keys, renamed).await? };
        let gone = self.gone(&ids).await?;
        let fetched = Fetched { page, tally: self.tally.handed_over(), held: None::<Held> };
        Ok(Batch { fetched, gone, unknown })
    }

    /// The first key that names no issue; some of them were answered under another key.
    async fn unknown(&mut self, keys: &[&String], renamed: usize) -> Result<Option<String>, SourceError> {
        if renamed == 0 {
            return Ok(keys.first().map(|key| (*key).clone()));
        }
        for key in keys {
            let one = [(*key).clone()];
            let answer = self.site.fetch(&one, &FEW, &mut PageSize::new(1), &mut self.tally).await;
            let (page, _) = answer.map_err(|failed| refusal::error(FETCH, failed))?;
            if page.is_empty() {
                return Ok(Some((*key).clone()));
            }
        }
        Ok(None)
    }

    async fn gone(&mut self, ids: &[&String]) -> Result<Vec<(String, Tombstone)>, SourceError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
        let held = self.known.held(&ids).await.map_err(|source| SourceError::Store {
            source_kind: KIND,
            doing: FETCH,
            source,
        })?;
        let project = |id: &str| held.get(id)?.version.as_deref().and_then(project_of).map(str::to_owned);
        let former: Vec<Former> = ids.iter().map(|id| Former { project: project(id) }).collect();
        let fates = fates::of_absent(&self.site, &former, &mut self.tally).await?;
        let gone = ids.iter().zip(fates).filter_map(|(id, fate)| match fate {
            Fate::Left(reason) => Some(((*id).to_owned(), reason)),
            Fate::There | Fate::Unclear => None,
        });
        Ok(gone.collect())
    }

    /// Keeps an issue that is too large even alone as one that could not be read.
    async fn step_over(
        &mut self,
        name: &[String],
        said: String,
        converter: &mut Converter,
        place: &mut ItemsPlace,
    ) -> Result<(), Stop> {
        let answer = self.site.fetch(name, &FEW, &mut PageSize::new(1), &mut self.tally).await;
        let (page, _) = answer.map_err(|failed| refusal::error(FETCH, failed))?;
        if page.is_empty() {
            return self.deliver(page, name, converter, place).await;
        }
        let readings = page
            .issues()
            .map(|issue| Ok(Row::read(issue)?.unreadable(said.clone())))
            .collect::<Result<_, SourceError>>()?;
        place.items += 1;
        converter.give_unread_items(readings, self.tally.handed_over(), place).await
    }
}

fn nothing(key: &str) -> SourceError {
    let said = format!("there is no issue {key}, or this credential may not see it");
    SourceError::Unacceptable { source_kind: KIND, doing: FETCH, said }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_once_and_nothing_else_is_a_name() {
        let given =
            |names: &[&str]| super::names(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(given(&["harb-1", "10001", " HARB-1 "]).unwrap(), ["HARB-1", "10001"]);
        for bad in ["", "HARB 1", "HARB-1\" OR", "É-1", "a/b"] {
            assert!(given(&[bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cursor_of_another_make_is_refused() {
        for odd in ["", "{}", r#"{"v":2,"items":1}"#, r#"{"v":1,"from_ms":0,"to_ms":0,"done":false}"#] {
            assert!(ItemsPlace::begin(Some(&Cursor(odd.to_owned()))).is_err(), "{odd}");
        }
        let place = ItemsPlace { v: VERSION, items: 3, history: Awaiting::default() };
        assert_eq!(ItemsPlace::begin(Some(&place.cursor())).unwrap(), place);
    }
}
