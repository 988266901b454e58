//! What is asked, field by field, and which fields can do without: a plan that does not pay for one must not lose the
//! rest.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// By these a list tells whether a meeting is as it is held. Both the list and the whole meeting have them.
pub(super) const MARKS: [(&str, &str); 11] = [
    ("title", "title"),
    ("date", "date"),
    ("duration", "duration"),
    ("privacy", "privacy"),
    ("organizer_email", "organizer_email"),
    ("host_email", "host_email"),
    ("is_live", "is_live"),
    ("participants", "participants"),
    ("meeting_info", "meeting_info { summary_status silent_meeting fred_joined }"),
    ("channels", "channels { id title is_private }"),
    ("shared_with", "shared_with { email name expires_at }"),
];

/// What only the whole meeting has. Recordings are not among them: their addresses are signed, and die. Nor is the
/// address of the call, which lets in whoever holds it.
const WHOLE: [(&str, &str); 11] = [
    ("dateString", "dateString"),
    ("transcript_url", "transcript_url"),
    ("fireflies_users", "fireflies_users"),
    ("workspace_users", "workspace_users"),
    ("calendar_id", "calendar_id"),
    ("cal_id", "cal_id"),
    ("calendar_type", "calendar_type"),
    ("user", "user { user_id email name }"),
    ("meeting_attendees", "meeting_attendees { displayName email name }"),
    ("meeting_attendance", "meeting_attendance { name join_time leave_time }"),
    ("speakers", "speakers { id name }"),
];

const SUMMARY: [(&str, &str); 13] = [
    ("keywords", "keywords"),
    ("action_items", "action_items"),
    ("outline", "outline"),
    ("overview", "overview"),
    ("shorthand_bullet", "shorthand_bullet"),
    ("bullet_gist", "bullet_gist"),
    ("notes", "notes"),
    ("gist", "gist"),
    ("short_summary", "short_summary"),
    ("short_overview", "short_overview"),
    ("meeting_type", "meeting_type"),
    ("topics_discussed", "topics_discussed"),
    ("extended_sections", "extended_sections { title content }"),
];

const SENTENCE: [(&str, &str); 8] = [
    ("index", "index"),
    ("speaker_id", "speaker_id"),
    ("speaker_name", "speaker_name"),
    ("text", "text"),
    ("raw_text", "raw_text"),
    ("start_time", "start_time"),
    ("end_time", "end_time"),
    ("ai_filters", "ai_filters { task question date_and_time }"),
];

/// Without these a meeting is still one. Who may see it is then decided by what is left, which lets in fewer.
const SPARED: [&str; 12] = [
    "ai_filters",
    "extended_sections",
    "meeting_attendance",
    "fireflies_users",
    "workspace_users",
    "calendar_id",
    "cal_id",
    "calendar_type",
    "shared_with",
    "channels",
    "raw_text",
    "summary",
];

/// Who holds the key.
pub(super) const WHO: &str = "query Who { user { user_id email name is_admin num_transcripts } }";
/// The members of channels.
pub(super) const CHANNELS: &str = "query Channels { channels { id is_private members { email } } }";
/// Whether a meeting is there.
pub(super) const THERE: &str = "query There($id: String!) { transcript(id: $id) { id } }";
/// Ids alone.
pub(super) const CENSUS: &str = "query Census($from: DateTime, $to: DateTime, $limit: Int, $skip: Int) { transcripts(fromDate: $from, toDate: $to, limit: $limit, skip: $skip) { id date } }";

/// The fields that are asked for, less those that the vendor turned out not to give to this credential.
#[derive(Debug, Default)]
pub(super) struct Asking {
    dropped: Mutex<BTreeSet<&'static str>>,
}

impl Asking {
    /// A list of meetings without what was said.
    pub(super) fn light(&self) -> String {
        list("List", &self.marks())
    }

    /// A list of whole meetings.
    pub(super) fn heavy(&self) -> String {
        list("Meetings", &self.whole(true))
    }

    /// One whole meeting.
    pub(super) fn single(&self) -> String {
        format!("query Full($id: String!) {{ transcript(id: $id) {{ {} }} }}", self.whole(true))
    }

    /// One meeting without what was said in it.
    pub(super) fn slim(&self) -> String {
        format!("query Slim($id: String!) {{ transcript(id: $id) {{ {} }} }}", self.whole(false))
    }

    /// Asks no longer for a field that one of these words names; `false`: it names none that can be spared, or none
    /// that was still asked for.
    pub(super) fn drop_named<'a>(&self, words: impl Iterator<Item = &'a str>) -> bool {
        let named: Vec<&str> = words.collect();
        let mut dropped = self.dropped.lock().unwrap_or_else(PoisonError::into_inner);
        let before = dropped.len();
        dropped.extend(SPARED.iter().filter(|spared| named.contains(spared)));
        dropped.len() > before
    }

    /// Asks only for what nothing can do without; `false`: it does so already.
    pub(super) fn drop_all(&self) -> bool {
        self.drop_named(SPARED.into_iter())
    }

    /// What is not asked for.
    pub(super) fn dropped(&self) -> BTreeSet<&'static str> {
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn marks(&self) -> String {
        format!("id {}", self.selected(&MARKS))
    }

    fn whole(&self, with_sentences: bool) -> String {
        let mut fields = vec![self.marks(), self.selected(&WHOLE)];
        if !self.dropped().contains("summary") {
            fields.push(format!("summary {{ {} }}", self.selected(&SUMMARY)));
        }
        if with_sentences {
            fields.push(format!("sentences {{ {} }}", self.selected(&SENTENCE)));
        }
        fields.join(" ")
    }

    fn selected(&self, fields: &[(&str, &str)]) -> String {
        let dropped = self.dropped();
        let kept = fields.iter().filter(|(name, _)| !dropped.contains(name));
        kept.map(|(_, selection)| *selection).collect::<Vec<_>>().join(" ")
    }
}

fn list(name: &str, fields: &str) -> String {
    format!(
        "query {name}($from: DateTime, $to: DateTime, $limit: Int, $skip: Int) {{ transcripts(fromDate: $from, toDate: $to, limit: $limit, skip: $skip) {{ {fields} }} }}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_and_ways_into_the_call_are_never_asked_for() {
        let asking = Asking::default();
        for query in [asking.light(), asking.heavy(), asking.single(), asking.slim()] {
            assert!(!query.contains("_url ") || query.contains("transcript_url "), "{query}");
            for never in ["audio_url", "video_url", "meeting_link", "phoneNumber"] {
                assert!(!query.contains(never), "{query}");
            }
        }
        assert!(!asking.slim().contains("sentences") && asking.single().contains("sentences"));
    }

    #[test]
    fn a_field_that_is_not_given_is_left_out_of_the_next_question() {
        let asking = Asking::default();
        assert!(!asking.drop_named(["sentences", "title"].into_iter()));
        assert!(asking.drop_named(["transcript", "channels"].into_iter()));
        assert!(!asking.drop_named(["channels"].into_iter()));
        assert!(!asking.light().contains("channels") && asking.light().contains("shared_with"));
        assert!(asking.drop_all() && !asking.drop_all());
        assert!(!asking.single().contains("summary {") && asking.single().contains("sentences {"));
    }
}
