//! Who may see a meeting: its owner always, others as its privacy says. What cannot be told lets nobody in.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use daybook_core::model::audience::Audience;

use super::people::{MAIL, addresses, listed};
use crate::object::Object;
use crate::time;

/// The token that stands for everybody of the team.
pub(super) const TEAM: &str = "fireflies:teammates";

/// What decides beside the meeting itself.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    /// Whether the team is all members of the workspace.
    pub(super) team_is_members: bool,
    /// The members of each channel; `None`: they could not be had.
    pub(super) channels: Option<HashMap<String, Channel>>,
    pub(super) now: DateTime<Utc>,
}

/// A channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Channel {
    pub(super) is_private: bool,
    pub(super) members: BTreeSet<String>,
}

/// Who may read a meeting because of its privacy.
struct Readers {
    named: BTreeSet<String>,
    is_team_in: bool,
}

pub(super) fn audience(meeting: &Object<'_>, rules: &Rules) -> Audience {
    let owners = owners(meeting);
    let mut readers = readers(meeting);
    readers.named.extend(shares(meeting, rules.now));
    if let Some(members) = narrowed(meeting, rules) {
        let is_in = |address: &String| members.contains(address);
        readers.named =
            if readers.is_team_in { members } else { readers.named.into_iter().filter(is_in).collect() };
        readers.is_team_in = false;
    }
    if readers.is_team_in && rules.team_is_members {
        return Audience::Members;
    }
    let named = owners.into_iter().chain(readers.named);
    let mut tokens: BTreeSet<String> = named.map(|address| format!("{MAIL}{address}")).collect();
    if readers.is_team_in {
        tokens.insert(TEAM.to_owned());
    }
    if tokens.is_empty() { Audience::Unknown } else { Audience::Only(tokens) }
}

/// Whether it takes the members of channels to tell who may see it.
pub(super) fn needs_channels(meeting: &Object<'_>) -> bool {
    channels(meeting).unwrap_or_default().iter().any(|(_, says_private)| *says_private != Some(false))
}

fn owners(meeting: &Object<'_>) -> BTreeSet<String> {
    let fields = ["organizer_email", "host_email"].map(|field| meeting.text(field));
    let user = meeting.object("user").and_then(|user| user.text("email").map(|email| addresses(&email)));
    let fields = fields.into_iter().flatten().flat_map(|field| addresses(&field));
    fields.chain(user.into_iter().flatten()).collect()
}

fn readers(meeting: &Object<'_>) -> Readers {
    let mut participants: BTreeSet<String> = listed(meeting, "participants").into_iter().collect();
    for guest in meeting.elements("meeting_attendees") {
        let guest = Object::read(guest.get());
        let email = guest.and_then(|guest| guest.text("email").map(|email| addresses(&email)));
        participants.extend(email.into_iter().flatten());
    }
    let privacy = meeting.text("privacy").unwrap_or_default().to_lowercase().replace(['_', '-', ' '], "");
    let (named, is_team_in) = match privacy.as_str() {
        "participants" => (participants, false),
        "participatingteammates" => {
            let team: BTreeSet<String> = listed(meeting, "workspace_users").into_iter().collect();
            (participants.intersection(&team).cloned().collect(), false)
        }
        "teammates" => (BTreeSet::new(), true),
        // Whoever has the link could read it; a search is no link.
        "teammatesandparticipants" | "link" => (participants, true),
        _ => (BTreeSet::new(), false),
    };
    Readers { named, is_team_in }
}

/// With whom it is shared now. A share whose end cannot be read has ended.
fn shares(meeting: &Object<'_>, now: DateTime<Utc>) -> Vec<String> {
    let shares = meeting.elements("shared_with").into_iter().filter_map(|share| Object::read(share.get()));
    let is_open = |share: &Object<'_>| match share.json("expires_at") {
        None => true,
        Some(end) => time::moment(end).is_some_and(|end| end > now),
    };
    let open = shares.filter(is_open).filter_map(|share| share.text("email").map(|email| addresses(&email)));
    open.flatten().collect()
}

/// The members of the private channels that it lies in; `None`: it lies in none.
fn narrowed(meeting: &Object<'_>, rules: &Rules) -> Option<BTreeSet<String>> {
    // Where it lies was not said: then nobody is known to be let in.
    let Some(channels) = channels(meeting) else { return Some(BTreeSet::new()) };
    let (mut is_narrow, mut members) = (false, BTreeSet::new());
    for (id, says_private) in channels {
        let known = rules.channels.as_ref().and_then(|channels| channels.get(&id));
        // One that is not listed is not shown to this credential.
        if says_private.unwrap_or_else(|| known.is_none_or(|known| known.is_private)) {
            is_narrow = true;
            members.extend(known.iter().flat_map(|known| known.members.iter().cloned()));
        }
    }
    is_narrow.then_some(members)
}

/// The channels of a meeting, and whether each says that it is private. `None`: it does not say where it lies.
fn channels(meeting: &Object<'_>) -> Option<Vec<(String, Option<bool>)>> {
    meeting.json("channels").filter(|json| json.starts_with('['))?;
    let read = |channel: &str| {
        let Some(channel) = Object::read(channel) else { return (String::new(), None) };
        let is_private = match channel.json("is_private") {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        };
        (channel.id("id").unwrap_or_default().into_owned(), is_private)
    };
    Some(meeting.elements("channels").into_iter().map(|channel| read(channel.get())).collect())
}

/// Reads the list of channels.
pub(super) fn members(list: &str) -> HashMap<String, Channel> {
    let channels: Vec<&serde_json::value::RawValue> = serde_json::from_str(list).unwrap_or_default();
    let channels = channels.into_iter().filter_map(|channel| Object::read(channel.get()));
    let read = |channel: Object<'_>| {
        let id = channel.id("id")?.into_owned();
        let members = channel.elements("members").into_iter().filter_map(|member| Object::read(member.get()));
        let members = members.filter_map(|member| member.text("email").map(|email| addresses(&email)));
        let is_private = channel.json("is_private") != Some("false");
        Some((id, Channel { is_private, members: members.flatten().collect() }))
    };
    channels.filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(rest: &str, channels: Option<&str>, team_is_members: bool) -> String {
        let meeting = format!(
            r#"{{"organizer_email":"Own@x.example","participants":["p@x.example","t@x.example"],"workspace_users":["t@x.example","own@x.example"],
                "meeting_attendees":[{{"email":"a@y.example"}}],{rest}}}"#
        );
        let now = "2026-11-24T15:00:00Z".parse().unwrap();
        let rules = Rules { team_is_members, channels: channels.map(members), now };
        match audience(&Object::read(&meeting).unwrap(), &rules) {
            Audience::Only(tokens) => tokens.into_iter().collect::<Vec<_>>().join(" "),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn privacy_is_read_in_both_spellings_and_what_is_unknown_is_the_owners() {
        let (own, team) = ("mail:own@x.example", "fireflies:teammates");
        let all = "mail:a@y.example mail:own@x.example mail:p@x.example mail:t@x.example";
        for (privacy, expected) in [
            ("owner", own.to_owned()),
            ("participants", all.to_owned()),
            ("participating_teammates", format!("{own} mail:t@x.example")),
            ("participatingteammates", format!("{own} mail:t@x.example")),
            ("teammates", format!("{team} {own}")),
            ("teammatesandparticipants", format!("{team} {all}")),
            ("teammates_and_participants", format!("{team} {all}")),
            ("link", format!("{team} {all}")),
            ("everybody", own.to_owned()),
        ] {
            let rest = format!(r#""privacy":"{privacy}","channels":[]"#);
            assert_eq!(seen(&rest, None, false), expected, "{privacy}");
        }
        assert_eq!(seen(r#""privacy":null,"channels":[]"#, None, false), own);
        assert_eq!(seen(r#""privacy":"teammates","channels":[]"#, None, true), "Members");
        assert_eq!(seen(r#""privacy":"participants","channels":[]"#, None, true), all);
    }

    #[test]
    fn shares_hold_until_they_end() {
        let rest = r#""privacy":"owner","channels":[],"shared_with":[{"email":"s@z.example","expires_at":"2026-12-20T00:00:00.000Z"},
            {"email":"old@z.example","expires_at":"2026-11-20T00:00:00.000Z"},{"email":"odd@z.example","expires_at":"soon"},
            {"email":"for@ever.example","expires_at":null},{"email":null}]"#;
        assert_eq!(seen(rest, None, false), "mail:for@ever.example mail:own@x.example mail:s@z.example");
    }

    #[test]
    fn a_private_channel_lets_in_its_members_alone() {
        let list = r#"[{"id":"c","is_private":true,"members":[{"email":"P@x.example"},{"email":"m@x.example"}]},{"id":"o","is_private":false,"members":[]}]"#;
        let own = "mail:own@x.example";
        let meeting = |privacy: &str, channel: &str| {
            format!(r#""privacy":"{privacy}","channels":[{{"id":"{channel}","is_private":null}}]"#)
        };
        assert_eq!(seen(&meeting("participants", "c"), Some(list), false), format!("{own} mail:p@x.example"));
        let of_team = "mail:m@x.example mail:own@x.example mail:p@x.example";
        assert_eq!(seen(&meeting("teammates", "c"), Some(list), true), of_team);
        assert_eq!(seen(&meeting("teammates", "c"), None, false), own);
        assert_eq!(seen(&meeting("teammates", "unlisted"), Some(list), false), own);
        let open = r#""privacy":"teammates","channels":[{"id":"o","is_private":false}]"#;
        assert_eq!(seen(open, Some(list), false), format!("fireflies:teammates {own}"));
        assert_eq!(seen(r#""privacy":"teammates","channels":null"#, Some(list), false), own);
    }

    #[test]
    fn without_anybody_nobody_but_admins() {
        let meeting = Object::read(r#"{"privacy":"participants","channels":[]}"#).unwrap();
        let rules = Rules { team_is_members: false, channels: None, now: DateTime::UNIX_EPOCH };
        assert_eq!(audience(&meeting, &rules), Audience::Unknown);
    }
}
