//! The simulated Fireflies.ai: one GraphQL endpoint over the vendor's own schema. Nothing can be changed through it.

mod analytics;
mod ask;
mod bend;
mod book;
mod change;
mod digest;
mod dress;
mod engine;
mod limiter;
mod problem;
mod resolve;
mod roots;
mod scene;
mod seed;
mod selection;
mod sight;
mod spoken;
mod summary;
mod team;
mod transcript;

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{PathSegment, Request, Response, Variables};
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use self::ask::{Caller, Outline, Question, quirk};
use self::engine::Engine;
use self::limiter::{Limiter, Plan};
use self::problem::Problem;
use self::scene::{Scene, Site};
use crate::records::Loading;
use crate::reply::Reply;
use crate::settings::{Settings, SimError};
use crate::vendor::{Asked, Vendor};

/// The simulated Fireflies.
#[derive(Debug)]
pub(crate) struct Fireflies {
    settings: Settings,
    site: Arc<Site>,
    engine: Engine,
    limiter: Mutex<Limiter>,
}

impl Fireflies {
    /// Reads or makes all transcripts.
    pub(crate) fn load(loading: &Loading<'_>) -> Result<Self, SimError> {
        Ok(Self {
            settings: loading.settings.clone(),
            site: Arc::new(Site::load(loading)?),
            engine: Engine::new().map_err(SimError::Schema)?,
            limiter: Mutex::default(),
        })
    }

    async fn answered(&self, asked: &Asked) -> Reply {
        let question = match Question::read(asked) {
            Ok(question) => question,
            Err(problem) => return problem.reply(None, problem.status()),
        };
        let outline = question.outline();
        let root = outline.roots.first().map(String::as_str);
        let caller = match self.admitted(asked) {
            Ok(caller) => caller,
            Err(problem) => return problem.reply(root, status(asked, problem.status())),
        };
        let scene = Arc::new(Scene::new(Arc::clone(&self.site), caller, asked.faults.clone(), asked.now));
        bend::world(&scene);
        let mut request = Request::new(question.query)
            .variables(Variables::from_json(question.variables))
            .data(Arc::clone(&scene));
        if let Some(operation) = question.operation_name {
            request = request.operation_name(operation);
        }
        let response = self.engine.schema(bend::missing(&asked.faults)).execute(request).await;
        said(asked, response, &outline).rows(scene.rows())
    }

    /// Who asks, if they may and have not asked too often.
    fn admitted(&self, asked: &Asked) -> Result<Caller, Problem> {
        let caller = Caller::of(asked, &self.settings)?;
        let asked_for = quirk(&asked.faults, bend::LIMITER);
        if self.settings.limits || asked_for.is_some() {
            let number = |name: &str| asked_for.and_then(|value| usize::try_from(value[name].as_u64()?).ok());
            let plan = Plan {
                a_minute: number("a_minute").unwrap_or(self.settings.fireflies_a_minute),
                a_day: number("a_day").or(self.settings.fireflies_a_day),
            };
            let mut limiter = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
            limiter.passes(&caller.email, plan, asked.now).map_err(Problem::TooMany)?;
        }
        Ok(caller)
    }
}

/// Errors come as a success of HTTP, unless a fault asks for the status that they carry.
fn status(asked: &Asked, carried: StatusCode) -> StatusCode {
    let Some(value) = quirk(&asked.faults, bend::STATUS) else { return StatusCode::OK };
    let given = value["code"].as_u64().and_then(|code| u16::try_from(code).ok());
    given.and_then(|code| StatusCode::from_u16(code).ok()).unwrap_or(carried)
}

/// What the engine found, as it goes over the wire.
fn said(asked: &Asked, response: Response, outline: &Outline) -> Reply {
    // In the order of the query, which a tree would not keep.
    let data = serde_json::to_string(&response.data).unwrap_or_else(|_| "null".to_owned());
    if response.errors.is_empty() {
        return Reply::json(StatusCode::OK, format!("{{\"data\":{data}}}"));
    }
    let errors: Vec<Value> = response
        .errors
        .into_iter()
        .map(|mut error| {
            // What took the whole answer with it does not know where it stood.
            if error.path.is_empty() && error.extensions.is_some() {
                error.path = outline.roots.first().cloned().map(PathSegment::Field).into_iter().collect();
            }
            problem::written(&error)
        })
        .collect();
    // A query that the schema refuses was never begun: there is not even an empty answer to it.
    if errors.iter().any(|error| error["extensions"]["status"].is_null()) {
        return Reply::json(StatusCode::BAD_REQUEST, json!({"errors": errors}).to_string());
    }
    let status = status(asked, problem::status_of(&errors[0]));
    Reply::json(status, format!("{{\"errors\":{},\"data\":{data}}}", Value::from(errors)))
}

impl Vendor for Fireflies {
    fn name(&self) -> &'static str {
        "fireflies"
    }

    fn prefix(&self) -> &'static str {
        "/fireflies"
    }

    /// The fields at the root of the query: there is only one route.
    fn endpoint(&self, asked: &Asked) -> String {
        let roots = Outline::of(asked).map(|(outline, _)| outline.roots.join(",")).unwrap_or_default();
        let known = if roots.is_empty() { "?" } else { &roots };
        format!("{} graphql {known}", asked.method)
    }

    /// `graphql transcripts(List)` or `graphql transcript(Full) 01K...`.
    fn aim<'a>(&self, asked: &'a Asked) -> Cow<'a, str> {
        let Some((outline, question)) = Outline::of(asked) else { return Cow::Borrowed(&asked.path) };
        let id = question.variables["id"].as_str().unwrap_or_default();
        Cow::Owned(format!("graphql {}({}) {id}", outline.roots.join(","), outline.operation))
    }

    fn answer<'a>(&'a self, asked: &'a Asked) -> BoxFuture<'a, Reply> {
        Box::pin(self.answered(asked))
    }

    fn too_large(&self) -> Reply {
        Problem::TooLarge.reply(None, StatusCode::PAYLOAD_TOO_LARGE)
    }

    /// HTTP 429, unless the reason is `200`: whether the vendor sends one or the other is not documented.
    fn rate_limited(&self, wait: Option<&str>, reason: Option<&str>, now: DateTime<Utc>) -> Reply {
        let seconds = wait.and_then(|wait| wait.parse().ok()).unwrap_or(30);
        let status = if reason == Some("200") { StatusCode::OK } else { StatusCode::TOO_MANY_REQUESTS };
        Problem::TooMany(now + TimeDelta::seconds(seconds)).reply(None, status)
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
        let mut holds = self.site.book().holds(self.site.company.as_ref());
        holds["users"] = self.site.team.users.len().into();
        holds["channels"] = self.site.team.channels.len().into();
        holds
    }

    /// Id, date, title, privacy, how many sentences, and the digest over what is said; see [`digest::digest`].
    fn held(&self) -> String {
        self.site.book().held(self.site.company.as_ref(), (self.settings.now)())
    }

    fn words(&self) -> &'static [&'static str] {
        &change::WORDS
    }

    fn change(&self, change: Value, now: DateTime<Utc>) -> Result<String, String> {
        change::done(&self.site, change, now)
    }
}
