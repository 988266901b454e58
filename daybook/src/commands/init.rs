//! `daybook init`: a settings file with fresh random secrets, readable by its owner only.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rand::TryRngCore as _;
use rand::rngs::OsRng;

use crate::cli::Init;
use crate::ended::Ended;
use crate::output;

pub(super) fn run(flags: &Init, config: Option<&Path>) -> Result<(), Ended> {
    let path = config.unwrap_or(&flags.path);
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = opened.map_err(|error| {
        Ended::Failed(match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                format!(
                    "{} is there already, and its secrets may be in use: nothing was written",
                    path.display()
                )
            }
            _ => format!("cannot write {}: {error}", path.display()),
        })
    })?;
    file.write_all(content(&secret()?).as_bytes())?;
    file.sync_all()?;
    output::line(&format!(
        "Wrote {}. Set the tokens of your vendors in it, and daybook_visitors = \"members\" if whoever \
         reaches the pages may read; then `daybook serve`.",
        path.display()
    ))?;
    Ok(())
}

/// 256 random bits as text.
pub(super) fn secret() -> Result<String, Ended> {
    let mut bytes = [0_u8; 32];
    OsRng.try_fill_bytes(&mut bytes).map_err(|error| Ended::Failed(format!("no randomness: {error}")))?;
    Ok(daybook_core::model::document::hex(&bytes))
}

fn content(admin_key: &str) -> String {
    format!(
        "# Settings of Daybook. The environment wins over this file; `daybook config` shows what is in force.\n\
         # Keep it to yourself: it holds secrets.\n\n\
         # The key that X-Admin-Key must carry to start backfills.\n\
         admin_api_key = \"{admin_key}\"\n\n\
         # Who reads without that key: nobody, or members (whoever reaches the port).\n\
         daybook_visitors = \"nobody\"\n\n\
         # The Jira site, and a token of somebody who may see what Daybook should keep.\n\
         # jira_url = \"https://SITE.atlassian.net\"\n\
         # jira_username = \"you@example.com\"\n\
         # jira_api_token = \"\"\n\n\
         # The other sources; each is off without its token. docs/SOURCES.md says what is read and who may see it.\n\
         # notion_api_key = \"\"\n\
         # tempo_api_token = \"\"\n\
         # fireflies_api_key = \"\"\n\n\
         # What is compared each night, by which clocks.\n\
         # daybook_census = \"02:30\"\n\
         # daybook_time_zone = \"Europe/Stockholm\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settings_file_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let flags = Init { path: folder.path().join("daybook.toml") };
        run(&flags, None).unwrap();
        let first = std::fs::read_to_string(&flags.path).unwrap();
        assert!(run(&flags, None).is_err());
        assert_eq!(std::fs::read_to_string(&flags.path).unwrap(), first);
        assert!(first.parse::<toml::Table>().is_ok());
    }
}
