//! What Tempo's ids stand for: accounts, attributes of worklogs, and who was in which team when. Read once per walk, and
//! only if there is a worklog to be named by it. A list that the token may not see leaves its ids unnamed.

use std::collections::HashMap;

use chrono::NaiveDate;
use daybook_core::ports::source::SourceError;
use serde_json::Value;

use super::KIND;
use super::site::{Question, Site, unasked};
use crate::http::{Failed, Tally};
use crate::object::{Object, mended};
use crate::page_size::PageSize;

/// Lists that are read.
pub(super) const LISTS: u64 = 3;
/// Rows of a list asked for at once.
const ROWS: u32 = 1_000;
/// No site has more pages of teams or accounts; a list that goes on repeats itself.
const MOST_PAGES: u32 = 100;
/// The attribute that holds the account everywhere, also where the list of attributes may not be seen.
const ACCOUNT: &str = "_Account_";

/// What ids stand for.
#[derive(Debug, Default)]
pub(super) struct References {
    /// Names by key.
    accounts: HashMap<String, String>,
    attributes: HashMap<String, Attribute>,
    /// By account of the member.
    memberships: HashMap<String, Vec<Membership>>,
}

#[derive(Debug)]
struct Attribute {
    name: String,
    is_account: bool,
    /// Labels of its values.
    names: HashMap<String, String>,
}

#[derive(Debug)]
struct Membership {
    team: String,
    from: Option<NaiveDate>,
    /// The first day on which it is over.
    until: Option<NaiveDate>,
}

impl References {
    pub(super) async fn read(site: &Site, tally: &mut Tally) -> Result<Self, SourceError> {
        let mut references = Self::default();
        let with_members = vec![("includeMemberships", "true".to_owned())];
        let teams = Question::list("list the teams", "/4/teams", with_members);
        each(site, &teams, tally, |row| references.add_team(row)).await?;
        let accounts = Question::list("list the accounts", "/4/accounts", Vec::new());
        each(site, &accounts, tally, |row| {
            let (key, name) = (owned(row, "key")?, owned(row, "name")?);
            references.accounts.insert(key, name)
        })
        .await?;
        let attributes = Question::list("list the attributes", "/4/work-attributes", Vec::new());
        each(site, &attributes, tally, |row| {
            let attribute = Attribute {
                name: owned(row, "name")?,
                is_account: row.text("type").as_deref() == Some("ACCOUNT"),
                names: row.json("names").map(texts).unwrap_or_default(),
            };
            references.attributes.insert(owned(row, "key")?, attribute)
        })
        .await?;
        Ok(references)
    }

    /// Takes a team as it is listed; gives nothing.
    fn add_team(&mut self, team: &Object<'_>) -> Option<()> {
        let name = owned(team, "name")?;
        let memberships = team.object("memberships")?;
        for membership in memberships.elements("values") {
            let Some(membership) = Object::read(membership.get()) else { continue };
            let Some(member) = membership.object("member").and_then(|member| owned(&member, "accountId"))
            else {
                continue;
            };
            let day = |name: &str| membership.text(name)?.parse::<NaiveDate>().ok();
            let until = day("to").or_else(|| day("inclusiveTo")?.succ_opt());
            let membership = Membership { team: name.clone(), from: day("from"), until };
            self.memberships.entry(member).or_default().push(membership);
        }
        Some(())
    }

    /// The name of an account.
    pub(super) fn account<'a>(&'a self, key: &'a str) -> &'a str {
        self.accounts.get(key).map_or(key, String::as_str)
    }

    /// Whether an attribute's value is the key of an account.
    pub(super) fn is_account(&self, attribute: &str) -> bool {
        self.attributes.get(attribute).map_or(attribute == ACCOUNT, |attribute| attribute.is_account)
    }

    /// What an attribute and its value are called.
    pub(super) fn named<'a>(&'a self, attribute: &'a str, value: &'a str) -> (&'a str, &'a str) {
        match self.attributes.get(attribute) {
            Some(known) => (&known.name, known.names.get(value).map_or(value, String::as_str)),
            None => (attribute.trim_matches('_'), value),
        }
    }

    /// The teams that somebody was in on a day.
    pub(super) fn teams(&self, account_id: &str, day: NaiveDate) -> impl Iterator<Item = &str> {
        let of_them = self.memberships.get(account_id).into_iter().flatten();
        let was_in = move |membership: &&Membership| {
            membership.from.is_none_or(|from| from <= day) && membership.until.is_none_or(|until| day < until)
        };
        of_them.filter(was_in).map(|membership| membership.team.as_str())
    }
}

/// Reads a list to its end.
async fn each<T>(
    site: &Site,
    question: &Question,
    tally: &mut Tally,
    mut take: impl FnMut(&Object<'_>) -> Option<T>,
) -> Result<(), SourceError> {
    let (mut rows, mut offset) = (PageSize::new(ROWS), 0);
    for _ in 0..MOST_PAGES {
        let page = match site.page(question, offset, &mut rows, tally).await {
            Ok(page) => page,
            Err(Failed::Rejected(rejection)) if matches!(rejection.status, 403 | 404) => {
                tracing::info!(source = %KIND, call.doing = question.doing, "the token may not; ids stay unnamed");
                return Ok(());
            }
            Err(failed) => return Err(unasked(question, failed)),
        };
        for row in page.rows() {
            if let Some(row) = Object::read(&mended(row)) {
                take(&row);
            }
        }
        if page.outline.is_last() || page.is_empty() {
            return Ok(());
        }
        offset += page.outline.rows;
    }
    let said = format!("pages repeat: the list has no end after {MOST_PAGES} pages");
    Err(SourceError::Broken { source_kind: KIND, doing: question.doing, said })
}

fn owned(object: &Object<'_>, name: &str) -> Option<String> {
    object.text(name).filter(|text| !text.is_empty()).map(Into::into)
}

/// The members of an object that are texts.
fn texts(json: &str) -> HashMap<String, String> {
    let members: HashMap<String, Value> = serde_json::from_str(json).unwrap_or_default();
    members.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_in_a_team_until_the_day_before_it_is_over() {
        let mut references = References::default();
        let team = r#"{"id":3,"name":"Portal","memberships":{"values":[
            {"member":{"accountId":"a"},"from":"2026-01-01","to":"2026-03-01"},
            {"member":{"accountId":"b"},"from":"2026-01-01","inclusiveTo":"2026-02-28"},
            {"member":{"accountId":"c"}},{"member":null},7]}}"#;
        references.add_team(&Object::read(team).unwrap());
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (who, on, is_in) in [
            ("a", "2025-12-31", false),
            ("a", "2026-01-01", true),
            ("a", "2026-02-28", true),
            ("a", "2026-03-01", false),
            ("b", "2026-02-28", true),
            ("b", "2026-03-01", false),
            ("c", "1999-01-01", true),
            ("d", "2026-01-02", false),
        ] {
            assert_eq!(references.teams(who, day(on)).next().is_some(), is_in, "{who} {on}");
        }
    }
}
