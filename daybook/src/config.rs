//! Settings, and the only reader of the environment: defaults, then the file, then the environment, then flags.

mod known;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

pub use self::known::{KNOWN, Known};

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
    crash_at: Option<String>,
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
        config.crash_at = environment.get("DAYBOOK_TEST_CRASH_AT").cloned();
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

    /// Where to die on purpose, in a drill (`DAYBOOK_TEST_CRASH_AT`). No setting: nothing shows it.
    pub fn crash_at(&self) -> Option<&str> {
        self.crash_at.as_deref()
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
