//! One key at Fireflies: the endpoint, and the questions that Daybook asks it.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use daybook_core::ports::budget::Budget;
use daybook_core::ports::clock::Clock;
use daybook_core::ports::source::SourceError;
use reqwest::header::HeaderValue;
use reqwest::{Method, Url};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::answer::{Answer, Reading};
use super::channels::Channels;
use super::complaint::{Complaint, Meaning};
use super::place::Place;
use super::queries::{self, Asking};
use super::refusal::{self, No};
use super::speech::real;
use super::{KIND, Settings, limits};
use crate::http::{Before, Caller, Client, Request, Tally};
use crate::object::Object;
use crate::page_size::PageSize;

/// Tries with one size before less is asked for, if nobody says that it was too much.
const TRIES: u32 = 3;

/// One key and the one client that all its walks share.
pub(super) struct Account {
    client: Client,
    url: Url,
    clock: Arc<dyn Clock>,
    pub(super) asking: Asking,
    pub(super) team_is_members: bool,
    who: Mutex<Option<Who>>,
    channels: Mutex<Option<Channels>>,
    /// Since when it answers differently than it did.
    odd_since: Mutex<Option<DateTime<Utc>>>,
}

/// A question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) doing: &'static str,
    pub(super) query: &'a str,
    /// The field at its root.
    pub(super) root: &'static str,
    /// Whether what goes wrong inside the vendor is worth another try. In a list of whole meetings it may be one of
    /// them, and would be again.
    pub(super) is_patient: bool,
}

/// Whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Who {
    /// Sees what an admin of the team sees.
    pub(super) is_admin: bool,
    /// How many meetings there are, roughly.
    pub(super) meetings: Option<u64>,
}

/// A part of a list that came.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) answer: Answer,
    /// How many rows it was asked for.
    pub(super) limit: u32,
}

impl Account {
    pub(super) fn new(
        settings: Settings,
        clock: Arc<dyn Clock>,
        budget: Arc<dyn Budget>,
    ) -> Result<Self, SourceError> {
        let url = address(&settings.api_url)?;
        let token = settings.token.expose_secret().trim();
        let authorization = HeaderValue::from_str(&format!("Bearer {token}")).ok();
        let authorization = authorization.filter(|_| !token.is_empty() && !token.contains(' '));
        let authorization = authorization.ok_or_else(|| {
            unusable("FIREFLIES_API_KEY is empty, or holds characters that no key has".to_owned())
        })?;
        let caller = Caller { read_limit: limits::read, ..Caller::new(authorization, budget) };
        let client = Client::new(KIND, settings.http, caller)
            .map_err(|error| unusable(format!("the HTTP client cannot be made: {error}")))?;
        Ok(Self {
            client,
            url,
            clock,
            asking: Asking::default(),
            team_is_members: settings.team_is_members,
            who: Mutex::default(),
            channels: Mutex::default(),
            odd_since: Mutex::default(),
        })
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(super) fn seconds_for(&self, requests: u64) -> u64 {
        self.client.seconds_for(requests)
    }

    /// Asks for one thing. `None`: it is null, and nothing says why.
    pub(super) async fn ask(
        &self,
        question: Question<'_>,
        variables: Value,
        tally: &mut Tally,
    ) -> Result<Answer, No> {
        let request = self.request(question.query, &variables);
        let reading = self.reading(question.root, question.is_patient);
        let reading = Reading { may_be_null: question.root == "transcript", ..reading };
        let asked =
            self.client.answer(question.doing, tally, |_| request.clone(), |bytes| reading.read(bytes));
        let answer = asked.await.map_err(|failed| refusal::sorted(question.doing, failed))?;
        self.heed(&answer.complaints);
        Ok(answer)
    }

    /// Asks whose key it is, and so whether it is one.
    pub(super) async fn who(&self, tally: &mut Tally) -> Result<Who, SourceError> {
        let question = Question { doing: "sign in", query: queries::WHO, root: "user", is_patient: true };
        let answer = self.ask(question, json!({}), tally).await;
        let answer = answer.map_err(|no| self.error(question.doing, no))?;
        let user = answer.value().and_then(Object::read).ok_or_else(|| SourceError::Broken {
            source_kind: KIND,
            doing: question.doing,
            said: "`user` is no object".to_owned(),
        })?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, bounded")]
        let meetings = real(&user, "num_transcripts").map(|count| count.clamp(0.0, 1e9) as u64);
        let who = Who { is_admin: user.json("is_admin") == Some("true"), meetings };
        *self.who.lock().unwrap_or_else(PoisonError::into_inner) = Some(who);
        Ok(who)
    }

    /// The same as it was told before, if it was.
    pub(super) fn known_who(&self) -> Option<Who> {
        *self.who.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The channels, as they were told a moment ago or are told now.
    pub(super) async fn channels(&self, tally: &mut Tally) -> Result<Channels, SourceError> {
        let known = self.channels.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| known.is_fresh(self.now())) {
            return Ok(known);
        }
        let channels = Channels::ask(self, tally).await?;
        *self.channels.lock().unwrap_or_else(PoisonError::into_inner) = Some(channels.clone());
        Ok(channels)
    }

    /// Asks for a part of a list: so many new rows, and fewer each time that it takes too long.
    pub(super) async fn list(
        &self,
        question: Question<'_>,
        place: &Place,
        size: &mut PageSize,
        tally: &mut Tally,
    ) -> Result<Part, No> {
        let (mut limit, mut tried) = (place.limit(size.now()), 0);
        let reading = self.reading(question.root, question.is_patient);
        let request = |before: Before| {
            tried += 1;
            if before == Before::Slow || (before == Before::Trouble && tried > TRIES) {
                size.shrink();
            }
            limit = place.limit(size.now());
            self.request(question.query, &place.variables(place.skip(), limit))
        };
        let asked = self.client.answer(question.doing, tally, request, |bytes| reading.read(bytes));
        let answer = asked.await.map_err(|failed| refusal::sorted(question.doing, failed))?;
        size.good();
        self.heed(&answer.complaints);
        Ok(Part { answer, limit })
    }

    fn request(&self, query: &str, variables: &Value) -> Request {
        let body = json!({ "query": query, "variables": variables });
        Request { method: Method::POST, url: self.url.clone(), body: Some(body.to_string()) }
    }

    fn reading(&self, root: &'static str, is_patient: bool) -> Reading {
        Reading { root, may_be_null: false, is_patient, now: self.now() }
    }

    /// Asks no more for what an answer came without, because of the plan or of rights.
    fn heed(&self, complaints: &[Complaint]) {
        for complaint in complaints {
            if matches!(complaint.meaning(), Meaning::Paid | Meaning::Forbidden) {
                self.asking.drop_named(complaint.path.iter().map(String::as_str));
            }
        }
    }

    /// Asks no more for a field that spoils the whole answer; `false`: there is nothing left to go without.
    pub(super) fn spare(&self, words: &[String]) -> bool {
        self.asking.drop_named(words.iter().map(String::as_str)) || self.asking.drop_all()
    }

    /// An error about answers that are of another shape than they were.
    pub(super) fn differs(&self, doing: &'static str, what: &str) -> SourceError {
        let mut since = self.odd_since.lock().unwrap_or_else(PoisonError::into_inner);
        let since = *since.get_or_insert_with(|| self.clock.now());
        let said = format!("it answers differently since {}: {what}", since.format("%Y-%m-%d %H:%M:%S UTC"));
        SourceError::Broken { source_kind: KIND, doing, said }
    }

    /// An answer was as it should be.
    pub(super) fn is_sound(&self) {
        *self.odd_since.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// For a caller that can do nothing about it.
    pub(super) fn error(&self, doing: &'static str, no: No) -> SourceError {
        match no {
            No::Unknown(field) => self.differs(doing, &format!("`{field}` is not known there any more")),
            no => no.error(doing),
        }
    }
}

fn address(value: &str) -> Result<Url, SourceError> {
    let is_usable = |url: &Url| {
        let holds_more = url.query().is_some() || url.fragment().is_some() || !url.username().is_empty();
        matches!(url.scheme(), "http" | "https") && url.has_host() && !holds_more && url.password().is_none()
    };
    Url::parse(value.trim()).ok().filter(is_usable).ok_or_else(|| {
        unusable(format!(
            "FIREFLIES_API_URL must be an address like https://api.fireflies.ai/graphql, and `{}` is none",
            crate::http::scrubbed(value)
        ))
    })
}

fn unusable(said: String) -> SourceError {
    SourceError::Unacceptable { source_kind: KIND, doing: "read its settings", said }
}
