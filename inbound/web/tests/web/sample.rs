//! A small history of a made-up company, with a stranger's tricks in it.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use daybook_core::model::audience::Audience;
use daybook_core::model::document::{
    Change, Details, Document, DocumentId, DocumentKind, Link, Part, Person, Project, Revision,
    StateCategory, StoredDocument, Tombstone,
};
use daybook_core::model::source::{CensusSummary, Confirmed, Freshness, SourceKind};
use daybook_core::model::worklog::Worklog;

/// Now, in the tests.
pub(crate) fn now() -> DateTime<Utc> {
    time("2026-11-24T15:00:00Z")
}

pub(crate) fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap_or_default()
}

/// An issue that every member may see.
pub(crate) fn issue(id: i64, title: &str, body: &str) -> StoredDocument {
    let person = |part, name: &str| Person { part, account_id: name.to_owned(), name: name.to_owned() };
    let document = Document {
        source: SourceKind::Jira,
        kind: DocumentKind::Issue,
        external_id: format!("1{id:04}"),
        key: format!("HARB-{id}"),
        title: title.to_owned(),
        body: body.to_owned(),
        comments: String::new(),
        url: format!("https://acme.example/browse/HARB-{id}"),
        project: Some(Project { key: "HARB".to_owned(), name: "Harbour".to_owned() }),
        state: Some("In Review".to_owned()),
        state_category: Some(StateCategory::InProgress),
        labels: vec!["billing".to_owned()],
        people: vec![person(Part::Assignee, "Ada Brandt"), person(Part::Reporter, "Jonas Okafor")],
        links: Vec::new(),
        details: None,
        occurred_at: None,
        audience: Audience::Members,
        created_at: time("2026-03-02T09:30:00Z"),
        updated_at: time("2026-10-16T11:20:00Z"),
    };
    StoredDocument {
        id: DocumentId(id),
        content_hash: document.content_hash(),
        document,
        fetched_at: time("2026-11-24T14:02:00Z"),
        revision: Revision(id),
        tombstone: None,
    }
}

/// An hour and a half of work on an issue, for every member to see.
pub(crate) fn worklog(id: i64) -> StoredDocument {
    let mut stored = issue(id, "1 h 30 min on HARB-1, 2026-10-14 (Ada Brandt)", "invoice drafts");
    let document = &mut stored.document;
    document.source = SourceKind::Tempo;
    document.kind = DocumentKind::Worklog;
    "HARB-1".clone_into(&mut document.key);
    (document.state, document.state_category) = (None, None);
    document.labels.clear();
    document.occurred_at = Some(time("2026-10-14T00:00:00Z"));
    document.people = vec![Person {
        part: Part::Author,
        account_id: "557058:ada".to_owned(),
        name: "Ada Brandt".to_owned(),
    }];
    let url = Some(document.url.clone());
    document.links = vec![Link { relation: "issue".to_owned(), to: "HARB-1".to_owned(), url }];
    document.details = Some(Details::Worklog(Worklog {
        issue_id: "10001".to_owned(),
        author: "557058:ada".to_owned(),
        day: NaiveDate::from_ymd_opt(2026, 10, 14).unwrap_or_default(),
        start: NaiveTime::from_hms_opt(9, 30, 0),
        seconds: 5_400,
        billable_seconds: Some(3_600),
        account: None,
    }));
    stored
}

/// Three quarters of an hour of talk.
pub(crate) fn meeting(id: i64) -> StoredDocument {
    let mut stored = issue(id, "Harbour weekly: invoice export", "What was said about the invoice.");
    let document = &mut stored.document;
    (document.source, document.kind) = (SourceKind::Fireflies, DocumentKind::Meeting);
    "meeting 2026-11-23".clone_into(&mut document.key);
    (document.state, document.state_category, document.project) = (None, None, None);
    document.labels.clear();
    document.occurred_at = Some(time("2026-11-23T09:00:00Z"));
    document.details = Some(Details::Meeting {
        seconds: 2_700,
        sentences: 412,
        summary_status: Some("processed".to_owned()),
    });
    let person = |part, name: &str| Person { part, account_id: name.to_owned(), name: name.to_owned() };
    document.people = vec![person(Part::Organizer, "Ada Brandt"), person(Part::Speaker, "Jonas Okafor")];
    stored
}

/// A change of the state, and by whom.
pub(crate) fn change(from: &str, to: &str) -> Change {
    Change {
        record_id: "10001".to_owned(),
        change_id: to.to_owned(),
        field: "status".to_owned(),
        at: time("2026-11-20T10:00:00Z"),
        author: Some("557058:ada".to_owned()),
        author_name: Some("Ada Brandt".to_owned()),
        from: Some(from.to_owned()),
        to: Some(to.to_owned()),
    }
}

/// The history: 1 is harmless, 2 for admins only, 3 for a group only, 4 has left, 5 and 6 come from a stranger.
pub(crate) fn documents() -> Vec<StoredDocument> {
    let harmless =
        issue(1, "Invoice export fails for Zürich", "The **invoice** export of 24 March stops half-way.");
    let mut secret = issue(2, "Secret invoice terms", "invoice");
    secret.document.audience = Audience::Unknown;
    let mut board = issue(3, "Board invoice", "invoice");
    board.document.audience = Audience::Only(BTreeSet::from(["group:board".to_owned()]));
    let mut gone = issue(4, "Gone invoice", "invoice");
    gone.tombstone = Some(Tombstone::Deleted);
    let mut attack = issue(
        5,
        "Attack <script>alert('title')</script>",
        "attack <script>alert('body')</script> [click](javascript:alert(1)) <img src=x onerror=alert(2)>",
    );
    "**Eve** · 2026-03-02 10:00 UTC\n\n<script>alert('comment')</script> ![p](https://evil.example/p.png)"
        .clone_into(&mut attack.document.comments);
    "javascript:alert('url')".clone_into(&mut attack.document.url);
    attack.document.project =
        Some(Project { key: "<b>".to_owned(), name: "<script>project</script>".to_owned() });
    attack.document.state = Some("<script>state</script>".to_owned());
    attack.document.labels = vec!["<script>label</script>".to_owned()];
    "<script>person</script>".clone_into(&mut attack.document.people[0].name);
    let mut done = issue(6, "Invoice numbering starts again in January", "Agreed with the auditors.");
    done.document.state = Some("Done".to_owned());
    done.document.state_category = Some(StateCategory::Done);
    done.document.updated_at = time("2025-01-10T08:00:00Z");
    vec![harmless, secret, board, gone, attack, done]
}

/// How fresh it is.
pub(crate) fn freshness() -> Vec<Freshness> {
    vec![Freshness {
        source: SourceKind::Jira,
        held: 5,
        quarantined: 2,
        confirmed: Some(Confirmed {
            from: time("2019-11-24T00:00:00Z"),
            until: time("2026-11-24T13:58:00Z"),
        }),
        last_success_at: Some(time("2026-11-24T14:02:00Z")),
        last_error: None,
        gaps: 4,
        open: 1,
        unseen: vec!["project SECRET: it may not be browsed".to_owned()],
        census: Some(CensusSummary {
            source: 7,
            held: 6,
            differing: 1,
            compared_at: time("2026-11-24T02:00:00Z"),
        }),
        running: Some("sync since 2026-11-24 14:58 UTC, jira is not available: it answered 503".to_owned()),
        next_sync_at: Some(time("2026-11-24T15:10:00Z")),
        next_census_at: Some(time("2026-11-25T02:00:00Z")),
    }]
}
