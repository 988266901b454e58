//! What stands on each kind of page, and what was said about it there.

use serde_json::{Value, json};

use super::super::ask::written;
use super::super::page::{Body, Node, Parent, plain, text};
use super::pen::{Pen, attach};
use super::plan::{Entry, OLDER, Told};
use super::{DIVIDED, Dress, Roll, meetings, rich, sources};
use crate::world::calendar::MINUTE;
use crate::world::text::Span;
use crate::world::{PROJECTS, Role};

/// The place in the handbook of what other pages repeat.
const RULES: u32 = 2;
/// The place from which comments have their ids.
const COMMENTS: u32 = 900_000;
/// Of what was said about a piece of work so much stands beside its page.
const MOST_COMMENTS: usize = 6;

pub(super) fn of(dress: &Dress, number: u32, entry: &Entry) -> Body {
    let mut pen = Pen::of(dress, number, entry);
    let mut nodes = match entry.told {
        Told::Handbook => handbook(&mut pen),
        Told::Top { project } => top(&mut pen, project),
        Told::Decision { place, row } => decision(&mut pen, place, row),
        Told::Idea { place, .. } => pen.told(&dress.world.description(place)),
        Told::Plan { place } => plan(&mut pen, place),
        Told::Postmortem { place } => postmortem(&mut pen, place),
        Told::Meeting { row } => meetings::notes(&mut pen, row),
    };
    attach(&mut nodes, &Parent::Page(dress.mint.id(number, 0)));
    let comments = comments(dress, number, entry, &nodes);
    Body { nodes, comments }
}

/// What holds for everybody, some of it repeated on other pages.
fn handbook(pen: &mut Pen<'_>) -> Vec<Node> {
    let rules = vec![
        pen.words("paragraph", "Decisions are written down before they are carried out."),
        pen.words("bulleted_list_item", "Whoever objects says what would convince them."),
        pen.words("bulleted_list_item", "What was not chosen is written down too, with the reason."),
    ];
    let place = pen.at(RULES, "synced_block", json!({"synced_from": null}), rules);
    let external = |url: &str| json!({"type": "external", "caption": [], "external": {"url": url}});
    let mut handout = rich::kept(pen.dress.seed, 7, "handbook.pdf");
    handout["caption"] = json!([]);
    vec![
        pen.block("breadcrumb", json!({}), Vec::new()),
        pen.block("table_of_contents", json!({"color": "gray"}), Vec::new()),
        pen.words("heading_1", "How we decide"),
        place,
        pen.words("heading_1", "How we ship"),
        pen.words("numbered_list_item", "Small steps, each behind a flag."),
        pen.words("numbered_list_item", "The desk knows before the ports do."),
        pen.words("quote", "Nobody is to blame; everybody did what made sense at the time."),
        pen.code("shell", "git switch -c HARB-1-short-name\n# one change, one branch"),
        pen.block("embed", json!({"caption": [], "url": "https://status.birchlane.example"}), Vec::new()),
        pen.block("video", external("https://video.birchlane.example/welcome.mp4"), Vec::new()),
        pen.block("audio", external("https://video.birchlane.example/anthem.mp3"), Vec::new()),
        pen.block("file", handout, Vec::new()),
        pen.block("link_preview", json!({"url": "https://git.birchlane.example/harb/merge/1"}), Vec::new()),
        pen.block("unsupported", json!({"block_type": "button"}), Vec::new()),
    ]
}

/// The front page of a project: people and parts beside each other, its lists, its pages.
fn top(pen: &mut Pen<'_>, project: usize) -> Vec<Node> {
    let (dress, about) = (pen.dress, PROJECTS[project]);
    let people = dress.world.people().iter().enumerate().filter(|(_, person)| person.team == project);
    let people: Vec<usize> = people.map(|(place, _)| place).collect();
    let mut left = vec![pen.words("heading_3", "People")];
    left.extend(people.into_iter().map(|who| pen.spans("bulleted_list_item", &[Span::Mention(who)])));
    let mut right = vec![pen.words("heading_3", "Parts")];
    for part in about.parts {
        let things = part.things.iter().map(|thing| pen.words("bulleted_list_item", thing)).collect();
        right.push(pen.line("bulleted_list_item", &plain(part.name), things));
    }
    let mut nodes = vec![pen.callout("⚓", &plain(about.about), Vec::new())];
    nodes.push(pen.columns(vec![left, right]));
    let rules = dress.mint.id(0, RULES);
    nodes.push(pen.copy_of(&rules));
    for roll in [Roll::Decisions, Roll::Meetings] {
        nodes.push(child(pen, dress.database_id(project, roll), "child_database", sources::title(roll)));
    }
    nodes.push(pen.words("heading_2", "Plans and post-mortems"));
    let (mut recent, mut older) = (Vec::new(), Vec::new());
    let own = (0_u32..).zip(&dress.entries).filter(|(_, entry)| entry.project == project);
    for (number, entry) in own {
        let id = dress.mint.id(number, 0);
        match entry.parent {
            Parent::Page(_) => recent.push(child(pen, id, "child_page", &entry.title)),
            Parent::Block(_) => older.push(child(pen, id, "child_page", &entry.title)),
            _ => {}
        }
    }
    nodes.extend(recent);
    nodes.push(pen.at(OLDER, "toggle", json!({"rich_text": plain("Older"), "color": "gray"}), older));
    if project == DIVIDED {
        let wanted = json!({"type": "page_id", "page_id": dress.mint.id(0, 0)});
        nodes.push(pen.block("link_to_page", wanted, Vec::new()));
    }
    nodes
}

/// A record of its own where it stands: it keeps the times at which it was put there, for what happens on it later is
/// no edit of this page.
fn child(pen: &mut Pen<'_>, id: String, kind: &str, title: &str) -> Node {
    let mut node = pen.block(kind, json!({ "title": title }), Vec::new());
    node.json["id"] = json!(id);
    node.json["has_children"] = json!(kind == "child_page");
    node.id = id;
    node
}

fn decision(pen: &mut Pen<'_>, place: u32, row: usize) -> Vec<Node> {
    let mut nodes = pen.told(&pen.dress.world.description(place));
    if row.is_multiple_of(3) {
        let rules = pen.dress.mint.id(0, RULES);
        nodes.push(pen.copy_of(&rules));
    }
    if row % 9 == 4 {
        nodes.push(pen.block("unsupported", json!({"block_type": "form"}), Vec::new()));
    }
    nodes
}

/// A plan: the description of the epic, and each step with what has to be done, folded away.
fn plan(pen: &mut Pen<'_>, place: u32) -> Vec<Node> {
    let (dress, world) = (pen.dress, &pen.dress.world);
    let line =
        dress.line(&[Span::Text("Tracked as ".to_owned()), Span::Work(place), Span::Text(".".to_owned())]);
    let mut nodes = vec![pen.line("paragraph", &line, Vec::new())];
    let decided = (0_u32..).zip(&dress.entries).find(|(_, entry)| match entry.told {
        Told::Decision { place: other, .. } => world.piece(other).story == world.piece(place).story,
        _ => false,
    });
    if let Some((number, _)) = decided {
        let line = json!([text("Why: ", None), dress.page_mention(number)]);
        nodes.push(pen.line("paragraph", &line, Vec::new()));
    }
    nodes.extend(pen.told(&world.description(place)));
    nodes.push(pen.words("heading_2", "Steps"));
    let steps: Vec<u32> = world
        .story_of(place)
        .pieces
        .iter()
        .copied()
        .filter(|other| matches!(world.piece(*other).role, Role::Step | Role::Rollout))
        .filter(|other| world.piece(*other).created < pen.entry.edited && !world.course(*other).restricted)
        .collect();
    for step in &steps {
        let inside = pen.told(&world.description(*step));
        let line = dress.line(&[Span::Work(*step), Span::Text(format!(" {}", world.title(*step)))]);
        nodes.push(pen.line("toggle", &line, inside));
    }
    let mut left = vec![pen.words("heading_3", "Done")];
    let mut right = vec![pen.words("heading_3", "To do")];
    for step in steps {
        let done = world.course(step).end().is_some();
        let node = pen.task(done, &[Span::Work(step)]);
        if done { left.push(node) } else { right.push(node) }
    }
    nodes.push(pen.columns(vec![left, right]));
    let mut sketch = rich::kept(dress.seed, u64::from(place) + 2_000_000, "sketch.pdf");
    sketch["caption"] = plain("Sketch");
    if let Some(members) = sketch.as_object_mut() {
        members.remove("name");
    }
    nodes.push(pen.block("pdf", sketch, Vec::new()));
    nodes
}

/// A post-mortem, with the log of the incident folded away.
fn postmortem(pen: &mut Pen<'_>, place: u32) -> Vec<Node> {
    let (dress, world) = (pen.dress, &pen.dress.world);
    let mut nodes = pen.told(&world.description(place));
    let incident = world.story_of(place).pieces[0];
    let course = world.course(incident);
    if !course.restricted {
        let mut log = Vec::new();
        for (by, at, spans) in dress.said(incident, &course, pen.entry.edited) {
            let clock = written(at)[11..16].to_owned();
            let mut line = vec![
                Span::Code(clock),
                Span::Text(" ".to_owned()),
                Span::Mention(by),
                Span::Text(": ".to_owned()),
            ];
            line.extend(spans);
            log.push(pen.spans("bulleted_list_item", &line));
        }
        nodes.push(pen.line("heading_2", &plain("Log"), log));
    }
    nodes
}

/// What people said about a piece of work, beside its page or beside the first line of it.
fn comments(dress: &Dress, number: u32, entry: &Entry, nodes: &[Node]) -> Vec<Value> {
    let (Told::Decision { place, .. } | Told::Plan { place } | Told::Postmortem { place }) = entry.told
    else {
        return Vec::new();
    };
    let course = dress.world.course(place);
    let said = dress.said(place, &course, dress.world.now() - MINUTE);
    let first = nodes.iter().find(|node| node.kind() == "paragraph");
    let comments = said.into_iter().take(MOST_COMMENTS).enumerate().map(|(step, (by, at, spans))| {
        let place = COMMENTS + u32::try_from(step).unwrap_or_default() * 2;
        // Every third is about a line.
        let parent = match first.filter(|_| step % 3 == 2) {
            Some(node) => Parent::Block(node.id.clone()),
            None => Parent::Page(dress.mint.id(number, 0)),
        };
        json!({
            "object": "comment", "id": dress.mint.id(number, place), "parent": parent.json(None),
            "discussion_id": dress.mint.id(number, place + 1), "created_time": written(at),
            "last_edited_time": written(at), "created_by": dress.user(by), "rich_text": dress.line(&spans),
            "display_name": {"type": "user", "resolved_name": dress.world.person(by).name},
        })
    });
    comments.collect()
}
