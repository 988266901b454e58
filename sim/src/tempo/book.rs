//! Everything that the simulated Tempo holds: worklogs in their orders, who wrote them, teams, accounts, and the trail
//! of what was deleted.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::ask::written;
use super::audit::Deleted;
use super::teams::Team;
use super::worklog::Worklog;
use super::{load, seed};
use crate::jira::lookup::Lookup;
use crate::json::Object;
use crate::records::{Loading, Origin};
use crate::settings::SimError;
use crate::world::World;

/// Teams whose worklogs the limited caller may view.
pub(super) const OPEN_TEAMS: [u64; 2] = [1, 2];

/// Somebody with worklogs.
#[derive(Debug)]
pub(super) struct Author {
    pub(super) account_id: String,
    /// What edits call them by.
    pub(super) name: String,
    pub(super) zone: Option<Tz>,
}

/// All that is held.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(super) site_url: String,
    pub(super) world: Option<Arc<World>>,
    pub(super) authors: Vec<Author>,
    by_account: HashMap<String, usize>,
    worklogs: BTreeMap<u64, Arc<Worklog>>,
    by_day: BTreeSet<(NaiveDate, Option<NaiveTime>, u64)>,
    /// The highest id that was ever given.
    last_id: u64,
    pub(super) teams: Vec<Team>,
    /// As they are served, with their keys in `key`.
    pub(super) accounts: Vec<Value>,
    pub(super) customers: Vec<Value>,
    pub(super) schemes: Vec<Value>,
    pub(super) deleted: Vec<Deleted>,
    /// Worklogs that no caller may view.
    hidden: BTreeSet<u64>,
    /// How many of Jira's deletions are known here.
    pub(super) heard: usize,
    disturbed: u64,
}

impl Book {
    pub(super) fn load(loading: &Loading<'_>) -> Result<Self, SimError> {
        let site_url = loading.settings.site_url.trim_end_matches('/').to_owned();
        let mut book = Self { site_url, ..Self::default() };
        match &loading.origin {
            Origin::Company(world) => seed::fill(&mut book, world, loading.settings.worklogs_a_day),
            Origin::Records(folder) => load::folder(&mut book, folder)?,
        }
        Ok(book)
    }

    /// The place of the person with this account, who is entered if they are new.
    pub(super) fn author(&mut self, account_id: &str) -> usize {
        if let Some(place) = self.by_account.get(account_id) {
            return *place;
        }
        let (account_id, name) = (account_id.to_owned(), account_id.to_owned());
        self.add_author(Author { account_id, name, zone: None })
    }

    pub(super) fn add_author(&mut self, author: Author) -> usize {
        self.by_account.insert(author.account_id.clone(), self.authors.len());
        self.authors.push(author);
        self.authors.len() - 1
    }

    pub(super) fn author_with(&self, account_id: &str) -> Option<usize> {
        self.by_account.get(account_id).copied()
    }

    /// A person as the vendor shows them.
    pub(super) fn author_json(&self, place: usize) -> String {
        let account = self.authors.get(place).map_or("", |author| author.account_id.as_str());
        let address = format!("{}/rest/api/2/user?accountId={account}", self.site_url);
        Object::new().text("self", &address).text("accountId", account).end()
    }

    /// Holds a worklog, or another version of one.
    pub(super) fn put(&mut self, worklog: Worklog) {
        self.take(worklog.id);
        self.last_id = self.last_id.max(worklog.id);
        self.by_day.insert((worklog.day, worklog.start, worklog.id));
        self.worklogs.insert(worklog.id, Arc::new(worklog));
    }

    fn take(&mut self, id: u64) -> Option<Arc<Worklog>> {
        let worklog = self.worklogs.remove(&id)?;
        self.by_day.remove(&(worklog.day, worklog.start, id));
        Some(worklog)
    }

    /// Deletes a worklog; only the trail tells of it.
    pub(super) fn delete(&mut self, id: u64, now: DateTime<Utc>) -> Option<()> {
        let worklog = self.take(id)?;
        self.hidden.remove(&id);
        self.deleted.push(Deleted { worklog, at: now.timestamp_millis() });
        Some(())
    }

    /// Hides a worklog from everybody, or shows it again.
    pub(super) fn hide(&mut self, id: u64, hides: bool) -> Option<()> {
        self.worklogs.get(&id)?;
        if hides {
            self.hidden.insert(id)
        } else {
            self.hidden.remove(&id)
        };
        Some(())
    }

    pub(super) fn forget_issues(&mut self, heard: usize, removed: &[(u64, DateTime<Utc>)]) {
        for (issue, at) in removed {
            let on_it = self.worklogs.values().filter(|worklog| worklog.issue == *issue);
            let ids: Vec<_> = on_it.map(|worklog| worklog.id).collect();
            for id in ids {
                self.delete(id, *at);
            }
        }
        self.heard = heard + removed.len();
    }

    pub(super) fn next_id(&self) -> u64 {
        self.last_id + 1
    }

    pub(super) fn worklog(&self, id: u64) -> Option<&Arc<Worklog>> {
        self.worklogs.get(&id)
    }

    pub(super) fn has_issue(&self, id: u64) -> bool {
        self.worklogs.values().any(|worklog| worklog.issue == id)
    }

    /// By id.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Worklog>> {
        self.worklogs.values()
    }

    /// Those of some days, by their beginning.
    pub(super) fn between(&self, from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = &Arc<Worklog>> {
        let range =
            (from <= to).then(|| self.by_day.range((from, None, 0)..=(to, Some(LAST_MOMENT), u64::MAX)));
        range.into_iter().flatten().filter_map(|(.., id)| self.worklogs.get(id))
    }

    /// Whether a caller may view a worklog: the limited one sees some teams', as long as people were in them.
    pub(super) fn shows(&self, worklog: &Worklog, limited: bool) -> bool {
        let open = |team: &&Team| OPEN_TEAMS.contains(&team.id);
        if self.hidden.contains(&worklog.id) {
            return false;
        }
        !limited
            || self.teams.iter().filter(open).any(|team| team.had(worklog.author, worklog.day))
            // Real records come without teams; the first of the authors stands for one.
            || (self.teams.is_empty() && worklog.author == 0)
    }

    /// Deletes or edits so many worklogs, others at each call.
    pub(super) fn disturb(&mut self, worklogs: u64, deletes: bool, now: DateTime<Utc>) {
        let ids: Vec<_> = self.worklogs.keys().copied().collect();
        let Ok(length) = u64::try_from(ids.len()) else { return };
        for _ in 0..worklogs.min(length) {
            self.disturbed += 1;
            // A step that is prime to most lengths, so that all of them have their turn.
            let place = self.disturbed.wrapping_mul(7_919) % length;
            let id = ids[usize::try_from(place).unwrap_or(0)];
            if deletes {
                self.delete(id, now);
            } else if let Some(worklog) = self.worklogs.get(&id).map(|worklog| worklog.to_edit(self)) {
                let (seconds, updated) = (worklog.seconds + 900, now.timestamp_millis());
                self.put(Worklog { seconds, updated, ..worklog });
            }
        }
    }

    pub(super) fn holds(&self, jira: &Lookup<'_>) -> Value {
        let (mut by_project, mut seconds) = (BTreeMap::<&str, u64>::new(), 0);
        for worklog in self.all().filter(|worklog| self.shows(worklog, false)) {
            *by_project.entry(jira.project_key(worklog.issue).unwrap_or("?")).or_default() += 1;
            seconds += worklog.seconds;
        }
        json!({
            "worklogs": self.worklogs.len() - self.hidden.len(), "seconds": seconds, "by_project": by_project,
            "teams": self.teams.len(), "accounts": self.accounts.len(), "deleted": self.deleted.len(),
        })
    }

    /// One line a worklog, by id.
    pub(super) fn held(&self) -> String {
        let mut lines = String::with_capacity(self.worklogs.len() * 240);
        for worklog in self.all().filter(|worklog| self.shows(worklog, false)) {
            let digest = Sha256::digest(worklog.json(self));
            let hex = digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
                // Writing to a String cannot fail.
                let _ = write!(hex, "{byte:02x}");
                hex
            });
            let author = self.authors.get(worklog.author).map_or("", |author| author.account_id.as_str());
            let line = Object::new()
                .plain("id", worklog.id)
                .plain("issue", worklog.issue)
                .text("author", author)
                .text("startDate", &worklog.day.to_string())
                .plain("timeSpentSeconds", worklog.seconds)
                .text("updatedAt", &written(worklog.updated))
                .text("sha256", &hex);
            lines.push_str(&line.end());
            lines.push('\n');
        }
        lines
    }
}

const LAST_MOMENT: NaiveTime = match NaiveTime::from_hms_opt(23, 59, 59) {
    Some(time) => time,
    None => NaiveTime::MIN,
};
