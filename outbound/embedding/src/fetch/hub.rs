//! The model hub, over HTTP.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::FetchSettings;
use super::install::{Checked, Staging};
use crate::files::{MODEL, Pinned, hex};

/// The state of the model's repository whose files are pinned.
const REVISION: &str = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf";
/// It is often out of reach, and pip is next.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest silence within an answer.
const SILENCE: Duration = Duration::from_secs(30);
/// How often to say how far it is.
const STEP: u64 = 10_000_000;

/// Takes the model's files from the hub.
pub(super) async fn take(
    settings: &FetchSettings,
    staging: &Staging,
    progress: &mut impl FnMut(&str),
) -> Result<(), String> {
    let mut builder = reqwest::Client::builder().connect_timeout(CONNECT).read_timeout(SILENCE);
    if let Some(proxy) = &settings.proxy {
        builder = builder.proxy(reqwest::Proxy::all(proxy).map_err(|error| said(&error))?);
    }
    let client = builder.user_agent("daybook").build().map_err(|error| said(&error))?;
    for pinned in staging.pinned() {
        let hub = settings.hub.trim_end_matches('/');
        let url = format!("{hub}/sentence-transformers/{MODEL}/resolve/{REVISION}/{}", pinned.name);
        download(&client, &url, pinned, staging, progress).await?;
    }
    Ok(())
}

async fn download(
    client: &reqwest::Client,
    url: &str,
    pinned: &Pinned,
    staging: &Staging,
    progress: &mut impl FnMut(&str),
) -> Result<(), String> {
    let answer = client.get(url).send().await.and_then(reqwest::Response::error_for_status);
    let mut answer = answer.map_err(|error| said(&error))?;
    let mut file = Checked::new(pinned, &staging.model())?;
    let mut digest = Sha256::new();
    let mut told = 0;
    // Pieces are small: writing them here does not hold up other tasks for long.
    while let Some(piece) = answer.chunk().await.map_err(|error| said(&error))? {
        digest.update(&piece);
        let written = file.write(&piece)?;
        if written / STEP > told {
            told = written / STEP;
            progress(&format!("{} of {} MB", written / 1_000_000, pinned.bytes / 1_000_000));
        }
    }
    file.finish(&hex(digest))
}

/// An error with its causes; the last of them is what helps.
fn said(error: &reqwest::Error) -> String {
    daybook_core::model::fault::chain(error)
}
