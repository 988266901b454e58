//! Files of real records: `{"stream":"worklogs","data":{...}}`, one a line.

use serde_json::Value;

use super::book::Book;
use super::worklog::Worklog;
use crate::json::Members;
use crate::records::{Folder, each_line};
use crate::settings::SimError;

/// Fills the book from every `tempo*.records.jsonl[.gz]` of a folder.
pub(super) fn folder(book: &mut Book, folder: &Folder) -> Result<(), SimError> {
    for path in folder.files("tempo", "records")? {
        each_line(&path, |line| record(book, line))?;
    }
    Ok(())
}

fn record(book: &mut Book, line: &str) -> Result<(), String> {
    let members = Members::read(line).map_err(|error| format!("is no JSON object: {error}"))?;
    let stream = members.text("stream").ok_or("names no stream")?;
    let data = members.get("data").ok_or("has no data")?;
    let tree = || serde_json::from_str::<Value>(data).map_err(|error| error.to_string());
    match stream.as_str() {
        "worklogs" => {
            let worklog = Worklog::read(data, book)?;
            if book.worklog(worklog.id).is_some() {
                return Err(format!("has the id {}, which another record has", worklog.id));
            }
            book.put(worklog);
        }
        "accounts" => book.accounts.push(tree()?),
        "customers" => book.customers.push(tree()?),
        "workload-schemes" => book.schemes.push(tree()?),
        other => return Err(format!("is of the stream `{other}`, which nobody knows")),
    }
    Ok(())
}
