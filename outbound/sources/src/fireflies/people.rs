//! Who called a meeting, who came, who spoke. Addresses are ids; a speaker whom no address is known of is only a name.

use std::collections::BTreeMap;

use daybook_core::model::document::{Part, Person};

use super::speech::plain;
use crate::object::{Object, text};

/// Somebody named by a meeting without an address: a speaker's label.
const LABEL: &str = "speaker:";
/// Somebody with an address.
pub(super) const MAIL: &str = "mail:";

/// Everybody whom a meeting names.
#[derive(Debug, Default)]
pub(super) struct People {
    /// Address to name, as the guests were listed.
    names: BTreeMap<String, Option<String>>,
    organizers: Vec<String>,
    guests: Vec<String>,
}

impl People {
    pub(super) fn read(meeting: &Object<'_>) -> Self {
        let mut people = Self::default();
        for field in ["organizer_email", "host_email"] {
            let found = meeting.text(field).map(|field| addresses(&field)).unwrap_or_default();
            people.organizers.extend(found);
        }
        people.guests.extend(listed(meeting, "participants"));
        for guest in meeting.elements("meeting_attendees") {
            let Some(guest) = Object::read(guest.get()) else { continue };
            let name = ["displayName", "name"].iter().find_map(|field| guest.text(field).and_then(named));
            for address in guest.text("email").map(|field| addresses(&field)).unwrap_or_default() {
                people.guests.push(address.clone());
                let known = people.names.entry(address).or_default();
                *known = known.take().or_else(|| name.clone());
            }
        }
        people.name_from(meeting.object("user").as_ref());
        for share in meeting.elements("shared_with") {
            people.name_from(Object::read(share.get()).as_ref());
        }
        people
    }

    fn name_from(&mut self, person: Option<&Object<'_>>) {
        let Some(person) = person else { return };
        for address in person.text("email").map(|field| addresses(&field)).unwrap_or_default() {
            let known = self.names.entry(address).or_default();
            *known = known.take().or_else(|| person.text("name").and_then(named));
        }
    }

    /// Once for each part that they have, sorted.
    pub(super) fn persons<'a>(&self, speakers: impl Iterator<Item = &'a str>) -> Vec<Person> {
        let mut persons = BTreeMap::new();
        let mut add = |part: Part, account_id: String, name: String| {
            persons.entry((part, account_id)).or_insert(name);
        };
        for (part, addresses) in [(Part::Organizer, &self.organizers), (Part::Attendee, &self.guests)] {
            for address in addresses {
                add(part, format!("{MAIL}{address}"), self.name(address));
            }
        }
        for speaker in speakers {
            let account_id = match self.address_of(speaker) {
                Some(address) => format!("{MAIL}{address}"),
                None => format!("{LABEL}{speaker}"),
            };
            add(Part::Speaker, account_id, speaker.to_owned());
        }
        let persons = persons.into_iter();
        persons.map(|((part, account_id), name)| Person { part, account_id, name }).collect()
    }

    fn name(&self, address: &str) -> String {
        self.names.get(address).cloned().flatten().unwrap_or_else(|| address.to_owned())
    }

    /// The address of the only one who has that name.
    fn address_of(&self, speaker: &str) -> Option<&str> {
        if speaker.contains('@') {
            return self
                .names
                .keys()
                .chain(&self.guests)
                .map(String::as_str)
                .find(|known| *known == speaker.to_lowercase());
        }
        let is_same = |name: &Option<String>| {
            name.as_ref().is_some_and(|name| name.to_lowercase() == speaker.to_lowercase())
        };
        let mut found = self.names.iter().filter(|(_, name)| is_same(name));
        let (address, _) = found.next()?;
        found.next().is_none().then_some(address)
    }
}

/// The speakers that a meeting lists, whether or not a sentence names them.
pub(super) fn speakers(meeting: &Object<'_>) -> Vec<String> {
    let speakers = meeting.elements("speakers").into_iter().filter_map(|speaker| Object::read(speaker.get()));
    speakers.filter_map(|speaker| speaker.text("name").and_then(named)).collect()
}

/// The addresses in a list of texts.
pub(super) fn listed(meeting: &Object<'_>, field: &str) -> Vec<String> {
    let texts = meeting.elements(field).into_iter().filter_map(|element| text(element.get()));
    texts.flat_map(|text| addresses(&text)).collect()
}

/// The addresses in a text: some vendors' lists hold lists.
pub(super) fn addresses(text: &str) -> Vec<String> {
    let parts = text.split([',', ';', ' ', '<', '>', '"']).map(str::trim);
    parts.filter(|part| is_address(part)).map(str::to_lowercase).collect()
}

fn is_address(text: &str) -> bool {
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    plain
        && text.len() < 320
        && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
}

fn named(name: impl AsRef<str>) -> Option<String> {
    Some(plain(name.as_ref())).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_named_once_a_part_however_their_address_is_written() {
        let meeting = r#"{
            "organizer_email":"Mara@Birchlane.example","host_email":"mara@birchlane.example",
            "participants":["mara@birchlane.example, Ines@port.example",null,"",7,"no address"],
            "meeting_attendees":[{"displayName":"Mara Lindqvist","email":"MARA@birchlane.example"},
                {"displayName":null,"name":"Mara L.","email":"mara@birchlane.example"},{"displayName":"Room 4"},null]
        }"#;
        let people = People::read(&Object::read(meeting).unwrap());
        let persons = people.persons(["mara lindqvist", "Speaker 2", "Speaker 2"].into_iter());
        let short: Vec<_> =
            persons.iter().map(|p| format!("{:?} {} {}", p.part, p.account_id, p.name)).collect();
        assert_eq!(
            short,
            [
                "Organizer mail:mara@birchlane.example Mara Lindqvist",
                "Attendee mail:ines@port.example ines@port.example",
                "Attendee mail:mara@birchlane.example Mara Lindqvist",
                "Speaker mail:mara@birchlane.example mara lindqvist",
                "Speaker speaker:Speaker 2 Speaker 2",
            ]
        );
    }

    #[test]
    fn a_name_that_two_guests_have_is_nobodys_address() {
        let meeting = r#"{"meeting_attendees":[{"name":"Alex","email":"a@x.example"},{"name":"Alex","email":"b@x.example"}]}"#;
        let people = People::read(&Object::read(meeting).unwrap());
        let persons = people.persons(["Alex"].into_iter());
        assert_eq!(persons.last().unwrap().account_id, "speaker:Alex");
    }
}
