//! Worklogs beside their documents, and what they need to know of Jira: issues and the names of accounts.

use std::collections::HashMap;

use daybook_core::model::document::{Document, Project, Record};
use daybook_core::model::worklog::{IssueOutline, Worklog};
use sqlx::{Row, SqliteConnection};

use super::documents::to_document;
use super::rows::{json, to_json};
use super::{Result, failed};

pub(super) async fn write(connection: &mut SqliteConnection, document: i64, worklog: &Worklog) -> Result<()> {
    sqlx::query(
        "insert into worklogs (document_id, issue_id, author, day, seconds, billable_seconds)
         values (?1, ?2, ?3, ?4, ?5, ?6)
         on conflict (document_id) do update
         set issue_id = ?2,
             author = ?3,
             day = ?4,
             seconds = ?5,
             billable_seconds = ?6",
    )
    .bind(document)
    .bind(&worklog.issue_id)
    .bind(&worklog.author)
    .bind(worklog.day.to_string())
    .bind(worklog.seconds)
    .bind(worklog.billable_seconds)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed("save a worklog"))
}

/// Keeps the names of the accounts that a page's documents name. Names that are known just so are not written.
pub(super) async fn learn_names(connection: &mut SqliteConnection, records: &[Record]) -> Result<()> {
    let doing = "keep the names of accounts";
    let documents = records.iter().filter_map(|record| record.reading.as_ref().ok()).flatten();
    let names: HashMap<&str, &str> = documents
        .flat_map(|document| &document.people)
        .map(|person| (person.account_id.as_str(), person.name.as_str()))
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into accounts (account_id, name)
         select key, value
         from json_each(?)
         where true
         on conflict (account_id) do update set name = excluded.name where name <> excluded.name",
    )
    .bind(to_json(&names, doing)?)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed(doing))
}

pub(super) async fn account_names(
    connection: &mut SqliteConnection,
    ids: &[&str],
) -> Result<HashMap<String, String>> {
    let doing = "look up the names of accounts";
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select account_id, name
         from accounts
         where account_id in (select value from json_each(?))",
    )
    .bind(to_json(ids, doing)?)
    .fetch_all(connection)
    .await
    .map_err(failed(doing))?;
    Ok(rows.into_iter().collect())
}

pub(super) async fn issues(connection: &mut SqliteConnection, ids: &[&str]) -> Result<Vec<IssueOutline>> {
    let doing = "look up issues";
    let rows = sqlx::query(
        "select external_id, key, title, url, project_key, project_name, audience
         from documents
         where source = 'jira'
           and kind = 'issue'
           and external_id in (select value from json_each(?))
           and tombstone is null",
    )
    .bind(to_json(ids, doing)?)
    .fetch_all(connection)
    .await
    .map_err(failed(doing))?;
    rows.iter()
        .map(|row| {
            let text = |column: &'static str| row.try_get::<String, _>(column).map_err(failed(doing));
            let optional =
                |column: &'static str| row.try_get::<Option<String>, _>(column).map_err(failed(doing));
            let project = optional("project_key")?.map(|key| (key, optional("project_name")));
            let project = project
                .map(|(key, name)| Ok(Project { name: name?.unwrap_or_else(|| key.clone()), key }))
                .transpose()?;
            Ok(IssueOutline {
                id: text("external_id")?,
                key: text("key")?,
                title: text("title")?,
                url: text("url")?,
                project,
                audience: json(&text("audience")?, doing)?,
            })
        })
        .collect()
}

pub(super) async fn worklogs_on(
    connection: &mut SqliteConnection,
    issue_ids: &[&str],
) -> Result<Vec<(String, Document)>> {
    let doing = "look up the worklogs on issues";
    let rows = sqlx::query(
        "select d.*
         from worklogs w
         join documents d on d.id = w.document_id
         where w.issue_id in (select value from json_each(?))
           and d.tombstone is null",
    )
    .bind(to_json(issue_ids, doing)?)
    .fetch_all(connection)
    .await
    .map_err(failed(doing))?;
    rows.iter()
        .map(|row| {
            let record_id: String = row.try_get("record_id").map_err(failed(doing))?;
            Ok((record_id, to_document(row, doing)?.document))
        })
        .collect()
}
