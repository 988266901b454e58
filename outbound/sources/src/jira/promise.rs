//! What a search asked for, held against what came: a filter that a vendor forgets would fill the store with what nobody
//! asked for.

use chrono::{DateTime, Utc};
use daybook_core::model::document::Document;
use daybook_core::ports::source::SourceError;

use super::KIND;
use super::checkpoint::Checkpoint;
use super::record::Reading;
use super::site::SEARCH;

/// What a page may hold.
pub(super) struct Promise {
    project: Option<String>,
    from_ms: i64,
    to_ms: i64,
}

impl Promise {
    /// Of the search at this place.
    pub(super) fn of(place: &Checkpoint) -> Self {
        Self { project: place.project.clone(), from_ms: place.from_ms, to_ms: place.to_ms }
    }

    /// An issue that moves or changes while its page is made may break it, and a page may end with such a one; most of a
    /// page may not.
    pub(super) fn check(&self, readings: &[Reading]) -> Result<(), SourceError> {
        let outside: Vec<&Reading> = readings.iter().filter(|reading| !self.is_kept_by(reading)).collect();
        let Some(first) = outside.first().filter(|_| outside.len() > 1 && outside.len() * 2 > readings.len())
        else {
            return Ok(());
        };
        let project = self.project.as_deref().map(|key| format!(" of project {key}")).unwrap_or_default();
        let said = format!(
            "it was asked for issues{project} that changed from {} until before {}, and {} of the {} that came are \
             none: {} for one",
            moment(DateTime::from_timestamp_millis(self.from_ms)),
            moment(DateTime::from_timestamp_millis(self.to_ms)),
            outside.len(),
            readings.len(),
            named(first),
        );
        Err(SourceError::Broken { source_kind: KIND, doing: SEARCH, said })
    }

    /// How many of these it does not hold for.
    pub(super) fn outside(&self, readings: &[Reading]) -> u64 {
        readings.iter().filter(|reading| !self.is_kept_by(reading)).count() as u64
    }

    /// What cannot be told counts as kept.
    fn is_kept_by(&self, reading: &Reading) -> bool {
        let is_in_time = reading
            .updated_at
            .is_none_or(|updated| (self.from_ms..self.to_ms).contains(&updated.timestamp_millis()));
        let (Some(project), Some(document)) = (&self.project, document(reading)) else { return is_in_time };
        let by_key = document.key.rsplit_once('-').map(|(project, _)| project);
        let by_field = document.project.as_ref().map(|project| project.key.as_str());
        is_in_time && [by_key, by_field].into_iter().flatten().all(|key| key.eq_ignore_ascii_case(project))
    }
}

fn document(reading: &Reading) -> Option<&Document> {
    reading.record.reading.as_ref().ok()?.first()
}

fn named(reading: &Reading) -> String {
    let name = document(reading).map_or(&reading.record.external_id, |document| &document.key);
    let project = document(reading).and_then(|document| document.project.as_ref());
    let project = project.map(|project| format!(" of project {}", project.key)).unwrap_or_default();
    crate::http::scrubbed(&format!("{name}{project}, changed {}", moment(reading.updated_at)))
}

fn moment(time: Option<DateTime<Utc>>) -> String {
    time.map_or_else(|| "at no time".to_owned(), |time| time.format("%Y-%m-%d %H:%M:%S UTC").to_string())
}
