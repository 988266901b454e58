//! The made-up company's meetings as transcripts, and transcripts from files of real records.

use std::collections::BTreeSet;
use std::sync::{Arc, RwLock};

use serde_json::Value;

use super::book::Book;
use super::scene::Site;
use super::team::{Company, Team};
use super::transcript::{Transcript, Words};
use crate::records::{Folder, Loading, Origin, each_line};
use crate::settings::{Settings, SimError};
use crate::world::Chance;

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Site {
    pub(super) fn load(loading: &Loading<'_>) -> Result<Self, SimError> {
        let settings = loading.settings;
        match &loading.origin {
            Origin::Company(world) => {
                let company = Company { world: Arc::clone(world), guest: settings.limited_email.clone() };
                let mut book = Book::default();
                for meeting in world.meetings(settings.meetings) {
                    let id = id(meeting.starts, meeting.number);
                    book.put(Arc::new(Transcript::new(id, meeting.starts, Words::Told(meeting))));
                }
                let team = Team::of_company(&company, settings);
                Ok(Self { company: Some(company), team, book: RwLock::new(book) })
            }
            Origin::Records(folder) => records(folder, settings),
        }
    }
}

/// 26 letters and digits that begin with the moment, as the vendor's ids do.
pub(super) fn id(moment: i64, number: u64) -> String {
    let time = u128::from(moment.unsigned_abs()) << 80;
    let mut chance = Chance::of(number, &[66]);
    let mut rest = time | (u128::from(chance.number() & 0xffff) << 64) | u128::from(chance.number());
    let mut letters = [b'0'; 26];
    for letter in letters.iter_mut().rev() {
        *letter = DIGITS[usize::try_from(rest & 31).unwrap_or(0)];
        rest >>= 5;
    }
    letters.iter().map(|letter| char::from(*letter)).collect()
}

/// Every transcript of a folder's files; without such files there are none.
fn records(folder: &Folder, settings: &Settings) -> Result<Site, SimError> {
    let (mut book, mut users) = (Book::default(), BTreeSet::new());
    for start in ["qmsum", "meeting-realtimes", "fireflies"] {
        for path in folder.files(start, "transcripts")? {
            each_line(&path, |line| {
                let transcript = Transcript::read(line)?;
                if book.get(&transcript.id).is_some() {
                    return Err(format!("has the id {}, which another record has", transcript.id));
                }
                let head = transcript.head(None);
                let named = head.get("fireflies_users").and_then(Value::as_array).into_iter().flatten();
                users.extend(named.filter_map(Value::as_str).map(str::to_lowercase));
                book.put(Arc::new(transcript));
                Ok(())
            })?;
        }
    }
    Ok(Site { company: None, team: Team::of_records(&users, settings), book: RwLock::new(book) })
}
