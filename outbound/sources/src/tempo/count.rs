//! How many worklogs a question finds. Tempo never says; but a list either has a row at some place or has none, and a
//! good first guess leaves few places to look at.

use daybook_core::ports::source::SourceError;

use super::list_page::ListPage;
use super::site::{LARGEST_PAGE, Question, Site, unasked};
use crate::http::Tally;
use crate::page_size::PageSize;

/// Places that are looked at before counting is given up.
const MOST_PROBES: u32 = 64;

/// A list that was counted.
pub(super) struct Counted {
    pub(super) total: u64,
    /// Its last page.
    pub(super) tail: ListPage,
}

/// Counts; `None`: the pages make no sense together. `guess` says from the first page, if it is full, how many rows
/// there may be.
pub(super) async fn count(
    site: &Site,
    question: &Question,
    page_size: u32,
    guess: impl Fn(&ListPage) -> u64,
    tally: &mut Tally,
) -> Result<Option<Counted>, SourceError> {
    let first = page(site, question, 0, page_size, tally).await?;
    if first.outline.is_last() {
        return Ok(Some(Counted { total: first.outline.rows, tail: first }));
    }
    let unit = u64::from(LARGEST_PAGE);
    // There is a row at this place, counted in large pages, and none at the other.
    let (mut low, mut high) = (0, None::<u64>);
    let mut probe = (guess(&first) / unit).max(1);
    let mut step = (probe / 8).max(1);
    for _ in 0..MOST_PROBES {
        if page(site, question, probe.saturating_mul(unit), 1, tally).await?.is_empty() {
            high = Some(probe);
        } else {
            low = probe;
        }
        probe = match high {
            Some(high) if high - low <= 1 => return rest(site, question, low * unit, tally).await,
            Some(high) if high - low > step * 2 => high - step,
            Some(high) => low + (high - low) / 2,
            None => low + step,
        };
        step *= 2;
    }
    Ok(None)
}

/// Counts from a place on: in one page, unless Tempo gives smaller ones.
async fn rest(
    site: &Site,
    question: &Question,
    from: u64,
    tally: &mut Tally,
) -> Result<Option<Counted>, SourceError> {
    let mut total = from;
    for _ in 0..MOST_PROBES {
        let tail = page(site, question, total, LARGEST_PAGE, tally).await?;
        total += tail.outline.rows;
        if tail.outline.is_last() {
            return Ok(Some(Counted { total, tail }));
        }
        if tail.is_empty() {
            return Ok(None);
        }
    }
    Ok(None)
}

async fn page(
    site: &Site,
    question: &Question,
    offset: u64,
    limit: u32,
    tally: &mut Tally,
) -> Result<ListPage, SourceError> {
    site.page(question, offset, &mut PageSize::new(limit), tally)
        .await
        .map_err(|failed| unasked(question, failed))
}
