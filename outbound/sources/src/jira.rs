//! Jira Cloud: issues with their comments, newest change first. Facts of the wire: Atlassian's REST API v3.

pub mod adf;
mod issue;
mod walk;

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use daybook_core::model::source::SourceKind;
use daybook_core::ports::source::{Cursor, Scope, Source, SourceError, Survey, Walk};
use reqwest::header::HeaderValue;
use reqwest::{Method, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::http::{self, Client, Failed, Misread, Rejection, Request, Tally, scrubbed};
pub use issue::record;

/// Who asks Jira.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A person's API token (`JIRA_USERNAME`, `JIRA_API_TOKEN`).
    Basic {
        /// The token owner's mail address.
        email: String,
        /// The token.
        token: SecretString,
    },
    /// A service account's or an application's token (`JIRA_API_TOKEN` without `JIRA_USERNAME`).
    Bearer(SecretString),
}

/// How to reach a Jira site.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The site as people see it (`JIRA_URL`): `https://SITE.atlassian.net`. Links to issues are made from it.
    pub site_url: String,
    /// Where requests go (`JIRA_API_URL`, or the gateway for `JIRA_CLOUD_ID`); usually the site.
    pub api_url: String,
    /// Who asks.
    pub credential: Credential,
    /// Issues a page; the vendor gives at most 100 with their fields.
    pub page_size: u32,
    /// Pages fetched ahead of the one that is being stored: bounds memory.
    pub ahead: usize,
    /// The client's patience.
    pub http: http::Settings,
}

impl Settings {
    /// Defaults for a site.
    pub fn new(site_url: &str, credential: Credential) -> Self {
        let site_url = site_url.trim_end_matches('/').to_owned();
        Self {
            api_url: site_url.clone(),
            site_url,
            credential,
            page_size: 100,
            ahead: 2,
            http: http::Settings::default(),
        }
    }

    /// The gateway's address of a site, for scoped tokens and service accounts.
    pub fn gateway(cloud_id: &str) -> String {
        format!("https://api.atlassian.com/ex/jira/{cloud_id}")
    }
}

/// Jira as a source.
#[derive(Debug, Clone)]
pub struct JiraSource {
    site: Arc<Site>,
}

/// One site and the one client that all its walks share.
struct Site {
    client: Client,
    settings: Settings,
    api_url: Url,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Site({})", self.settings.site_url)
    }
}

const KIND: SourceKind = SourceKind::Jira;

impl JiraSource {
    /// A source over one site.
    pub fn new(settings: Settings) -> Result<Self, SourceError> {
        let unusable = |what: &str, said: String| SourceError::Unacceptable {
            source_kind: KIND,
            doing: "read its settings",
            said: format!("{what}: {said}"),
        };
        let api_url = Url::parse(&format!("{}/", settings.api_url.trim_end_matches('/')))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| {
                unusable("JIRA_URL or JIRA_API_URL is no http address", settings.api_url.clone())
            })?;
        let authorization = match &settings.credential {
            Credential::Basic { email, token } => {
                let pair = format!("{email}:{}", token.expose_secret());
                format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
            }
            Credential::Bearer(token) => format!("Bearer {}", token.expose_secret()),
        };
        let authorization = HeaderValue::from_str(&authorization).map_err(|error| {
            unusable("JIRA_API_TOKEN has characters that no token has", error.to_string())
        })?;
        let client = Client::new(KIND, settings.http.clone(), authorization)
            .map_err(|error| unusable("no HTTP client can be made", error.to_string()))?;
        Ok(Self { site: Arc::new(Site { client, settings, api_url }) })
    }
}

#[derive(Deserialize)]
struct ProjectPage {
    values: Vec<ProjectRow>,
    #[serde(rename = "isLast")]
    is_last: Option<bool>,
}

#[derive(Deserialize)]
struct ProjectRow {
    key: String,
}

#[derive(Deserialize)]
struct Count {
    count: u64,
}

#[async_trait]
impl Source for JiraSource {
    fn kind(&self) -> SourceKind {
        KIND
    }

    async fn survey(&self, scope: &Scope) -> Result<Survey, SourceError> {
        let mut tally = Tally::default();
        let projects = self.site.projects(&mut tally).await?;
        let mut warnings = Vec::new();
        if projects.is_empty() {
            warnings.push("this credential sees no project at all, so nothing can be read".to_owned());
        }
        if let Some(asked) = &scope.project
            && !projects.iter().any(|project| project.eq_ignore_ascii_case(asked))
        {
            let said = format!(
                "there is no project `{asked}` that this credential sees; it sees {}",
                listed(&projects)
            );
            return Err(SourceError::Unacceptable { source_kind: KIND, doing: "look for the project", said });
        }
        let expected = self.site.count(&walk::jql(scope, None), &mut tally).await?;
        Ok(Survey { expected: Some(expected), requests: tally.requests, warnings })
    }

    async fn walk(&self, scope: &Scope, after: Option<Cursor>) -> Result<Box<dyn Walk>, SourceError> {
        Ok(Box::new(walk::JiraWalk::begin(Arc::clone(&self.site), scope, after)?))
    }
}

impl Site {
    async fn projects(&self, tally: &mut Tally) -> Result<Vec<String>, SourceError> {
        let doing = "list the projects";
        let mut keys = Vec::new();
        loop {
            let path = format!("rest/api/3/project/search?startAt={}&maxResults=50&orderBy=key", keys.len());
            let page: ProjectPage =
                self.get(doing, tally, &path).await.map_err(|failed| meant(doing, failed))?;
            let before = keys.len();
            keys.extend(page.values.into_iter().map(|row| row.key));
            if page.is_last.unwrap_or(true) || keys.len() == before {
                return Ok(keys);
            }
        }
    }

    async fn count(&self, jql: &str, tally: &mut Tally) -> Result<u64, SourceError> {
        let doing = "count the issues";
        let request = self.request(
            Method::POST,
            "rest/api/3/search/approximate-count",
            Some(&serde_json::json!({ "jql": jql })),
        );
        let request = request.map_err(|failed| meant(doing, failed))?;
        let counted = self.client.answer(doing, tally, |_| request.clone(), parsed::<Count>).await;
        counted.map(|count| count.count).map_err(|failed| meant(doing, failed))
    }

    async fn get<T: for<'de> Deserialize<'de> + Send>(
        &self,
        doing: &'static str,
        tally: &mut Tally,
        path: &str,
    ) -> Result<T, Failed> {
        let request = self.request(Method::GET, path, None)?;
        self.client.answer(doing, tally, |_| request.clone(), parsed::<T>).await
    }

    /// A request to this site and no other host.
    fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<Request, Failed> {
        let url = self.api_url.join(path).map_err(|error| {
            Failed::Source(SourceError::Broken {
                source_kind: KIND,
                doing: "make an address",
                said: error.to_string(),
            })
        })?;
        Ok(Request { method, url, body: body.map(ToString::to_string) })
    }
}

/// Reads JSON; the reason names the field that is missing or wrong.
fn parsed<T: for<'de> Deserialize<'de>>(body: Vec<u8>) -> Result<T, Misread> {
    Ok(serde_json::from_slice(&body)?)
}

/// What a failed call means: a refusal is the credential's, the question's or the vendor's fault.
fn meant(doing: &'static str, failed: Failed) -> SourceError {
    let Rejection { status, headers, body } = match failed {
        Failed::Source(error) => return error,
        Failed::Rejected(rejection) => rejection,
    };
    let said = format!("it answered {status}: {}", words_of(&body));
    match status {
        401 | 403 => {
            let captcha = headers.get("X-Seraph-LoginReason").is_some();
            SourceError::Refused { source_kind: KIND, doing, cure: cure(&said, captcha), said }
        }
        400 => SourceError::Unacceptable { source_kind: KIND, doing, said },
        _ => SourceError::Broken { source_kind: KIND, doing, said },
    }
}

fn cure(said: &str, captcha: bool) -> &'static str {
    if captcha {
        "log in once in a browser as the token's owner (Jira asks for a CAPTCHA), then start again"
    } else if said.contains("scope does not match") {
        "give the token the scopes read:jira-work and read:jira-user; a new token of the same scopes does not help"
    } else {
        "make a new API token (they expire after a year at most), check JIRA_USERNAME and JIRA_API_TOKEN, and use \
         JIRA_CLOUD_ID for a scoped token or a service account"
    }
}

/// The vendor's own words about a refusal: its `errorMessages`, its `message`, or the beginning of whatever came.
fn words_of(body: &[u8]) -> String {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Wire {
        #[serde(rename = "errorMessages")]
        error_messages: Vec<String>,
        errors: std::collections::BTreeMap<String, String>,
        message: String,
    }
    let wire: Wire = serde_json::from_slice(body).unwrap_or_else(|_| Wire::default());
    let mut words = wire.error_messages;
    words.extend(wire.errors.into_iter().map(|(field, message)| format!("{field}: {message}")));
    words.extend(Some(wire.message).filter(|message| !message.is_empty()));
    if words.is_empty() { scrubbed(&String::from_utf8_lossy(body)) } else { scrubbed(&words.join("; ")) }
}

fn listed(keys: &[String]) -> String {
    match keys {
        [] => "none".to_owned(),
        keys if keys.len() > 20 => format!("{} and {} more", keys[..20].join(", "), keys.len() - 20),
        keys => keys.join(", "),
    }
}
