//! Tempo's trail of what was deleted: the one place that tells, and only to a token with the audit permission, and only
//! for the last half year. Its ids are texts.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::document::Tombstone;
use daybook_core::ports::source::{Page, SourceError};
use serde_json::json;

use super::KIND;
use super::checkpoint::{Changes, Items, Part, Place};
use super::list_page::ListPage;
use super::refusal;
use super::site::{One, Question, Site, unasked, written};
use super::walk::Reader;
use crate::http::{Failed, Tally};
use crate::object::{Object, mended};
use crate::page_size::PageSize;

/// The trail goes back so far.
const KEPT: TimeDelta = TimeDelta::days(180);
/// The most that it gives at once.
const ROWS: u32 = 1_000;
/// A trail of more pages has no end.
const MOST_PAGES: u32 = 1_000;
/// So many of the ids are looked at before the rest is believed.
const SAMPLE: usize = 2;
/// Where nobody says what time it is, the newest change does, and these are the days to look back from it: fewer, if
/// nothing has changed for long.
const DAYS_BACK: [i64; 4] = [170, 90, 30, 1];

/// A part of the trail.
pub(super) struct Gone {
    pub(super) ids: Vec<String>,
    pub(super) next: Option<String>,
}

fn question(from: DateTime<Utc>, to: Option<DateTime<Utc>>) -> Question {
    let mut body = json!({"from": written(from), "action": ["Deleted"], "entityType": ["worklog"]});
    if let Some(to) = to {
        body["to"] = written(to + TimeDelta::seconds(1)).into();
    }
    Question::search("list what was deleted", "/4/papertrail/search", &body)
}

/// If the token may not look at the trail: what Tempo said. `now` may be long past; then Tempo tells the time.
pub(super) async fn refused(
    site: &Site,
    now: DateTime<Utc>,
    tally: &mut Tally,
) -> Result<Option<String>, SourceError> {
    let mut now = now;
    for is_first in [true, false] {
        let question = question(now - TimeDelta::days(1), Some(now));
        match site.page_behind(&question, 1, None, tally).await {
            Ok(_) => return Ok(None),
            Err(Failed::Rejected(rejection)) if rejection.status == 400 => {
                let newest = if is_first { newest_change(site, tally).await? } else { None };
                let Some(newest) = newest else { return Ok(None) };
                now = newest;
            }
            Err(Failed::Rejected(rejection)) if matches!(rejection.status, 403 | 404 | 410) => {
                return Ok(Some(refusal::said(&rejection)));
            }
            Err(failed) => return Err(unasked(&question, failed)),
        }
    }
    Ok(None)
}

/// What was deleted in half a year up to now; `None`: the token may not know.
pub(super) async fn recent(site: &Site, tally: &mut Tally) -> Result<Option<HashSet<String>>, SourceError> {
    let Some(newest) = newest_change(site, tally).await? else { return Ok(None) };
    for days in DAYS_BACK {
        let (mut ids, mut token) = (HashSet::new(), None);
        for _ in 0..MOST_PAGES {
            let part = part(site, newest - TimeDelta::days(days), None, token.as_deref(), tally).await?;
            let gone = match part {
                Ok(gone) => gone,
                Err(400) => break,
                Err(_) => return Ok(None),
            };
            ids.extend(gone.ids);
            if gone.next.is_none() || gone.next == token {
                return Ok(Some(ids));
            }
            token = gone.next;
        }
    }
    Ok(None)
}

/// The newest moment that Tempo itself tells.
async fn newest_change(site: &Site, tally: &mut Tally) -> Result<Option<DateTime<Utc>>, SourceError> {
    let question = Question::worklogs(&[], &[("UPDATED", "DESC")]);
    let page = site
        .page(&question, 0, &mut PageSize::new(1), tally)
        .await
        .map_err(|failed| unasked(&question, failed))?;
    let moment = |row: &str| Object::read(&mended(row))?.json("updatedAt").and_then(crate::time::moment);
    Ok(page.rows().next().and_then(moment))
}

/// A part of the trail, or the status with which Tempo refused to show it.
async fn part(
    site: &Site,
    from: DateTime<Utc>,
    to: Option<DateTime<Utc>>,
    token: Option<&str>,
    tally: &mut Tally,
) -> Result<Result<Gone, u16>, SourceError> {
    let question = question(from, to);
    match site.page_behind(&question, ROWS, token, tally).await {
        Ok(page) => Ok(Ok(gone(&question, &page)?)),
        Err(Failed::Rejected(rejection))
            if matches!(rejection.status, 403 | 404 | 410)
                || (rejection.status == 400 && token.is_none()) =>
        {
            tracing::info!(source = %KIND, "the trail of what was deleted is not shown: {}", refusal::said(&rejection));
            Ok(Err(rejection.status))
        }
        Err(failed) => Err(unasked(&question, failed)),
    }
}

/// The worklogs that a page of the trail tells of. A line of another action or of another thing was not asked for.
fn gone(question: &Question, page: &ListPage) -> Result<Gone, SourceError> {
    let (mut ids, mut other) = (Vec::new(), 0_u64);
    for row in page.rows() {
        let json = mended(row);
        let line = Object::read(&json);
        let is_word = |name: &str, word: &str| {
            let said = line.as_ref().and_then(|line| line.text(name));
            said.is_none_or(|said| said.eq_ignore_ascii_case(word))
        };
        let id = line.as_ref().and_then(|line| line.id("entityId")).filter(|id| id.parse::<u64>().is_ok());
        match id {
            Some(id) if is_word("action", "Deleted") && is_word("entityType", "worklog") => {
                ids.push(id.into_owned());
            }
            _ => other += 1,
        }
    }
    if other > 1 && other * 2 > page.outline.rows {
        let said = format!(
            "it was asked for deleted worklogs, and {other} of the {} lines that came tell of none",
            page.outline.rows
        );
        return Err(SourceError::Broken { source_kind: KIND, doing: question.doing, said });
    }
    Ok(Gone { ids, next: page.next_token.clone() })
}

/// Whether the first of these ids are worklogs that are not there any more. That the trail's ids are those of worklogs
/// is only what its documentation seems to say.
pub(super) async fn is_true(site: &Site, ids: &[&str], tally: &mut Tally) -> Result<bool, SourceError> {
    for id in ids.iter().filter_map(|id| id.parse().ok()).take(SAMPLE) {
        if !matches!(site.one(id, tally).await?, One::NotThere) {
            tracing::warn!(
                source = %KIND, worklog.id = id,
                "the trail says that a worklog was deleted which is there; nothing of the trail is believed"
            );
            return Ok(false);
        }
    }
    Ok(true)
}

impl Reader {
    /// The next page of what was deleted.
    pub(super) async fn deleted(&mut self, place: &mut Changes) -> Result<Page, SourceError> {
        let Part::Deleted { token, pages } = place.part.clone() else { return Ok(self.page_to(place)) };
        let from = place.from.max(place.to - KEPT);
        let part = part(&self.site, from, Some(place.to), token.as_deref(), &mut self.tally).await?;
        let gone = part.unwrap_or(Gone { ids: Vec::new(), next: None });
        if gone.next.is_some() && (gone.next == token || pages >= MOST_PAGES) {
            let said = "pages repeat: it gave a page token that it had given before".to_owned();
            return Err(SourceError::Broken { source_kind: KIND, doing: "list what was deleted", said });
        }
        let is_true = self.is_true(&gone.ids).await?;
        place.part = match gone.next {
            Some(next) if is_true => Part::Deleted { token: Some(next), pages: pages + 1 },
            _ => Part::Also(Items::default()),
        };
        let gone = if is_true { gone.ids } else { Vec::new() };
        let gone = gone.into_iter().map(|id| (id, Tombstone::Deleted)).collect();
        let cursor = Place::Changes(place.clone()).cursor();
        Ok(Page { gone, ..Page::of(Vec::new(), cursor, self.tally.take()) })
    }

    /// The same for those of them that are held: only these would be taken away.
    async fn is_true(&mut self, ids: &[String]) -> Result<bool, SourceError> {
        if ids.is_empty() {
            return Ok(true);
        }
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let held = self.held(&ids).await?;
        let held: Vec<&str> = ids.into_iter().filter(|id| held.contains_key(*id)).collect();
        is_true(&self.site, &held, &mut self.tally).await
    }
}
