//! What has become of issues that are listed no more. Jira answers the same for what was deleted and for what is hidden;
//! they can be told apart only where nothing can be hidden.

use std::collections::{BTreeSet, HashMap};

use daybook_core::model::document::Tombstone;
use daybook_core::ports::source::{Fate, Listed, SourceError};

use super::projects::{self, Scheme, Standing};
use super::refusal;
use super::site::{FETCH, Site};
use crate::http::Tally;
use crate::object::{Object, mended};
use crate::page_size::PageSize;

/// Issues that Jira fetches at once.
pub(super) const AT_ONCE: u32 = 100;
/// What is asked of each: where it is, and whether it was put away.
const FIELDS: [&str; 2] = ["project", "archiveddate"];

/// What is known of an issue that did not come.
#[derive(Debug, Clone, Default)]
pub(super) struct Former {
    /// The project in which it was.
    pub(super) project: Option<String>,
}

/// The fates of issues, in the order of their ids.
pub(super) async fn of(site: &Site, records: &[Listed], tally: &mut Tally) -> Result<Vec<Fate>, SourceError> {
    let ids: Vec<&str> = records.iter().map(|record| record.external_id.as_str()).collect();
    let is_id = |id: &&&str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let asked: Vec<String> = ids.iter().filter(is_id).map(|id| (*id).to_owned()).collect();
    let mut there: HashMap<String, Fate> = HashMap::new();
    let (mut batch, mut behind) = (PageSize::new(AT_ONCE), 0);
    while behind < asked.len() {
        let answer = site.fetch(&asked[behind..], &FIELDS, &mut batch, tally).await;
        let (page, count) = answer.map_err(|failed| refusal::error(FETCH, failed))?;
        behind += count;
        for issue in page.issues() {
            let json = mended(issue);
            let Some(issue) = Object::read(&json) else { continue };
            let Some(id) = issue.id("id") else { continue };
            let fields = issue.object("fields");
            let is_archived = fields.is_some_and(|fields| fields.json("archiveddate").is_some());
            let fate = if is_archived { Fate::Left(Tombstone::Archived) } else { Fate::There };
            there.insert(id.into_owned(), fate);
        }
    }
    let is_absent = |id: &&str| is_id(&id) && !there.contains_key(*id);
    let former = records.iter().filter(|record| is_absent(&record.external_id.as_str()));
    let former: Vec<Former> = former.map(|record| Former { project: record.project.clone() }).collect();
    let absent = if former.is_empty() { Vec::new() } else { of_absent(site, &former, tally).await? };
    let mut absent = absent.into_iter();
    let fate = |id: &&str| match there.get(*id) {
        Some(fate) => *fate,
        None if is_absent(id) => absent.next().unwrap_or(Fate::Unclear),
        // A record without an id was named by Daybook; nobody can ask for it.
        None => Fate::Unclear,
    };
    Ok(ids.iter().map(fate).collect())
}

/// The fates of issues that did not come when they were asked for.
pub(super) async fn of_absent(
    site: &Site,
    absent: &[Former],
    tally: &mut Tally,
) -> Result<Vec<Fate>, SourceError> {
    let browsable: BTreeSet<String> = projects::browsable(site, tally).await?.into_iter().collect();
    let lost = |former: &Former| former.project.as_ref().is_some_and(|key| !browsable.contains(key));
    let archived = if absent.iter().any(lost) { archived(site, tally).await? } else { BTreeSet::new() };
    let mut schemes = Schemes { site, browsable: &browsable, told: HashMap::new(), any: None };
    let mut fates = Vec::with_capacity(absent.len());
    for former in absent {
        let reason = match &former.project {
            Some(key) if archived.contains(key) => Tombstone::Archived,
            Some(key) if !browsable.contains(key) => Tombstone::NoAccess,
            Some(key) => schemes.of(key, tally).await?,
            None => schemes.anywhere(tally).await?,
        };
        fates.push(Fate::Left(reason));
    }
    Ok(fates)
}

async fn archived(site: &Site, tally: &mut Tally) -> Result<BTreeSet<String>, SourceError> {
    let known = projects::known_of(site, tally).await?.unwrap_or_default();
    Ok(known.into_iter().filter(|seen| seen.standing == Standing::Archived).map(|seen| seen.key).collect())
}

/// What it means that an issue is absent, by project; each is asked once.
struct Schemes<'a> {
    site: &'a Site,
    browsable: &'a BTreeSet<String>,
    told: HashMap<String, Tombstone>,
    any: Option<Tombstone>,
}

impl Schemes<'_> {
    async fn of(&mut self, key: &str, tally: &mut Tally) -> Result<Tombstone, SourceError> {
        if let Some(reason) = self.told.get(key) {
            return Ok(*reason);
        }
        let reason = match projects::scheme(self.site, key, tally).await? {
            Scheme::None => Tombstone::Deleted,
            Scheme::Some | Scheme::Untold => Tombstone::NoAccess,
        };
        self.told.insert(key.to_owned(), reason);
        Ok(reason)
    }

    /// Of an issue of any project: it was deleted only if no project could hide it.
    async fn anywhere(&mut self, tally: &mut Tally) -> Result<Tombstone, SourceError> {
        if let Some(reason) = self.any {
            return Ok(reason);
        }
        let mut reason = Tombstone::Deleted;
        for key in self.browsable.clone() {
            reason = self.of(&key, tally).await?;
            if reason == Tombstone::NoAccess {
                break;
            }
        }
        self.any = Some(reason);
        Ok(reason)
    }
}
