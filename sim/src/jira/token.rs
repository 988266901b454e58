//! Page tokens: opaque to the caller, bound to their question, and dead after seven days. Inside is the place of the
//! last row, so that edits and deletions between two pages neither skip nor repeat what did not move.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::problem::Problem;

const LIFE: TimeDelta = TimeDelta::days(7);
const SEAL: usize = 8;

/// The last row of a page in the order of its question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// What the row is sorted by, in turn; a key is its project and number.
    pub(crate) values: Vec<(String, i64)>,
    pub(crate) id: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Content {
    /// When it was given out: milliseconds since 1970.
    at: i64,
    /// What makes it unlike every other.
    serial: u64,
    /// After which row the page begins; absent at the start.
    after: Option<Place>,
}

pub(crate) fn write(jql: &str, after: Option<Place>, serial: u64, now: DateTime<Utc>) -> String {
    let content = Content { at: now.timestamp_millis(), serial, after };
    // Numbers and text alone always become JSON.
    let content = serde_json::to_vec(&content).unwrap_or_default();
    let mut bytes = seal(jql, &content).to_vec();
    bytes.extend(content);
    URL_SAFE.encode(bytes)
}

/// The row after which a page begins.
pub(crate) fn read(jql: &str, token: &str, now: DateTime<Utc>) -> Result<Option<Place>, Problem> {
    let content = opened(jql, token).ok_or_else(refused)?;
    let at = DateTime::from_timestamp_millis(content.at).ok_or_else(refused)?;
    if now - at > LIFE { Err(refused()) } else { Ok(content.after) }
}

/// What the vendor says to any token that it does not take.
pub(crate) fn refused() -> Problem {
    Problem::invalid("The provided nextPageToken is invalid or has expired. Please start a new search.")
}

fn opened(jql: &str, token: &str) -> Option<Content> {
    let bytes = URL_SAFE.decode(token).ok()?;
    let (given, content) = bytes.split_at_checked(SEAL)?;
    (given == seal(jql, content)).then(|| serde_json::from_slice(content).ok())?
}

fn seal(jql: &str, content: &[u8]) -> [u8; SEAL] {
    let digest = Sha256::new().chain_update(jql.trim()).chain_update([0]).chain_update(content).finalize();
    let mut seal = [0; SEAL];
    seal.copy_from_slice(&digest[..SEAL]);
    seal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_795_162_532_123).unwrap()
    }

    #[test]
    fn a_token_carries_its_place() {
        let place = Place { values: vec![(String::new(), 7), ("HARB".to_owned(), 3)], id: 9 };
        let token = write("project = A", Some(place.clone()), 1, now());
        assert_eq!(read("project = A", &token, now()), Ok(Some(place)));
        let start = write("project = A", None, 2, now());
        assert_eq!(read("project = A ", &start, now()), Ok(None));
    }

    #[test]
    fn a_token_dies_with_another_question_and_with_age() {
        let token = write("project = A", None, 1, now());
        assert!(read("project = B", &token, now()).is_err());
        assert!(read("project = A", &token, now() + TimeDelta::days(6)).is_ok());
        assert!(read("project = A", &token, now() + TimeDelta::days(8)).is_err());
    }

    #[test]
    fn garbage_is_no_token() {
        for garbage in ["", "CAEa", "é", "AAAAAAAAAAAAAAAA", "!!!"] {
            assert!(read("project = A", garbage, now()).is_err());
        }
    }
}
