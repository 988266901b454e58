//! `users`: the company's people and the connection itself.

use serde_json::{Value, json};

use super::ask::{Answer, Ask, Said};
use super::id::{self, canonical};
use super::paging::{self, List, Row, Walk};
use super::problem::Problem;

/// The connection itself.
pub(super) fn bot() -> Value {
    json!({
        "object": "user", "id": id::other(0, 4, 0), "name": "Daybook", "avatar_url": null, "type": "bot",
        "bot": {
            "owner": {"type": "workspace", "workspace": true}, "workspace_id": id::other(0, 4, 1),
            "workspace_limits": {"max_file_upload_size_in_bytes": 5_368_709_120_u64},
            "workspace_name": "Birchlane",
        },
    })
}

/// A person as the caller may see them: addresses are a capability of its own.
fn seen(ask: &Ask<'_>, user: &Value) -> Value {
    let mut user = user.clone();
    if ask.limited
        && let Some(person) = user.get_mut("person")
    {
        *person = json!({});
    }
    user
}

pub(super) fn page(ask: &Ask<'_>) -> Answer {
    let space = ask.notion.space();
    let rows = space.users.iter().map(|user| {
        let id = user["id"].as_str().unwrap_or_default().to_owned();
        Row { sort: 0, id, item: user }
    });
    paging::page(ask, rows.collect(), List::of("user", Walk::ById), |row| seen(ask, row.item))
}

/// Who asks: the bot of the connection.
pub(super) fn me(ask: &Ask<'_>) -> Said {
    let space = ask.notion.space();
    Said { body: space.users.last().cloned().unwrap_or_default(), rows: 1 }
}

pub(super) fn one(ask: &Ask<'_>, id: &str) -> Answer {
    let (space, id) = (ask.notion.space(), canonical(id));
    let user = space.users.iter().find(|user| user["id"] == id.as_str());
    let user = user.ok_or_else(|| Problem::missing("user", &id))?;
    Ok(Said { body: seen(ask, user), rows: 1 })
}
