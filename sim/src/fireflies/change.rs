//! Edits from outside: meetings that are held, renamed, hidden and deleted while others read them.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::book::Book;
use super::scene::Site;
use super::seed;
use super::team::user_id;
use super::transcript::{Transcript, Words, blank, written};

/// By these an edit is known to be one of a transcript.
pub(super) const WORDS: [&str; 13] = [
    "create_meeting",
    "rename_meeting",
    "set_privacy",
    "delete_transcript",
    "hide_transcript",
    "show_transcript",
    "arrive_transcript",
    "change_sentence",
    "finish_summary",
    "move_to_channel",
    "share_meeting",
    "set_participants",
    "purge_before",
];

/// `{"rename_meeting":{"id":"01K...","title":"Harbour weekly"}}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum Change {
    CreateMeeting(Create),
    RenameMeeting {
        id: String,
        title: Option<String>,
    },
    SetPrivacy {
        id: String,
        privacy: String,
    },
    DeleteTranscript(String),
    HideTranscript(String),
    ShowTranscript(String),
    ArriveTranscript(String),
    #[serde(rename = "change_sentence")]
    Reword {
        id: String,
        index: usize,
        text: String,
    },
    FinishSummary(Finish),
    MoveToChannel {
        id: String,
        channel: Option<String>,
    },
    SetParticipants {
        id: String,
        participants: Vec<String>,
    },
    /// A rule of retention: every meeting that began earlier.
    PurgeBefore(DateTime<Utc>),
    ShareMeeting {
        id: String,
        email: String,
        #[serde(default)]
        expires_at: Option<String>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    #[serde(default)]
    title: Option<String>,
    /// Half an hour ago, if it is not said.
    #[serde(default)]
    starts: Option<DateTime<Utc>>,
    #[serde(default = "half_an_hour")]
    minutes: f64,
    /// An address.
    #[serde(default)]
    organizer: Option<String>,
    #[serde(default)]
    participants: Vec<String>,
    #[serde(default = "usual_privacy")]
    privacy: String,
    #[serde(default)]
    sentences: Vec<Sentence>,
    /// `processing` has no summary.
    #[serde(default = "usual_status")]
    summary_status: String,
    #[serde(default)]
    action_items: Option<String>,
    #[serde(default)]
    overview: Option<String>,
    /// By title or id.
    #[serde(default)]
    channel: Option<String>,
    /// Nobody sees it before.
    #[serde(default)]
    arrives_in_minutes: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentence {
    #[serde(default)]
    speaker: Option<String>,
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Finish {
    id: String,
    #[serde(default = "usual_status")]
    status: String,
    #[serde(default)]
    overview: Option<String>,
    #[serde(default)]
    action_items: Option<String>,
}

fn half_an_hour() -> f64 {
    30.0
}

fn usual_privacy() -> String {
    "participants".to_owned()
}

fn usual_status() -> String {
    "processed".to_owned()
}

/// Does it, and gives the id of what was changed.
pub(super) fn done(site: &Site, change: Value, now: DateTime<Utc>) -> Result<String, String> {
    let change: Change = serde_json::from_value(change).map_err(|error| error.to_string())?;
    let mut book = site.book_to_change();
    let set = |name: &'static str, value: Value| {
        move |whole: &mut Map<String, Value>| {
            whole.insert(name.to_owned(), value);
            Ok(())
        }
    };
    match change {
        Change::CreateMeeting(create) => created(site, &mut book, create, now),
        Change::RenameMeeting { id, title } => edited(site, &mut book, &id, set("title", title.into())),
        Change::SetPrivacy { id, privacy } => edited(site, &mut book, &id, set("privacy", privacy.into())),
        Change::DeleteTranscript(id) => book.delete(&id).map(|()| id.clone()).ok_or_else(|| none(&id)),
        Change::HideTranscript(id) => marked(&mut book, &id, |transcript| transcript.hidden = true),
        Change::ShowTranscript(id) => marked(&mut book, &id, |transcript| transcript.hidden = false),
        Change::ArriveTranscript(id) => marked(&mut book, &id, |transcript| transcript.arrives = None),
        Change::Reword { id, index, text } => edited(site, &mut book, &id, |whole| {
            let sentence = whole.get_mut("sentences").and_then(|list| list.get_mut(index));
            let sentence = sentence.ok_or_else(|| format!("there is no sentence {index}"))?;
            sentence["raw_text"] = text.to_lowercase().into();
            sentence["text"] = text.into();
            Ok(())
        }),
        Change::FinishSummary(finish) => edited(site, &mut book, &finish.id.clone(), |whole| {
            finished(whole, finish);
            Ok(())
        }),
        Change::SetParticipants { id, participants } => {
            edited(site, &mut book, &id, set("participants", participants.into()))
        }
        Change::PurgeBefore(moment) => Ok(purged(&mut book, moment)),
        Change::MoveToChannel { id, channel } => {
            let channels = channels(site, channel.as_deref())?;
            edited(site, &mut book, &id, set("channels", channels))
        }
        Change::ShareMeeting { id, email, expires_at } => edited(site, &mut book, &id, |whole| {
            let share = json!({"email": email, "name": null, "expires_at": expires_at});
            match whole.get_mut("shared_with") {
                Some(Value::Array(list)) => list.push(share),
                _ => drop(whole.insert("shared_with".to_owned(), json!([share]))),
            }
            Ok(())
        }),
    }
}

fn none(id: &str) -> String {
    format!("there is no transcript {id}")
}

fn edited(
    site: &Site,
    book: &mut Book,
    id: &str,
    change: impl FnOnce(&mut Map<String, Value>) -> Result<(), String>,
) -> Result<String, String> {
    let transcript = book.get(id).ok_or_else(|| none(id))?;
    let (transcript, mut whole) = transcript.to_edit(site.company.as_ref());
    change(&mut whole)?;
    book.put(written(transcript, whole));
    Ok(id.to_owned())
}

/// Gives how many went.
fn purged(book: &mut Book, moment: DateTime<Utc>) -> String {
    let old = book.newest().filter(|transcript| transcript.starts < moment.timestamp_millis());
    let ids: Vec<_> = old.map(|transcript| transcript.id.clone()).collect();
    ids.iter().filter_map(|id| book.delete(id)).count().to_string()
}

fn marked(book: &mut Book, id: &str, mark: impl FnOnce(&mut Transcript)) -> Result<String, String> {
    let mut transcript =
        book.get(id).map(|transcript| Transcript::clone(transcript)).ok_or_else(|| none(id))?;
    mark(&mut transcript);
    book.put(transcript.into());
    Ok(id.to_owned())
}

fn finished(whole: &mut Map<String, Value>, finish: Finish) {
    let summary = json!({
        "overview": finish.overview.unwrap_or_else(|| "- **Outcome:** written down.".to_owned()),
        "action_items": finish.action_items, "keywords": [], "topics_discussed": [], "gist": "Written down.",
    });
    let summary = if finish.status == "processed" { summary } else { Value::Null };
    whole.insert("summary".to_owned(), summary);
    whole.insert("meeting_info".to_owned(), info(&finish.status));
}

fn info(status: &str) -> Value {
    json!({"summary_status": status, "silent_meeting": false, "fred_joined": true})
}

fn channels(site: &Site, channel: Option<&str>) -> Result<Value, String> {
    let Some(named) = channel else { return Ok(json!([])) };
    let channel = site.team.channel(named).ok_or_else(|| {
        let titles: Vec<_> =
            site.team.channels.iter().filter_map(|channel| channel["title"].as_str()).collect();
        format!("there is no channel `{named}`; there are {}", titles.join(", "))
    })?;
    Ok(json!([{"id": channel["id"]}]))
}

fn created(site: &Site, book: &mut Book, create: Create, now: DateTime<Utc>) -> Result<String, String> {
    let starts = create.starts.unwrap_or(now - TimeDelta::minutes(30));
    let id = seed::id(now.timestamp_millis(), u64::try_from(book.len()).unwrap_or_default() ^ 0x5eed);
    let organizer = create.organizer.unwrap_or_else(|| "mara.lindqvist@birchlane.example".to_owned());
    let participants =
        if create.participants.is_empty() { vec![organizer.clone()] } else { create.participants };
    let mut whole = blank(&id);
    let mut set = |name: &str, value: Value| drop(whole.insert(name.to_owned(), value));
    let mut speakers: Vec<&str> = Vec::new();
    let mut at = 1.0;
    let sentences: Vec<Value> = create.sentences.iter().enumerate().map(|(index, sentence)| {
        let speaker = sentence.speaker.as_deref().map(|name| {
            speakers.iter().position(|known| *known == name).unwrap_or_else(|| {
                speakers.push(name);
                speakers.len() - 1
            })
        });
        at += 4.5;
        json!({
            "index": index, "speaker_id": speaker, "speaker_name": sentence.speaker, "text": sentence.text,
            "raw_text": sentence.text.to_lowercase(), "start_time": at - 4.5, "end_time": at - 0.5, "ai_filters": null,
        })
    }).collect();
    let attendee = |email: &String| json!({"displayName": null, "email": email, "name": null});
    set("meeting_attendees", participants.iter().map(attendee).collect());
    set("speakers", speakers.iter().enumerate().map(|(id, name)| json!({"id": id, "name": name})).collect());
    set("sentences", sentences.into());
    set("title", create.title.into());
    set("date", json!(super::dress::float(starts.timestamp_millis())));
    set("dateString", starts.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string().into());
    set("duration", json!(create.minutes));
    set("privacy", create.privacy.into());
    set("organizer_email", organizer.as_str().into());
    set("host_email", organizer.as_str().into());
    set("user", json!({"user_id": user_id(&organizer), "email": organizer}));
    set("participants", participants.into());
    set("meeting_info", info(&create.summary_status));
    set("channels", channels(site, create.channel.as_deref())?);
    if create.summary_status == "processed" {
        set(
            "summary",
            json!({"overview": create.overview, "action_items": create.action_items, "keywords": []}),
        );
    }
    let arrives =
        create.arrives_in_minutes.map(|minutes| (now + TimeDelta::minutes(minutes)).timestamp_millis());
    let transcript = Transcript::new(id.clone(), starts.timestamp_millis(), Words::Written(whole));
    book.put(Transcript { arrives, ..transcript }.into());
    Ok(id)
}
