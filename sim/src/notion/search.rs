//! `search`: everything that is shared with the connection, by title and by the time of its last edit. It lags and
//! misses where a fault says so, as the vendor's does.

use serde_json::Value;

use super::ask::{Answer, Ask, minute};
use super::bend;
use super::page::Page;
use super::paging::{self, List, Row, Walk};
use super::problem::Problem;
use super::space::{Source, Space};
use super::version::{Version, as_database};
use crate::faults::FaultKind;

/// Something that search finds.
#[derive(Debug, Clone, Copy)]
enum Found<'a> {
    Page(&'a Page),
    Source(&'a Source),
}

impl<'a> Found<'a> {
    fn id(self) -> &'a str {
        match self {
            Self::Page(page) => &page.id,
            Self::Source(source) => &source.id,
        }
    }

    fn edited(self) -> i64 {
        match self {
            Self::Page(page) => page.facts.edited,
            Self::Source(source) => source.edited,
        }
    }

    fn title(self) -> &'a str {
        match self {
            Self::Page(page) => &page.facts.title,
            Self::Source(source) => &source.title,
        }
    }

    fn in_trash(self, space: &Space) -> bool {
        match self {
            Self::Page(page) => space.in_trash(page),
            Self::Source(source) => space.is_source_in_trash(source),
        }
    }
}

/// What is wanted.
struct Wanted {
    /// `page` or the other; absent: both.
    kind: Option<String>,
    in_trash: bool,
    ascending: bool,
    query: String,
}

pub(super) fn page(ask: &Ask<'_>) -> Answer {
    let wanted = wanted(ask)?;
    let space = ask.notion.space();
    let mut found: Vec<Found<'_>> = Vec::new();
    if wanted.kind.as_deref().is_none_or(|kind| kind == "page") {
        let pages = space.pages.keys().filter_map(|id| space.page(id, ask.limited));
        found.extend(pages.map(Found::Page));
    }
    if wanted.kind.as_deref() != Some("page") {
        let sources = space.sources.keys().filter_map(|id| space.source(id, ask.limited));
        found.extend(sources.map(Found::Source));
    }
    found.retain(|one| {
        one.in_trash(&space) == wanted.in_trash
            && (wanted.query.is_empty() || one.title().to_lowercase().contains(&wanted.query))
    });
    missed(ask, &mut found);
    let direction = if wanted.ascending { 1 } else { -1 };
    let mut rows: Vec<_> = found
        .into_iter()
        .map(|one| Row { sort: direction * minute(one.edited()), id: one.id().to_owned(), item: one })
        .collect();
    rows.sort_by(|one, other| (one.sort, &one.id).cmp(&(other.sort, &other.id)));
    paging::page(ask, rows, List::of("page_or_data_source", Walk::Sorted), |row| match row.item {
        Found::Page(page) if Space::shows_partly(page, ask.limited) => bend::partial(&space.page_json(page)),
        Found::Page(page) => super::pages::cut(space.page_json(page)),
        Found::Source(source) if ask.version == Version::Databases => as_database(source.json.clone()),
        Found::Source(source) => space.source_json(source),
    })
}

fn wanted(ask: &Ask<'_>) -> Result<Wanted, Problem> {
    let body = ask.json()?;
    let filter = &body["filter"];
    let source = if ask.version == Version::Databases { "database" } else { "data_source" };
    let kind = match &filter["value"] {
        Value::Null => None,
        Value::String(kind) if kind == "page" || kind == source => Some(kind.as_str()),
        other => {
            let said = format!(
                "body failed validation: body.filter.value should be `\"page\"` or `\"{source}\"`, instead was `{other}`."
            );
            return Err(Problem::invalid(said));
        }
    };
    if kind.is_some() && filter["property"] != "object" {
        return Err(Problem::invalid("body failed validation: body.filter.property should be `\"object\"`."));
    }
    let sort = &body["sort"];
    if !sort.is_null() && sort["timestamp"] != "last_edited_time" {
        return Err(Problem::invalid(
            "body failed validation: body.sort.timestamp should be `\"last_edited_time\"`.",
        ));
    }
    Ok(Wanted {
        kind: kind.map(str::to_owned),
        in_trash: filter["in_trash"].as_bool().or_else(|| body["in_trash"].as_bool()).unwrap_or(false),
        ascending: sort["direction"] == "ascending",
        query: body["query"].as_str().unwrap_or_default().trim().to_lowercase(),
    })
}

/// Leaves out what the index does not know yet, and what it never learns.
fn missed(ask: &Ask<'_>, found: &mut Vec<Found<'_>>) {
    for fault in &ask.faults {
        let FaultKind::IndexLag { newest, seconds } = fault else { continue };
        let since = ask.now.timestamp_millis() - i64::try_from(*seconds).unwrap_or(i64::MAX / 2_000) * 1_000;
        found.retain(|one| *seconds == 0 || one.edited() <= since);
        found.sort_by_key(|one| one.edited());
        found.truncate(found.len().saturating_sub(*newest));
    }
    if let Some(value) = ask.quirk(bend::SEARCH_MISSES) {
        let every = bend::number(value, 5);
        found.sort_by(|one, other| one.id().cmp(other.id()));
        let mut place = 0;
        found.retain(|one| {
            place += usize::from(matches!(one, Found::Page(_)));
            matches!(one, Found::Source(_)) || place % every != 0
        });
    }
}
