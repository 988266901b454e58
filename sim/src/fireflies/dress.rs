//! Fireflies' dress for the meetings of the made-up company: who was there, who may see it, what was heard and when.

use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::analytics;
use super::summary;
use super::team::{self, Company, user_id};
use crate::world::meetings::{Guest, Said, Saying, Talk, Voice};
use crate::world::{Chance, Meeting, Occasion, PROJECTS};

/// So often does whoever sees less take part.
const GUEST_PERCENT: u64 = 9;

/// Meetings about security are not for everybody.
fn is_closed(meeting: &Meeting) -> bool {
    PROJECTS[meeting.project].closed
}

/// What the recording was good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    All,
    Nothing,
    /// The words are there, the summary failed.
    NoSummary,
}

fn heard(meeting: &Meeting) -> Heard {
    match Chance::of(meeting.number, &[60]).below(100) {
        0..2 => Heard::Nothing,
        2 => Heard::NoSummary,
        _ => Heard::All,
    }
}

/// All that is known without listening.
pub(super) fn head(company: &Company, meeting: &Meeting, id: &str) -> Map<String, Value> {
    let mut chance = Chance::of(meeting.number, &[61]);
    let (present, guest) = (company.present(meeting), company.guest(meeting));
    let organizer = company.person(present.first().copied().unwrap_or_default());
    let host = if chance.percent(90) { organizer } else { company.person(chance.pick(&present)) };
    let link = meeting_link(&mut chance);
    let participants = participants(company, &present, guest.as_ref(), &mut chance);
    let workspace: Vec<_> = present.iter().map(|who| company.person(*who).email.as_str()).collect();
    let with_fireflies: Vec<_> = workspace.iter().filter(|_| chance.percent(70)).collect();
    let moment = DateTime::from_timestamp_millis(meeting.starts).unwrap_or_default();
    let calendar = format!("{:x}@google.com", meeting.number);
    let (silent, status) = match heard(meeting) {
        Heard::All => (false, "processed"),
        Heard::Nothing => (true, "skipped"),
        Heard::NoSummary => (false, "failed"),
    };
    let head = json!({
        "id": id,
        "title": title(meeting, guest.as_ref(), &link, &mut chance),
        "date": float(meeting.starts), "dateString": moment.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "privacy": privacy(meeting, &mut chance), "is_live": false,
        "organizer_email": organizer.email, "host_email": host.email,
        "user": {"user_id": user_id(&organizer.email), "email": organizer.email, "name": organizer.name},
        "participants": participants, "fireflies_users": with_fireflies, "workspace_users": workspace,
        "meeting_attendees": attendees(company, &present, guest.as_ref(), &mut chance),
        "channels": team::channel_of(meeting, &mut chance).into_iter().collect::<Vec<_>>(),
        "shared_with": shared(company, meeting, &mut chance),
        "transcript_url": format!("https://app.fireflies.ai/view/{id}"),
        "audio_url": format!("https://cdn.fireflies.ai/{id}/audio.mp3?Expires={}", meeting.starts / 1_000 + 86_400),
        "video_url": null, "meeting_link": (!chance.percent(8)).then_some(link),
        "calendar_id": calendar, "cal_id": format!("{calendar}_{}", moment.format("%Y%m%dT%H%M%SZ")),
        "calendar_type": if chance.percent(95) { Some("google") } else { None },
        "meeting_info": {"summary_status": status, "silent_meeting": silent, "fred_joined": !chance.percent(4)},
    });
    members(head)
}

/// Adds what needs listening: how long it took, who spoke, what it came to.
pub(super) fn listened(company: &Company, meeting: &Meeting, head: &mut Map<String, Value>) {
    let talk = company.talk(meeting);
    let times = times(meeting, &talk);
    let last = times.last().map_or(0.0, |(_, end)| *end);
    let recording = heard(meeting);
    let seconds = if recording == Heard::Nothing { 240.0 } else { last + 9.0 };
    let (speakers, by) = speakers(company, meeting, &talk);
    let analytics = analytics::of(&talk, &times, &speakers, &by);
    let spoke = if recording == Heard::Nothing { Vec::new() } else { speakers };
    let more = json!({
        "duration": hundredths(seconds / 60.0),
        "speakers": spoke.iter().enumerate().map(|(id, name)| json!({"id": id, "name": name})).collect::<Vec<_>>(),
        "meeting_attendance": attendance(company, meeting, seconds),
        "summary": if recording == Heard::All { summary::of(company, meeting, &talk, &times) } else { Value::Null },
        "analytics": if recording == Heard::Nothing { Value::Null } else { analytics }, "apps_preview": {"outputs": []},
    });
    head.extend(members(more));
}

/// Everything that was said.
pub(super) fn sentences(company: &Company, meeting: &Meeting) -> Value {
    if heard(meeting) == Heard::Nothing {
        return if meeting.number.is_multiple_of(2) { Value::Null } else { json!([]) };
    }
    let talk = company.talk(meeting);
    let times = times(meeting, &talk);
    let (names, by) = speakers(company, meeting, &talk);
    let mut chance = Chance::of(meeting.number, &[62]);
    let all = talk.said.iter().zip(times).zip(by).enumerate().map(|(index, ((said, (start, end)), speaker))| {
        // Sometimes nobody knows who it was.
        let known = !chance.percent(1);
        let text = if chance.percent(2) { said.words.replacen(' ', "\u{a0}", 1) } else { said.words.clone() };
        json!({
            "index": index, "speaker_id": known.then_some(speaker), "speaker_name": known.then(|| &names[speaker]),
            "text": text, "raw_text": raw(&said.words), "start_time": start, "end_time": end,
            "ai_filters": if chance.percent(10) { Value::Null } else { filters(said) },
        })
    });
    all.collect()
}

fn raw(words: &str) -> String {
    words.to_lowercase().trim_end_matches(['.', '?', '!']).to_owned()
}

fn filters(said: &Said) -> Value {
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
    json!({
        "text_cleanup": said.words, "task": (said.saying == Saying::Task).then_some(&said.words), "pricing": null,
        "metric": null, "question": (said.saying == Saying::Question).then_some(&said.words),
        "date_and_time": days.iter().find(|day| said.words.contains(**day)), "sentiment": "neutral",
    })
}

/// When each sentence begins and ends, in seconds.
pub(super) fn times(meeting: &Meeting, talk: &Talk) -> Vec<(f64, f64)> {
    let mut chance = Chance::of(meeting.number, &[63]);
    // Until the last has come in.
    let mut now = chance.between(500, 11_000);
    let times = talk.said.iter().enumerate().map(|(place, said)| {
        // Before each point somebody looks for it.
        if talk.points.iter().any(|point| point.first == place) {
            now += chance.between(600, 4_500);
        }
        let words = i64::try_from(said.words.split(' ').count()).unwrap_or(1);
        let start = now;
        let end = start + words * chance.between(28, 44) + 30;
        now = end + chance.between(15, 480);
        (float(start) / 100.0, float(end) / 100.0)
    });
    times.collect()
}

/// Their names in the order in which they first spoke, and the place of each sentence's speaker among them.
fn speakers(company: &Company, meeting: &Meeting, talk: &Talk) -> (Vec<String>, Vec<usize>) {
    let guest = company.guest(meeting);
    // A voice that the vendor has never heard has a number.
    let stranger = Chance::of(meeting.number, &[64]).percent(35);
    let mut voices: Vec<Voice> = Vec::new();
    let mut by = Vec::with_capacity(talk.said.len());
    for said in &talk.said {
        let place = voices.iter().position(|voice| *voice == said.by).unwrap_or(voices.len());
        if place == voices.len() {
            voices.push(said.by);
        }
        by.push(place);
    }
    let names = voices.iter().enumerate().map(|(place, voice)| match (voice, &guest) {
        (Voice::Person(who), _) => company.person(*who).name.to_owned(),
        (Voice::Guest, Some(guest)) if !stranger => guest.name.to_owned(),
        (Voice::Guest, _) => format!("Speaker {}", place + 1),
    });
    (names.collect(), by)
}

fn title(meeting: &Meeting, guest: Option<&Guest>, link: &str, chance: &mut Chance) -> Option<String> {
    let project = PROJECTS[meeting.project].name;
    match chance.below(100) {
        0..3 => return None,
        // Nobody named it.
        3 => return Some(link.trim_start_matches("https://").to_owned()),
        _ => {}
    }
    Some(match meeting.occasion {
        Occasion::Weekly => format!("{project} weekly"),
        Occasion::Planning => format!("{project}: sprint planning"),
        Occasion::Retrospective => format!("{project} retro"),
        Occasion::Client => format!("Call with {}", guest.map_or("a port", |guest| guest.name)),
        Occasion::Incident => format!("Incident call, {project}"),
        Occasion::Sync => format!("{project} sync"),
    })
}

fn privacy(meeting: &Meeting, chance: &mut Chance) -> &'static str {
    let dice = chance.below(100);
    match (meeting.occasion, dice) {
        _ if is_closed(meeting) => {
            if dice < 30 {
                "owner"
            } else {
                "participants"
            }
        }
        (_, 0..4) | (Occasion::Client, 9..16) => "link",
        (_, 4..9) => "owner",
        (Occasion::Client | Occasion::Retrospective, _) | (_, 9..40) => "participants",
        (_, 40..75) => "teammatesandparticipants",
        _ => "teammates",
    }
}

/// Addresses, as untidy as calendars are.
fn participants(
    company: &Company,
    present: &[usize],
    guest: Option<&Guest>,
    chance: &mut Chance,
) -> Vec<Value> {
    let mut emails: Vec<String> = present.iter().map(|who| company.person(*who).email.clone()).collect();
    emails.extend(guest.map(|guest| guest.email.clone()));
    if chance.percent(GUEST_PERCENT) {
        emails.push(company.guest.clone());
    }
    if chance.percent(3) {
        let last = emails.pop().unwrap_or_default();
        let first = emails.pop().unwrap_or_default();
        emails.push(format!("{first},{last}"));
    }
    if chance.percent(4) {
        emails = emails.into_iter().map(|email| email.to_uppercase()).collect();
    }
    let mut list: Vec<Value> = emails.into_iter().map(Value::from).collect();
    match chance.below(100) {
        0..2 => list.push(Value::Null),
        2..4 => list.push("".into()),
        _ => {}
    }
    list
}

fn attendees(company: &Company, present: &[usize], guest: Option<&Guest>, chance: &mut Chance) -> Vec<Value> {
    let attendee = |name: Option<&str>, email: Option<&str>| json!({"displayName": name, "email": email, "name": null, "phoneNumber": null, "location": null});
    let mut list = Vec::new();
    for who in present {
        let person = company.person(*who);
        list.push(attendee(chance.percent(60).then_some(person.name), Some(&person.email)));
        // Whoever accepted twice is there twice.
        if chance.percent(4) {
            list.push(attendee(Some(person.name), Some(&person.email)));
        }
    }
    list.extend(guest.map(|guest| attendee(None, Some(&guest.email))));
    if chance.percent(5) {
        list.push(attendee(Some("Meeting room Quay 3"), None));
    }
    list
}

fn attendance(company: &Company, meeting: &Meeting, seconds: f64) -> Vec<Value> {
    let mut chance = Chance::of(meeting.number, &[65]);
    let moment = |at: i64| {
        DateTime::from_timestamp_millis(at).map(|at| at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
    };
    let end = meeting.starts + super::transcript::rounded(seconds * 1_000.0);
    let all = company.present(meeting).into_iter().map(|who| {
        let joined = meeting.starts + chance.between(0, 90_000);
        json!({"name": company.person(who).name, "join_time": moment(joined), "leave_time": moment(end)})
    });
    all.collect()
}

fn shared(company: &Company, meeting: &Meeting, chance: &mut Chance) -> Vec<Value> {
    let until = |days: i64| {
        DateTime::from_timestamp_millis(meeting.starts + days * 86_400_000)
            .map(|day| day.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
    };
    match chance.below(100) {
        0..3 => vec![
            json!({"email": "auditor@tideline-audit.example", "name": "Auditor", "expires_at": until(30)}),
        ],
        3..5 => vec![
            json!({"email": company.guest, "name": null, "expires_at": until(if chance.percent(50) { 7 } else { 700 })}),
        ],
        5..7 => vec![json!({"email": "board@birchlane.example", "name": "Board", "expires_at": null})],
        _ => Vec::new(),
    }
}

fn meeting_link(chance: &mut Chance) -> String {
    let mut letters = |count: usize| -> String {
        (0..count).map(|_| char::from(b'a' + u8::try_from(chance.below(26)).unwrap_or(0))).collect()
    };
    format!("https://meet.google.com/{}-{}-{}", letters(3), letters(4), letters(3))
}

#[expect(clippy::cast_precision_loss, reason = "moments and hundredths need no more than 53 bits")]
pub(super) fn float(number: i64) -> f64 {
    number as f64
}

pub(super) fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
