//! Faults inside an answer, and faults that only this vendor has.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::book::Book;
use super::engine::Missing;
use super::problem::Problem;
use super::scene::Scene;
use super::transcript::Transcript;
use crate::faults::{BrokenShape, FaultKind};
use crate::world::Chance;
use crate::world::calendar::{HOUR, MINUTE};

/// A transcript cannot be seen before its meeting is over for `lag_minutes` (60).
const LATE: &str = "late_transcripts";
/// No summary yet; of the transcript with this `id`, or of all.
const PROCESSING: &str = "processing_summary";
/// `sentences` is null; of the transcript with this `id`, or of all.
const NO_SENTENCES: &str = "null_sentences";
/// Times of sentences are text.
const TEXT_TIMES: &str = "times_as_strings";
/// The sentence at this `place` (0) has the wrong types.
const MALFORMED: &str = "malformed_sentence";
/// The transcript with this `id`, or the newest, is of a meeting that is going on.
const LIVE: &str = "live_meeting";
/// Errors come with the HTTP status that they carry, or with this `code`.
pub(super) const STATUS: &str = "error_status";
/// This `field` (summary) of a transcript fails, the rest is there.
const PARTIAL: &str = "partial_data";
/// Recordings cost more.
const PAID: &str = "paid_required";
/// The schema lacks this `field` (sentences) of this `type` (Transcript), or has it as `renamed`.
const REMOVED: &str = "removed_field";
/// The page before comes again.
const REPEATED: &str = "repeated_page";
/// No order.
const SHUFFLED: &str = "shuffled_order";
/// A `word` (regulated) for the privacy that nobody knows; of the transcript with this `id`, or of all.
const UNKNOWN_PRIVACY: &str = "unknown_privacy";
/// The limits of a plan: `a_minute` (60) and `a_day` (none).
pub(super) const LIMITER: &str = "true_limiter";

pub(super) const QUIRKS: [&str; 14] = [
    LATE,
    PROCESSING,
    NO_SENTENCES,
    TEXT_TIMES,
    MALFORMED,
    LIVE,
    STATUS,
    PARTIAL,
    PAID,
    REMOVED,
    REPEATED,
    SHUFFLED,
    UNKNOWN_PRIVACY,
    LIMITER,
];

/// Nothing takes longer than this after the start of a meeting to end.
const LONGEST: i64 = 6 * HOUR;

/// Whether a value that may name a transcript means this one.
fn means(value: &Value, transcript: &Transcript) -> bool {
    value["id"].as_str().is_none_or(|id| id == transcript.id)
}

/// Whether the vendor is not ready with it yet.
pub(super) fn is_late(scene: &Scene, transcript: &Transcript) -> bool {
    let Some(value) = scene.quirk(LATE) else { return false };
    let lag = value["lag_minutes"].as_i64().unwrap_or(60) * MINUTE;
    let now = scene.now.timestamp_millis();
    // Listening to what is long over would cost too much.
    transcript.starts + LONGEST + lag > now && transcript.ended(scene.company()) + lag > now
}

/// What a lagging list does not know yet.
pub(super) fn lagging(scene: &Scene, book: &Book) -> HashSet<String> {
    let mut hidden = HashSet::new();
    for fault in &scene.faults {
        let FaultKind::IndexLag { newest, seconds } = fault else { continue };
        let span = i64::try_from(*seconds).unwrap_or(i64::MAX).saturating_mul(1_000);
        let since = scene.now.timestamp_millis().saturating_sub(span);
        let late = book
            .newest()
            .enumerate()
            .take_while(|(place, transcript)| place < newest || (*seconds > 0 && transcript.starts > since));
        hidden.extend(late.map(|(_, transcript)| transcript.id.clone()));
    }
    hidden
}

/// The rows of a page, unless a fault gives others.
pub(super) fn chosen<'a>(
    scene: &Scene,
    rows: impl Iterator<Item = &'a Arc<Transcript>>,
    skip: usize,
    limit: usize,
) -> Result<Vec<Arc<Transcript>>, Problem> {
    let mut skip = skip;
    if scene.quirk(REPEATED).is_some() || has(scene, &FaultKind::RepeatToken {}) {
        skip = skip.saturating_sub(limit);
    }
    if has(scene, &FaultKind::DeadToken {}) {
        return Err(Problem::invalid("skip", "max", "must not be greater than 5000"));
    }
    if has(scene, &FaultKind::EmptyPageWithToken {}) {
        return Ok(Vec::new());
    }
    if has(scene, &FaultKind::EndlessPages {}) {
        let all: Vec<_> = rows.cloned().collect();
        let start = skip % all.len().max(1);
        return Ok(all.iter().cycle().skip(start).take(limit.min(all.len())).cloned().collect());
    }
    if scene.quirk(SHUFFLED).is_some() {
        let mut all: Vec<_> = rows.cloned().collect();
        all.sort_by_key(|transcript| Chance::of(7, &[transcript.starts.unsigned_abs()]).number());
        return Ok(all.into_iter().skip(skip).take(limit).collect());
    }
    Ok(rows.skip(skip).take(limit).cloned().collect())
}

fn has(scene: &Scene, wanted: &FaultKind) -> bool {
    scene.faults.contains(wanted)
}

/// Deletes and edits transcripts before the answer, where a fault says so.
pub(super) fn world(scene: &Scene) {
    for fault in &scene.faults {
        let (count, deletes) = match fault {
            FaultKind::DeleteWhilePaging { issues } => (*issues, true),
            FaultKind::EditWhilePaging { issues } => (*issues, false),
            _ => continue,
        };
        scene.site.book_to_change().disturb(count, deletes, scene.company());
    }
}

/// How many transcripts the user is said to have.
pub(super) fn count(faults: &[FaultKind], count: usize) -> i64 {
    let off = faults.iter().map(|fault| match fault {
        FaultKind::ApproximateCount { delta } => *delta,
        _ => 0,
    });
    i64::try_from(count).unwrap_or(i64::MAX).saturating_add(off.sum()).max(0)
}

/// The schema's field that this request does without.
pub(super) fn missing(faults: &[FaultKind]) -> Option<Missing> {
    let value = super::ask::quirk(faults, REMOVED)?;
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    Some(Missing {
        of: text("type").unwrap_or_else(|| "Transcript".to_owned()),
        field: text("field").unwrap_or_else(|| "sentences".to_owned()),
        renamed: text("renamed"),
    })
}

/// Why a field of a transcript cannot be had.
pub(super) fn refuses(scene: &Scene, field: &str) -> Option<Problem> {
    if scene.quirk(PAID).is_some() && ["audio_url", "video_url"].contains(&field) {
        return Some(Problem::Paid);
    }
    let fails =
        scene.quirk(PARTIAL).is_some_and(|value| value["field"].as_str().unwrap_or("summary") == field);
    fails.then_some(Problem::Timeout)
}

/// Spoils all but the sentences, where a fault says so; `place` is the row.
pub(super) fn light(scene: &Scene, transcript: &Transcript, place: usize, light: &mut Map<String, Value>) {
    let mut set = |name: &str, value: Value| {
        light.insert(name.to_owned(), value);
    };
    if scene.quirk(PROCESSING).is_some_and(|value| means(value, transcript)) {
        set(
            "meeting_info",
            json!({"summary_status": "processing", "silent_meeting": false, "fred_joined": true}),
        );
        set("summary", Value::Null);
    }
    if is_live(scene, transcript) {
        set("is_live", json!(true));
        set("summary", Value::Null);
        set("duration", Value::Null);
    }
    if let Some(value) = scene.quirk(UNKNOWN_PRIVACY).filter(|value| means(value, transcript)) {
        set("privacy", json!(value["word"].as_str().unwrap_or("regulated")));
    }
    for fault in &scene.faults {
        match fault {
            FaultKind::DropField { name } => set(name, Value::Null),
            FaultKind::BrokenRecord { place: hit, shape } if *hit == place => match shape {
                BrokenShape::FieldsNull => {
                    for name in
                        ["title", "participants", "summary", "meeting_info", "organizer_email", "privacy"]
                    {
                        set(name, Value::Null);
                    }
                }
                BrokenShape::UpdatedMissing => set("date", Value::Null),
                BrokenShape::IdMissing => set("id", Value::Null),
                BrokenShape::WrongTypes => {
                    set("date", json!("yesterday"));
                    set("title", json!(7));
                    set("participants", json!([7, {"email": "x"}]));
                }
            },
            _ => {}
        }
    }
}

/// Whether its meeting is going on; without an id it is the newest that the caller sees.
fn is_live(scene: &Scene, transcript: &Transcript) -> bool {
    let Some(value) = scene.quirk(LIVE) else { return false };
    if value["id"].is_string() {
        return means(value, transcript);
    }
    let book = scene.site.book();
    book.newest().find(|newest| scene.sees(newest)).is_some_and(|newest| newest.id == transcript.id)
}

/// Spoils the sentences, where a fault says so.
pub(super) fn sentences(scene: &Scene, transcript: &Transcript, told: Value) -> Value {
    let Value::Array(mut list) = told else { return told };
    if scene.quirk(NO_SENTENCES).is_some_and(|value| means(value, transcript)) {
        return Value::Null;
    }
    if is_live(scene, transcript) {
        // Captions until now.
        list.truncate(list.len().div_ceil(3));
    }
    if scene.quirk(TEXT_TIMES).is_some() {
        for sentence in &mut list {
            for name in ["start_time", "end_time"] {
                sentence[name] = json!(sentence[name].to_string());
            }
        }
    }
    if let Some(value) = scene.quirk(MALFORMED) {
        let place = value["place"].as_u64().and_then(|place| usize::try_from(place).ok()).unwrap_or(0);
        if let Some(sentence) = list.get_mut(place) {
            *sentence = json!({
                "index": "first", "speaker_id": "A", "speaker_name": 7, "text": null, "raw_text": {"x": 1},
                "start_time": "NaN", "end_time": null, "ai_filters": {"task": 1},
            });
        }
    }
    Value::Array(list)
}
