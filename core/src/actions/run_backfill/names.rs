//! Worklogs come with ids only. What they are called and who may see them comes from the issues held; and when an issue
//! comes, moves or changes its audience, its worklogs follow in the same transaction.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::model::document::{Details, Document, Record, Tombstone};
use crate::model::source::SourceKind;
use crate::model::worklog::{HoursShown, IssueOutline, Worklog, resolve};
use crate::ports::store::{Saved, StoreError, Transaction};

/// Saves a page's records with everything that follows from them.
pub(super) async fn save(
    tx: &mut dyn Transaction,
    source: SourceKind,
    records: &mut [Record],
    shown: HoursShown,
    now: DateTime<Utc>,
) -> Result<Saved, StoreError> {
    match source {
        SourceKind::Tempo => {
            let documents = records.iter_mut().filter_map(|record| record.reading.as_mut().ok()).flatten();
            name(tx, documents.collect(), shown).await?;
            tx.save_records(source, records, now).await
        }
        SourceKind::Jira => {
            let ids: Vec<&str> = records.iter().map(|record| record.external_id.as_str()).collect();
            let before = tx.issues(&ids).await?;
            let saved = tx.save_records(source, records, now).await?;
            // An issue that cannot be read any more is hidden, and its worklogs with it.
            if saved.new + saved.changed + saved.quarantined > 0 {
                follow(tx, &ids, &before, shown, now).await?;
            }
            Ok(saved)
        }
        SourceKind::Notion | SourceKind::Fireflies => tx.save_records(source, records, now).await,
    }
}

/// Takes records away with everything that follows from it: what is shown of an issue's worklogs is no more than is
/// known about the issue.
pub(super) async fn bury(
    tx: &mut dyn Transaction,
    source: SourceKind,
    gone: &[(&str, Tombstone)],
    shown: HoursShown,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    if gone.is_empty() {
        return Ok(0);
    }
    let ids: Vec<&str> = gone.iter().map(|(id, _)| *id).collect();
    let before = if source == SourceKind::Jira { tx.issues(&ids).await? } else { Vec::new() };
    let buried = tx.bury(source, gone, now).await?;
    if !before.is_empty() {
        follow(tx, &ids, &before, shown, now).await?;
    }
    Ok(buried)
}

/// Renames the worklogs of those of these issues that are called, placed or shown otherwise than before, or are gone.
async fn follow(
    tx: &mut dyn Transaction,
    ids: &[&str],
    before: &[IssueOutline],
    shown: HoursShown,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let after = tx.issues(ids).await?;
    let outlines = |issues: &[IssueOutline]| -> HashMap<String, IssueOutline> {
        // The title is not part of a worklog: a renamed issue leaves its worklogs as they are.
        let untitled = |issue: &IssueOutline| IssueOutline { title: String::new(), ..issue.clone() };
        issues.iter().map(|issue| (issue.id.clone(), untitled(issue))).collect()
    };
    let (before, after) = (outlines(before), outlines(&after));
    let changed: BTreeSet<&str> =
        ids.iter().copied().filter(|id| before.get(*id) != after.get(*id)).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let mut worklogs = tx.worklogs_on(&changed.into_iter().collect::<Vec<_>>()).await?;
    if worklogs.is_empty() {
        return Ok(());
    }
    name(tx, worklogs.iter_mut().map(|(_, document)| document).collect(), shown).await?;
    tx.save_documents(&worklogs, now).await?;
    Ok(())
}

async fn name(
    tx: &mut dyn Transaction,
    documents: Vec<&mut Document>,
    shown: HoursShown,
) -> Result<(), StoreError> {
    let worklogs: Vec<Worklog> = documents.iter().filter_map(|document| worklog(document)).cloned().collect();
    let unique = |ids: BTreeSet<&str>| ids.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let issues = unique(worklogs.iter().map(|worklog| worklog.issue_id.as_str()).collect());
    let authors = unique(worklogs.iter().map(|worklog| worklog.author.as_str()).collect());
    let issues = tx.issues(&issues.iter().map(String::as_str).collect::<Vec<_>>()).await?;
    let names = tx.account_names(&authors.iter().map(String::as_str).collect::<Vec<_>>()).await?;
    let issues: HashMap<&str, &IssueOutline> =
        issues.iter().map(|issue| (issue.id.as_str(), issue)).collect();
    for document in documents {
        let Some(worklog) = worklog(document) else { continue };
        let issue = issues.get(worklog.issue_id.as_str()).copied();
        let author = names.get(&worklog.author).map(String::as_str);
        resolve(document, issue, author, shown);
    }
    Ok(())
}

fn worklog(document: &Document) -> Option<&Worklog> {
    match &document.details {
        Some(Details::Worklog(worklog)) => Some(worklog),
        _ => None,
    }
}
