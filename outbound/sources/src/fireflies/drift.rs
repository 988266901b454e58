//! A vendor that answers differently than it did: what every meeting has is missing in most of them. One such meeting
//! is an oddity, twenty are another version of the vendor.

use std::fmt;

use crate::object::Object;

/// Meetings that it takes to tell.
const ENOUGH: u32 = 20;

/// What every meeting has, and how its JSON begins.
const EVERY: [(&str, Beginning); 6] = [
    ("date", Beginning::NumberOrText),
    ("duration", Beginning::NumberOrText),
    ("privacy", Beginning::Text),
    ("participants", Beginning::List),
    // These may not be there yet, but nothing else stands in their place.
    ("meeting_info", Beginning::ObjectOrNothing),
    ("sentences", Beginning::ListOrNothing),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beginning {
    NumberOrText,
    Text,
    List,
    ListOrNothing,
    ObjectOrNothing,
}

/// Counts over the meetings of a walk.
#[derive(Debug, Default)]
pub(super) struct Drift {
    seen: u32,
    missing: [u32; EVERY.len()],
}

/// A field that is missing, or of another type, in most of the meetings that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missing {
    field: &'static str,
    count: u32,
    of: u32,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is missing in {} of {} records", self.field, self.count, self.of)
    }
}

impl Drift {
    /// Looks at a meeting, whole or from a list.
    pub(super) fn note(&mut self, meeting: &Object<'_>) {
        self.seen += 1;
        for ((field, beginning), missing) in EVERY.iter().zip(&mut self.missing) {
            *missing += u32::from(!beginning.fits(meeting.json(field)));
        }
    }

    /// At the end of a page: `Ok(true)`: enough came, and all is well with it.
    pub(super) fn check(&mut self) -> Result<bool, Missing> {
        if self.seen < ENOUGH {
            return Ok(false);
        }
        let Self { seen, missing } = std::mem::take(self);
        let most = EVERY.iter().zip(missing).find(|(_, count)| count * 2 > seen);
        match most {
            Some(((field, _), count)) => Err(Missing { field, count, of: seen }),
            None => Ok(true),
        }
    }
}

impl Beginning {
    fn fits(self, json: Option<&str>) -> bool {
        let Some(first) = json.and_then(|json| json.bytes().next()) else {
            return matches!(self, Self::ListOrNothing | Self::ObjectOrNothing);
        };
        match self {
            Self::NumberOrText => matches!(first, b'"' | b'-' | b'0'..=b'9'),
            Self::Text => first == b'"',
            Self::List | Self::ListOrNothing => first == b'[',
            Self::ObjectOrNothing => first == b'{',
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str =
        r#"{"date":1795165200000,"duration":24.5,"privacy":"owner","participants":[],"meeting_info":{}}"#;

    fn checked(sound: u32, odd: u32, odd_one: &str) -> Result<bool, Missing> {
        let mut drift = Drift::default();
        (0..sound).for_each(|_| drift.note(&Object::read(SOUND).unwrap()));
        (0..odd).for_each(|_| drift.note(&Object::read(odd_one).unwrap()));
        drift.check()
    }

    #[test]
    fn a_field_that_most_of_twenty_lack_is_named_and_fewer_say_nothing() {
        let renamed = SOUND.replace("privacy", "visibility");
        assert_eq!(
            checked(9, 11, &renamed).unwrap_err().to_string(),
            "`privacy` is missing in 11 of 20 records"
        );
        assert_eq!(checked(10, 10, &renamed), Ok(true));
        assert_eq!(checked(0, 19, &renamed), Ok(false));
        let retyped = SOUND.replace("{}", "[]");
        assert_eq!(checked(0, 20, &retyped).unwrap_err().field, "meeting_info");
        let odd = SOUND.replace("\"owner\"", "\"owner\",\"sentences\":\"none\"");
        assert_eq!(checked(0, 20, &odd).unwrap_err().field, "sentences");
    }
}
