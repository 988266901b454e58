//! What stands beside a document's text: what it is, who is in it, when.

use daybook_core::model::audience::Audience;
use daybook_core::model::document::{Details, Document, DocumentKind, Part, StoredDocument};

use crate::pages::readable::{self, Moment};
use crate::wording;

/// The most names shown of one part.
const MOST_NAMES: usize = 12;
/// The parts, in the order in which they are shown.
const PARTS: [Part; 10] = [
    Part::Organizer,
    Part::Author,
    Part::Assignee,
    Part::Reporter,
    Part::Creator,
    Part::Editor,
    Part::Speaker,
    Part::Attendee,
    Part::Commenter,
    Part::Named,
];

/// A fact in words.
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// The value exactly, where it is a moment.
    pub(super) exact: Option<String>,
}

impl Fact {
    fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, value: value.into(), exact: None }
    }

    fn at(name: &'static str, moment: Moment) -> Self {
        Self { name, value: moment.text, exact: Some(moment.exact) }
    }
}

/// Everything worth knowing beside the text.
pub(super) fn facts(stored: &StoredDocument) -> Vec<Fact> {
    let document = &stored.document;
    let kind = readable::kind(document.kind).to_lowercase();
    let mut facts = vec![Fact::new("Source", format!("{}, {kind}", readable::source(document.source)))];
    if let Some(project) = &document.project {
        facts.push(Fact::new("Project", format!("{} ({})", project.name, project.key)));
    }
    facts.extend(document.details.iter().flat_map(|details| of_its_kind(document, details)));
    facts.extend(people(document));
    if !document.labels.is_empty() {
        facts.push(Fact::new("Labels", document.labels.join(", ")));
    }
    // A meeting is when it was held; its source keeps no other times.
    if document.kind != DocumentKind::Meeting {
        facts.push(Fact::at("Created", Moment::minute(document.created_at)));
        facts.push(Fact::at("Changed", Moment::minute(document.updated_at)));
    }
    facts.push(Fact::at("Read by Daybook", Moment::minute(stored.fetched_at)));
    facts.push(Fact::new(
        "May see it",
        match document.audience {
            Audience::Members => "Every member",
            Audience::Only(_) => "Some groups or people",
            Audience::Unknown => "Administrators only",
        },
    ));
    facts
}

fn of_its_kind(document: &Document, details: &Details) -> Vec<Fact> {
    let mut facts = Vec::new();
    match details {
        Details::Issue { spent_seconds, total_spent_seconds, estimate_seconds, due } => {
            let with_rest = total_spent_seconds.filter(|total| Some(*total) != *spent_seconds);
            let hours = [
                ("Logged", *spent_seconds),
                ("Logged with what is below", with_rest),
                ("Estimated", *estimate_seconds),
            ];
            facts.extend(
                hours
                    .into_iter()
                    .filter_map(|(name, seconds)| Some(Fact::new(name, readable::hours(seconds?)))),
            );
            facts.extend(due.iter().map(|due| Fact::new("Due", due)));
        }
        Details::Worklog(worklog) => {
            facts.push(Fact::new("Spent", readable::hours(worklog.seconds)));
            let billable = worklog.billable_seconds.map(readable::hours);
            facts.extend(billable.map(|hours| Fact::new("To be billed", hours)));
            let day = readable::calendar_day(worklog.day);
            let start = worklog.start.map(|start| format!(", from {}", start.format("%H:%M")));
            facts.push(Fact::new("Worked on", day + &start.unwrap_or_default()));
            facts.extend(worklog.account.iter().map(|account| Fact::new("Account", account)));
        }
        Details::Meeting { seconds, sentences, summary_status } => {
            facts.extend(document.occurred_at.map(|at| Fact::at("Held", Moment::minute(at))));
            facts.push(Fact::new("Length", readable::hours(*seconds)));
            facts.push(Fact::new("Said", wording::count(*sentences, "sentence")));
            facts.extend(summary_status.iter().map(|status| Fact::new("Summary", status)));
        }
    }
    facts
}

fn people(document: &Document) -> Vec<Fact> {
    let names = |part: Part| -> Vec<&str> {
        document.people.iter().filter(|one| one.part == part).map(|one| one.name.as_str()).collect()
    };
    let (reporters, authors) = (names(Part::Reporter), names(Part::Author));
    PARTS
        .into_iter()
        .map(|part| (part, names(part)))
        .filter(|(part, names)| match part {
            _ if names.is_empty() => false,
            // Nearly always the reporter, or the author; then it says nothing.
            Part::Creator => *names != reporters && *names != authors,
            Part::Editor => *names != authors,
            _ => true,
        })
        .map(|(part, names)| {
            let more = names.len().saturating_sub(MOST_NAMES);
            let shown = names.into_iter().take(MOST_NAMES).collect::<Vec<_>>().join(", ");
            let names = if more > 0 { format!("{shown} and {more} more") } else { shown };
            Fact::new(readable::part(part), names)
        })
        .collect()
}
