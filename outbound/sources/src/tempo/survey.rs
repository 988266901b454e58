//! Before a walk: does the token hold, how much is there, what will it take, and what may be hidden from it.

use daybook_core::model::backfill::{Plan, Window};
use daybook_core::ports::source::{Reach, Scope, SourceError, Survey};

use super::checkpoint::{History, Place, whole_second};
use super::count::{Counted, count};
use super::list_page::ListPage;
use super::site::{Question, Site, unasked};
use super::{changes, references, refusal, slices, trail};
use crate::http::{Failed, Tally};
use crate::object::{Object, mended};
use crate::page_size::PageSize;
use crate::time;

/// The permission to view what others have logged.
const VIEW: &str = "permissions.worklog.view";

/// What the token may do, as far as Tempo tells.
#[derive(Debug, Clone)]
pub(super) struct Rights {
    /// What may be hidden from it, in words.
    unseen: Vec<String>,
    /// Whether it may know what was deleted.
    has_trail: bool,
}

pub(super) async fn survey(
    site: &Site,
    scope: &Scope,
    page_size: u32,
    tally: &mut Tally,
) -> Result<Survey, SourceError> {
    Place::begin(scope, None)?;
    let single = match &scope.reach {
        Reach::Items(ids) => ids.len() as u64,
        _ => scope.also.len() as u64,
    };
    let (expected, window, pages) = match &scope.reach {
        Reach::History(window) => {
            let (expected, pages) = history(site, window, page_size, tally).await?;
            (expected, window, pages)
        }
        Reach::Changes(window) => {
            let (expected, pages) = changed(site, window, page_size, tally).await?;
            (expected, window, pages)
        }
        Reach::Items(_) => return items(site, single, tally).await,
    };
    let rights = rights(site, window, tally).await?;
    let mut requests = u64::from(tally.so_far().requests) + single;
    if expected != Some(0) || single > 0 {
        requests += references::LISTS;
    }
    let is_sync = matches!(scope.reach, Reach::Changes(_));
    if is_sync {
        // The trail, and a look at what it tells.
        requests += if rights.has_trail { 3 } else { 1 };
    }
    let plan = pages.map(|(pages, estimated)| {
        let requests = requests + pages;
        Plan { requests, seconds: site.client.seconds_for(requests), estimated: estimated || is_sync }
    });
    let uncounted = "Tempo's pages did not let themselves be counted".to_owned();
    Ok(Survey {
        expected,
        requests: tally.so_far().requests,
        plan,
        warnings: if expected.is_none() { vec![uncounted] } else { Vec::new() },
        unseen: rights.unseen,
    })
}

/// How many worklogs the days of a window hold, and the requests for them.
async fn history(
    site: &Site,
    window: &Window,
    page_size: u32,
    tally: &mut Tally,
) -> Result<(Option<u64>, Option<(u64, bool)>), SourceError> {
    let place = History::of(window);
    let ((first, last), (_, until)) = (place.all_days(), place.usual_days());
    if first > last {
        // Not a day of it; the token is asked for all the same.
        sign_in(site, tally).await?;
        return Ok((Some(0), Some((0, false))));
    }
    let days = [("from", first.to_string()), ("to", last.to_string())];
    let question = Question::worklogs(&days, &[("START_DATE_TIME", "DESC"), ("ID", "DESC")]);
    let all_days = slices::days_between(first, until);
    // As many worklogs as would be if all days were like those of the first page.
    let guess = |page: &ListPage| {
        let oldest = page.rows().last().and_then(day_of).unwrap_or(until);
        page.outline.rows.saturating_mul(all_days) / slices::days_between(oldest.min(until), until).max(1)
    };
    let counted = count(site, &question, page_size, guess, tally).await?;
    let total = counted.map(|counted| counted.total);
    Ok((total, total.map(|total| slices::plan(first, until, total, page_size))))
}

fn day_of(row: &str) -> Option<chrono::NaiveDate> {
    Object::read(&mended(row))?.text("startDate")?.parse().ok()
}

/// How many worklogs changed in a window, and the requests for them.
async fn changed(
    site: &Site,
    window: &Window,
    page_size: u32,
    tally: &mut Tally,
) -> Result<(Option<u64>, Option<(u64, bool)>), SourceError> {
    let question = changes::question(whole_second(window.from));
    let Some(Counted { total, tail }) = count(site, &question, page_size, |_| 1, tally).await? else {
        return Ok((None, None));
    };
    let updated = |row: &str| Object::read(&mended(row))?.json("updatedAt").and_then(time::moment);
    let later = tail.rows().filter(|row| updated(row).is_some_and(|updated| updated >= window.to)).count();
    Ok((Some(total - later as u64), Some((slices::requests(total, page_size), total > 0))))
}

/// Single worklogs: that the token holds is all there is to find out.
async fn items(site: &Site, single: u64, tally: &mut Tally) -> Result<Survey, SourceError> {
    sign_in(site, tally).await?;
    let asked = u64::from(tally.so_far().requests);
    // If one is not there, the trail is looked at.
    let requests = asked + single + references::LISTS + 2;
    let plan = Plan { requests, seconds: site.client.seconds_for(requests), estimated: true };
    let unseen = site.rights().map(|rights| rights.unseen).unwrap_or_default();
    let requests = tally.so_far().requests;
    Ok(Survey { expected: Some(single), requests, plan: Some(plan), warnings: Vec::new(), unseen })
}

/// Asks for something that every token may have.
async fn sign_in(site: &Site, tally: &mut Tally) -> Result<(), SourceError> {
    let question = Question::worklogs(&[], &[("ID", "DESC")]);
    let asked = site.page(&question, 0, &mut PageSize::new(1), tally).await;
    asked.map(|_| ()).map_err(|failed| unasked(&question, failed))
}

/// What the token may do; asked for now and then only.
async fn rights(site: &Site, window: &Window, tally: &mut Tally) -> Result<Rights, SourceError> {
    if let Some(rights) = site.rights() {
        return Ok(rights);
    }
    let mut unseen = Vec::new();
    unseen.extend(hidden(site, tally).await?);
    let refused = trail::refused(site, window.to, tally).await?;
    if let Some(said) = &refused {
        unseen.push(format!(
            "worklogs that were deleted, until the next census: the token's user has no permission to audit Tempo ({said})"
        ));
    }
    let rights = Rights { unseen, has_trail: refused.is_none() };
    site.note_rights(rights.clone());
    Ok(rights)
}

/// Whether worklogs may be hidden from the token. Tempo leaves them out without a word; only who may read its roles can
/// tell that there is one that hides nothing.
async fn hidden(site: &Site, tally: &mut Tally) -> Result<Option<String>, SourceError> {
    let question = Question::list("list the permission roles", "/4/permission-roles", Vec::new());
    match site.page(&question, 0, &mut PageSize::new(1_000), tally).await {
        Ok(page) if page.rows().any(is_for_all) => Ok(None),
        Ok(_) => Ok(Some(
            "worklogs of whole teams, perhaps: no role in Tempo lets anybody view all worklogs, and Tempo does not say what it leaves out"
                .to_owned(),
        )),
        Err(Failed::Rejected(rejection)) if matches!(rejection.status, 403 | 404) => Ok(Some(format!(
            "worklogs that the token's user may not view: Tempo leaves them out and does not say how many; a token of a Tempo administrator with \"View all worklogs\" sees them all ({})",
            refusal::said(&rejection)
        ))),
        Err(failed) => Err(unasked(&question, failed)),
    }
}

/// Whether a role lets somebody view everybody's worklogs.
fn is_for_all(role: &str) -> bool {
    let json = mended(role);
    let Some(role) = Object::read(&json) else { return false };
    let permissions = role.elements("permissions");
    let mut keys = permissions.iter().filter_map(|permission| Object::read(permission.get())?.text("key"));
    role.text("accessType").as_deref() == Some("GLOBAL")
        && keys.any(|key| key == VIEW)
        && !role.elements("permittedUsers").is_empty()
}
