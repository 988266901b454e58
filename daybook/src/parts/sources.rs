//! The sources that have settings, how they are reached, and when they are read again.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono_tz::Tz;
use daybook_core::actions::keep_fresh::Upkeep;
use daybook_core::model::pace::Pace;
use daybook_core::model::schedule::Schedule;
use daybook_core::model::source::SourceKind;
use daybook_core::model::worklog::HoursShown;
use daybook_core::ports::budget::Budget;
use daybook_core::ports::clock::Clock;
use daybook_core::ports::source::Source;
use daybook_sources::fireflies::{FirefliesSource, Settings as FirefliesSettings};
use daybook_sources::http;
use daybook_sources::jira::{Credential, JiraSource, Settings as JiraSettings};
use daybook_sources::notion::{NotionSource, Settings as NotionSettings};
use daybook_sources::tempo::{Settings as TempoSettings, TempoSource};

use super::misconfigured;
use crate::config::Config;
use crate::ended::Ended;

/// The sources that have settings; the others are off. All of them ask within these budgets.
pub fn sources(
    config: &Config,
    budget: Arc<dyn Budget>,
    clock: Arc<dyn Clock>,
) -> Result<BTreeMap<SourceKind, Arc<dyn Source>>, Ended> {
    let mut sources: BTreeMap<SourceKind, Arc<dyn Source>> = BTreeMap::new();
    let wrong = |error: daybook_core::ports::source::SourceError| misconfigured(&error.to_string());
    if let Some(settings) = jira(config)? {
        let jira = JiraSource::new(settings, Arc::clone(&budget)).map_err(wrong)?;
        sources.insert(SourceKind::Jira, Arc::new(jira));
    }
    if let Some(settings) = notion(config)? {
        let notion = NotionSource::new(settings, Arc::clone(&budget)).map_err(wrong)?;
        sources.insert(SourceKind::Notion, Arc::new(notion));
    }
    if let Some(settings) = tempo(config)? {
        let tempo = TempoSource::new(settings, Arc::clone(&budget)).map_err(wrong)?;
        sources.insert(SourceKind::Tempo, Arc::new(tempo));
    }
    if let Some(settings) = fireflies(config)? {
        let fireflies = FirefliesSource::new(settings, clock, budget).map_err(wrong)?;
        sources.insert(SourceKind::Fireflies, Arc::new(fireflies));
    }
    Ok(sources)
}

/// How to reach Jira; `None`: nothing of it is set.
fn jira(config: &Config) -> Result<Option<JiraSettings>, Ended> {
    let (url, token) = (config.text("JIRA_URL"), config.secret("JIRA_API_TOKEN"));
    let (url, token) = match (url, token) {
        (None, None) => return Ok(None),
        (Some(url), Some(token)) => (url, token),
        (None, Some(_)) => {
            return Err(misconfigured("JIRA_API_TOKEN is set and JIRA_URL is not: set both, or neither"));
        }
        (Some(_), None) => {
            return Err(misconfigured("JIRA_URL is set and JIRA_API_TOKEN is not: set both, or neither"));
        }
    };
    let credential = match config.text("JIRA_USERNAME") {
        Some(email) => Credential::Basic { email: email.to_owned(), token },
        None => Credential::Bearer(token),
    };
    let mut settings = JiraSettings::new(url, credential);
    if let Some(cloud_id) = config.text("JIRA_CLOUD_ID") {
        settings.api_url = JiraSettings::gateway(cloud_id);
    }
    if let Some(api_url) = config.text("JIRA_API_URL") {
        api_url.clone_into(&mut settings.api_url);
    }
    if url.contains("SITE.atlassian.net") {
        return Err(misconfigured("JIRA_URL is still the example: put your own site in the place of SITE"));
    }
    let path = settings.site_url.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    if path.is_some_and(|(_, path)| !path.is_empty()) && settings.site_url.contains(".atlassian.net/") {
        return Err(misconfigured(
            "JIRA_URL must be the site alone, https://SITE.atlassian.net, without a path",
        ));
    }
    settings.history = switch(config, "JIRA_HISTORY")?;
    is_encrypted("JIRA_URL", &settings.site_url)?;
    settings.http = client(config, "JIRA_API_URL", &settings.api_url, "JIRA_PACE", &settings.http)?;
    Ok(Some(settings))
}

/// How to reach Notion; `None`: it has no token.
fn notion(config: &Config) -> Result<Option<NotionSettings>, Ended> {
    let Some(token) = config.secret("NOTION_API_KEY") else { return Ok(None) };
    let mut settings = NotionSettings::new(token);
    if let Some(url) = config.text("NOTION_API_URL") {
        url.clone_into(&mut settings.api_url);
    }
    settings.inline_comments = switch(config, "NOTION_INLINE_COMMENTS")?;
    settings.http = client(config, "NOTION_API_URL", &settings.api_url, "NOTION_PACE", &settings.http)?;
    Ok(Some(settings))
}

/// How to reach Tempo; `None`: it has no token.
fn tempo(config: &Config) -> Result<Option<TempoSettings>, Ended> {
    let Some(token) = config.secret("TEMPO_API_TOKEN") else { return Ok(None) };
    let mut settings = TempoSettings::new(token);
    if let Some(url) = config.text("TEMPO_API_URL") {
        url.clone_into(&mut settings.api_url);
    }
    settings.http = client(config, "TEMPO_API_URL", &settings.api_url, "TEMPO_PACE", &settings.http)?;
    Ok(Some(settings))
}

/// How to reach Fireflies; `None`: it has no key.
fn fireflies(config: &Config) -> Result<Option<FirefliesSettings>, Ended> {
    let Some(key) = config.secret("FIREFLIES_API_KEY") else { return Ok(None) };
    let mut settings = FirefliesSettings::new(key);
    if let Some(url) = config.text("FIREFLIES_API_URL") {
        url.clone_into(&mut settings.api_url);
    }
    settings.team_is_members = match config.text("FIREFLIES_TEAM") {
        Some("members") => true,
        Some("team") => false,
        other => return Err(one_of("FIREFLIES_TEAM", "team", "members", other)),
    };
    let (url, pace) = ("FIREFLIES_API_URL", "FIREFLIES_PACE");
    settings.http = client(config, url, &settings.api_url, pace, &settings.http)?;
    Ok(Some(settings))
}

/// How the client of a vendor behaves.
fn client(
    config: &Config,
    name: &str,
    url: &str,
    pace: &'static str,
    usual: &http::Settings,
) -> Result<http::Settings, Ended> {
    is_encrypted(name, url)?;
    let words = config.text(pace).unwrap_or("off");
    let pace: Pace = words.parse().map_err(|error| misconfigured(&format!("{pace}: {error}")))?;
    // As its name says; and no proxy leads back to this machine.
    let proxy = url.starts_with("https://").then(|| config.text("HTTPS_PROXY").map(str::to_owned)).flatten();
    Ok(http::Settings { pace, proxy, ..usual.clone() })
}

fn is_encrypted(name: &str, url: &str) -> Result<(), Ended> {
    if is_safe(url) {
        return Ok(());
    }
    Err(misconfigured(&format!(
        "{name} must begin with https:// (http:// is for this machine only): a token would travel in the clear"
    )))
}

/// Encrypted, or not leaving this machine.
fn is_safe(url: &str) -> bool {
    let local = |host: &str| {
        ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| {
            host.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        })
    };
    url.starts_with("https://") || url.strip_prefix("http://").is_some_and(local)
}

/// Whom hours are shown to.
pub fn hours_shown(config: &Config) -> Result<HoursShown, Ended> {
    match config.text("TEMPO_HOURS_SHOWN") {
        Some("authors") => Ok(HoursShown::ToTheirAuthors),
        Some("members") => Ok(HoursShown::ToMembers),
        other => Err(one_of("TEMPO_HOURS_SHOWN", "authors", "members", other)),
    }
}

fn switch(config: &Config, name: &'static str) -> Result<bool, Ended> {
    match config.text(name) {
        Some("on") => Ok(true),
        Some("off") => Ok(false),
        other => Err(one_of(name, "on", "off", other)),
    }
}

fn one_of(name: &str, one: &str, other: &str, is: Option<&str>) -> Ended {
    misconfigured(&format!("{name} must be {one} or {other}, and `{}` is neither", is.unwrap_or_default()))
}

/// When each source is synced, and when a census of it is taken.
pub(super) fn schedules(config: &Config) -> Result<BTreeMap<SourceKind, (Schedule, Schedule)>, Ended> {
    let name = config.text("DAYBOOK_TIME_ZONE").unwrap_or("UTC");
    let zone: Tz = name.parse().map_err(|_| {
        misconfigured(&format!("DAYBOOK_TIME_ZONE: `{name}` is no time zone like Europe/Stockholm"))
    })?;
    let read = |name: &'static str| {
        Schedule::read(config.text(name).unwrap_or("off"), zone)
            .map_err(|error| misconfigured(&format!("{name}: {error}")))
    };
    let census = read("DAYBOOK_CENSUS")?;
    SourceKind::ALL
        .into_iter()
        .map(|source| {
            let sync = match source {
                SourceKind::Jira => "JIRA_SYNC",
                SourceKind::Notion => "NOTION_SYNC",
                SourceKind::Tempo => "TEMPO_SYNC",
                SourceKind::Fireflies => "FIREFLIES_SYNC",
            };
            Ok((source, (read(sync)?, census)))
        })
        .collect()
}

/// How the configured sources are kept fresh.
pub fn upkeep(
    config: &Config,
    sources: &BTreeMap<SourceKind, Arc<dyn Source>>,
) -> Result<BTreeMap<SourceKind, Upkeep>, Ended> {
    let schedules = schedules(config)?;
    let known = sources.iter().filter_map(|(kind, source)| {
        let (sync, census) = *schedules.get(kind)?;
        Some((*kind, Upkeep { manners: source.manners(), sync, census }))
    });
    Ok(known.collect())
}

#[cfg(test)]
mod tests {
    use daybook_sources::http::LocalBudget;

    use super::*;
    use crate::parts::tests::config;

    fn on(pairs: &[(&str, &str)]) -> Vec<SourceKind> {
        let (config, budget) = (config(pairs), Arc::new(LocalBudget::default()));
        let sources = sources(&config, budget, Arc::new(crate::clock::SystemClock)).unwrap();
        sources.keys().copied().collect()
    }

    #[test]
    fn a_token_is_not_sent_in_the_clear() {
        for url in
            ["https://x.atlassian.net", "http://127.0.0.1:4100/jira", "http://localhost", "http://[::1]:1/x"]
        {
            assert!(is_safe(url), "{url}");
        }
        for url in [
            "http://x.atlassian.net",
            "ftp://x",
            "http://127.0.0.1.evil.example",
            "x",
            "http://localhost.evil",
        ] {
            assert!(!is_safe(url), "{url}");
        }
    }

    #[test]
    fn a_source_without_settings_is_off() {
        assert!(on(&[]).is_empty());
        assert_eq!(
            on(&[("JIRA_URL", "https://x.atlassian.net"), ("JIRA_API_TOKEN", "t")]),
            [SourceKind::Jira]
        );
        let keys = ["NOTION_API_KEY", "TEMPO_API_TOKEN", "FIREFLIES_API_KEY"].map(|name| (name, "t"));
        assert_eq!(on(&keys), [SourceKind::Notion, SourceKind::Tempo, SourceKind::Fireflies]);
    }
}
