//! Some months of a company that runs ferries.

use daybook_core::model::document::{
    Change, DocumentKind, Link, Part, Person, Project, StateCategory, StoredDocument,
};
use daybook_core::model::source::SourceKind;

use crate::sample::{change, issue, meeting, time, worklog};

const EXPORT: &str = "The nightly **invoice** export stops after about `4,000` lines; the file that reaches the bank is cut.\n\n\
    ## What we see\n\n- The job ends *without* an error.\n- Only the export of 24 March and later is affected.\n- \
    Harbour dues are missing, berth fees are there.\n\n## Numbers\n\n| Day | Lines | Expected |\n|---|---|---|\n\
    | 23 March | 6,120 | 6,120 |\n| 24 March | 4,000 | 6,214 |\n| 25 March | 4,000 | 6,190 |\n\n> The bank asks for a \
    corrected file by Friday.\n\n```\nexport: wrote 4000 lines in 12.4 s\nexport: done\n```\n\nSee [the runbook]\
    (https://acme.example/wiki/export) and HARB-12.";
const COMMENTS: &str = "**Jonas Okafor** · 2026-03-25 08:12 UTC\n\nThe limit of 4,000 comes from the page size of the \
    new client: it asks for one page of invoices and never for the next.\n\n**Ada Brandt** · 2026-03-25 09:40 UTC\n\n\
    Confirmed. The fix is in review; the export of tonight will be run by hand.\n\n**Mirjam Vogel** · 2026-03-27 15:02 \
    UTC\n\nThe bank has the corrected files. Thank you!";

const MEETING: &str = "## Summary\n\nThe invoice export is fixed by hand until the release; the winter timetable gets a flat \
    tariff.\n\n## Transcript\n\n**Jonas Okafor** 00:12\n\nThe export asked for one page of invoices and never for the \
    next.\n\n**Ada Brandt** 00:41\n\nThen we release on Thursday.";

struct Line {
    id: i64,
    title: &'static str,
    body: &'static str,
    state: (&'static str, Option<StateCategory>),
    day: &'static str,
}

const LINES: [Line; 9] = [
    Line {
        id: 12,
        title: "Invoice export writes dates without a zone",
        body: "Every date in the invoice export is local time; the bank reads it as UTC. Invoices of the last hour of a \
               day land in the next one.",
        state: ("Closed", Some(StateCategory::Done)),
        day: "2025-11-03T10:00:00Z",
    },
    Line {
        id: 17,
        title: "Ferry timetable: winter crossings need their own tariff",
        body: "The winter timetable has two crossings fewer. Decision of the meeting: a flat tariff from 1 December on.",
        state: ("To Do", Some(StateCategory::Todo)),
        day: "2026-11-20T16:45:00Z",
    },
    Line {
        id: 21,
        title: "Export of berth fees as CSV for the port authority",
        body: "The authority wants `berth_fees.csv` each month; the columns are those of the invoice, plus the length of \
               the ship.",
        state: ("In Progress", Some(StateCategory::InProgress)),
        day: "2026-11-18T09:00:00Z",
    },
    Line {
        id: 24,
        title: "Invoice numbers start again in January",
        body: "Agreed with the auditors: one series of numbers per year, no gaps.",
        state: ("Done", Some(StateCategory::Done)),
        day: "2026-01-07T12:00:00Z",
    },
    Line {
        id: 25,
        title: "Customer cannot download an invoice older than two years",
        body: "The archive answers 404 for invoices before 2024. The export still has them.",
        state: ("Waiting for support", Some(StateCategory::InProgress)),
        day: "2026-10-30T08:00:00Z",
    },
    Line {
        id: 26,
        title: "Ticket machine on pier 4 prints receipts twice",
        body: "Since the update both printers answer.",
        state: ("Open", Some(StateCategory::Todo)),
        day: "2026-11-02T08:00:00Z",
    },
    Line {
        id: 30,
        title: "A_very_long_identifier_without_any_space_that_a_stranger_typed_into_the_title_invoice_export_0123456789_abcdefghijklmnopqrstuvwxyz",
        body: "invoice",
        state: ("Backlog", None),
        day: "2026-11-02T08:00:00Z",
    },
    Line {
        id: 31,
        title: "Monthly export for the tax office: invoice totals do not add up",
        body: "Rounding is done per line in the export and per invoice in the ledger; the difference is a few cents.",
        state: ("In Review", Some(StateCategory::InProgress)),
        day: "2026-09-14T08:00:00Z",
    },
    Line {
        id: 33,
        title: "Rückgabe: Gutschrift steht nicht auf der Rechnung (invoice)",
        body: "Die Gutschrift fehlt im Export 🙂; der Betrag stimmt.",
        state: ("Zurückgestellt", Some(StateCategory::Todo)),
        day: "2026-08-14T08:00:00Z",
    },
];

/// The documents.
pub(crate) fn documents() -> Vec<StoredDocument> {
    let mut export = issue(14, "Invoice export stops half-way and nobody is told", EXPORT);
    COMMENTS.clone_into(&mut export.document.comments);
    let commenter =
        |name: &str| Person { part: Part::Commenter, account_id: name.to_owned(), name: name.to_owned() };
    export.document.people.extend(["Jonas Okafor", "Ada Brandt", "Mirjam Vogel"].map(commenter));
    export.document.labels = vec!["billing".to_owned(), "bank".to_owned(), "incident".to_owned()];
    let mut documents = vec![export];
    documents.extend(LINES.iter().map(document));
    documents.extend([worklog(40), talk(), page()]);
    documents
}

/// What happened to the first document.
pub(crate) fn changes() -> Vec<Change> {
    vec![
        change("Backlog", "To Do"),
        Change { field: "assignee".to_owned(), ..change("Jonas Okafor", "Ada Brandt") },
        Change { field: "description".to_owned(), from: None, ..change("", EXPORT) },
        change("To Do", "In Progress"),
        change("In Progress", "In Review"),
    ]
}

/// A meeting.
fn talk() -> StoredDocument {
    let mut stored = meeting(41);
    "Harbour weekly: invoice export and the winter timetable".clone_into(&mut stored.document.title);
    MEETING.clone_into(&mut stored.document.body);
    stored
}

/// A row of a data source.
fn page() -> StoredDocument {
    let mut stored = issue(
        42,
        "Runbook: running the invoice export by hand",
        "1. Stop the nightly job.\n2. Run `export`.",
    );
    let document = &mut stored.document;
    (document.source, document.kind) = (SourceKind::Notion, DocumentKind::Page);
    "Runbook".clone_into(&mut document.key);
    document.project = Some(Project { key: "OPS".to_owned(), name: "Operations wiki".to_owned() });
    let link = |relation: &str, to: &str, url: Option<&str>| Link {
        relation: relation.to_owned(),
        to: to.to_owned(),
        url: url.map(str::to_owned),
    };
    document.links = vec![
        link("parent", "Operations wiki", Some("https://notion.example/ops")),
        link("relation: Decision", "Invoice numbers start again in January", None),
    ];
    stored
}

fn document(line: &Line) -> StoredDocument {
    let mut stored = issue(line.id, line.title, line.body);
    let document = &mut stored.document;
    document.state = Some(line.state.0.to_owned());
    document.state_category = line.state.1;
    document.updated_at = time(line.day);
    if line.id == 17 {
        document.source = SourceKind::Notion;
        document.project = Some(Project { key: "FERRY".to_owned(), name: "Ferries".to_owned() });
    }
    stored
}
