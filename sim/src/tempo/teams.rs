//! Teams, who is in them and since when, and who may view whose worklogs.

use axum::http::StatusCode;
use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;
use serde_json::{Value, json};

use super::ask::{Answer, Ask, PUBLIC};
use super::book::{Book, OPEN_TEAMS};
use super::paging;
use super::problem::Problem;
use crate::jira::{FULL_ACCOUNT, LIMITED_ACCOUNT};
use crate::reply::Reply;

const NO_TEAM: Problem = Problem::Missing("Team not found");

/// A team.
#[derive(Debug)]
pub(super) struct Team {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) summary: String,
    /// The place of its lead in the book.
    pub(super) lead: usize,
    pub(super) members: Vec<Membership>,
}

/// Somebody's time in a team.
#[derive(Debug)]
pub(super) struct Membership {
    pub(super) id: u64,
    pub(super) who: usize,
    pub(super) from: NaiveDate,
    /// The first day on which it is over.
    pub(super) until: Option<NaiveDate>,
    pub(super) percent: u8,
}

impl Team {
    /// Whether somebody was in it on a day.
    pub(super) fn had(&self, who: usize, day: NaiveDate) -> bool {
        let mut of_them = self.members.iter().filter(|member| member.who == who);
        of_them.any(|member| member.from <= day && member.until.is_none_or(|until| day < until))
    }

    fn address(&self) -> String {
        format!("{PUBLIC}/4/teams/{}", self.id)
    }

    fn json(&self, book: &Book, with_members: bool) -> String {
        let own = self.address();
        let mut json = json!({
            "self": own, "id": self.id, "name": self.name, "summary": self.summary, "lead": person(book, self.lead),
            "administrative": false, "links": {"self": format!("{own}/links")},
            "members": {"self": format!("{own}/members")}, "permissions": {"self": format!("{own}/permissions")},
        });
        if with_members {
            let values: Vec<_> = self.members.iter().map(|member| member.json(self, book)).collect();
            json["memberships"] =
                json!({"self": format!("{PUBLIC}/4/team-memberships/team/{}", self.id), "values": values});
        }
        json.to_string()
    }
}

impl Membership {
    /// `to` is the first day on which it is over, `inclusiveTo` the day before.
    fn json(&self, team: &Team, book: &Book) -> Value {
        let mut json = json!({
            "self": format!("{PUBLIC}/4/team-memberships/{}", self.id), "id": self.id,
            "commitmentPercent": self.percent, "from": self.from.to_string(), "role": role(),
            "team": {"self": team.address(), "id": team.id}, "member": person(book, self.who),
        });
        if let Some(until) = self.until {
            json["to"] = until.to_string().into();
            json["inclusiveTo"] = (until - TimeDelta::days(1)).to_string().into();
        }
        json
    }
}

fn person(book: &Book, place: usize) -> Value {
    serde_json::from_str(&book.author_json(place)).unwrap_or_default()
}

fn role() -> Value {
    json!({"self": format!("{PUBLIC}/4/roles/1"), "id": 1, "name": "Member", "default": true})
}

fn team<'a>(book: &'a Book, id: &str) -> Result<&'a Team, Problem> {
    let id: u64 = id.parse().map_err(|_| Problem::invalid("Invalid team id"))?;
    book.teams.iter().find(|team| team.id == id).ok_or(NO_TEAM)
}

pub(super) fn page(ask: &Ask<'_>) -> Answer {
    let book = ask.tempo.book();
    let with_members = ask.parameter("includeMemberships") == Some("true");
    paging::page(ask, &book.teams, |team| team.json(&book, with_members))
}

pub(super) fn one(ask: &Ask<'_>, id: &str) -> Answer {
    let book = ask.tempo.book();
    let json = team(&book, id)?.json(&book, false);
    Ok(Reply::typed(StatusCode::OK, "application/json", json).rows(1))
}

/// Those who are in it today.
pub(super) fn members(ask: &Ask<'_>, id: &str) -> Answer {
    let book = ask.tempo.book();
    let team = team(&book, id)?;
    let today = ask.now.date_naive();
    let active: Vec<_> = team.members.iter().filter(|member| team.had(member.who, today)).collect();
    paging::page(ask, &active, |member| shown(member, team, &book).to_string())
}

pub(super) fn member(ask: &Ask<'_>, id: &str, account: &str) -> Answer {
    let book = ask.tempo.book();
    let team = team(&book, id)?;
    let (who, today) = (book.author_with(account), ask.now.date_naive());
    let member = team.members.iter().find(|member| Some(member.who) == who && team.had(member.who, today));
    let json = shown(member.ok_or(Problem::Missing("Team member not found"))?, team, &book);
    Ok(Reply::typed(StatusCode::OK, "application/json", json.to_string()).rows(1))
}

fn shown(member: &Membership, team: &Team, book: &Book) -> Value {
    let account = book.authors.get(member.who).map_or("", |author| author.account_id.as_str());
    let own = format!("{PUBLIC}/4/team-memberships/team/{}/member/{account}", team.id);
    json!({
        "team": {"self": team.address()}, "member": person(book, member.who),
        "memberships": {"self": own, "active": member.json(team, book)},
    })
}

/// All memberships that ever were, of a team or of one person in it.
pub(super) fn memberships(ask: &Ask<'_>, id: &str, account: Option<&str>) -> Answer {
    let book = ask.tempo.book();
    let team = team(&book, id)?;
    let who = account.map(|account| book.author_with(account));
    let all = team.members.iter().filter(|member| who.is_none_or(|who| who == Some(member.who)));
    let all: Vec<_> = all.collect();
    paging::page(ask, &all, |member| member.json(team, &book).to_string())
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Search {
    team_ids: Vec<u64>,
    account_ids: Vec<String>,
}

pub(super) fn search(ask: &Ask<'_>) -> Answer {
    let search: Search = ask.json()?;
    let book = ask.tempo.book();
    let accounts: Vec<_> = search.account_ids.iter().map(|account| book.author_with(account)).collect();
    let teams =
        book.teams.iter().filter(|team| search.team_ids.is_empty() || search.team_ids.contains(&team.id));
    let all = teams.flat_map(|team| team.members.iter().map(move |member| (team, member)));
    let all: Vec<_> =
        all.filter(|(_, member)| accounts.is_empty() || accounts.contains(&Some(member.who))).collect();
    paging::page(ask, &all, |(team, member)| member.json(team, &book).to_string())
}

pub(super) fn roles(ask: &Ask<'_>) -> Answer {
    paging::page(ask, &[role()], Value::to_string)
}

/// Who may view whose worklogs; only administrators are told.
pub(super) fn permission_roles(ask: &Ask<'_>) -> Answer {
    if ask.limited {
        return Err(Problem::Forbidden);
    }
    let book = ask.tempo.book();
    let user = |account: &str| json!({"self": format!("{}/rest/api/2/user?accountId={account}", book.site_url), "accountId": account});
    let entity = |id: u64| json!({"self": format!("{PUBLIC}/4/teams/{id}"), "id": id});
    let open: Vec<_> = OPEN_TEAMS.iter().map(|id| entity(*id)).collect();
    let view = json!([{"key": "permissions.worklog.view"}]);
    let roles = [
        json!({"self": format!("{PUBLIC}/4/permission-roles/5"), "id": 5, "name": "Tempo administrators",
            "accessType": "GLOBAL", "editable": false, "accessEntities": [], "permissions": view,
            "permittedUsers": [user(FULL_ACCOUNT)]}),
        json!({"self": format!("{PUBLIC}/4/permission-roles/6"), "id": 6, "name": "Guests of two teams",
            "accessType": "TEAM", "editable": true, "accessEntities": open, "permissions": view,
            "permittedUsers": [user(LIMITED_ACCOUNT)]}),
    ];
    let of_teams = book.teams.iter().map(|team| {
        json!({"self": format!("{PUBLIC}/4/permission-roles/{}", 10 + team.id), "id": 10 + team.id,
            "name": format!("{} leads", team.name), "accessType": "TEAM", "editable": true,
            "accessEntities": [entity(team.id)], "permissions": view, "permittedUsers": [person(&book, team.lead)]})
    });
    let all: Vec<_> = roles.into_iter().chain(of_teams).collect();
    paging::page(ask, &all, Value::to_string)
}
