//! Times and names as people read them; the exact value stands beside.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use daybook_core::model::document::{Document, DocumentKind, Part, StateCategory};
use daybook_core::model::source::SourceKind;

use crate::wording;

/// A moment, readable and exact.
pub(crate) struct Moment {
    pub(crate) text: String,
    pub(crate) exact: String,
}

impl Moment {
    /// The day alone: `24 Nov 2026`.
    pub(crate) fn day(time: DateTime<Utc>) -> Self {
        Self { text: time.format("%-d %b %Y").to_string(), exact: exact(time) }
    }

    /// Day and minute: `24 Nov 2026, 15:04 UTC`.
    pub(crate) fn minute(time: DateTime<Utc>) -> Self {
        Self { text: time.format("%-d %b %Y, %H:%M UTC").to_string(), exact: exact(time) }
    }
}

fn exact(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// How long ago, in the largest unit that fits.
pub(crate) fn ago(then: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let spent = now - then;
    let units = [(spent.num_days(), "day"), (spent.num_hours(), "hour"), (spent.num_minutes(), "minute")];
    let unit = units.into_iter().find(|(number, _)| *number > 0);
    match unit.and_then(|(number, noun)| Some((u64::try_from(number).ok()?, noun))) {
        Some((number, noun)) => format!("{} ago", wording::count(number, noun)),
        None if spent >= -TimeDelta::minutes(1) => "just now".to_owned(),
        None => "ahead of our clock".to_owned(),
    }
}

/// Seconds of work as hours and minutes: `1:30 h`.
pub(crate) fn hours(seconds: i64) -> String {
    let (sign, seconds) = (if seconds < 0 { "-" } else { "" }, seconds.unsigned_abs());
    if (1..60).contains(&seconds) {
        return "less than a minute".to_owned();
    }
    let (hours, minutes) = (wording::number(seconds / 3_600), seconds % 3_600 / 60);
    format!("{sign}{hours}:{minutes:02} h")
}

/// A calendar day as given, in no zone: `24 Nov 2026`.
pub(crate) fn calendar_day(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}

/// A text that has to fit a line or two.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// A source's name.
pub(crate) fn source(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Jira => "Jira",
        SourceKind::Notion => "Notion",
        SourceKind::Tempo => "Tempo",
        SourceKind::Fireflies => "Fireflies",
    }
}

/// A document's kind.
pub(crate) fn kind(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Issue => "Issue",
        DocumentKind::Comment => "Comment",
        DocumentKind::Page => "Page",
        DocumentKind::DataSource => "Data source",
        DocumentKind::Worklog => "Worklog",
        DocumentKind::Meeting => "Meeting",
    }
}

/// Where the original of a document is read: that of a worklog is its issue.
pub(crate) fn place(document: &Document) -> &'static str {
    source(if document.kind == DocumentKind::Worklog { SourceKind::Jira } else { document.source })
}

/// What to call a document that is no issue: keys tell those.
pub(crate) fn sort(document: &Document) -> Option<&'static str> {
    (document.kind != DocumentKind::Issue).then(|| kind(document.kind))
}

/// The key, where it tells more than the day of a meeting, which stands beside.
pub(crate) fn key(document: &Document) -> Option<String> {
    (document.kind != DocumentKind::Meeting && !document.key.is_empty()).then(|| document.key.clone())
}

/// A category of states.
pub(crate) fn category(category: StateCategory) -> &'static str {
    match category {
        StateCategory::Todo => "To do",
        StateCategory::InProgress => "In progress",
        StateCategory::Done => "Done",
    }
}

/// A person's part.
pub(crate) fn part(part: Part) -> &'static str {
    match part {
        Part::Assignee => "Assignee",
        Part::Reporter => "Reporter",
        Part::Creator => "Creator",
        Part::Commenter => "Commented",
        Part::Author => "Author",
        Part::Editor => "Last edited by",
        Part::Named => "Named",
        Part::Organizer => "Organizer",
        Part::Attendee => "Attendee",
        Part::Speaker => "Speaker",
    }
}

/// An address that may be linked: of the web and nothing else. Titles, texts and addresses come from strangers.
pub(crate) fn link(url: &str) -> Option<&str> {
    let is_web =
        |scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    (is_web("https://") || is_web("http://")).then_some(url)
}

/// A document's state, readable.
pub(crate) struct State {
    pub(crate) name: String,
    /// The class of its pill: the category's word.
    pub(crate) class: &'static str,
    /// The category in words, for those who see no colours.
    pub(crate) category: Option<&'static str>,
}

impl State {
    /// The state, if the document has one.
    pub(crate) fn of(document: &Document) -> Option<Self> {
        let category_name = document.state_category.map(category);
        let name = document.state.clone().or_else(|| category_name.map(str::to_owned))?;
        Some(Self {
            name,
            class: document.state_category.map_or("none", StateCategory::word),
            category: category_name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_linked() {
        assert!(link("https://acme.example/browse/A-1").is_some());
        assert!(link("HTTP://acme.example").is_some());
        for bad in ["javascript:alert(1)", " https://x", "data:text/html,x", "//x", "/x", "", "ht", "é"] {
            assert_eq!(link(bad), None, "{bad}");
        }
    }

    #[test]
    fn hours_are_told_in_hours_and_minutes() {
        for (seconds, told) in [
            (5_400, "1:30 h"),
            (300, "0:05 h"),
            (0, "0:00 h"),
            (30, "less than a minute"),
            (45_000_059, "12,500:00 h"),
            (-3_600, "-1:00 h"),
        ] {
            assert_eq!(hours(seconds), told);
        }
        assert!(hours(i64::MIN).starts_with('-'));
    }

    #[test]
    fn times_are_told_in_the_largest_unit_that_fits() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(100);
        let told = |spent: TimeDelta| ago(now - spent, now);
        assert_eq!(told(TimeDelta::seconds(20)), "just now");
        assert_eq!(told(TimeDelta::seconds(61)), "1 minute ago");
        assert_eq!(told(TimeDelta::hours(5)), "5 hours ago");
        assert_eq!(told(TimeDelta::days(41)), "41 days ago");
        assert_eq!(told(TimeDelta::days(-3)), "ahead of our clock");
    }
}
