//! Worklogs come with ids only. What they are called and who may see them comes from the issues held; and when an issue
//! comes, moves or changes its audience, its worklogs follow in the same transaction.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::model::document::{Details, Document, Record};
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
            if saved.new + saved.changed > 0 {
                let after = tx.issues(&ids).await?;
                follow(tx, &before, &after, shown, now).await?;
            }
            Ok(saved)
        }
        SourceKind::Notion | SourceKind::Fireflies => tx.save_records(source, records, now).await,
    }
}

/// Renames the worklogs of issues that are called, placed or shown otherwise than before.
async fn follow(
    tx: &mut dyn Transaction,
    before: &[IssueOutline],
    after: &[IssueOutline],
    shown: HoursShown,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let held: HashMap<&str, &IssueOutline> = before.iter().map(|issue| (issue.id.as_str(), issue)).collect();
    // The title is not part of a worklog: a renamed issue leaves its worklogs as they are.
    let is_same = |issue: &IssueOutline| {
        held.get(issue.id.as_str()).is_some_and(|before| {
            (&before.key, &before.url, &before.project, &before.audience)
                == (&issue.key, &issue.url, &issue.project, &issue.audience)
        })
    };
    let changed: Vec<&str> =
        after.iter().filter(|issue| !is_same(issue)).map(|issue| issue.id.as_str()).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let mut worklogs = tx.worklogs_on(&changed).await?;
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
