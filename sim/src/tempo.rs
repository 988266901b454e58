//! The simulated Tempo Timesheets Cloud, REST v4: every route on this page. It knows neither names nor keys, only the
//! ids of Jira's issues, projects and accounts.

mod accounts;
mod ask;
mod audit;
mod bend;
mod book;
mod change;
mod limiter;
mod load;
mod mapping;
mod nouns;
mod paging;
mod problem;
mod schedule;
mod seed;
mod selection;
mod spoken;
mod teams;
mod worklog;
mod worklogs;

use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use axum::http::{Method, StatusCode};
use chrono::{DateTime, Utc};
use futures_util::future::{self, BoxFuture};
use serde_json::Value;

use self::ask::{Answer, Ask};
use self::book::Book;
use self::limiter::Limiter;
use self::paging::Served;
use self::problem::Problem;
use crate::jira::Jira;
use crate::records::Loading;
use crate::reply::Reply;
use crate::settings::{Settings, SimError};
use crate::vendor::{Asked, Vendor};

/// The simulated Tempo.
#[derive(Debug)]
pub(crate) struct Tempo {
    settings: Settings,
    jira: Arc<Jira>,
    book: RwLock<Book>,
    limiter: Mutex<Limiter>,
    served: Served,
}

impl Tempo {
    /// Reads or makes all worklogs; they are about the issues of this Jira.
    pub(crate) fn load(loading: &Loading<'_>, jira: &Arc<Jira>) -> Result<Self, SimError> {
        Ok(Self {
            settings: loading.settings.clone(),
            jira: Arc::clone(jira),
            book: RwLock::new(Book::load(loading)?),
            limiter: Mutex::default(),
            served: Served::default(),
        })
    }

    fn book(&self) -> RwLockReadGuard<'_, Book> {
        self.book.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn book_to_change(&self) -> RwLockWriteGuard<'_, Book> {
        self.book.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// An issue that was deleted takes its worklogs with it.
    fn follow_jira(&self) {
        let heard = self.book().heard;
        let removed = self.jira.look().removed_since(heard);
        if !removed.is_empty() {
            self.book_to_change().forget_issues(heard, &removed);
        }
    }
}

impl Vendor for Tempo {
    fn name(&self) -> &'static str {
        "tempo"
    }

    fn prefix(&self) -> &'static str {
        "/tempo"
    }

    fn endpoint(&self, asked: &Asked) -> String {
        nouns::endpoint(&asked.method, &asked.segments())
    }

    fn answer<'a>(&'a self, asked: &'a Asked) -> BoxFuture<'a, Reply> {
        self.follow_jira();
        Box::pin(future::ready(answer(self, asked).unwrap_or_else(Problem::reply)))
    }

    fn too_large(&self) -> Reply {
        Problem::TooLarge.reply()
    }

    fn rate_limited(&self, _wait: Option<&str>, _reason: Option<&str>, _now: DateTime<Utc>) -> Reply {
        Problem::TooMany.reply()
    }

    fn failed(&self, status: StatusCode) -> Reply {
        spoken::failed(status)
    }

    fn garbage(&self) -> Reply {
        spoken::garbage()
    }

    fn login(&self) -> Reply {
        spoken::login()
    }

    fn quirks(&self) -> &'static [&'static str] {
        &bend::QUIRKS
    }

    fn holds(&self) -> Value {
        self.follow_jira();
        self.book().holds(&self.jira.look())
    }

    /// Id, issue, author, day, seconds, update, and the digest of the very bytes that a page serves.
    fn held(&self) -> String {
        self.follow_jira();
        self.book().held()
    }

    fn words(&self) -> &'static [&'static str] {
        &change::WORDS
    }

    fn change(&self, change: Value, now: DateTime<Utc>) -> Result<String, String> {
        self.follow_jira();
        self.book_to_change().change(change, &self.jira.look(), now)
    }
}

fn answer(tempo: &Tempo, asked: &Asked) -> Answer {
    let limited = ask::caller(asked, &tempo.settings)?;
    let ask = Ask { tempo, limited, asked };
    // The gateway counts whatever it lets through, and says no before anything is looked up.
    let passes = tempo.limiter.lock().unwrap_or_else(PoisonError::into_inner).passes(asked.now);
    if !passes && (tempo.settings.limits || ask.has_quirk(bend::TRUE_LIMITER)) {
        return Err(Problem::TooMany);
    }
    bend::world(&ask);
    let segments = asked.segments();
    match &segments[..] {
        ["4", route @ ..] => routed(&ask, route),
        ["papertrail", "1", "events", "deleted", "types", "worklog"] if ask.method == Method::GET => {
            audit::deleted(&ask)
        }
        _ => Err(Problem::NoRoute),
    }
}

/// Every route of the version that is simulated.
fn routed(ask: &Ask<'_>, route: &[&str]) -> Answer {
    match (&ask.method, route) {
        (&Method::GET, ["worklogs"]) => worklogs::page(ask),
        (&Method::POST, ["worklogs", "search"]) => worklogs::search(ask),
        (&Method::POST, ["worklogs", "work-attribute-values", "search"]) => mapping::attribute_values(ask),
        (&Method::POST, ["worklogs", "jira-to-tempo"]) => mapping::to_tempo(ask),
        (&Method::POST, ["worklogs", "tempo-to-jira"]) => mapping::to_jira(ask),
        (&Method::GET, ["worklogs", of @ ("user" | "issue" | "project" | "team" | "account"), id]) => {
            worklogs::page_of(ask, of, id)
        }
        (&Method::GET, ["worklogs", id]) => worklogs::one(ask, id),
        (&Method::GET, ["worklogs", id, "work-attribute-values"]) => mapping::values_of(ask, id),
        (&Method::GET, ["teams"]) => teams::page(ask),
        (&Method::GET, ["teams", id]) => teams::one(ask, id),
        (&Method::GET, ["teams", id, "members"]) => teams::members(ask, id),
        (&Method::GET, ["teams", id, "members", account]) => teams::member(ask, id, account),
        (&Method::GET, ["teams", id, "members", account, "memberships"]) => {
            teams::memberships(ask, id, Some(account))
        }
        (&Method::GET, ["team-memberships", "team", id]) => teams::memberships(ask, id, None),
        (&Method::POST, ["team-memberships", "search"]) => teams::search(ask),
        (&Method::GET, ["permission-roles"]) => teams::permission_roles(ask),
        (&Method::GET, ["roles"]) => teams::roles(ask),
        (&Method::GET, ["accounts"]) => accounts::page(ask),
        (&Method::POST, ["accounts", "search"]) => accounts::search(ask),
        (&Method::GET, ["accounts", key]) => accounts::one(ask, key),
        (&Method::GET, ["account-links", "project", id]) => accounts::links(ask, id),
        (&Method::GET, ["account-categories"]) => accounts::categories(ask),
        (&Method::GET, ["customers"]) => accounts::customers(ask),
        (&Method::GET, ["work-attributes"]) => accounts::attributes(ask),
        (&Method::GET, ["user-schedule"]) => schedule::days(ask),
        (&Method::GET, ["user-schedule", account]) => schedule::days_of(ask, account),
        (&Method::GET, ["workload-schemes"]) => schedule::schemes(ask),
        (&Method::GET, ["periods"]) => schedule::periods(ask),
        (&Method::GET, ["globalconfiguration"]) => Ok(schedule::configuration()),
        // Only with the Financial Manager, which this site does not have.
        (&Method::GET, ["projects"]) => Err(Problem::Forbidden),
        (&Method::POST, ["papertrail", "search"]) => audit::search(ask),
        (_, ["worklogs" | "teams" | "accounts" | "customers" | "papertrail", ..]) => {
            Err(Problem::WrongMethod)
        }
        _ => Err(Problem::NoRoute),
    }
}
