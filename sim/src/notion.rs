//! The simulated Notion: every route on this page, in three versions of its API, over a workspace of pages, databases
//! and comments.

mod ask;
mod bend;
mod blocks;
mod change;
mod comments;
mod databases;
mod filter;
mod held;
mod id;
mod limiter;
mod load;
mod markdown;
mod page;
mod pages;
mod paging;
mod problem;
mod query;
mod recordings;
mod search;
mod seed;
mod sign;
mod space;
mod spoken;
mod users;
mod version;

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use axum::http::{Method, StatusCode};
use chrono::{DateTime, Utc};
use futures_util::future::{self, BoxFuture};
use serde_json::Value;

use self::ask::{Answer, Ask};
use self::limiter::Limiter;
use self::paging::Served;
use self::problem::Problem;
use self::space::Space;
use crate::records::Loading;
use crate::reply::Reply;
use crate::settings::{Settings, SimError};
use crate::vendor::{Asked, Vendor};

/// The simulated Notion.
#[derive(Debug)]
pub(crate) struct Notion {
    settings: Settings,
    space: RwLock<Space>,
    /// One for each of the two connections.
    limiters: Mutex<[Limiter; 2]>,
    served: Served,
    /// How many requests were answered.
    serial: AtomicU64,
}

impl Notion {
    /// Reads or plans the whole workspace.
    pub(crate) fn load(loading: &Loading<'_>) -> Result<Self, SimError> {
        Ok(Self {
            settings: loading.settings.clone(),
            space: RwLock::new(Space::load(loading)?),
            limiters: Mutex::default(),
            served: Served::default(),
            serial: AtomicU64::default(),
        })
    }

    fn space(&self) -> RwLockReadGuard<'_, Space> {
        self.space.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn space_to_change(&self) -> RwLockWriteGuard<'_, Space> {
        self.space.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of an answer.
    fn request_id(&self) -> String {
        id::other(0, 9, self.serial.fetch_add(1, Ordering::Relaxed))
    }

    fn refused(&self, problem: &Problem) -> Reply {
        let body = problem.body(self.space().integration());
        let reply = spoken::reply(problem.status(), body, &self.request_id());
        match problem {
            Problem::TooMany(seconds) => reply.with("retry-after", &seconds.to_string()),
            _ => reply,
        }
    }
}

impl Vendor for Notion {
    fn name(&self) -> &'static str {
        "notion"
    }

    fn prefix(&self) -> &'static str {
        "/notion"
    }

    fn endpoint(&self, asked: &Asked) -> String {
        let known = |part: &&str| {
            part.is_empty() || part.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
        };
        let segments = asked.segments();
        let mut route: Vec<&str> =
            segments.iter().skip(1).map(|part| if known(part) { part } else { "{id}" }).collect();
        // Ids of properties may look like words.
        if let [_, _, "properties", property] = &mut route[..] {
            *property = "{id}";
        }
        format!("{} {}", asked.method, route.join("/"))
    }

    /// Searches say in their body what they look for.
    fn aim<'a>(&self, asked: &'a Asked) -> Cow<'a, str> {
        if asked.path != "v1/search" {
            return Cow::Borrowed(&asked.path);
        }
        let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
        Cow::Owned(format!("{} {}", asked.path, body["filter"]["value"].as_str().unwrap_or_default()))
    }

    fn answer<'a>(&'a self, asked: &'a Asked) -> BoxFuture<'a, Reply> {
        let reply = match answer(self, asked) {
            Ok(said) => spoken::reply(StatusCode::OK, said.body, &self.request_id()).rows(said.rows),
            Err(problem) => self.refused(&problem),
        };
        Box::pin(future::ready(reply))
    }

    fn too_large(&self) -> Reply {
        self.refused(&Problem::TooLarge)
    }

    fn rate_limited(&self, wait: Option<&str>, reason: Option<&str>, _now: DateTime<Utc>) -> Reply {
        spoken::rate_limited(wait, reason, &self.request_id())
    }

    fn failed(&self, status: StatusCode) -> Reply {
        spoken::failed(status, &self.request_id())
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
        self.space().holds()
    }

    fn held(&self) -> String {
        self.space().held()
    }

    fn words(&self) -> &'static [&'static str] {
        &change::WORDS
    }

    fn change(&self, change: Value, now: DateTime<Utc>) -> Result<String, String> {
        self.space_to_change().change(change, now)
    }
}

fn answer(notion: &Notion, asked: &Asked) -> Answer {
    let limited = ask::caller(asked, &notion.settings)?;
    let version = ask::version(asked)?;
    let ask = Ask { notion, limited, version, asked };
    if notion.settings.limits || ask.quirk(bend::TRUE_LIMITER).is_some() {
        let mut limiters = notion.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = limiters[usize::from(limited)].wait(asked.now, notion.settings.notion_requests_a_minute);
        if let Some(seconds) = wait {
            return Err(Problem::TooMany(seconds));
        }
    }
    change::disturb(&ask);
    let segments = asked.segments();
    let ["v1", route @ ..] = &segments[..] else { return Err(Problem::NoRoute) };
    match (&asked.method, route) {
        (&Method::GET, ["users"]) => users::page(&ask),
        (&Method::GET, ["users", "me"]) => Ok(users::me(&ask)),
        (&Method::GET, ["users", id]) => users::one(&ask, id),
        (&Method::POST, ["search"]) => search::page(&ask),
        (&Method::GET, ["pages", id]) => pages::one(&ask, id),
        (&Method::GET, ["pages", id, "properties", property]) => pages::property(&ask, id, property),
        (&Method::GET, ["pages", id, "markdown"]) => markdown::page(&ask, id),
        (&Method::GET, ["databases", id]) => databases::one(&ask, id),
        (&Method::POST, ["databases", id, "query"]) => query::page_of_database(&ask, id),
        (&Method::GET, ["data_sources", id]) => databases::source(&ask, id),
        (&Method::POST, ["data_sources", id, "query"]) => query::page(&ask, id),
        (&Method::POST, ["blocks", "meeting_notes", "query"]) => recordings::found(&ask),
        (&Method::GET, ["blocks", id]) => blocks::one(&ask, id),
        (&Method::GET, ["blocks", id, "children"]) => blocks::children(&ask, id),
        (&Method::GET, ["comments"]) => comments::page(&ask),
        _ => Err(Problem::NoRoute),
    }
}
