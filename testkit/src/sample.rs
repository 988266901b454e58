//! Small documents and records to store in tests.

use chrono::{DateTime, NaiveTime, Utc};
use daybook_core::model::audience::Audience;
use daybook_core::model::backfill::{Backfill, BackfillId, BackfillState, Days, Progress, RunKind, Window};
use daybook_core::model::document::{
    Details, Document, DocumentKind, Part, Person, Project, Record, StateCategory, Unreadable,
};
use daybook_core::model::source::SourceKind;
use daybook_core::model::worklog::{HoursShown, Worklog, resolve};
use uuid::Uuid;

/// An issue numbered so, titled so.
pub fn issue(number: u32, title: &str) -> Document {
    let at = DateTime::<Utc>::from_timestamp(1_790_000_000 + i64::from(number) * 60, 0).unwrap_or_default();
    Document {
        source: SourceKind::Jira,
        kind: DocumentKind::Issue,
        external_id: (10_000 + number).to_string(),
        key: format!("HARB-{number}"),
        title: title.to_owned(),
        body: format!("What happened with number {number}."),
        comments: String::new(),
        url: format!("https://birchlane.example/browse/HARB-{number}"),
        project: Some(Project { key: "HARB".to_owned(), name: "Harbour portal".to_owned() }),
        state: Some("In Review".to_owned()),
        state_category: Some(StateCategory::InProgress),
        labels: vec!["frontend".to_owned()],
        people: vec![Person {
            part: Part::Reporter,
            account_id: "a:1".to_owned(),
            name: "Mara Lindqvist".to_owned(),
        }],
        links: Vec::new(),
        details: None,
        audience: Audience::Members,
        created_at: at,
        updated_at: at,
        occurred_at: None,
    }
}

/// A worklog numbered so, on an issue by its number, of so many seconds.
pub fn worklog(number: u32, issue: u32, seconds: i64) -> Document {
    let at = DateTime::<Utc>::from_timestamp(1_790_000_000 + i64::from(number) * 60, 0).unwrap_or_default();
    let worklog = Worklog {
        issue_id: (10_000 + issue).to_string(),
        author: "a:1".to_owned(),
        day: at.date_naive(),
        start: None,
        seconds,
        billable_seconds: None,
        account: None,
    };
    let mut document = Document {
        source: SourceKind::Tempo,
        kind: DocumentKind::Worklog,
        external_id: number.to_string(),
        body: "draft storage".to_owned(),
        url: String::new(),
        state: None,
        state_category: None,
        labels: Vec::new(),
        people: vec![Person { part: Part::Author, account_id: "a:1".to_owned(), name: "a:1".to_owned() }],
        occurred_at: Some(at.date_naive().and_time(NaiveTime::MIN).and_utc()),
        created_at: at,
        updated_at: at,
        details: Some(Details::Worklog(worklog)),
        ..self::issue(number, "")
    };
    resolve(&mut document, None, None, HoursShown::default());
    document
}

/// The record that a document was read from.
pub fn record(document: Document) -> Record {
    let raw = format!("{{\"id\":\"{}\",\"hash\":\"{}\"}}", document.external_id, document.content_hash());
    Record::new(document.external_id.clone(), raw.into_bytes(), Ok(vec![document]))
}

/// A record that cannot be read.
pub fn unreadable(external_id: &str) -> Record {
    let reason = "`fields` is not an object".to_owned();
    Record::new(external_id.to_owned(), b"{\"fields\":null}".to_vec(), Err(Unreadable { reason }))
}

/// A queued backfill of Jira's last so many days.
///
/// # Panics
/// When the days are not 1 to 3650.
#[expect(clippy::expect_used, reason = "a test that asks for a wrong window should stop")]
pub fn backfill(id: u128, days: i64, now: DateTime<Utc>) -> Backfill {
    Backfill {
        id: BackfillId(Uuid::from_u128(id)),
        kind: RunKind::Backfill,
        item: None,
        accepts_losses: false,
        source: SourceKind::Jira,
        window: Window::last(Days::try_from(days).expect("1 to 3650"), now),
        project: None,
        state: BackfillState::Queued,
        progress: Progress::default(),
        warnings: Vec::new(),
        error: None,
        requested_by: "test".to_owned(),
        created_at: now,
        started_at: None,
        finished_at: None,
    }
}
