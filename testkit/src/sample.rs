//! Small documents and records to store in tests.

use chrono::{DateTime, Utc};
use daybook_core::model::audience::Audience;
use daybook_core::model::backfill::{Backfill, BackfillId, BackfillState, Days, Progress, Window};
use daybook_core::model::document::{
    Document, DocumentKind, Part, Person, Project, Record, StateCategory, Unreadable,
};
use daybook_core::model::source::SourceKind;
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
        audience: Audience::Members,
        created_at: at,
        updated_at: at,
    }
}

/// The record that a document was read from.
pub fn record(document: Document) -> Record {
    let raw = format!("{{\"id\":\"{}\",\"hash\":\"{}\"}}", document.external_id, document.content_hash());
    Record { external_id: document.external_id.clone(), raw: raw.into_bytes(), reading: Ok(vec![document]) }
}

/// A record that cannot be read.
pub fn unreadable(external_id: &str) -> Record {
    Record {
        external_id: external_id.to_owned(),
        raw: b"{\"fields\":null}".to_vec(),
        reading: Err(Unreadable { reason: "`fields` is not an object".to_owned() }),
    }
}

/// A queued backfill of Jira's last so many days.
///
/// # Panics
/// When the days are not 1 to 3650.
#[expect(clippy::expect_used, reason = "a test that asks for a wrong window should stop")]
pub fn backfill(id: u128, days: i64, now: DateTime<Utc>) -> Backfill {
    Backfill {
        id: BackfillId(Uuid::from_u128(id)),
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
