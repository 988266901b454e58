//! Who works there. They stay the same whatever the seed: other vendors know them too.

use super::chance::Chance;

/// One of the company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) email: String,
    /// The Atlassian account, in one of the forms that Cloud uses.
    pub(crate) account_id: String,
    /// The project that they work on: its place.
    pub(crate) team: usize,
    pub(crate) skill: Skill,
    pub(crate) zone: &'static str,
    /// Whether their profile shows the address.
    pub(crate) shows_email: bool,
    /// Days before now on which they left.
    pub(crate) left: Option<i64>,
}

/// What they are good at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Skill {
    Lead,
    Builder,
    Tester,
    Product,
}

use Skill::{Builder, Lead, Product, Tester};

const STOCKHOLM: &str = "Europe/Stockholm";
const LISBON: &str = "Europe/Lisbon";
const HELSINKI: &str = "Europe/Helsinki";
const WARSAW: &str = "Europe/Warsaw";
const DUBLIN: &str = "Europe/Dublin";
const TORONTO: &str = "America/Toronto";

/// Name, team, skill, zone, and days since they left.
const STAFF: [(&str, usize, Skill, &str, Option<i64>); 42] = [
    ("Mara Lindqvist", 0, Lead, STOCKHOLM, None),
    ("Tomas Okafor", 0, Builder, TORONTO, None),
    ("Elin Sandberg", 0, Builder, STOCKHOLM, None),
    ("Jonas Weidmann", 0, Builder, "Europe/Berlin", None),
    ("Priya Raman", 0, Tester, STOCKHOLM, None),
    ("Lotta Ekström", 0, Product, STOCKHOLM, None),
    ("Samuel Adeyemi", 0, Builder, DUBLIN, Some(410)),
    ("Henrik Dahl", 1, Lead, "Europe/Copenhagen", None),
    ("Beatriz Nunes", 1, Builder, LISBON, None),
    ("Marek Kowalczyk", 1, Builder, WARSAW, None),
    ("Clara Hoffmann", 1, Product, "Europe/Berlin", None),
    ("Ville Niemi", 1, Tester, HELSINKI, None),
    ("Aino Korhonen", 2, Lead, HELSINKI, None),
    ("Rasmus Holm", 2, Builder, "Europe/Copenhagen", None),
    ("Fatima Zahra Benali", 2, Builder, "Europe/Paris", None),
    ("Gustav Nyström", 2, Tester, STOCKHOLM, None),
    ("Oona Laine", 2, Product, HELSINKI, None),
    ("Peter Vogel", 2, Builder, "Europe/Berlin", Some(230)),
    ("Joana Figueira", 3, Lead, LISBON, None),
    ("Daniel Moreau", 3, Builder, "Europe/Paris", None),
    ("Sigrid Aasen", 3, Builder, "Europe/Oslo", None),
    ("Hugo Almeida", 3, Tester, LISBON, None),
    ("Kwame Boateng", 3, Product, DUBLIN, None),
    ("Piotr Zieliński", 4, Lead, WARSAW, None),
    ("Agnieszka Wrona", 4, Builder, WARSAW, None),
    ("Lars Petersen", 4, Builder, "Europe/Copenhagen", None),
    ("Yuki Tanaka", 4, Tester, TORONTO, None),
    ("Carmen Iglesias", 4, Product, "Europe/Madrid", None),
    ("Noah Bergström", 4, Builder, STOCKHOLM, Some(95)),
    ("Nadia Rahmani", 5, Lead, STOCKHOLM, None),
    ("Oskar Lund", 5, Builder, STOCKHOLM, None),
    ("Miguel Santos", 5, Builder, LISBON, None),
    ("Hanna Virtanen", 5, Tester, HELSINKI, None),
    ("Benedikt Krämer", 5, Builder, "Europe/Berlin", None),
    ("Saoirse Byrne", 6, Lead, DUBLIN, None),
    ("Liam Gallagher", 6, Builder, DUBLIN, None),
    ("Ida Mikkelsen", 6, Builder, "Europe/Copenhagen", None),
    ("Zofia Nowak", 6, Product, WARSAW, None),
    ("Anton Berg", 6, Builder, STOCKHOLM, Some(560)),
    ("Ingrid Solheim", 7, Lead, "Europe/Oslo", None),
    ("Rohan Mehta", 7, Builder, TORONTO, None),
    ("Elisabeth Falk", 7, Product, STOCKHOLM, None),
];

/// Everybody, in an order that never changes.
pub(crate) fn everybody() -> Vec<Person> {
    STAFF
        .iter()
        .map(|(name, team, skill, zone, left)| {
            let mut chance = Chance::of(0, &name.bytes().map(u64::from).collect::<Vec<_>>());
            Person {
                name,
                email: format!("{}@birchlane.example", plain(name)),
                account_id: account_id(&mut chance),
                team: *team,
                skill: *skill,
                zone,
                shows_email: chance.percent(60),
                left: *left,
            }
        })
        .collect()
}

/// The form depends on the year in which an account was made.
fn account_id(chance: &mut Chance) -> String {
    let (form, high, low) = (chance.below(10), chance.number(), chance.number());
    let uuid = format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    );
    match form {
        0..=5 => format!("712020:{uuid}"),
        6..=7 => format!("557058:{uuid}"),
        _ => format!("5b{high:016x}{:06x}", low & 0xff_ffff),
    }
}

/// First name and family name without marks: `mara.lindqvist`.
fn plain(name: &str) -> String {
    let letter = |letter: char| match letter {
        'ö' | 'ø' => 'o',
        'ä' | 'å' => 'a',
        'ń' => 'n',
        ' ' => '.',
        other => other,
    };
    name.to_lowercase().chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::lexicon::PROJECTS;
    use std::collections::BTreeSet;

    #[test]
    fn everybody_is_somebody_else() {
        let people = everybody();
        let accounts: BTreeSet<_> = people.iter().map(|person| &person.account_id).collect();
        let emails: BTreeSet<_> = people.iter().map(|person| &person.email).collect();
        assert_eq!((accounts.len(), emails.len()), (people.len(), people.len()));
        assert!(emails.iter().all(|email| email.is_ascii()), "{emails:?}");
        assert_eq!(people, everybody());
    }

    #[test]
    fn every_project_is_led_by_somebody_of_its_team_who_stayed() {
        for (team, project) in PROJECTS.iter().enumerate() {
            let lead = everybody().into_iter().find(|person| person.name == project.lead).unwrap();
            assert_eq!((lead.team, lead.skill, lead.left), (team, Skill::Lead, None));
        }
    }
}
