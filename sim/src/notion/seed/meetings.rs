//! Meetings: who came, what was talked about, and the notes that somebody took.

use serde_json::json;

use super::super::ask::written;
use super::super::page::{Node, plain, text};
use super::pen::Pen;
use super::plan::Entry;
use super::{Dress, rich, sources};
use crate::world::calendar::{DAY, MINUTE};
use crate::world::text::{Block, Span};
use crate::world::{Course, Gist, Reach};

/// Pieces of work that a meeting talks about, and those that a review looks back on.
const TALKED: usize = 4;
const REVIEWED: usize = 30;

impl Dress {
    /// The team; to a review everybody is invited.
    pub(super) fn attendees(&self, entry: &Entry, row: usize) -> Vec<usize> {
        let people = self.world.people().iter().enumerate();
        let there = people.filter(|(_, person)| {
            let stayed = person.left.is_none_or(|days| entry.created < self.world.now() - days * DAY);
            stayed && (person.team == entry.project || sources::is_review(row))
        });
        there.map(|(place, _)| place).collect()
    }

    /// What was new on the day of a meeting; what few may see in Jira is not written down here.
    pub(super) fn talked_about(&self, entry: &Entry) -> Vec<u32> {
        let all = self.world.of_project(entry.project);
        let known = all.partition_point(|place| self.world.piece(*place).created < entry.created);
        let most = if entry.title.contains(" review ") { REVIEWED } else { TALKED };
        let recent = all[..known].iter().rev().filter(|place| !self.world.course(**place).restricted);
        recent.take(most).copied().collect()
    }

    /// What people had said about a piece of work until a moment, by whom; lists of things to do are no talk.
    pub(super) fn said(&self, place: u32, course: &Course, until: i64) -> Vec<(usize, i64, Vec<Span>)> {
        let open = course.notes.iter().enumerate().filter(|(_, note)| {
            note.at < until && note.reach == Reach::Everybody && note.gist != Gist::Actions
        });
        let told = open
            .map(|(number, note)| (note.by, note.at, spoken(&self.world.told(place, course, number, note))));
        told.filter(|(.., spans)| !spans.is_empty()).collect()
    }
}

/// The paragraphs of a text as one line.
fn spoken(blocks: &[Block]) -> Vec<Span> {
    let lines = blocks.iter().filter_map(|block| match block {
        Block::Paragraph(spans) => Some(spans.clone()),
        _ => None,
    });
    lines.collect::<Vec<_>>().join(&Span::Text(" ".to_owned()))
}

/// The notes of a meeting.
pub(super) fn notes(pen: &mut Pen<'_>, row: usize) -> Vec<Node> {
    let (dress, entry) = (pen.dress, pen.entry);
    let talked = dress.talked_about(entry);
    let mut nodes = Vec::new();
    let head = dress.line(&[
        Span::Text("Notes by ".to_owned()),
        Span::Mention(entry.by),
        Span::Text(", ".to_owned()),
        Span::Date(entry.created),
    ]);
    nodes.push(pen.callout("🗒️", &head, Vec::new()));
    if row % 6 == 1 {
        nodes.push(recording(pen, row));
    }
    nodes.push(pen.words("heading_2", "Agenda"));
    for place in &talked {
        let line = dress.line(&[Span::Work(*place), Span::Text(format!(": {}", dress.world.title(*place)))]);
        nodes.push(pen.line("numbered_list_item", &line, Vec::new()));
    }
    if talked.is_empty() {
        nodes.push(pen.words("paragraph", "Nothing new; we talked about holidays."));
    }
    for place in talked.iter().take(TALKED) {
        nodes.extend(point(pen, *place));
    }
    nodes.push(pen.words("heading_2", "Action items"));
    let people = dress.attendees(entry, row);
    for place in talked.iter().take(3) {
        let who = pen.chance.pick(&people);
        let due = entry.created + pen.chance.between(2, 12) * DAY;
        let spans = [
            Span::Mention(who),
            Span::Text(" looks after ".to_owned()),
            Span::Work(*place),
            Span::Text(" until ".to_owned()),
            Span::Date(due),
        ];
        let done = pen.chance.percent(60);
        nodes.push(pen.task(done, &spans));
    }
    nodes.extend(extras(pen, row));
    nodes
}

/// What was said about one point: some of it folded away, three levels deep.
fn point(pen: &mut Pen<'_>, place: u32) -> Vec<Node> {
    let dress = pen.dress;
    let course = dress.world.course(place);
    let said = dress.said(place, &course, pen.entry.created);
    let title = dress.world.title(place);
    let key = dress.world.key(place);
    let mut lines: Vec<Node> = Vec::new();
    for (by, _, spans) in said.iter().rev().take(3) {
        let mut line = vec![Span::Mention(*by), Span::Text(": ".to_owned())];
        line.extend(spans.iter().cloned());
        lines.push(pen.spans("bulleted_list_item", &line));
    }
    let told = dress.world.description(place);
    let details = pen.told(&told);
    let inner = pen.line("toggle", &plain("From the issue"), details);
    let raw = pen.line("toggle", &plain("Raw notes"), vec![inner]);
    lines.push(raw);
    let mut nodes = vec![pen.words("heading_3", &format!("{key}: {title}"))];
    nodes.extend(lines);
    nodes
}

/// What the vendor makes of a recording: a title and three blocks with the summary, the notes and every word.
fn recording(pen: &mut Pen<'_>, row: usize) -> Node {
    let entry = pen.entry;
    let parts = ["Summary", "Notes", "Transcript"].map(|name| {
        let inside = vec![
            pen.words("paragraph", &format!("{name} of {}", entry.title)),
            pen.words("paragraph", "Everybody said what they do next."),
        ];
        pen.line("paragraph", &plain(name), inside)
    });
    let [summary, notes, transcript] = &parts;
    let end = entry.created + 45 * MINUTE;
    let attendees: Vec<_> =
        pen.dress.attendees(entry, row).into_iter().map(|who| pen.dress.people[who].clone()).collect();
    let content = json!({
        "title": plain(&entry.title), "status": "notes_ready",
        "children": {"summary_block_id": summary.id, "notes_block_id": notes.id,
            "transcript_block_id": transcript.id},
        "calendar_event": {"start_time": written(entry.created), "end_time": written(end), "attendees": attendees},
        "recording": {"start_time": written(entry.created), "end_time": written(end)},
    });
    pen.block("meeting_notes", content, parts.into())
}

/// What only some notes have.
fn extras(pen: &mut Pen<'_>, row: usize) -> Vec<Node> {
    let mut nodes = Vec::new();
    if row % 4 == 1 {
        let mut image = rich::kept(pen.dress.seed, u64::from(pen.number) + 1_000_000, "whiteboard.png");
        image["caption"] = plain("The whiteboard");
        if let Some(members) = image.as_object_mut() {
            members.remove("name");
        }
        nodes.push(pen.block("image", image, Vec::new()));
    }
    if row % 5 == 2 {
        let address = "https://wiki.birchlane.example/agenda";
        nodes.push(pen.block("bookmark", json!({"caption": [], "url": address}), Vec::new()));
    }
    if row % 7 == 3 {
        nodes.push(pen.block("equation", json!({"expression": "w = \\frac{n}{\\mu - n}"}), Vec::new()));
        let line = json!([
            text("where ", None),
            rich::equation("\\mu"),
            text(" is how many we serve an hour", None)
        ]);
        nodes.push(pen.line("paragraph", &line, Vec::new()));
    }
    if row % 11 == 5 {
        nodes.push(pen.block("unsupported", json!({"block_type": "ai_block"}), Vec::new()));
    }
    nodes
}
