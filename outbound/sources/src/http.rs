//! The one polite client for every vendor: deadlines, bounded answers, retries that obey the vendor, and a gate that
//! holds back every call of a credential while the vendor asks for quiet.

mod attempt;
mod caller;
mod local_budget;
mod pace;
mod scrub;

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicI64, AtomicU32};
use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_core::model::pace::Pace;
use daybook_core::model::source::SourceKind;
use daybook_core::ports::budget::{Budget, CredentialId, Take};
use daybook_core::ports::source::{SourceError, Spent};
use daybook_core::ports::store::StoreError;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, Url};

pub(crate) use attempt::{Rejection, Trouble};
use caller::ReadLimit;
pub(crate) use caller::{Again, Caller, Limit};
pub use local_budget::LocalBudget;
pub(crate) use scrub::{beginning, scrubbed};

/// How patient and how careful the client is.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Longest time to open a connection.
    pub connect_timeout: Duration,
    /// Longest wait for the first byte of an answer.
    pub first_byte_timeout: Duration,
    /// Longest silence within an answer.
    pub between_bytes_timeout: Duration,
    /// Longest time for one request, whatever trickles in.
    pub total_timeout: Duration,
    /// Largest answer that is read, unpacked.
    pub max_answer_bytes: usize,
    /// Tries of one call, the first one included.
    pub tries: u32,
    /// Tries of one call whose answers are not JSON.
    pub garbled_tries: u32,
    /// Longest first wait between tries; it doubles from try to try.
    pub backoff_base: Duration,
    /// Longest wait between tries, unless the vendor asks for more.
    pub backoff_cap: Duration,
    /// Longest wait that is sat out within a call. A vendor that asks for more ends it, so that the work can be parked.
    pub patience: Duration,
    /// How fast the credential may ask.
    pub pace: Pace,
    /// A proxy for all requests (`HTTPS_PROXY`); the environment is not looked at here.
    pub proxy: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            first_byte_timeout: Duration::from_secs(30),
            between_bytes_timeout: Duration::from_secs(15),
            total_timeout: Duration::from_mins(2),
            max_answer_bytes: 64 << 20,
            tries: 5,
            garbled_tries: 3,
            backoff_base: Duration::from_secs(1),
            backoff_cap: Duration::from_secs(30),
            patience: Duration::from_mins(1),
            pace: Pace::default(),
            proxy: None,
        }
    }
}

/// What has been spent altogether, also on what brought nothing.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    requests: AtomicU32,
    waits: AtomicU32,
}

impl Meter {
    pub(crate) fn read(&self) -> Spent {
        Spent { requests: self.requests.load(Relaxed), waits: self.waits.load(Relaxed) }
    }
}

/// What a page has cost so far. The meter counts along.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    spent: Spent,
    meter: Arc<Meter>,
}

impl Tally {
    pub(crate) fn on(meter: Arc<Meter>) -> Self {
        Self { spent: Spent::default(), meter }
    }

    pub(crate) fn so_far(&self) -> Spent {
        self.spent
    }

    /// What was spent since the last time.
    pub(crate) fn take(&mut self) -> Spent {
        std::mem::take(&mut self.spent)
    }

    /// The same costs in other hands; here it starts anew.
    pub(crate) fn handed_over(&mut self) -> Self {
        Self { spent: self.take(), meter: Arc::clone(&self.meter) }
    }

    fn count_request(&mut self) {
        self.spent.requests += 1;
        self.meter.requests.fetch_add(1, Relaxed);
    }

    fn count_wait(&mut self) {
        self.spent.waits += 1;
        self.meter.waits.fetch_add(1, Relaxed);
    }
}

/// One request, ready to be sent as often as needed.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) body: Option<String>,
}

/// What happened to the try before; a caller may ask for less after a slow one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// This is the first try.
    Nothing,
    /// It ran into a deadline, ours or the vendor's.
    Slow,
    /// Something else.
    Trouble,
}

/// Why an answer cannot be used.
#[derive(Debug)]
pub(crate) enum Misread {
    /// It is not JSON: a log-in page, half an answer. Another try may help.
    NotJson(String),
    /// It is JSON of a shape that the vendor's contract does not allow.
    Shape(String),
    /// It says in its body that the vendor cannot answer now, and perhaps for how long.
    Busy { said: String, asked: Option<Duration> },
    /// It says no in its body.
    Refusal(Vec<u8>),
}

impl From<serde_json::Error> for Misread {
    fn from(error: serde_json::Error) -> Self {
        if error.is_data() { Self::Shape(error.to_string()) } else { Self::NotJson(error.to_string()) }
    }
}

/// Why a call gave nothing.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The vendor said no. What that means, its adapter knows.
    Rejected(Box<Rejection>),
    /// The answer is larger than what is read. Asking for less may help.
    TooLarge(String),
    /// Everything else.
    Source(SourceError),
}

/// A client for one credential at one vendor.
pub(crate) struct Client {
    source_kind: SourceKind,
    inner: reqwest::Client,
    settings: Settings,
    credential: CredentialId,
    budget: Arc<dyn Budget>,
    read_limit: ReadLimit,
    /// When it last answered with success, by its own clock: milliseconds since 1970.
    answered_ms: AtomicI64,
}

impl Client {
    /// Redirects are not followed: the credential goes to the addresses that are asked, and nowhere else.
    pub(crate) fn new(
        source_kind: SourceKind,
        settings: Settings,
        caller: Caller,
    ) -> Result<Self, reqwest::Error> {
        let Caller { mut authorization, headers, budget, read_limit } = caller;
        let credential = CredentialId::of(source_kind, authorization.as_bytes());
        authorization.set_sensitive(true);
        let mut all = HeaderMap::from_iter([
            (AUTHORIZATION, authorization),
            (ACCEPT, HeaderValue::from_static("application/json")),
        ]);
        all.extend(headers);
        let mut builder = reqwest::Client::builder()
            .default_headers(all)
            .user_agent(concat!("daybook/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(4)
            .no_proxy();
        if let Some(proxy) = &settings.proxy {
            builder = builder.proxy(reqwest::Proxy::all(proxy)?);
        }
        Ok(Self {
            source_kind,
            inner: builder.build()?,
            settings,
            credential,
            budget,
            read_limit,
            answered_ms: AtomicI64::new(i64::MIN),
        })
    }

    /// When the vendor last answered with success, by its own clock, if it tells the time.
    pub(crate) fn answered_at(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.answered_ms.load(Relaxed))
    }

    /// Seconds that so many requests take at the pace that is kept.
    pub(crate) fn seconds_for(&self, requests: u64) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an estimate, never negative"
        )]
        let seconds = self.settings.pace.seconds_for(requests).ceil() as u64;
        seconds
    }

    /// Asks until there is an answer that `read` accepts, within the tries and the patience of the settings.
    pub(crate) async fn answer<T>(
        &self,
        doing: &'static str,
        tally: &mut Tally,
        mut request: impl FnMut(Before) -> Request + Send,
        read: impl Fn(Vec<u8>) -> Result<T, Misread> + Send,
    ) -> Result<T, Failed> {
        let mut before = Before::Nothing;
        let mut tried = 0;
        loop {
            self.pass_gate(doing, tally).await?;
            tally.count_request();
            tried += 1;
            let tried_now = attempt::attempt(
                &self.inner,
                &self.settings,
                self.read_limit,
                &self.answered_ms,
                request(before),
            );
            let trouble = match tried_now.await {
                Ok(bytes) => {
                    let start = beginning(&bytes);
                    match read(bytes) {
                        Ok(value) => return Ok(value),
                        Err(Misread::Shape(said)) => return Err(self.broken(doing, said)),
                        Err(Misread::NotJson(said)) => {
                            Trouble::Garbled(format!("the answer is not JSON ({said}): {start}"))
                        }
                        Err(Misread::Busy { said, asked }) => Trouble::Away { said, asked },
                        Err(Misread::Refusal(body)) => {
                            let rejection = Rejection { status: 200, headers: HeaderMap::new(), body };
                            return Err(Failed::Rejected(Box::new(rejection)));
                        }
                    }
                }
                Err(trouble) => trouble,
            };
            before = if matches!(trouble, Trouble::Slow { .. }) { Before::Slow } else { Before::Trouble };
            self.settle(doing, tally, tried, trouble).await?;
        }
    }

    /// Waits as the trouble demands, or gives up.
    async fn settle(
        &self,
        doing: &'static str,
        tally: &mut Tally,
        tried: u32,
        trouble: Trouble,
    ) -> Result<(), Failed> {
        // A limit is the credential's, also where the vendor names no time: nobody else runs into it meanwhile.
        let is_limit = matches!(trouble, Trouble::Limited { .. });
        let (said, asked) = match trouble {
            Trouble::Rejected(rejection) => return Err(Failed::Rejected(rejection)),
            Trouble::TooLarge(said) => return Err(Failed::TooLarge(said)),
            Trouble::Final(said) => return Err(self.broken(doing, said)),
            Trouble::Garbled(said) if tried >= self.settings.garbled_tries => {
                return Err(self.broken(doing, format!("{said} (tried {tried} times)")));
            }
            Trouble::Garbled(said) => (said, None),
            Trouble::Slow { said, asked }
            | Trouble::Away { said, asked }
            | Trouble::Limited { said, asked } => (said, asked),
        };
        tracing::debug!(source = %self.source_kind, call.doing = doing, call.tried = tried, "{said}");
        let wait = pace::wait(&self.settings, tried, asked);
        if asked.is_some() || is_limit {
            self.budget
                .pause(&self.credential, wait)
                .await
                .map_err(|source| self.no_budget(doing, source))?;
        }
        if tried >= self.settings.tries || asked.is_some_and(|asked| asked > self.settings.patience) {
            let times = if tried == 1 { "once".to_owned() } else { format!("{tried} times") };
            return Err(self.unavailable(doing, format!("{said} (tried {times})"), asked));
        }
        if asked.is_none() {
            tally.count_wait();
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    /// Waits while the vendor wants quiet from this credential, or its pace is used up.
    async fn pass_gate(&self, doing: &'static str, tally: &mut Tally) -> Result<(), Failed> {
        let mut waited = false;
        loop {
            let taken = self.budget.take(&self.credential, &self.settings.pace).await;
            let (left, said) = match taken.map_err(|source| self.no_budget(doing, source))? {
                Take::Granted => return Ok(()),
                Take::Paced(left) => (left, "the pace that it allows is used up"),
                Take::Paused(left) => (left, "it asked for a pause that is not over"),
            };
            if left > self.settings.patience + self.settings.backoff_base {
                return Err(self.unavailable(doing, said.to_owned(), Some(left)));
            }
            // Keeping to the pace is not a wait for anything that went wrong.
            if !waited && said.starts_with("it asked") {
                tally.count_wait();
                waited = true;
            }
            tokio::time::sleep(left).await;
        }
    }

    fn no_budget(&self, doing: &'static str, source: StoreError) -> Failed {
        Failed::Source(SourceError::Store { source_kind: self.source_kind, doing, source })
    }

    fn broken(&self, doing: &'static str, said: String) -> Failed {
        Failed::Source(SourceError::Broken { source_kind: self.source_kind, doing, said })
    }

    fn unavailable(&self, doing: &'static str, said: String, retry_after: Option<Duration>) -> Failed {
        Failed::Source(SourceError::Unavailable { source_kind: self.source_kind, doing, said, retry_after })
    }
}
