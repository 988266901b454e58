//! Settings, and the only reader of the environment: defaults, then the file, then the environment, then flags.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

/// A setting that Daybook knows.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Its name, in the environment and in the file.
    pub name: &'static str,
    /// Whether it must not be printed. A secret can also come from a file named by `NAME_FILE`.
    pub secret: bool,
    /// What holds when nobody says; empty: nothing.
    pub default: &'static str,
    /// What it is for.
    pub about: &'static str,
}

const fn plain(name: &'static str, default: &'static str, about: &'static str) -> Known {
    Known { name, secret: false, default, about }
}

const fn secret(name: &'static str, about: &'static str) -> Known {
    Known { name, secret: true, default: "", about }
}

/// Every setting, in the order in which `daybook config` shows them.
pub const KNOWN: &[Known] = &[
    plain("DAYBOOK_ENV", "development", "development or production"),
    plain(
        "DAYBOOK_DATA_DIR",
        "",
        "folder of the database, the search index and the models; default: daybook in the user's data folder",
    ),
    plain("DATABASE_URL", "", "sqlite:PATH; default: daybook.db in the data folder"),
    plain("DAYBOOK_HOST", "127.0.0.1", "address to listen on"),
    plain("PORT", "4000", "port to listen on"),
    plain(
        "DAYBOOK_VISITORS",
        "nobody",
        "who reads without an admin key: nobody, or members (whoever reaches the port reads as a member)",
    ),
    secret("ADMIN_API_KEY", "the key that X-Admin-Key must carry; at least 16 characters in production"),
    plain("JIRA_URL", "", "the site people use, https://SITE.atlassian.net; without it Jira is off"),
    plain("JIRA_API_URL", "", "where requests go, if not to JIRA_URL (a gateway, a simulator)"),
    plain("JIRA_CLOUD_ID", "", "id of the site at the gateway, for scoped tokens and service accounts"),
    plain(
        "JIRA_USERNAME",
        "",
        "mail address of the token's owner; without it the token is sent as a bearer token",
    ),
    secret("JIRA_API_TOKEN", "the token"),
    plain(
        "JIRA_PACE",
        "20/second",
        "how fast Jira is asked at most, by all processes together: 20/second, 600/minute, off",
    ),
    plain(
        "JIRA_HISTORY",
        "on",
        "on: the history of fields is read too, one request for a thousand issues; or off",
    ),
    plain("JIRA_SYNC", "15m", "how often changes are read: 15m, 2h, 1d, a time of day like 02:30, or off"),
    secret("NOTION_API_KEY", "the integration's token; without it Notion is off"),
    plain("NOTION_API_URL", "https://api.notion.com", "where requests go (a gateway, a simulator)"),
    plain(
        "NOTION_PACE",
        "180/minute",
        "how fast Notion is asked at most; Business and Enterprise plans allow 600/minute",
    ),
    plain("NOTION_SYNC", "30m", "how often changes are read"),
    plain(
        "NOTION_INLINE_COMMENTS",
        "off",
        "on: comments on single blocks are read too, one request for each block",
    ),
    secret("TEMPO_API_TOKEN", "the token; without it Tempo is off"),
    plain(
        "TEMPO_API_URL",
        "https://api.tempo.io",
        "where requests go: the region's host, a gateway, a simulator",
    ),
    plain("TEMPO_PACE", "3/second", "how fast Tempo is asked at most"),
    plain("TEMPO_SYNC", "15m", "how often changes are read"),
    plain(
        "TEMPO_HOURS_SHOWN",
        "authors",
        "who sees whose hours: authors (each their own, and administrators all), or members (whoever may see the issue)",
    ),
    secret("FIREFLIES_API_KEY", "the key; without it Fireflies is off"),
    plain(
        "FIREFLIES_API_URL",
        "https://api.fireflies.ai/graphql",
        "where requests go (a gateway, a simulator)",
    ),
    plain(
        "FIREFLIES_PACE",
        "60/minute",
        "how fast Fireflies is asked at most: 60/minute on Business plans, `60/minute,500/day` on Pro, `60/minute,50/day` on Free",
    ),
    plain("FIREFLIES_SYNC", "15m", "how often changes are read"),
    plain(
        "FIREFLIES_TEAM",
        "team",
        "who is meant by a meeting's `teammates`: team (an audience of its own), or members (every member of this Daybook)",
    ),
    plain(
        "DAYBOOK_CENSUS",
        "02:30",
        "when all that a source lists is compared with all that is held: a time of day, 1d, 6h, or off",
    ),
    plain("DAYBOOK_TIME_ZONE", "UTC", "the zone of times of day, Europe/Stockholm"),
    plain("DAYBOOK_EMBEDDINGS", "local", "local (needs `daybook models fetch` once) or off"),
    plain("DAYBOOK_MODELS_DIR", "", "folder of the models; default: models in the data folder"),
    plain(
        "DAYBOOK_EMBEDDING_THREADS",
        "1",
        "threads that give vectors in the background, 1 to 64; questions have their own",
    ),
    plain("DAYBOOK_WORKER_SLOTS", "3", "jobs at once, 1 to 64"),
    plain("DAYBOOK_LEASE_SECONDS", "15", "how long a job stays with a worker that shows no life, 1 to 3600"),
    plain("HTTPS_PROXY", "", "a proxy for requests to vendors, http://HOST:PORT"),
    plain(
        "DAYBOOK_LOG",
        "info",
        "what is logged: error, warn, info, debug, or per target as in `info,daybook_sources=debug`",
    ),
    plain("DAYBOOK_LOG_FORMAT", "", "text or json; default: json in production, text otherwise"),
    plain(
        "DAYBOOK_CONFIG",
        "",
        "the settings file; default: daybook.toml in the current folder, if there is one",
    ),
];

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// The settings file.
    File(PathBuf),
    /// The environment.
    Environment,
    /// A file that `NAME_FILE` points to.
    SecretFile(PathBuf),
    /// The command line.
    Flag,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment => f.write_str("environment"),
            Self::SecretFile(path) => write!(f, "file {}", path.display()),
            Self::Flag => f.write_str("command line"),
        }
    }
}

/// Everything that is wrong with the settings, at once.
#[derive(Debug, thiserror::Error)]
#[error("the settings are wrong:\n{}", .0.iter().fold(String::new(), |mut all, one| { let _ = writeln!(all, "  - {one}"); all }).trim_end())]
pub struct ConfigError(pub Vec<String>);

/// The settings in force. Values are read through the typed functions of `parts.rs`.
#[derive(Clone, Default)]
pub struct Config {
    values: BTreeMap<&'static str, (String, Origin)>,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Config(hidden)")
    }
}

impl Config {
    /// Reads the environment of this process, and the file: the given one, or the one that the environment names.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let variables = std::env::vars_os();
        let mut environment: BTreeMap<String, String> = variables
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        if let Some(file) = file {
            environment.insert("DAYBOOK_CONFIG".to_owned(), file.display().to_string());
        }
        Self::from(&environment)
    }

    /// Reads the settings from these variables and from the file they name.
    pub fn from(environment: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        let mut wrong = Vec::new();
        for known in KNOWN.iter().filter(|known| !known.default.is_empty()) {
            config.values.insert(known.name, (known.default.to_owned(), Origin::Default));
        }
        config.take_file(environment, &mut wrong);
        config.take_environment(environment, &mut wrong);
        config.fill_data_dir(environment, &mut wrong);
        if wrong.is_empty() { Ok(config) } else { Err(ConfigError(wrong)) }
    }

    fn take_file(&mut self, environment: &BTreeMap<String, String>, wrong: &mut Vec<String>) {
        let named = environment.get("DAYBOOK_CONFIG").filter(|path| !path.is_empty());
        let path = PathBuf::from(named.map_or("daybook.toml", String::as_str));
        if named.is_none() && !path.is_file() {
            return;
        }
        let table = std::fs::read_to_string(&path)
            .map_err(|error| error.to_string())
            .and_then(|text| text.parse::<toml::Table>().map_err(|error| misread(&text, &error)));
        let table = match table {
            Ok(table) => table,
            Err(error) => return wrong.push(format!("{}: {error}", path.display())),
        };
        for (name, value) in table {
            let Some(known) = KNOWN.iter().find(|known| known.name.eq_ignore_ascii_case(&name)) else {
                let words = if value.is_table() {
                    format!("[{name}] is a table, and settings stand without one")
                } else {
                    unknown(&name)
                };
                wrong.push(format!("{}: {words}", path.display()));
                continue;
            };
            let value = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(yes) => yes.to_string(),
                _ => {
                    wrong.push(format!("{}: {name} must be a text or a number", path.display()));
                    continue;
                }
            };
            if value.trim().is_empty() {
                wrong.push(format!("{}: {name} is empty: give it a value or take it away", path.display()));
                continue;
            }
            self.values.insert(known.name, (value, Origin::File(path.clone())));
        }
    }

    fn take_environment(&mut self, environment: &BTreeMap<String, String>, wrong: &mut Vec<String>) {
        for (name, value) in environment {
            if let Some(known) = KNOWN.iter().find(|known| known.name == name) {
                // An empty variable is what a platform makes of a missing one: it says nothing, unless it is a secret,
                // which somebody wanted to set.
                if !value.trim().is_empty() {
                    self.values.insert(known.name, (value.clone(), Origin::Environment));
                } else if known.secret {
                    wrong.push(format!("{name} is set, but empty: give it a value or take it away"));
                }
            } else if let Some(known) =
                KNOWN.iter().find(|k| k.secret && name.strip_suffix("_FILE") == Some(k.name))
            {
                if environment.contains_key(known.name) {
                    wrong.push(format!("{} and {name} are both set: keep one", known.name));
                    continue;
                }
                match std::fs::read_to_string(value) {
                    Ok(text) => {
                        let origin = Origin::SecretFile(PathBuf::from(value));
                        self.values
                            .insert(known.name, (text.trim_end_matches(['\r', '\n']).to_owned(), origin));
                    }
                    Err(error) => wrong.push(format!("{name}: cannot read {value}: {error}")),
                }
            } else if name.starts_with("DAYBOOK_") && !name.starts_with("DAYBOOK_TEST_") {
                wrong.push(unknown(name));
            }
        }
    }

    fn fill_data_dir(&mut self, environment: &BTreeMap<String, String>, wrong: &mut Vec<String>) {
        if self.values.contains_key("DAYBOOK_DATA_DIR") {
            return;
        }
        let home = |name: &str| environment.get(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        match home("XDG_DATA_HOME").or_else(|| home("HOME").map(|home| home.join(".local/share"))) {
            Some(folder) => {
                let folder = folder.join("daybook").display().to_string();
                self.values.insert("DAYBOOK_DATA_DIR", (folder, Origin::Default));
            }
            None => {
                wrong
                    .push("DAYBOOK_DATA_DIR is not set, and there is no home folder to put it in".to_owned());
            }
        }
    }

    /// Whether whoever started this wants no colours (`NO_COLOR`).
    pub fn wants_no_colour() -> bool {
        #[expect(clippy::disallowed_methods, reason = "this is the place that reads the environment")]
        std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
    }

    /// Sets a value from the command line.
    pub fn flag(&mut self, name: &'static str, value: Option<String>) {
        if let Some(value) = value {
            self.values.insert(name, (value, Origin::Flag));
        }
    }

    /// A value that may be printed.
    pub fn text(&self, name: &'static str) -> Option<&str> {
        debug_assert!(
            KNOWN.iter().any(|known| known.name == name && !known.secret),
            "{name} is no plain setting"
        );
        self.values.get(name).map(|(value, _)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// A value that must not be printed.
    pub fn secret(&self, name: &'static str) -> Option<SecretString> {
        self.values.get(name).map(|(value, _)| SecretString::from(value.clone()))
    }

    /// A whole number within bounds.
    pub fn number(&self, name: &'static str, least: u64, most: u64) -> Result<u64, String> {
        let text = self.text(name).unwrap_or_default();
        text.parse().ok().filter(|number| (least..=most).contains(number)).ok_or_else(|| {
            format!("{name} must be a whole number from {least} to {most}, and `{text}` is not")
        })
    }

    /// A folder or file.
    pub fn path(&self, name: &'static str) -> Option<PathBuf> {
        self.text(name).map(|text| Path::new(text).to_path_buf())
    }

    /// Every setting with its value (secrets hidden) and where it comes from.
    pub fn table(&self) -> Vec<(Known, String, String)> {
        KNOWN
            .iter()
            .map(|known| match self.values.get(known.name) {
                Some((_, origin)) if known.secret => (*known, "hidden".to_owned(), origin.to_string()),
                Some((value, origin)) => (*known, value.clone(), origin.to_string()),
                None => (*known, String::new(), "not set".to_owned()),
            })
            .collect()
    }
}

/// What is wrong with a settings file, without the line itself: it may hold a secret.
fn misread(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    format!("line {line}: {}", error.message())
}

fn unknown(name: &str) -> String {
    let nearest = KNOWN.iter().min_by_key(|known| distance(known.name, &name.to_uppercase()));
    match nearest {
        Some(known) if distance(known.name, &name.to_uppercase()) <= name.len().div_ceil(4) => {
            format!("{name} is not a setting; did you mean {}?", known.name)
        }
        _ => format!("{name} is not a setting; `daybook config` lists them all"),
    }
}

/// Edits that turn one word into the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in other.iter().enumerate() {
            let best = (row[j].min(row[j + 1]) + 1).min(diagonal + usize::from(a != *b));
            diagonal = std::mem::replace(&mut row[j + 1], best);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let mut environment: BTreeMap<String, String> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        environment.insert("HOME".to_owned(), "/home/somebody".to_owned());
        Config::from(&environment)
    }

    #[test]
    fn an_unknown_daybook_name_names_the_nearest_known_one() {
        let error = config(&[("DAYBOOK_VISITOR", "members")]).unwrap_err();
        assert!(error.to_string().contains("did you mean DAYBOOK_VISITORS?"), "{error}");
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let error = config(&[("DAYBOOK_X", "1"), ("ADMIN_API_KEY", ""), ("JIRA_API_TOKEN_FILE", "/nowhere")])
            .unwrap_err();
        assert_eq!(error.0.len(), 3, "{error}");
    }

    #[test]
    fn the_environment_wins_over_the_file_and_flags_over_both() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "PORT = 5000\ndaybook_host = \"0.0.0.0\"\n").unwrap();
        let path = file.path().display().to_string();
        let mut config = config(&[("DAYBOOK_CONFIG", &path), ("PORT", "6000")]).unwrap();
        assert_eq!(config.text("PORT"), Some("6000"));
        assert_eq!(config.text("DAYBOOK_HOST"), Some("0.0.0.0"));
        config.flag("PORT", Some("7000".to_owned()));
        assert_eq!(config.text("PORT"), Some("7000"));
    }

    #[test]
    fn a_mistake_in_the_file_does_not_print_its_secrets() {
        for text in [
            "admin_api_key = \"very-secret-words\"\nadmin_api_key = \"very-secret-words\"",
            "port = 1\njira_api_token = very-secret-words",
            "jira_api_token = \"very-secret-words",
        ] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text).unwrap();
            let error =
                config(&[("DAYBOOK_CONFIG", &file.path().display().to_string())]).unwrap_err().to_string();
            assert!(error.contains("line") && !error.contains("very-secret"), "{error}");
        }
    }

    #[test]
    fn a_secret_is_never_shown() {
        let config = config(&[("ADMIN_API_KEY", "very-secret-words")]).unwrap();
        assert!(!format!("{config:?}{:?}", config.table()).contains("very-secret"));
    }
}
