//! Notion's dress for the made-up company: which pages there are, and where. What stands on them is told when it is
//! asked for; what is held is the little that lists need.

mod body;
mod meetings;
mod pen;
mod plan;
mod rich;
mod rows;
mod sources;

use std::sync::Arc;

use serde_json::{Value, json};

use self::plan::Entry;
use super::ask::written;
use super::id::{self, Mint};
use super::page::{Body, Facts, Page, Parent, plain};
use super::space::{Database, Source, Space};
use super::users;
use crate::settings::Settings;
use crate::world::{PROJECTS, World};

/// Projects whose pages the limited caller sees.
const OPEN_PROJECTS: [usize; 2] = [0, 1];
/// The project whose decisions share a database with ideas that were not taken up.
const DIVIDED: usize = crate::world::PLATFORM;

/// The company as Notion shows it.
#[derive(Debug)]
pub(super) struct Dress {
    world: Arc<World>,
    /// Where Jira's issues are shown.
    site_url: String,
    seed: u64,
    mint: Mint,
    /// The ids of people, by place.
    people: Vec<String>,
    entries: Vec<Entry>,
}

/// Lists of rows that a project has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Roll {
    Decisions,
    Meetings,
    Ideas,
}

/// Plans the whole workspace.
pub(super) fn fill(space: &mut Space, world: &Arc<World>, settings: &Settings) {
    let seed = world.seed();
    let people = (0_u64..).take(world.people().len()).map(|place| id::other(0, 1, place)).collect();
    let site_url = settings.site_url.trim_end_matches('/').to_owned();
    let mut dress =
        Dress { world: Arc::clone(world), site_url, seed, mint: Mint::of(seed), people, entries: Vec::new() };
    space.users = dress.users();
    dress.entries = plan::entries(&dress, settings.notion_pages);
    for (number, entry) in (0_u32..).zip(&dress.entries) {
        let facts = Facts {
            parent: entry.parent.clone(),
            title: entry.title.clone(),
            created: entry.created,
            edited: entry.edited,
            in_trash: false,
        };
        let id = dress.mint.id(number, 0);
        let page =
            Page { id: id.clone(), facts, number: Some(number), json: None, body: None, unshared: false };
        space.by_number.push(id.clone());
        space.pages.insert(id, page);
    }
    if !dress.entries.is_empty() {
        dress.file_rolls(space);
        space.open.extend(OPEN_PROJECTS.map(|project| dress.top(project)));
    }
    space.dress = Some(dress);
}

impl Dress {
    pub(super) fn mint(&self) -> Mint {
        self.mint
    }

    /// The page of a project.
    fn top(&self, project: usize) -> String {
        self.mint.id(u32::try_from(project + 1).unwrap_or_default(), 0)
    }

    fn source_id(&self, project: usize, roll: Roll) -> String {
        id::other(self.seed, 3, project as u64 * 8 + roll as u64)
    }

    fn database_id(&self, project: usize, roll: Roll) -> String {
        // Ideas that were not taken up stand in the database of the decisions.
        let roll = if roll == Roll::Ideas { Roll::Decisions } else { roll };
        id::other(self.seed, 2, project as u64 * 8 + roll as u64)
    }

    /// People, and last the connection itself.
    fn users(&self) -> Vec<Value> {
        let people = self.world.people().iter().zip(&self.people).map(|(person, id)| {
            json!({
                "object": "user", "id": id, "name": person.name, "avatar_url": null, "type": "person",
                "person": {"email": person.email},
            })
        });
        people.chain([users::bot()]).collect()
    }

    fn user(&self, place: usize) -> Value {
        json!({"object": "user", "id": self.people.get(place)})
    }

    /// Where a piece of work is shown in Jira.
    fn issue_url(&self, place: u32) -> String {
        format!("{}/browse/{}", self.site_url, self.world.key(place))
    }

    /// The databases of every project with their data sources.
    fn file_rolls(&self, space: &mut Space) {
        for project in 0..PROJECTS.len() {
            let parent = Parent::Page(self.top(project));
            let began = self.world.began();
            for roll in [Roll::Decisions, Roll::Meetings] {
                let divided = project == DIVIDED && roll == Roll::Decisions;
                let rolls: &[Roll] = if divided { &[Roll::Decisions, Roll::Ideas] } else { &[roll] };
                let id = self.database_id(project, roll);
                let json = json!({
                    "object": "database", "id": id, "created_time": written(began),
                    "last_edited_time": written(began), "title": plain(sources::title(roll)), "description": [],
                    "icon": null, "cover": null, "is_inline": true, "in_trash": false, "is_locked": false,
                    "parent": parent.json(None), "url": format!("https://app.notion.com/p/{}", id.replace('-', "")),
                    "public_url": null,
                });
                for roll in rolls {
                    let source = self.source(project, *roll);
                    space.sources.insert(source.id.clone(), source);
                }
                let sources = rolls.iter().map(|roll| self.source_id(project, *roll)).collect();
                space.databases.insert(id, Database { parent: parent.clone(), json, sources });
            }
        }
    }

    fn source(&self, project: usize, roll: Roll) -> Source {
        let edited = self.world.began() + sources::changed_after(project);
        let (id, database) = (self.source_id(project, roll), self.database_id(project, roll));
        let by = self.user(self.world.lead(project));
        let json = json!({
            "object": "data_source", "id": id, "created_time": written(self.world.began()),
            "last_edited_time": written(edited), "created_by": by, "last_edited_by": by,
            "title": plain(sources::title(roll)), "description": plain(PROJECTS[project].name), "icon": null,
            "cover": null, "is_inline": true, "in_trash": false,
            "parent": {"type": "database_id", "database_id": database},
            "database_parent": {"type": "page_id", "page_id": self.top(project)},
            "properties": sources::schema(self, project, roll),
            "url": format!("https://app.notion.com/p/{}", database.replace('-', "")), "public_url": null,
        });
        let title = sources::title(roll).to_owned();
        Source { id, database, title, edited, in_trash: false, json }
    }

    /// A page as the newest version shows it; times and trash are those that it has now.
    pub(super) fn page(&self, number: u32, facts: &Facts) -> Value {
        let Some(entry) = self.entries.get(number as usize) else { return Value::Null };
        let id = self.mint.id(number, 0);
        let slug: String = facts
            .title
            .chars()
            .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
            .collect();
        // A few stand on the web for everybody.
        let public =
            (number % 23 == 11).then(|| format!("https://birchlane.notion.site/{}", id.replace('-', "")));
        let database = entry.told.roll().map(|roll| self.database_id(entry.project, roll));
        json!({
            "object": "page", "id": id, "created_time": written(facts.created),
            "last_edited_time": written(facts.edited), "created_by": self.user(entry.by),
            "last_edited_by": self.user(entry.editor), "cover": null,
            "icon": {"type": "emoji", "emoji": entry.told.emoji()}, "parent": facts.parent.json(database.as_deref()),
            "in_trash": facts.in_trash, "is_archived": false, "is_locked": number % 9 == 3,
            "properties": self.properties(number, entry, facts),
            "url": format!("https://app.notion.com/p/{slug}-{}", id.replace('-', "")), "public_url": public,
        })
    }

    /// What stands on a page, and what was said about it.
    pub(super) fn body(&self, number: u32) -> Body {
        self.entries.get(number as usize).map(|entry| body::of(self, number, entry)).unwrap_or_default()
    }
}
