//! Edits from outside: what people write, say, move, share and throw away while others read it.

mod place;
mod written;

use std::sync::Mutex;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::ask::Ask;
use super::id::canonical;
use super::space::Space;
use crate::faults::FaultKind;

/// By these an edit is known to be one of Notion.
pub(super) const WORDS: [&str; 15] = [
    "create_page",
    "edit_page",
    "move_page",
    "archive_page",
    "trash_page",
    "restore_page",
    "purge_page",
    "unshare_page",
    "share_page",
    "add_block",
    "edit_block",
    "delete_block",
    "add_comment",
    "resolve_comment",
    "edit_data_source",
];

/// `{"edit_page":{"id":"59833787-...","title":"Harbour weekly"}}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Change {
    CreatePage(Create),
    EditPage(Edit),
    MovePage(Move),
    ArchivePage(String),
    TrashPage(String),
    RestorePage(String),
    PurgePage(String),
    UnsharePage(String),
    SharePage(Share),
    AddBlock(Add),
    EditBlock(EditBlock),
    DeleteBlock(String),
    AddComment(Say),
    ResolveComment(String),
    EditDataSource(Rename),
}

/// A page; one with an old time is one that somebody shares now and wrote long ago.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    title: String,
    /// A paragraph for each line.
    #[serde(default)]
    text: String,
    /// The id of a page or of a data source; absent: the workspace itself.
    #[serde(default)]
    parent: Option<String>,
    #[serde(default)]
    created_time: Option<DateTime<Utc>>,
    #[serde(default)]
    last_edited_time: Option<DateTime<Utc>>,
}

/// What is absent stays as it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    id: String,
    #[serde(default)]
    title: Option<String>,
    /// The words of the first paragraph.
    #[serde(default)]
    text: Option<String>,
    /// By name, each as the vendor writes it below its kind.
    #[serde(default)]
    properties: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    id: String,
    /// The id of a page or of a data source, or `workspace`.
    to: String,
}

/// The id of a page that was unshared, or a page that nobody had shared before.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Share {
    Known(String),
    New(Create),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    /// The id of the page or block below which it stands.
    parent: String,
    #[serde(default)]
    text: String,
    /// A paragraph, if it is not said.
    #[serde(default, rename = "type")]
    kind: Option<String>,
    /// What stands below the kind, instead of the text.
    #[serde(default)]
    content: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EditBlock {
    id: String,
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Say {
    /// The id of a page or of a block.
    on: String,
    text: String,
    /// The name of a person.
    #[serde(default)]
    by: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rename {
    id: String,
    title: String,
}

impl Space {
    /// Does it, and gives the id of what was changed.
    pub(super) fn change(&mut self, change: Value, now: DateTime<Utc>) -> Result<String, String> {
        let change: Change = serde_json::from_value(change).map_err(|error| error.to_string())?;
        let now = now.timestamp_millis();
        self.counted = Mutex::default();
        match change {
            Change::CreatePage(create) | Change::SharePage(Share::New(create)) => self.create(&create, now),
            Change::EditPage(edit) => self.edit(edit, now),
            Change::MovePage(wish) => self.move_page(&canonical(&wish.id), &canonical(&wish.to), now),
            Change::ArchivePage(id) => self.archive(&canonical(&id), now),
            Change::TrashPage(id) => self.throw(&canonical(&id), true, now),
            Change::RestorePage(id) => self.throw(&canonical(&id), false, now),
            Change::PurgePage(id) => self.purge(&canonical(&id), now),
            Change::UnsharePage(id) => self.share(&canonical(&id), false),
            Change::SharePage(Share::Known(id)) => self.share(&canonical(&id), true),
            Change::AddBlock(add) => self.add_block(add, now),
            Change::EditBlock(edit) => self.edit_block(&canonical(&edit.id), &edit.text, now),
            Change::DeleteBlock(id) => self.delete_block(&canonical(&id), now),
            Change::AddComment(say) => self.say(&say, now),
            Change::ResolveComment(id) => self.resolve(&canonical(&id)),
            Change::EditDataSource(rename) => self.rename(&canonical(&rename.id), &rename.title, now),
        }
    }

    /// Edits so many pages or puts them into the trash, others at each call.
    fn disturb(&mut self, pages: u64, trashes: bool, now: i64) {
        self.counted = Mutex::default();
        let there = self.pages.values().filter(|page| !self.in_trash(page));
        let ids: Vec<String> = there.map(|page| page.id.clone()).collect();
        let Ok(length) = u64::try_from(ids.len()) else { return };
        for _ in 0..pages.min(length) {
            self.minted += 1;
            // A step that is prime to most lengths, so that all of them have their turn.
            let place = usize::try_from(self.minted.wrapping_mul(7_919) % length).unwrap_or(0);
            let done = if trashes {
                self.throw(&ids[place], true, now)
            } else {
                let text = Some(format!("Disturbed {} times.", self.minted));
                let id = ids[place].clone();
                self.edit(Edit { id, title: None, text, properties: Map::new() }, now)
            };
            debug_assert!(done.is_ok(), "{done:?}");
        }
    }
}

/// Trashes and edits pages before the answer, where a fault says so.
pub(super) fn disturb(ask: &Ask<'_>) {
    for fault in &ask.faults {
        let (pages, trashes) = match fault {
            FaultKind::DeleteWhilePaging { issues } => (*issues, true),
            FaultKind::EditWhilePaging { issues } => (*issues, false),
            _ => continue,
        };
        ask.notion.space_to_change().disturb(pages, trashes, ask.now.timestamp_millis());
    }
}
