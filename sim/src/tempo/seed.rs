//! Tempo's dress for the made-up company: its hours as worklogs, its teams, its accounts.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta};
use serde_json::json;

use super::ask::PUBLIC;
use super::book::{Author, Book};
use super::nouns;
use super::teams::{Membership, Team};
use super::worklog::{Words, Worklog};
use crate::jira::lookup::issue_id;
use crate::world::calendar::DAY;
use crate::world::{Category, Chance, Hours, PROJECTS, World};

/// The first id of a worklog.
const FIRST_ID: u64 = 126_000;
const CUSTOMERS: [(&str, &str); 3] =
    [("PORT", "Port authorities"), ("LINE", "Shipping lines"), ("HOUSE", "Birchlane itself")];

/// Puts all of the company's hours into the book.
pub(super) fn fill(book: &mut Book, world: &Arc<World>, most_a_day: usize) {
    for (place, person) in world.people().iter().enumerate() {
        let (account_id, name) = (person.account_id.clone(), person.name.to_owned());
        book.add_author(Author { account_id, name, zone: Some(world.zone_of(place)) });
    }
    book.teams = teams(world);
    accounts(book, world);
    book.world = Some(Arc::clone(world));
    for (place, hours) in (0_u64..).zip(world.hours(most_a_day)) {
        // Some were deleted long ago: their ids are missing.
        let id = FIRST_ID + place + place / 17;
        book.put(worklog(world, id, &hours));
    }
}

fn worklog(world: &World, id: u64, hours: &Hours) -> Worklog {
    let project = usize::from(world.piece(hours.place).project);
    let mut chance = Chance::of(id, &[23]);
    let seconds = i64::from(hours.seconds);
    let billable = match chance.below(100) {
        0..3 => None,
        _ if !nouns::is_billable(project) => Some(0),
        3..15 => Some((seconds - 900).max(0)),
        // An hour that is begun is an hour.
        15..19 => Some((seconds + 3_599) / 3_600 * 3_600),
        _ => Some(seconds),
    };
    let start = NaiveTime::from_num_seconds_from_midnight_opt(hours.start, 0);
    Worklog {
        id,
        issue: issue_id(hours.place),
        author: hours.who,
        day: hours.day,
        start: start.filter(|_| !chance.percent(1)),
        seconds,
        billable,
        created: hours.written,
        updated: hours.changed,
        words: Words::Told { place: hours.place, purpose: hours.purpose },
    }
}

/// A team for each project, and one whose members are taken from all of them.
fn teams(world: &World) -> Vec<Team> {
    let day = |moment: i64| {
        DateTime::from_timestamp_millis(moment).map_or(NaiveDate::MIN, |moment| moment.date_naive())
    };
    let began = day(world.began()) - TimeDelta::days(30);
    let mut number = 10;
    let mut member = |who: usize, percent: u8| {
        number += 1;
        let until = world.person(who).left.map(|days| day(world.now() - days * DAY) + TimeDelta::days(1));
        Membership { id: number, who, from: began, until, percent }
    };
    let people = || world.people().iter().enumerate();
    let mut teams: Vec<Team> = PROJECTS
        .iter()
        .enumerate()
        .map(|(place, project)| Team {
            id: u64::try_from(place).unwrap_or_default() + 1,
            name: project.name.to_owned(),
            summary: project.about.to_owned(),
            lead: world.lead(place),
            members: people()
                .filter(|(_, person)| person.team == place)
                .map(|(who, _)| member(who, 100))
                .collect(),
        })
        .collect();
    // Every fifth takes part, so that some are in two teams.
    let on_call = people().filter(|(who, person)| who % 5 == 1 && person.left.is_none());
    teams.push(Team {
        id: u64::try_from(teams.len()).unwrap_or_default() + 1,
        name: "On call".to_owned(),
        summary: "Nights and weekends, in turn".to_owned(),
        lead: world.lead(0),
        members: on_call.map(|(who, _)| member(who, 10)).collect(),
    });
    teams
}

fn accounts(book: &mut Book, world: &World) {
    let customers = CUSTOMERS.iter().enumerate().map(|(place, (key, name))| {
        json!({"self": format!("{PUBLIC}/4/customers/{key}"), "id": 234 + place, "key": key, "name": name})
    });
    book.customers = customers.collect();
    let lead = |project: usize| {
        let json = book.author_json(world.lead(project));
        serde_json::from_str::<serde_json::Value>(&json).unwrap_or_default()
    };
    let account = |id: usize, key: &str, name: &str, status: &str, project: usize| {
        let category = match PROJECTS[project].category {
            Category::Products => 0,
            Category::Foundations => 1,
            Category::Customers => 2,
        };
        let customer = if category == 1 { 2 } else { project % 2 };
        json!({
            "self": format!("{PUBLIC}/4/accounts/{key}"), "id": id, "key": key, "name": name, "status": status,
            "global": false, "lead": lead(project), "links": {"self": format!("{PUBLIC}/4/accounts/{key}/links")},
            "category": nouns::category(category), "customer": book.customers[customer],
        })
    };
    let mut accounts: Vec<_> = PROJECTS
        .iter()
        .enumerate()
        .map(|(place, project)| account(7 + place, &nouns::account_key(place), project.name, "OPEN", place))
        .collect();
    accounts.push(account(40, "PILOT-OLD", "Pilot ports, first round", "CLOSED", 0));
    accounts.push(account(41, "FAIR", "Trade fair", "ARCHIVED", 1));
    book.accounts = accounts;
    book.schemes = vec![super::schedule::usual_scheme(world.people().len())];
}
