//! Before a walk: does the key hold, what does it show, how many meetings are there, and how many requests they take.

use daybook_core::model::backfill::Plan;
use daybook_core::ports::source::{Reach, Scope, SourceError, Survey};

use super::account::{Account, Who};
use super::checkpoint::Checkpoint;
use super::fetch::{self, LIST, Weight};
use super::place::{FAR, MOST, Place};
use super::refusal::No;
use crate::http::Tally;
use crate::page_size::PageSize;

const MEMBER: &str = "meetings that the key's owner neither took part in nor was let into: the key is a member's, and an admin's shows those of the whole team";
const CHANNELS: &str = "the members of channels: a meeting in a private one is shown to its owner alone";
const OLD_KEY: &str =
    "an old API key may show fewer meetings than there are; if some are missing, make a new one";

pub(super) async fn survey(
    account: &Account,
    scope: &Scope,
    page_size: u32,
    tally: &mut Tally,
) -> Result<Survey, SourceError> {
    let start = Checkpoint::begin(scope, None)?;
    let (Reach::History(_), Some(place)) = (&scope.reach, &start.place) else {
        // What has changed is only known once it is listed, and each request may be one of fifty.
        let who = match account.known_who() {
            Some(who) => who,
            None => account.who(tally).await?,
        };
        return Ok(told(None, None, unseen(account, who, true), tally));
    };
    let who = account.who(tally).await?;
    let has_channels = account.channels(tally).await?.known.is_some();
    let counted = count(account, place, tally).await?;
    // Roughly; a list whose end cannot be found has at least what was seen of it.
    let meetings = match counted {
        Counted::All(meetings) => meetings,
        Counted::AtLeast(seen) => who.meetings.unwrap_or(seen * 2).max(seen),
    };
    let size = u64::from(page_size.min(MOST - 1));
    let requests = u64::from(tally.so_far().requests) + meetings / size + 1 + meetings / u64::from(FAR);
    let plan = Plan {
        requests,
        seconds: account.seconds_for(requests),
        estimated: matches!(counted, Counted::AtLeast(_)),
    };
    let expected = match counted {
        Counted::All(meetings) => Some(meetings),
        Counted::AtLeast(_) => None,
    };
    let mut survey = told(expected, Some(plan), unseen(account, who, has_channels), tally);
    if !who.is_admin {
        survey.warnings.push(OLD_KEY.to_owned());
    }
    Ok(survey)
}

fn told(expected: Option<u64>, plan: Option<Plan>, unseen: Vec<String>, tally: &Tally) -> Survey {
    Survey { expected, requests: tally.so_far().requests, plan, warnings: Vec::new(), unseen }
}

fn unseen(account: &Account, who: Who, has_channels: bool) -> Vec<String> {
    let mut unseen = Vec::new();
    if !who.is_admin {
        unseen.push(MEMBER.to_owned());
    }
    if !has_channels {
        unseen.push(CHANNELS.to_owned());
    }
    let dropped: Vec<String> = account.asking.dropped().iter().map(|field| format!("`{field}`")).collect();
    if !dropped.is_empty() {
        unseen.push(format!("fields that its plan or its rights do not include: {}", dropped.join(", ")));
    }
    unseen
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counted {
    All(u64),
    AtLeast(u64),
}

/// Counts a list by looking for its end: a few pages on, then ever further, then halving. A list of thousands takes a
/// dozen requests instead of one for every fifty.
async fn count(account: &Account, place: &Place, tally: &mut Tally) -> Result<Counted, SourceError> {
    let mut search = Search::default();
    loop {
        let at = search.next();
        let mut size = PageSize::new(MOST);
        let listed = match fetch::list(account, Weight::Ids, &place.at(at), &mut size, tally).await {
            Ok(listed) => listed,
            // How large an offset may be is not published.
            Err(No::Error(SourceError::Unacceptable { .. })) if at > 0 => {
                return Ok(Counted::AtLeast(u64::from(search.low)));
            }
            Err(no) => return Err(account.error(LIST, no)),
        };
        listed.outside(place)?;
        let came = u32::try_from(listed.rows.len()).unwrap_or(MOST);
        if let Some(all) = search.saw(at, came, listed.limit) {
            return Ok(Counted::All(u64::from(all)));
        }
    }
}

/// A search for the end of a list.
#[derive(Debug, Default)]
struct Search {
    /// It has so many at least.
    low: u32,
    /// And so many at most, if that is known.
    high: Option<u32>,
    looks: u32,
}

impl Search {
    fn next(&self) -> u32 {
        match self.high {
            Some(high) if high - self.low <= MOST => self.low,
            Some(high) => self.low + (high - self.low) / 2 / MOST * MOST,
            None if self.looks < 3 => self.low,
            None => self.low.saturating_mul(2),
        }
    }

    /// Notes how many rows there are from a row on; gives the length of the list once it is known.
    fn saw(&mut self, at: u32, came: u32, limit: u32) -> Option<u32> {
        self.looks += 1;
        if came >= limit {
            self.low = self.low.max(at.saturating_add(came));
        } else if came > 0 || at <= self.low {
            return Some(at + came);
        } else {
            self.high = Some(at);
        }
        self.high.filter(|high| *high <= self.low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(length: u32) -> (u32, u32) {
        let mut search = Search::default();
        for looks in 1..100 {
            let at = search.next();
            if let Some(all) = search.saw(at, length.saturating_sub(at).min(MOST), MOST) {
                return (all, looks);
            }
        }
        panic!("{length} is not found: {search:?}");
    }

    #[test]
    fn the_end_of_every_list_is_found_in_few_looks() {
        for length in (0..3_000).chain([12_345, 99_999]) {
            let (all, looks) = counted(length);
            assert_eq!(all, length);
            assert!(looks <= length / 50 + 5 && looks <= 24, "{length}: {looks}");
        }
        assert!(counted(3_000).1 <= 14);
    }
}
