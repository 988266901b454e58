//! `databases/{id}` and `data_sources/{id}`: what rows look like. Old versions know databases only.

use serde_json::{Value, json};

use super::ask::{Answer, Ask, Said};
use super::bend;
use super::id::canonical;
use super::problem::Problem;
use super::space::Space;
use super::version::{Version, as_database};

pub(super) fn one(ask: &Ask<'_>, id: &str) -> Answer {
    let (space, id) = (ask.notion.space(), canonical(id));
    let json = if ask.version == Version::Databases {
        let source = only_source(ask, &space, &id)?;
        as_database(space.sources.get(&source).map(|source| source.json.clone()).unwrap_or_default())
    } else {
        whole(&space, &id, ask.limited).ok_or_else(|| Problem::missing("database", &id))?
    };
    Ok(Said { body: bend::record(ask, 0, json), rows: 1 })
}

/// The database with the names of its data sources.
fn whole(space: &Space, id: &str, limited: bool) -> Option<Value> {
    let database = space.database(id, limited)?;
    let sources = database.sources.iter().filter_map(|id| space.sources.get(id));
    let sources: Vec<_> = sources.map(|source| json!({"id": source.id, "name": source.title})).collect();
    let mut json = database.json.clone();
    json["data_sources"] = Value::Array(sources);
    Some(json)
}

/// The data source that a database is in the eyes of old versions.
pub(super) fn only_source(ask: &Ask<'_>, space: &Space, id: &str) -> Result<String, Problem> {
    let database = space.database(id, ask.limited).ok_or_else(|| Problem::missing("database", id))?;
    match &database.sources[..] {
        [only] => Ok(only.clone()),
        [] => Err(Problem::missing("database", id)),
        many => Err(Problem::ManySources { database: id.to_owned(), sources: many.to_vec() }),
    }
}

pub(super) fn source(ask: &Ask<'_>, id: &str) -> Answer {
    if ask.version == Version::Databases {
        return Err(Problem::NoRoute);
    }
    let (space, id) = (ask.notion.space(), canonical(id));
    let source = space.source(&id, ask.limited).ok_or_else(|| Problem::missing("data_source", &id))?;
    Ok(Said { body: bend::record(ask, 0, space.source_json(source)), rows: 1 })
}
