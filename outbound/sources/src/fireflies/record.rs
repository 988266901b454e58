//! A meeting as Fireflies gives it, and the document made of it.

use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::document::{
    Details, Document, DocumentKind, Open, Record, Unreadable, hex, without_nul,
};
use reqwest::Url;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::KIND;
use super::audience::{self, Rules};
use super::canonical::canonical;
use super::people::{self, People};
use super::queries::MARKS;
use super::speech::{Speech, plain, real};
use crate::bounded::{Bounded, MOST_TEXT};
use crate::object::{Object, text};
use crate::time;

const LONGEST_TITLE: usize = 1000;
const MOST_LABELS: usize = 60;
/// So long after its end a transcript is waited for.
const TRANSCRIPT: TimeDelta = TimeDelta::days(14);
/// So long after its end a summary is.
const SUMMARY: TimeDelta = TimeDelta::hours(24);
/// So long after its beginning a meeting that is still running is asked for.
const RUNNING: TimeDelta = TimeDelta::hours(72);

/// How a meeting came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    Whole,
    /// Without what was said: that is larger than what is read.
    Slim,
}

/// When a meeting began; `None`: no moment can be read.
pub(super) fn began(meeting: &Object<'_>) -> Option<DateTime<Utc>> {
    let date = meeting.json("date").and_then(|date| time::moment(date).or_else(|| from_float(date)));
    date.or_else(|| meeting.json("dateString").and_then(time::moment))
}

/// Milliseconds with a decimal point.
fn from_float(json: &str) -> Option<DateTime<Utc>> {
    let number: f64 = text(json).as_deref().unwrap_or(json).parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "what is beyond any moment is none")]
    let whole = number.is_finite().then_some(number as i64)?;
    time::moment(&whole.to_string())
}

/// The mark of a meeting's state, from what both a list and the whole meeting have.
pub(super) fn mark(meeting: &Object<'_>) -> String {
    let mut hash = Sha256::new();
    for (name, _) in MARKS {
        hash.update(name);
        hash.update("=");
        hash.update(canonical(meeting.json(name).unwrap_or("null")));
        hash.update("\n");
    }
    hex(&hash.finalize())[..32].to_owned()
}

/// Whether a list says that it is running.
pub(super) fn is_live(meeting: &Object<'_>) -> bool {
    meeting.json("is_live") == Some("true")
}

/// Reads a meeting. Without an id it is named by its digest.
pub(super) fn record(json: &str, came: Came, rules: &Rules) -> Record {
    let raw = canonical(json);
    let meeting = Object::read(&raw);
    let id = meeting.as_ref().and_then(|meeting| meeting.id("id").map(Into::<String>::into));
    let (Some(meeting), Some(id)) = (meeting, id) else {
        let mut record = unread(String::new(), "`id` is missing or no text".to_owned(), raw);
        record.external_id = record.digest();
        return record;
    };
    let speech = Speech::read(&meeting);
    let Some(began) = began(&meeting) else {
        return unread(id, "`date` is missing or no moment".to_owned(), raw);
    };
    let state = State::of(&meeting, speech, came, began);
    let mut gaps = state.gaps();
    let reading = if is_live(&meeting) {
        Vec::new()
    } else {
        let (document, gap) = state.document(&meeting, &id, rules);
        gaps.extend(gap);
        vec![document]
    };
    // A list does not tell whether a transcript is there: this state is never taken for the one that a list shows.
    let awaited = if state.is_awaited() { "-unheard" } else { "" };
    let version = Some(format!("{}{awaited}", mark(&meeting)));
    let open = state.open(is_live(&meeting));
    Record { version, gaps, open, ..Record::new(id, raw.clone().into_bytes(), Ok(reading)) }
}

/// A meeting that could not be had, though it is there.
pub(super) fn unfetched(id: &str, reason: &str) -> Record {
    let raw = json!({"id": id, "unread": reason}).to_string();
    unread(id.to_owned(), reason.to_owned(), raw)
}

fn unread(id: String, reason: String, raw: String) -> Record {
    Record::new(id, raw.into_bytes(), Err(Unreadable { reason }))
}

/// What there is of a meeting.
struct State {
    speech: Speech,
    is_listed: bool,
    is_silent: bool,
    came: Came,
    has_summary: bool,
    status: Option<String>,
    began: DateTime<Utc>,
    seconds: i64,
}

impl State {
    fn of(meeting: &Object<'_>, speech: Option<Speech>, came: Came, began: DateTime<Utc>) -> Self {
        let info = meeting.object("meeting_info");
        let status = info.as_ref().and_then(|info| info.text("summary_status")).map(|status| plain(&status));
        let is_listed = speech.is_some();
        let speech = speech.unwrap_or_default();
        let minutes = real(meeting, "duration").filter(|minutes| (0.0..=1e5).contains(minutes));
        let seconds = minutes.map_or(speech.seconds, |minutes| minutes * 60.0).round();
        Self {
            is_silent: info.is_some_and(|info| info.json("silent_meeting") == Some("true")),
            is_listed,
            speech,
            came,
            has_summary: summary(meeting).is_some(),
            status,
            began,
            #[expect(clippy::cast_possible_truncation, reason = "at most a few months")]
            seconds: seconds as i64,
        }
    }

    /// Nothing that was said is there, though something was.
    fn is_awaited(&self) -> bool {
        self.came == Came::Whole && self.speech.sentences == 0 && !self.is_silent
    }

    fn open(&self, is_live: bool) -> Option<Open> {
        let end = self.began + TimeDelta::seconds(self.seconds);
        let open = |reason: &str, until| Some(Open { reason: reason.to_owned(), until });
        if is_live {
            return open("the meeting is still running", self.began + RUNNING);
        }
        if self.is_awaited() {
            return open("its transcript has not arrived", end + TRANSCRIPT);
        }
        match self.status.as_deref() {
            Some("processed" | "failed" | "skipped") => None,
            None if self.has_summary || self.is_silent => None,
            _ => open("its summary is not ready", end + SUMMARY),
        }
    }

    fn gaps(&self) -> Vec<String> {
        let mut gaps = Vec::new();
        if self.came == Came::Slim {
            gaps.push("what was said: the transcript is larger than what Daybook reads at once".to_owned());
        }
        match self.speech.unread {
            0 => {}
            1 => gaps.push("1 sentence that could not be read".to_owned()),
            more => gaps.push(format!("{more} sentences that could not be read")),
        }
        gaps
    }

    fn document(&self, meeting: &Object<'_>, id: &str, rules: &Rules) -> (Document, Option<String>) {
        let (body, gap) = self.body(meeting);
        let listed = people::speakers(meeting);
        let speakers = self.speech.speakers().chain(listed.iter().map(String::as_str));
        let document = Document {
            source: KIND,
            kind: DocumentKind::Meeting,
            external_id: id.to_owned(),
            key: format!("meeting {}", self.began.format("%Y-%m-%d")),
            title: title(meeting),
            body,
            comments: String::new(),
            url: url(meeting, id),
            project: None,
            state: None,
            state_category: None,
            labels: labels(meeting),
            people: People::read(meeting).persons(speakers),
            links: Vec::new(),
            details: Some(Details::Meeting {
                seconds: self.seconds,
                sentences: self.speech.sentences,
                summary_status: self.status.clone(),
            }),
            audience: audience::audience(meeting, rules),
            created_at: self.began,
            // The vendor keeps no time of a change.
            updated_at: self.began,
            occurred_at: Some(self.began),
        };
        (document, gap)
    }

    /// Summary, action items, and what was said; and what of it is beyond the bound.
    fn body(&self, meeting: &Object<'_>) -> (String, Option<String>) {
        let mut out = Bounded::new(MOST_TEXT);
        let mut section = |heading: &str, text: &str| {
            out.push_str(if out.is_empty() { "## " } else { "\n\n## " });
            out.push_str(heading);
            if !text.is_empty() {
                out.push_str("\n\n");
                out.push_str(&text.trim().replace('\u{a0}', " "));
            }
        };
        let parts = summary(meeting);
        let part = |name: &str| {
            let part = parts.as_ref().and_then(|parts| parts.text(name));
            part.filter(|part| !part.trim().is_empty()).map(Into::<String>::into)
        };
        let (overview, short) = (part("overview"), part("short_summary").or_else(|| part("gist")));
        let told: Vec<String> = [short, overview].into_iter().flatten().collect();
        if !told.is_empty() {
            section("Summary", &told.join("\n\n"));
        }
        if let Some(items) = part("action_items") {
            section("Action items", &items);
        }
        section("Transcript", self.instead().unwrap_or_default());
        self.speech.write(&mut out);
        let (body, beyond) = out.into_parts();
        let body = without_nul(body);
        if beyond == 0 {
            return (body, None);
        }
        let gap = format!("the last {beyond} bytes of what was said");
        (format!("{body}\n\n… (cut: the original has {beyond} bytes more)"), Some(gap))
    }

    /// What is told instead of a transcript.
    fn instead(&self) -> Option<&'static str> {
        match self.came {
            Came::Slim => Some("The transcript is too large to be read here."),
            Came::Whole if !self.speech.is_empty() => None,
            Came::Whole if self.is_silent => Some("Nothing was said."),
            Came::Whole if self.is_listed && self.speech.sentences > 0 => Some("Nothing was understood."),
            Came::Whole => Some("The transcript has not arrived yet."),
        }
    }
}

fn summary<'a>(meeting: &Object<'a>) -> Option<Object<'a>> {
    meeting.object("summary")
}

fn title(meeting: &Object<'_>) -> String {
    let mut title = Bounded::new(LONGEST_TITLE);
    title.push_str(&plain(&meeting.text("title").unwrap_or_default()));
    match title.into_parts() {
        (title, _) if title.is_empty() => "Untitled meeting".to_owned(),
        (title, 0) => title,
        (title, _) => format!("{title} …"),
    }
}

/// Where a person reads it: never an address with anything signed in it.
fn url(meeting: &Object<'_>, id: &str) -> String {
    let given = meeting.text("transcript_url").and_then(|url| Url::parse(&url).ok());
    let given = given.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if let Some(mut url) = given {
        url.set_query(None);
        url.set_fragment(None);
        return url.into();
    }
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':');
    let id: String = id.chars().filter(is_plain).collect();
    format!("https://app.fireflies.ai/view/{id}")
}

/// Topics, keywords, the sort of meeting and its channels.
fn labels(meeting: &Object<'_>) -> Vec<String> {
    let mut labels = Vec::new();
    if let Some(summary) = summary(meeting) {
        for field in ["topics_discussed", "keywords"] {
            let texts = summary.elements(field).into_iter().filter_map(|element| text(element.get()));
            labels.extend(texts.map(|text| plain(&text)));
        }
        labels.extend(summary.text("meeting_type").map(|sort| format!("type:{}", plain(&sort))));
    }
    let channels = meeting.elements("channels").into_iter().filter_map(|channel| Object::read(channel.get()));
    let titles = channels.filter_map(|channel| channel.text("title").map(|title| plain(&title)));
    labels.extend(titles.map(|title| format!("channel:{title}")));
    let mut met = std::collections::BTreeSet::new();
    labels.retain(|label| {
        !label.is_empty() && !label.ends_with(':') && label.len() <= 200 && met.insert(label.to_lowercase())
    });
    labels.truncate(MOST_LABELS);
    labels
}
