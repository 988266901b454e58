//! One page after the other: of whole meetings in a list, of what a light list shows to have changed, of meetings that
//! are asked for by name. A request fetches as many of them as it can, because a plan may allow only fifty a day.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use daybook_core::model::document::Record;
use daybook_core::ports::source::{HeldRecord, Known, Page, SourceError};

use super::KIND;
use super::account::Account;
use super::answer::Answer;
use super::audience::{self, Rules};
use super::channels::Channels;
use super::checkpoint::{Checkpoint, Mode, Want};
use super::drift::Drift;
use super::fetch::{self, LIST, Listed, READ, Single, Weight};
use super::met::Met;
use super::place::{MOST, Place, Taken};
use super::record::{self, Came};
use super::refusal::No;
use crate::http::{Tally, scrubbed};
use crate::object::Object;
use crate::page_size::PageSize;

/// The far end of a walk.
pub(super) struct Steps {
    account: Arc<Account>,
    known: Arc<dyn Known>,
    tally: Tally,
    /// Meetings that come whole with one request.
    whole: PageSize,
    light: PageSize,
    drift: Drift,
    met: Met,
    channels: Option<Channels>,
}

impl Steps {
    pub(super) fn new(account: Arc<Account>, known: Arc<dyn Known>, tally: Tally, page_size: u32) -> Self {
        let (whole, light) = (PageSize::new(page_size), PageSize::new(MOST));
        Self {
            account,
            known,
            tally,
            whole,
            light,
            drift: Drift::default(),
            met: Met::default(),
            channels: None,
        }
    }

    /// The next page of a walk that is not done.
    pub(super) async fn step(&mut self, at: &mut Checkpoint) -> Result<Page, SourceError> {
        if at.todo.is_empty() && at.place.as_ref().is_none_or(|place| place.is_done) {
            let also = std::mem::take(&mut at.also).into_iter();
            at.todo = also.map(|id| Want { id, at: None }).collect();
        }
        let mut page = Page::of(Vec::new(), at.cursor(), daybook_core::ports::source::Spent::default());
        match (at.todo.first(), at.mode) {
            (Some(_), _) => self.fetch(at, &mut page).await?,
            (None, Mode::History) => self.history(at, &mut page).await?,
            (None, _) => self.changes(at, &mut page).await?,
        }
        let spent = self.tally.take();
        page.rewound = at.place.as_ref().is_some_and(|place| place.is_again);
        Ok(Page { cursor: at.cursor(), requests: spent.requests, waits: spent.waits, ..page })
    }

    /// A page of whole meetings.
    async fn history(&mut self, at: &mut Checkpoint, page: &mut Page) -> Result<(), SourceError> {
        let Some(place) = at.place.as_mut() else { return Ok(()) };
        let listed = fetch::list(&self.account, Weight::Heavy, place, &mut self.whole, &mut self.tally).await;
        let listed = match listed {
            Ok(listed) if listed.is_whole() => listed,
            // One bad meeting spoils the whole page. If it is the vendor that is bad, the next question tells.
            Ok(_) | Err(No::Trouble(_) | No::Slow(_) | No::TooLarge(_)) => {
                at.todo = self.one_by_one(place, page).await?;
                return Ok(());
            }
            Err(no) => return Err(self.account.error(LIST, no)),
        };
        let fresh = self.take(place, &listed, page)?.fresh;
        let spoiled = listed.spoiled();
        let (bad, good): (Vec<usize>, Vec<usize>) = fresh.into_iter().partition(|row| spoiled.contains(row));
        let again = bad.into_iter().filter_map(|row| listed.rows[row].id.clone());
        at.todo = again.map(|id| Want { id, at: None }).collect();
        let ranges = good.into_iter().map(|row| listed.ranges[row].clone()).collect();
        page.records = self.read(listed.answer, ranges, Came::Whole).await?;
        Ok(())
    }

    /// The meetings of a page, to be asked for alone.
    async fn one_by_one(&mut self, place: &mut Place, page: &mut Page) -> Result<Vec<Want>, SourceError> {
        let listed = self.listed(place, &mut PageSize::new(self.whole.now())).await?;
        let mut wants = Vec::new();
        for number in self.take(place, &listed, page)?.fresh {
            match &listed.rows[number].id {
                Some(id) => wants.push(Want { id: id.clone(), at: None }),
                None => page.records.push(self.nameless(&listed, number)),
            }
        }
        Ok(wants)
    }

    /// A page of a light list: what is held just so is not fetched.
    async fn changes(&mut self, at: &mut Checkpoint, page: &mut Page) -> Result<(), SourceError> {
        let Some(place) = at.place.as_mut() else { return Ok(()) };
        let mut size = std::mem::replace(&mut self.light, PageSize::new(MOST));
        let listed = self.listed(place, &mut size).await;
        self.light = size;
        let listed = listed?;
        at.listed = Some(place.clone());
        let taken = self.take(place, &listed, page)?;
        let ids: Vec<&str> = listed.rows.iter().filter_map(|row| row.id.as_deref()).collect();
        let held = self.held(&ids).await?;
        for number in taken.fresh {
            let row = Object::read(listed.row(number));
            let (Some(id), Some(row)) = (&listed.rows[number].id, row) else {
                page.records.push(self.nameless(&listed, number));
                continue;
            };
            let version = held.get(id).and_then(|held| held.version.as_deref());
            let is_same = version.is_some_and(|version| version == record::mark(&row));
            let is_open = at.also.contains(id);
            at.also.retain(|also| also != id);
            // A meeting that is still running has nothing new to tell.
            if is_same && (!is_open || record::is_live(&row)) {
                page.unchanged.push(id.clone());
            } else {
                let number = u32::try_from(number).unwrap_or(MOST);
                at.todo.push(Want { id: id.clone(), at: Some(taken.first + number) });
            }
        }
        Ok(())
    }

    /// Fetches the first of what is wanted, and what lies near it in its list with the same request.
    async fn fetch(&mut self, at: &mut Checkpoint, page: &mut Page) -> Result<(), SourceError> {
        let near = near(&at.todo, self.whole.now());
        if let (Some(list), Some(first), 2..) = (&at.listed, at.todo[0].at, near) {
            let wants: Vec<Want> = at.todo.drain(..near).collect();
            let left = self.together(&list.clone(), first, wants, page).await?;
            // What did not come with its list is asked for alone.
            at.todo.splice(0..0, left);
            return Ok(());
        }
        let want = at.todo.remove(0);
        match fetch::single(&self.account, &want.id, &mut self.tally).await? {
            Single::Came(answer, came) => {
                let range = answer.range(answer.value().unwrap_or_default());
                let gaps = fetch::gaps(&answer.complaints);
                let mut records = self.read(answer, vec![range], came).await?;
                if let Some(record) = records.first_mut() {
                    record.gaps.extend(gaps);
                    if record.external_id != want.id {
                        let said =
                            format!("it was asked for meeting {} and gave another", scrubbed(&want.id));
                        return Err(SourceError::Broken { source_kind: KIND, doing: READ, said });
                    }
                }
                page.records = records;
            }
            Single::Gone(tombstone, said) => {
                if at.mode == Mode::Items && !self.held(&[&want.id]).await?.contains_key(&want.id) {
                    let said = format!("there is no meeting `{}` for this key: {said}", scrubbed(&want.id));
                    return Err(SourceError::Unacceptable { source_kind: KIND, doing: READ, said });
                }
                page.gone.push((want.id, tombstone));
            }
            Single::Bad(reason) => page.records.push(record::unfetched(&want.id, &reason)),
        }
        Ok(())
    }

    /// Meetings that stand near each other in a list, with one request; gives those that did not come.
    async fn together(
        &mut self,
        list: &Place,
        first: u32,
        wants: Vec<Want>,
        page: &mut Page,
    ) -> Result<Vec<Want>, SourceError> {
        let end = wants.last().and_then(|want| want.at).unwrap_or(first);
        let mut size = PageSize::new(end - first + 1);
        let place = list.at(first);
        let listed = fetch::list(&self.account, Weight::Heavy, &place, &mut size, &mut self.tally).await;
        let alone = |wants: Vec<Want>| wants.into_iter().map(|want| Want { at: None, ..want }).collect();
        let listed = match listed {
            Ok(listed) => listed,
            Err(No::Trouble(_) | No::Slow(_) | No::TooLarge(_)) => {
                self.whole.shrink();
                return Ok(alone(wants));
            }
            Err(no) => return Err(self.account.error(LIST, no)),
        };
        let (spoiled, mut left, mut ranges) = (listed.spoiled(), Vec::new(), Vec::new());
        for want in wants {
            let place = listed.rows.iter().position(|row| row.id.as_ref() == Some(&want.id));
            match place.filter(|row| !spoiled.contains(row)) {
                Some(row) => ranges.push(listed.ranges[row].clone()),
                None => left.push(want),
            }
        }
        page.records = self.read(listed.answer, ranges, Came::Whole).await?;
        Ok(alone(left))
    }

    async fn listed(&mut self, place: &Place, size: &mut PageSize) -> Result<Listed, SourceError> {
        let listed = fetch::list(&self.account, Weight::Light, place, size, &mut self.tally).await;
        listed.map_err(|no| self.account.error(LIST, no))
    }

    /// Moves behind a part of the list; gives what of it is new. Refuses answers that are of another shape than they were.
    fn take(&mut self, place: &mut Place, listed: &Listed, page: &mut Page) -> Result<Taken, SourceError> {
        page.outside = listed.outside(place)?;
        let taken = place.take(&listed.rows, listed.limit, LIST)?;
        let fresh = taken.fresh.iter().map(|number| &listed.rows[*number]);
        self.met.note(fresh, place.is_again, LIST)?;
        listed.note(&taken.fresh, &mut self.drift);
        match self.drift.check() {
            Ok(true) => self.account.is_sound(),
            Ok(false) => {}
            Err(missing) => return Err(self.account.differs(LIST, &missing.to_string())),
        }
        Ok(taken)
    }

    /// A row that nobody can ask for.
    fn nameless(&self, listed: &Listed, number: usize) -> Record {
        record::record(listed.row(number), Came::Slim, &self.bare())
    }

    async fn held(&self, ids: &[&str]) -> Result<HashMap<String, HeldRecord>, SourceError> {
        let held = self.known.held(ids).await;
        held.map_err(|source| SourceError::Store { source_kind: KIND, doing: LIST, source })
    }

    /// Reads meetings; who may see them may take the channels' members.
    async fn read(
        &mut self,
        answer: Answer,
        ranges: Vec<Range<usize>>,
        came: Came,
    ) -> Result<Vec<Record>, SourceError> {
        let needs = |range: &Range<usize>| {
            Object::read(answer.part(range.clone())).is_some_and(|meeting| audience::needs_channels(&meeting))
        };
        if self.channels.is_none() && ranges.iter().any(needs) {
            self.channels = Some(self.account.channels(&mut self.tally).await?);
        }
        let channels = self.channels.as_ref().and_then(|channels| channels.known.clone());
        fetch::records(answer, ranges, came, Rules { channels, ..self.bare() }).await
    }

    fn bare(&self) -> Rules {
        Rules { team_is_members: self.account.team_is_members, channels: None, now: self.account.now() }
    }
}

/// How many of the first wants one request can bring.
fn near(wants: &[Want], size: u32) -> usize {
    let Some(first) = wants.first().and_then(|want| want.at) else { return 1 };
    let is_near = |want: &&Want| want.at.is_some_and(|at| (first..first.saturating_add(size)).contains(&at));
    wants.iter().take_while(is_near).count()
}
