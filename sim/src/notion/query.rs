//! `data_sources/{id}/query`: the rows of one, filtered and sorted, and never more than the vendor gives.

use std::cmp::Ordering;

use serde_json::Value;

use super::ask::{Answer, Ask, minute};
use super::filter::{Filter, comparable};
use super::id::canonical;
use super::page::{Page, Parent};
use super::paging::{self, List, Row, Walk};
use super::problem::Problem;
use super::space::Space;
use super::version::Version;
use super::{bend, databases, pages};

pub(super) fn page(ask: &Ask<'_>, id: &str) -> Answer {
    if ask.version == Version::Databases {
        return Err(Problem::NoRoute);
    }
    let (space, id) = (ask.notion.space(), canonical(id));
    space.source(&id, ask.limited).ok_or_else(|| Problem::missing("data_source", &id))?;
    listed(ask, &space, &id)
}

/// `databases/{id}/query`, where there are no data sources.
pub(super) fn page_of_database(ask: &Ask<'_>, id: &str) -> Answer {
    if ask.version != Version::Databases {
        return Err(Problem::NoRoute);
    }
    let (space, id) = (ask.notion.space(), canonical(id));
    let source = databases::only_source(ask, &space, &id)?;
    listed(ask, &space, &source)
}

/// What rows are sorted by.
enum Sort {
    Created,
    Edited,
    Property(String),
}

fn listed(ask: &Ask<'_>, space: &Space, source: &str) -> Answer {
    let body = ask.json()?;
    let filter = Filter::read(&body["filter"])?;
    let sorts = sorts(&body["sorts"])?;
    let in_trash = body["in_trash"].as_bool().or_else(|| body["archived"].as_bool()).unwrap_or(false);
    let all = space.pages.values().filter(|page| page.facts.parent == Parent::Source(source.to_owned()));
    let mut rows: Vec<(&Page, Option<Value>)> = Vec::new();
    for page in all {
        if space.in_trash(page) != in_trash || space.page(&page.id, ask.limited).is_none() {
            continue;
        }
        // Properties are told for the sake of a filter or an order only.
        let needed =
            filter.reads_properties() || sorts.iter().any(|(sort, _)| matches!(sort, Sort::Property(_)));
        let json = needed.then(|| space.page_json(page));
        if filter.holds(&page.facts, json.as_ref())? {
            rows.push((page, json));
        }
    }
    rows.sort_by(|one, other| {
        let order = sorts.iter().map(|(sort, descending)| {
            let order = compared(sort, one, other);
            if *descending { order.reverse() } else { order }
        });
        order.fold(Ordering::Equal, Ordering::then).then_with(|| one.0.id.cmp(&other.0.id))
    });
    let rows = rows.into_iter().enumerate().map(|(place, (page, _))| {
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        let sort = match &sorts[..] {
            [(Sort::Created, descending)] => signed(page.facts.created, *descending),
            [(Sort::Edited, descending)] => signed(page.facts.edited, *descending),
            _ => place,
        };
        Row { sort, id: page.id.clone(), item: page }
    });
    let most = Some(ask.notion.settings.notion_most_rows);
    let list = List { most, ..List::of("page_or_data_source", Walk::Sorted) };
    paging::page(ask, rows.collect(), list, |row| {
        let json = space.page_json(row.item);
        if Space::shows_partly(row.item, ask.limited) {
            bend::partial(&json)
        } else {
            pages::trimmed(ask, pages::cut(json))
        }
    })
}

fn signed(moment: i64, descending: bool) -> i64 {
    if descending { -minute(moment) } else { minute(moment) }
}

/// Without an order rows come as they were created.
fn sorts(value: &Value) -> Result<Vec<(Sort, bool)>, Problem> {
    let list = match value {
        Value::Null => return Ok(vec![(Sort::Created, false)]),
        Value::Array(list) if list.is_empty() => return Ok(vec![(Sort::Created, false)]),
        Value::Array(list) => list,
        _ => return Err(Problem::invalid("body failed validation: body.sorts should be an array.")),
    };
    let sorts = list.iter().map(|sort| {
        let by = match (sort["timestamp"].as_str(), sort["property"].as_str()) {
            (Some("created_time"), _) => Sort::Created,
            (Some("last_edited_time"), _) => Sort::Edited,
            (None, Some(name)) => Sort::Property(name.to_owned()),
            _ => {
                return Err(Problem::invalid(
                    "body failed validation: body.sorts[0] should name what to sort by.",
                ));
            }
        };
        Ok((by, sort["direction"] == "descending"))
    });
    sorts.collect()
}

fn compared(sort: &Sort, one: &(&Page, Option<Value>), other: &(&Page, Option<Value>)) -> Ordering {
    match sort {
        Sort::Created => minute(one.0.facts.created).cmp(&minute(other.0.facts.created)),
        Sort::Edited => one.0.facts.edited_at().cmp(&other.0.facts.edited_at()),
        Sort::Property(name) => {
            let key = |json: &Option<Value>| {
                json.as_ref().map(|json| comparable(&json["properties"][name])).unwrap_or_default()
            };
            key(&one.1).partial_cmp(&key(&other.1)).unwrap_or(Ordering::Equal)
        }
    }
}
