//! How far the index has followed the store: a line that is committed with the documents.

use daybook_core::model::document::{DocumentId, Revision};
use daybook_core::ports::keywords::Landmark;

/// Documents remembered, the newest: enough that a store with another history is told by one of them.
const LANDMARKS: usize = 8;

/// How far, and the newest documents on the way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Followed {
    pub(super) position: Revision,
    pub(super) landmarks: Vec<Landmark>,
}

impl Followed {
    /// The same, after these documents were taken in.
    pub(super) fn after(&self, taken: Vec<Landmark>, upto: Revision) -> Self {
        let is_replaced = |landmark: &Landmark| taken.iter().any(|one| one.id == landmark.id);
        let mut landmarks: Vec<_> =
            self.landmarks.iter().filter(|landmark| !is_replaced(landmark)).cloned().collect();
        landmarks.extend(taken);
        let landmarks = landmarks.split_off(landmarks.len().saturating_sub(LANDMARKS));
        Self { position: upto, landmarks }
    }

    pub(super) fn to_line(&self) -> String {
        let landmark = |one: &Landmark| format!("{}:{}:{}", one.id.0, one.revision.0, one.content_hash);
        let mut words = vec![self.position.0.to_string()];
        words.extend(self.landmarks.iter().map(landmark));
        words.join(" ")
    }

    /// What cannot be read was not followed.
    pub(super) fn from_line(line: &str) -> Self {
        Self::read(line).unwrap_or_default()
    }

    fn read(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let position = Revision(words.next()?.parse().ok()?);
        let landmark = |word: &str| {
            let (id, rest) = word.split_once(':')?;
            let (revision, content_hash) = rest.split_once(':')?;
            Some(Landmark {
                id: DocumentId(id.parse().ok()?),
                revision: Revision(revision.parse().ok()?),
                content_hash: content_hash.to_owned(),
            })
        };
        Some(Self { position, landmarks: words.map(landmark).collect::<Option<_>>()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn landmark(id: i64, revision: i64) -> Landmark {
        Landmark { id: DocumentId(id), revision: Revision(revision), content_hash: "ab12".to_owned() }
    }

    #[test]
    fn the_newest_are_remembered_each_once() {
        let first = Followed::default().after((1..=20).map(|id| landmark(id, id)).collect(), Revision(20));
        let then = first.after(vec![landmark(15, 21)], Revision(21));
        let ids: Vec<_> = then.landmarks.iter().map(|landmark| landmark.id.0).collect();
        assert_eq!(ids, [13, 14, 16, 17, 18, 19, 20, 15]);
        assert_eq!(Followed::from_line(&then.to_line()), then);
    }

    #[test]
    fn what_cannot_be_read_was_not_followed() {
        for odd in ["", "x", "12 3", "12 a:1:b", "12 "] {
            assert_eq!(Followed::from_line(odd), Followed::default(), "{odd:?}");
        }
    }
}
