//! `daybook models`: the weights of the local embedding model.

use daybook_embedding::fetch::{FetchSettings, Fetched, fetch};
use daybook_embedding::is_installed;

use crate::cli::Models;
use crate::config::Config;
use crate::ended::Ended;
use crate::{output, parts};

pub(super) async fn run(flags: &Models, config: &Config) -> Result<(), Ended> {
    super::log_quietly(config)?;
    let folder = parts::models_folder(config)?;
    match flags {
        Models::Fetch { from } => {
            let settings =
                FetchSettings { folder: folder.clone(), from: from.clone(), ..FetchSettings::default() };
            let fetched = fetch(&settings, output::remark).await;
            match fetched.map_err(|error| Ended::Failed(error.to_string()))? {
                Fetched::AlreadyInstalled { folder } => {
                    output::line(&format!("The model is installed in {} already.", folder.display()))?;
                }
                Fetched::Installed { folder, source } => output::line(&format!(
                    "The model is installed in {} (from {source}). A running `daybook serve` takes it up when it is started again.",
                    folder.display()
                ))?,
            }
            Ok(())
        }
        Models::Status => {
            if is_installed(&folder) {
                return Ok(output::line(&format!("The model is installed in {}.", folder.display()))?);
            }
            Err(Ended::Failed(format!(
                "there is no model in {}: Daybook searches by keywords alone; `daybook models fetch` installs it",
                folder.display()
            )))
        }
    }
}
