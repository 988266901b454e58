//! The one polite client for every vendor: deadlines, bounded answers, retries that obey the vendor, and a gate that
//! holds back every call of a credential while the vendor asks for quiet.

mod attempt;
mod pace;
mod scrub;

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use daybook_core::model::source::SourceKind;
use daybook_core::ports::source::{SourceError, Spent};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, Url};

pub(crate) use attempt::{Rejection, Trouble};
use pace::Gate;
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
    gate: Gate,
}

impl Client {
    /// `authorization` goes to the addresses that are asked, and nowhere else: redirects are not followed.
    pub(crate) fn new(
        source_kind: SourceKind,
        settings: Settings,
        mut authorization: HeaderValue,
    ) -> Result<Self, reqwest::Error> {
        authorization.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, authorization),
            (ACCEPT, HeaderValue::from_static("application/json")),
        ]);
        let mut builder = reqwest::Client::builder()
            .default_headers(headers)
            .user_agent(concat!("daybook/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(4)
            .no_proxy();
        if let Some(proxy) = &settings.proxy {
            builder = builder.proxy(reqwest::Proxy::all(proxy)?);
        }
        Ok(Self { source_kind, inner: builder.build()?, settings, gate: Gate::default() })
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
            let trouble = match attempt::attempt(&self.inner, &self.settings, request(before)).await {
                Ok(bytes) => {
                    let start = beginning(&bytes);
                    match read(bytes) {
                        Ok(value) => return Ok(value),
                        Err(Misread::Shape(said)) => return Err(self.broken(doing, said)),
                        Err(Misread::NotJson(said)) => {
                            Trouble::Garbled(format!("the answer is not JSON ({said}): {start}"))
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
        let (said, asked) = match trouble {
            Trouble::Rejected(rejection) => return Err(Failed::Rejected(rejection)),
            Trouble::TooLarge(said) => return Err(Failed::TooLarge(said)),
            Trouble::Final(said) => return Err(self.broken(doing, said)),
            Trouble::Garbled(said) if tried >= self.settings.garbled_tries => {
                return Err(self.broken(doing, format!("{said} (tried {tried} times)")));
            }
            Trouble::Garbled(said) => (said, None),
            Trouble::Slow { said, asked } | Trouble::Away { said, asked } => (said, asked),
        };
        tracing::debug!(source = %self.source_kind, call.doing = doing, call.tried = tried, "{said}");
        let wait = pace::wait(&self.settings, tried, asked);
        if asked.is_some() {
            self.gate.close_for(wait);
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

    /// Waits while the vendor wants quiet from this credential.
    async fn pass_gate(&self, doing: &'static str, tally: &mut Tally) -> Result<(), Failed> {
        let mut waited = false;
        while let Some(left) = self.gate.left() {
            if left > self.settings.patience + self.settings.backoff_base {
                let said = "it asked for a pause that is not over".to_owned();
                return Err(self.unavailable(doing, said, Some(left)));
            }
            if !waited {
                tally.count_wait();
            }
            waited = true;
            tokio::time::sleep(left).await;
        }
        Ok(())
    }

    fn broken(&self, doing: &'static str, said: String) -> Failed {
        Failed::Source(SourceError::Broken { source_kind: self.source_kind, doing, said })
    }

    fn unavailable(&self, doing: &'static str, said: String, retry_after: Option<Duration>) -> Failed {
        Failed::Source(SourceError::Unavailable { source_kind: self.source_kind, doing, said, retry_after })
    }
}
