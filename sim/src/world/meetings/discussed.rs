//! How a piece of work comes up in a meeting: where it stands, what people wrote about it, what was decided, what holds
//! it up, and who does what next.

use super::Occasion;
use super::small_talk::{FILLERS, LOOSE_ENDS, OPENINGS, TASKS};
use super::talk::{Point, Saying, Talking, Task, Voice};
use crate::world::calendar::DAY;
use crate::world::scene::Scene;
use crate::world::text::{Block, Item, Span};
use crate::world::{Course, Gist, Note, Reach, Stage, World};

/// What was written within this time is still news.
const NEWS: i64 = 14 * DAY;

impl Talking<'_> {
    pub(super) fn discuss(&mut self, place: u32) {
        let (world, at) = (self.world, self.meeting.starts);
        let (course, key, title) = (world.course(place), world.key(place), world.title(place));
        let first = self.talk.said.len();
        let chair = self.chair();
        let opening = self.chance.pick(&OPENINGS).replace("{key}", &key).replace("{title}", &title);
        let opening = opening.replace("?.", "?").replace("??", "?");
        self.say(Voice::Person(chair), Saying::Plain, opening);
        let owner = course.assignee.filter(|who| self.present.contains(who)).unwrap_or(chair);
        if self.meeting.occasion == Occasion::Client {
            self.read_aloud(place, Voice::Guest, 4);
        } else if self.chance.percent(70) {
            let reporter = course.reporter;
            let by = if self.present.contains(&reporter) { reporter } else { owner };
            let most = 1 + self.chance.below(5);
            self.read_aloud(place, Voice::Person(by), most);
        }
        if owner != chair && self.chance.percent(60) {
            let name = self.first_name(owner);
            self.person_says(chair, format!("{name}, where are we?"));
        }
        let stage = stage_at(&course, at);
        let line = self.standing(stage, &key);
        self.person_says(owner, line.clone());
        let (mut gist, mut writer) = (line, owner);
        for (number, note) in self.news(&course) {
            let lines = spoken(world, &world.told(place, &course, number, &note));
            let by = if self.present.contains(&note.by) { note.by } else { owner };
            if by != note.by && writer != note.by && !lines.is_empty() {
                let name = self.first_name(note.by);
                self.person_says(by, format!("{name} wrote about it."));
            }
            writer = note.by;
            if let Some(decided) = self.repeat(note.gist, by, lines) {
                gist = decided;
            }
        }
        if self.meeting.occasion == Occasion::Planning && stage == Stage::Waiting {
            let points = course.points.unwrap_or(3);
            let who = self.other(chair);
            self.person_says(who, format!("I would say {points} points."));
        }
        self.filler(owner);
        self.next_steps(place, &key, owner);
        self.talk.points.push(Point { heading: title, first, gist });
    }

    /// For those who have not read it.
    fn read_aloud(&mut self, place: u32, by: Voice, most: usize) {
        let lines = spoken(self.world, &self.world.description(place));
        for line in lines.into_iter().take(most) {
            self.say(by, Saying::Plain, line);
        }
    }

    fn standing(&mut self, stage: Stage, key: &str) -> String {
        let day = self.weekday();
        match stage {
            Stage::Waiting => format!("Nobody has begun with {key} yet."),
            Stage::Working => format!("I am on {key}, it should be in review by {day}."),
            Stage::Blocked => format!("{key} is blocked."),
            Stage::Reviewing => format!("{key} is in review."),
            Stage::Done => format!("{key} is done."),
            Stage::Asked => format!("{key} has just come in."),
            Stage::WithCustomer => format!("For {key} we wait for the customer."),
            Stage::Solved | Stage::Closed => format!("{key} is solved."),
        }
    }

    /// What was written lately where everybody could read it, or else the last word; an incident is told in full.
    fn news(&self, course: &Course) -> Vec<(usize, Note)> {
        let at = self.meeting.starts;
        let incident = self.meeting.occasion == Occasion::Incident;
        // The log is written while people talk.
        let until = if incident { at + DAY / 12 } else { at };
        let told =
            |note: &Note| note.at <= until && note.reach == Reach::Everybody && note.gist != Gist::Actions;
        let heard: Vec<(usize, Note)> =
            course.notes.iter().copied().enumerate().filter(|(_, note)| told(note)).collect();
        let fresh = heard.iter().filter(|(_, note)| note.at > at - NEWS).count();
        let count = if incident { 24 } else { fresh.clamp(1, 5) };
        heard[heard.len().saturating_sub(count)..].to_vec()
    }

    /// Says what somebody wrote; gives the decision, if it is one.
    fn repeat(&mut self, gist: Gist, by: usize, lines: Vec<String>) -> Option<String> {
        let saying = match gist {
            Gist::Decided => Saying::Decision,
            Gist::Blocked => Saying::Blocker,
            _ => Saying::Plain,
        };
        let mut decided = None;
        for line in lines {
            if saying == Saying::Decision && line.contains("decided") {
                decided = Some(line.clone());
            }
            self.say(Voice::Person(by), saying, line);
        }
        if self.chance.percent(35) {
            self.filler(by);
        }
        decided
    }

    fn filler(&mut self, after: usize) {
        let (who, line) = (self.other(after), self.chance.pick(&FILLERS));
        self.person_says(who, line);
    }

    fn next_steps(&mut self, place: u32, key: &str, owner: usize) {
        let day = self.weekday();
        let scene = Scene::of(self.world, place);
        let filled = |line: &str| scene.words(&line.replace("{key}", key).replace("{day}", day));
        let dice = self.chance.below(100);
        let (owner, (words, written)) = match dice {
            0..55 => {
                let who = if self.chance.percent(60) { owner } else { self.other(owner) };
                (Some(who), self.chance.pick(&TASKS))
            }
            55..67 => (None, self.chance.pick(&LOOSE_ENDS)),
            _ => return,
        };
        let by = owner.unwrap_or_else(|| self.chair());
        let (words, written) = (filled(words), filled(written));
        let at = self.talk.said.len();
        self.say(Voice::Person(by), Saying::Task, words);
        self.talk.tasks.push(Task { owner, words: written, at });
    }

    fn weekday(&mut self) -> &'static str {
        self.chance.pick(&["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"])
    }
}

fn stage_at(course: &Course, at: i64) -> Stage {
    course.moves.iter().rev().find(|step| step.at <= at).map_or(course.begins, |step| step.to)
}

/// What can be said of a text, a sentence a line; tables and code cannot.
fn spoken(world: &World, blocks: &[Block]) -> Vec<String> {
    let mut lines = Vec::new();
    for block in blocks {
        match block {
            Block::Paragraph(spans) | Block::Quote(spans) | Block::Panel(_, spans) => {
                sentences(&voiced(world, spans), &mut lines);
            }
            Block::Bullets(items) | Block::Numbered(items) => {
                for Item { text, below } in items {
                    sentences(&voiced(world, text), &mut lines);
                    for spans in below {
                        sentences(&voiced(world, spans), &mut lines);
                    }
                }
            }
            Block::Tasks(tasks) => {
                for (_, spans) in tasks {
                    sentences(&voiced(world, spans), &mut lines);
                }
            }
            Block::Decisions(decisions) => {
                for spans in decisions {
                    sentences(&voiced(world, spans), &mut lines);
                }
            }
            Block::Heading(..)
            | Block::Table(_)
            | Block::Code { .. }
            | Block::Expand { .. }
            | Block::Rule => {}
        }
    }
    lines
}

fn voiced(world: &World, spans: &[Span]) -> String {
    spans.iter().map(|span| word(world, span)).collect()
}

fn word(world: &World, span: &Span) -> String {
    match span {
        Span::Text(words) | Span::Strong(words) | Span::Emphasis(words) | Span::Code(words) => words.clone(),
        Span::Mention(who) => {
            let name = world.person(*who).name;
            name.split(' ').next().unwrap_or(name).to_owned()
        }
        Span::Work(place) => world.key(*place),
        Span::Link { text, .. } => text.clone(),
        Span::Date(moment) => chrono::DateTime::from_timestamp_millis(*moment)
            .map_or_else(String::new, |day| day.format("%-d %B").to_string()),
        Span::Status { text, .. } => format!("{}:", text.to_lowercase()),
        Span::Emoji { .. } => String::new(),
        Span::Break => " ".to_owned(),
    }
}

/// Cuts a line where a sentence ends; what follows a full stop within a number or an address is no sentence.
fn sentences(line: &str, lines: &mut Vec<String>) {
    let mut rest = line.trim();
    while let Some(end) = rest
        .match_indices(['.', '?', '!'])
        .map(|(place, _)| place + 1)
        .find(|end| rest[*end..].starts_with(' '))
    {
        lines.push(capital(rest[..end].trim()));
        rest = rest[end..].trim_start();
    }
    if !rest.is_empty() {
        lines.push(capital(rest));
    }
}

fn capital(words: &str) -> String {
    let words = crate::world::scene::capitalised(words);
    if words.ends_with(['.', '?', '!', ':']) { words } else { format!("{words}.") }
}
