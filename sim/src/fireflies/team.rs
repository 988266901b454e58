//! Who is in the team: users, their groups, and the channels in which meetings lie.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::digest::hexadecimal;
use crate::settings::Settings;
use crate::world::{Chance, Meeting, Occasion, PROJECTS, World};

/// The made-up company, and the address of whoever sees less, who takes part now and then.
#[derive(Debug)]
pub(super) struct Company {
    pub(super) world: Arc<World>,
    pub(super) guest: String,
}

impl Deref for Company {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

/// The place of the leads' channel; those of the projects come before it.
const LEADERSHIP: usize = PROJECTS.len();
/// The place of the channel of calls with somebody from outside.
const CALLS: usize = LEADERSHIP + 1;

/// Users, groups and channels, as they are served.
#[derive(Debug, Default)]
pub(super) struct Team {
    pub(super) users: Vec<Value>,
    pub(super) groups: Vec<Value>,
    pub(super) channels: Vec<Value>,
    /// The addresses of the users, in small letters.
    pub(super) emails: BTreeSet<String>,
}

/// 24 digits, as the vendor's ids have.
pub(super) fn user_id(email: &str) -> String {
    id("user", &email.to_lowercase())
}

fn channel_id(place: usize) -> String {
    id("channel", &place.to_string())
}

fn id(of: &str, what: &str) -> String {
    hexadecimal(&Sha256::digest(format!("{of} {what}"))[..12])
}

/// The channel in which a meeting lies, if it lies in one.
pub(super) fn channel_of(meeting: &Meeting, chance: &mut Chance) -> Option<Value> {
    let place = match (meeting.occasion, chance.below(100)) {
        _ if PROJECTS[meeting.project].closed => meeting.project,
        (Occasion::Client, 0..80) => CALLS,
        (Occasion::Planning, 0..12) => LEADERSHIP,
        (Occasion::Weekly | Occasion::Planning, 12..60) => meeting.project,
        _ => return None,
    };
    Some(json!({"id": channel_id(place)}))
}

impl Team {
    pub(super) fn of_company(company: &Company, settings: &Settings) -> Self {
        let (world, mut team) = (&company.world, Self::default());
        team.add_keys(settings);
        let staff: Vec<usize> = world.staff(world.now()).collect();
        for who in &staff {
            let person = world.person(*who);
            let project = PROJECTS[person.team];
            let group = json!({"id": id("group", project.key), "name": project.name, "handle": project.key.to_lowercase()});
            team.add_user(&person.email, person.name, world.lead(person.team) == *who, &[group]);
        }
        let member = |who: &usize| {
            let person = world.person(*who);
            json!({"user_id": user_id(&person.email), "email": person.email, "name": person.name})
        };
        let channel = |place: usize, title: &str, is_private: bool, members: Vec<Value>| {
            let lead = &world.person(world.lead(place % PROJECTS.len())).email;
            json!({
                "id": channel_id(place), "title": title, "is_private": is_private, "members": members,
                "created_at": "2025-01-10T08:00:00.000Z", "updated_at": null, "created_by": user_id(lead),
            })
        };
        for (place, project) in PROJECTS.iter().enumerate() {
            let own: Vec<&usize> = staff.iter().filter(|who| world.person(**who).team == place).collect();
            team.channels.push(channel(
                place,
                project.name,
                project.closed,
                own.iter().map(|who| member(who)).collect(),
            ));
            let members = own.iter().map(|who| {
                let person = world.person(**who);
                let (first, last) = person.name.split_once(' ').unwrap_or((person.name, ""));
                json!({"user_id": user_id(&person.email), "first_name": first, "last_name": last, "email": person.email})
            });
            team.groups.push(json!({
                "id": id("group", project.key), "name": project.name, "handle": project.key.to_lowercase(),
                "members": members.collect::<Vec<_>>(),
            }));
        }
        let leads = (0..PROJECTS.len()).map(|place| member(&world.lead(place))).collect();
        team.channels.push(channel(LEADERSHIP, "Leadership", true, leads));
        let everybody = staff.iter().map(member).collect();
        team.channels.push(channel(CALLS, "Calls with ports", false, everybody));
        team
    }

    /// Whoever is named as a user in real records.
    pub(super) fn of_records(emails: &BTreeSet<String>, settings: &Settings) -> Self {
        let mut team = Self::default();
        team.add_keys(settings);
        for email in emails {
            let name = email.split('@').next().unwrap_or(email).replace('.', " ");
            team.add_user(email, &name, false, &[]);
        }
        team
    }

    /// The owners of the two keys.
    fn add_keys(&mut self, settings: &Settings) {
        self.add_user(&settings.email, "Records reader", true, &[]);
        self.add_user(&settings.limited_email, "Guest reader", false, &[]);
    }

    fn add_user(&mut self, email: &str, name: &str, is_admin: bool, groups: &[Value]) {
        if self.emails.insert(email.to_lowercase()) {
            self.users.push(json!({
                "user_id": user_id(email), "email": email, "name": name, "is_admin": is_admin, "user_groups": groups,
                "integrations": ["google_calendar"], "is_calendar_in_sync": true,
            }));
        }
    }

    pub(super) fn user(&self, id_or_email: &str) -> Option<&Value> {
        self.users.iter().find(|user| user["user_id"] == id_or_email || user["email"] == id_or_email)
    }

    /// By id or title.
    pub(super) fn channel(&self, id_or_title: &str) -> Option<&Value> {
        self.channels.iter().find(|channel| channel["id"] == id_or_title || channel["title"] == id_or_title)
    }
}

/// Whether somebody is a member of a channel; anybody is of one that is not private.
pub(super) fn is_open_to(channel: &Value, email: &str) -> bool {
    let members = channel["members"].as_array().into_iter().flatten();
    channel["is_private"] != true
        || members
            .into_iter()
            .any(|member| member["email"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(email)))
}
