//! The site: all issues, in all orders, and who may see which of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::caller::Caller;
use super::issue::{Issue, parts};
use super::shelf::Shelf;
use super::{load, seed};
use crate::json::{Members, Object};
use crate::records::{Loading, Origin};
use crate::settings::SimError;
use crate::world::World;

/// Questions whose last page is kept.
const MOST_PAGES: usize = 16;

/// Everything that the simulated Jira holds.
#[derive(Debug)]
pub(crate) struct Site {
    pub(super) url: String,
    pub(super) zone: Tz,
    issues: HashMap<u64, Arc<Issue>>,
    /// Every key that an issue has or had.
    keys: HashMap<String, u64>,
    /// The highest number that a key of a project ever had, and the highest id: neither is given out twice.
    numbers: BTreeMap<String, u64>,
    last_id: u64,
    shelves: BTreeMap<String, Shelf>,
    projects: BTreeMap<String, Project>,
    statuses: BTreeSet<String>,
    /// The answer of `/field`: ids and JSON.
    pub(super) fields: Vec<(String, String)>,
    /// Projects that nobody sees any more.
    pub(super) hidden: BTreeSet<String>,
    /// Projects that were archived: search does not find their issues any more.
    pub(super) archived: BTreeSet<String>,
    /// How often the world was disturbed: the next time hits others.
    pub(super) disturbed: u64,
    /// Projects that the limited caller does not see.
    pub(super) closed: BTreeSet<String>,
    /// Projects whose issues can have a security level: some have or had one.
    leveled: BTreeSet<String>,
    /// Issues that were deleted, in turn: what points to them goes with them.
    pub(super) removed: Vec<(u64, DateTime<Utc>)>,
    pub(super) world: Option<Arc<World>>,
    /// The page with a token that was served last, by question and by whether the caller is the limited one.
    pages: Mutex<HashMap<(String, bool), Bytes>>,
}

/// A project as it is held.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) name: String,
    /// The lead as JSON, if it is known.
    pub(crate) lead: Option<String>,
    /// The project as issues carry it.
    pub(crate) json: String,
}

impl Site {
    /// Reads or makes the world.
    pub(crate) fn load(loading: &Loading<'_>) -> Result<Self, SimError> {
        let settings = loading.settings;
        let zone: Tz = settings.time_zone.parse().map_err(|_| SimError::Zone(settings.time_zone.clone()))?;
        let mut site = Self::empty(&settings.site_url, zone);
        match &loading.origin {
            Origin::Company(world) => seed::fill(&mut site, world),
            Origin::Records(folder) => load::folder(&mut site, folder)?,
        }
        if site.fields.is_empty() {
            site.fields = super::fields::standard();
        }
        if site.closed.is_empty() && site.projects.len() > 1 {
            site.closed.extend(site.projects.keys().next_back().cloned());
        }
        Ok(site)
    }

    pub(super) fn empty(url: &str, zone: Tz) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            zone,
            issues: HashMap::new(),
            keys: HashMap::new(),
            numbers: BTreeMap::new(),
            last_id: 0,
            shelves: BTreeMap::new(),
            projects: BTreeMap::new(),
            statuses: BTreeSet::new(),
            fields: Vec::new(),
            hidden: BTreeSet::new(),
            archived: BTreeSet::new(),
            disturbed: 0,
            closed: BTreeSet::new(),
            leveled: BTreeSet::new(),
            removed: Vec::new(),
            world: None,
            pages: Mutex::default(),
        }
    }

    /// Holds an issue; says what is wrong if its id or key is taken.
    pub(crate) fn add(&mut self, issue: Issue) -> Result<(), String> {
        let key = issue.key();
        if self.issues.contains_key(&issue.id) {
            return Err(format!("has the id {}, which another record has", issue.id));
        }
        if self.keys.contains_key(&key) {
            return Err(format!("has the key {key}, which another record has"));
        }
        if !self.projects.contains_key(&issue.project) {
            let json = issue.json();
            let project = parts(&json).1.object("project").unwrap_or_default();
            self.add_project(Project::of(&issue.project, &project));
        }
        self.put(issue);
        Ok(())
    }

    pub(crate) fn add_project(&mut self, project: Project) {
        self.projects.insert(project.key.clone(), project);
    }

    /// Hides a project from the limited caller.
    pub(crate) fn close_project(&mut self, key: &str) {
        self.closed.insert(key.to_owned());
    }

    /// Takes an issue away, with all of its keys.
    pub(super) fn remove(&mut self, id: u64, now: DateTime<Utc>) -> Option<Arc<Issue>> {
        let issue = self.issues.remove(&id)?;
        if let Some(shelf) = self.shelves.get_mut(&issue.project) {
            shelf.remove(&issue);
        }
        self.keys.retain(|_, held| *held != id);
        self.removed.push((id, now));
        Some(issue)
    }

    /// Puts a changed issue in the place of the old one; its old key still finds it.
    pub(super) fn replace(&mut self, issue: Issue) {
        if let Some(old) = self.issues.get(&issue.id)
            && let Some(shelf) = self.shelves.get_mut(&old.project)
        {
            shelf.remove(old);
        }
        self.put(issue);
    }

    /// Holds an issue whose id and key are its own.
    pub(super) fn put(&mut self, issue: Issue) {
        if !self.statuses.contains(&issue.status) {
            self.statuses.insert(issue.status.clone());
        }
        if issue.restricted && !self.leveled.contains(&issue.project) {
            self.leveled.insert(issue.project.clone());
        }
        self.keys.insert(issue.key(), issue.id);
        self.last_id = self.last_id.max(issue.id);
        match self.numbers.get_mut(&issue.project) {
            Some(number) => *number = issue.number.max(*number),
            None => _ = self.numbers.insert(issue.project.clone(), issue.number),
        }
        self.shelves.entry(issue.project.clone()).or_default().add(&issue);
        self.issues.insert(issue.id, Arc::new(issue));
    }

    pub(crate) fn len(&self) -> usize {
        self.issues.len()
    }

    pub(crate) fn issues_by_project(&self) -> BTreeMap<&str, usize> {
        self.shelves.iter().map(|(key, shelf)| (key.as_str(), shelf.len())).collect()
    }

    /// One line an issue, by id: everything that the caller who sees most can read.
    pub(crate) fn held(&self) -> String {
        let ids = self.ids();
        let mut lines = String::with_capacity(ids.len() * 160);
        let readable = |issue: &&Arc<Issue>| !self.is_gone(&issue.project);
        for issue in ids.iter().filter_map(|id| self.issues.get(id)).filter(readable) {
            lines.push_str(&issue.held());
            lines.push('\n');
        }
        lines
    }

    /// Whether issues of a project can have a security level.
    pub(crate) fn has_levels(&self, project: &str) -> bool {
        self.leveled.contains(project)
    }

    /// An issue whatever the caller may see.
    pub(crate) fn issue_by_id(&self, id: u64) -> Option<&Arc<Issue>> {
        self.issues.get(&id)
    }

    /// An issue by id or by a key that it has or had, whatever the caller may see.
    pub(super) fn any_issue(&self, id_or_key: &str) -> Option<&Arc<Issue>> {
        let id = match id_or_key.parse::<u64>() {
            Ok(id) => id,
            Err(_) => *self.keys.get(&id_or_key.to_uppercase())?,
        };
        self.issues.get(&id)
    }

    /// An issue by id or key, if it exists for this caller.
    pub(crate) fn issue(&self, id_or_key: &str, caller: &Caller) -> Option<&Arc<Issue>> {
        self.any_issue(id_or_key).filter(|issue| self.shows(issue, caller))
    }

    pub(crate) fn shows(&self, issue: &Issue, caller: &Caller) -> bool {
        self.shows_project(&issue.project, caller) && !(caller.limited && issue.restricted)
    }

    fn is_gone(&self, key: &str) -> bool {
        self.hidden.contains(key) || self.archived.contains(key)
    }

    pub(crate) fn shows_project(&self, key: &str, caller: &Caller) -> bool {
        let closed = caller.limited && self.closed.contains(key);
        !closed && !self.is_gone(key)
    }

    /// The key of a project by key, id or name, if it exists for this caller.
    pub(crate) fn project_called(&self, name: &str, caller: &Caller) -> Option<String> {
        let project = self.projects.get(&name.to_uppercase()).or_else(|| {
            self.projects
                .values()
                .find(|project| project.id == name || project.name.eq_ignore_ascii_case(name))
        })?;
        self.shows_project(&project.key, caller).then(|| project.key.clone())
    }

    pub(super) fn project(&self, key: &str) -> Option<&Project> {
        self.projects.get(key)
    }

    /// Projects and their shelves that exist for this caller, by key.
    pub(crate) fn projects<'a>(
        &'a self,
        caller: &'a Caller,
    ) -> impl Iterator<Item = (&'a Project, &'a Shelf)> {
        self.projects
            .values()
            .filter(|project| self.shows_project(&project.key, caller))
            .filter_map(|project| Some((project, self.shelves.get(&project.key)?)))
    }

    pub(crate) fn has_status(&self, lower_case_name: &str) -> bool {
        self.statuses.contains(lower_case_name)
    }

    /// Keeps a page for those who will be shown it again.
    pub(crate) fn keep_page(&self, jql: &str, caller: &Caller, page: Bytes) {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.len() >= MOST_PAGES {
            pages.clear();
        }
        pages.insert((jql.to_owned(), caller.limited), page);
    }

    /// The page that was kept last for this question.
    pub(crate) fn last_page(&self, jql: &str, caller: &Caller) -> Option<Bytes> {
        let pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.get(&(jql.to_owned(), caller.limited)).cloned()
    }

    /// The next number that is free in a project.
    pub(super) fn next_number(&self, project: &str) -> u64 {
        self.numbers.get(project).copied().unwrap_or_default() + 1
    }

    pub(super) fn next_id(&self) -> u64 {
        self.last_id.max(10_000) + 1
    }

    /// The ids of all issues, ascending.
    pub(super) fn ids(&self) -> Vec<u64> {
        let mut ids: Vec<_> = self.issues.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// Some issue that has this status; the name is in lower case.
    pub(super) fn example_of(&self, status: &str) -> Option<&Arc<Issue>> {
        self.issues.values().find(|issue| issue.status == status)
    }

    /// The names of all statuses, in lower case.
    pub(super) fn statuses(&self) -> impl Iterator<Item = &str> {
        self.statuses.iter().map(String::as_str)
    }

    /// The keys of all projects.
    pub(super) fn project_keys(&self) -> impl Iterator<Item = &str> {
        self.projects.keys().map(String::as_str)
    }

    /// Projects that nobody works in any more, and their shelves, by key.
    pub(crate) fn archived_projects(&self) -> impl Iterator<Item = (&Project, &Shelf)> {
        let projects = self.archived.iter().filter_map(|key| self.projects.get(key));
        projects.filter_map(|project| Some((project, self.shelves.get(&project.key)?)))
    }
}

impl Project {
    /// A project as its first issue shows it.
    pub(crate) fn of(key: &str, members: &Members<'_>) -> Self {
        let json = members.iter().fold(Object::new(), |json, (name, value)| json.raw(name, value)).end();
        Self {
            id: members.text("id").unwrap_or_default(),
            key: key.to_owned(),
            name: members.text("name").unwrap_or_else(|| key.to_owned()),
            lead: None,
            json,
        }
    }
}
