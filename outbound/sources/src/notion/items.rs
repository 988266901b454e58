//! Records that somebody named: by their ids, their addresses, or the numbers that a data source gives its rows.

use daybook_core::ports::source::SourceError;
use serde_json::json;

use super::KIND;
use super::checkpoint::Phase;
use super::id::Id;
use super::list::Lister;
use super::listing::next;
use super::read::{Item, Outcome};
use super::refusal::No;
use super::rows::{ROWS, Sought, search};
use super::schema::Schema;
use super::site::Call;
use super::walk::{Stop, Walker};
use crate::object::Object;

/// Reads what was named, in its order.
pub(super) async fn read(walker: &mut Walker, named: &[String]) -> Result<(), Stop> {
    let done = if let Phase::Items(done) = walker.task.place.phase { done } else { 0 };
    for (place, words) in named.iter().enumerate().skip(done) {
        match Id::from_words(words) {
            Some(id) => by_id(walker, id).await?,
            None => by_number(walker, words).await?,
        }
        walker.task.place.enter(Phase::Items(place + 1));
        walker.give_if_full().await?;
    }
    Ok(())
}

/// A page, or else a data source.
pub(super) async fn by_id(walker: &mut Walker, id: Id) -> Result<(), Stop> {
    for is_page in [true, false] {
        let item = Item { id, edited_ms: None, is_page, object: None };
        match walker.task.reader.read(item, |_| true, &mut walker.tally).await? {
            // What is no page may be a data source.
            Outcome::Gone(daybook_core::model::document::Tombstone::NoAccess) if is_page => {}
            Outcome::Read { record, .. } if is_page && record.reading.is_err() && record.raw.is_empty() => {}
            outcome => {
                walker.take(id, outcome);
                return Ok(());
            }
        }
    }
    Ok(())
}

/// `MTG-42`: the row with this number in a data source whose numbers begin so.
async fn by_number(walker: &mut Walker, words: &str) -> Result<(), Stop> {
    let words = words.trim();
    let number =
        words.rsplit_once('-').and_then(|(prefix, number)| Some((prefix, number.parse::<u64>().ok()?)));
    let Some((prefix, number)) = number else {
        let said = format!(
            "`{}` is neither an id of Notion's, nor the address of a page, nor a number like MTG-42",
            crate::http::scrubbed(words)
        );
        return Err(unacceptable(said));
    };
    let mut lister = Lister::new(search(Sought::Sources, false));
    let mut numbered: Vec<(Id, String)> = Vec::new();
    let site = std::sync::Arc::clone(&walker.task.reader.site);
    while let Some(list) = next(&mut lister, Sought::Sources, &site, &mut walker.tally).await? {
        for source in list.results().filter_map(Object::read) {
            let (id, schema) = (source.id("id").and_then(|id| Id::read(&id)), Schema::read(&source));
            let numbers = schema.numbers.filter(|(_, own)| own.eq_ignore_ascii_case(prefix));
            numbered.extend(id.zip(numbers).map(|(id, (property, _))| (id, property)));
        }
    }
    for (source, property) in numbered {
        let body = json!({"filter": {"property": property, "unique_id": {"equals": number}}});
        let path = format!("/v1/data_sources/{source}/query");
        let mut rows = Lister::new(Call { doing: ROWS, path, body: Some(body), has_ids: true });
        let list = match rows.next(&site, &mut walker.tally).await {
            Ok(list) => list,
            Err(No::Fatal(error)) => return Err(error.into()),
            Err(_) => None,
        };
        let rows = list.iter().flat_map(super::list::List::results).filter_map(Object::read);
        let ids: Vec<Id> = rows.filter_map(|row| Id::read(&row.id("id")?)).collect();
        if ids.len() > 1 {
            let said = format!("it was asked for the row with the number {number}, and gave {}", ids.len());
            return Err(SourceError::Broken { source_kind: KIND, doing: ROWS, said }.into());
        }
        if let Some(id) = ids.first() {
            return by_id(walker, *id).await;
        }
    }
    Err(unacceptable(format!(
        "no row that this connection sees has the number `{}`",
        crate::http::scrubbed(words)
    )))
}

fn unacceptable(said: String) -> Stop {
    SourceError::Unacceptable { source_kind: KIND, doing: "look for a record", said }.into()
}
