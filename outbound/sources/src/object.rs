//! JSON objects of a vendor, read without trust: a member that is missing, null or of another type is just not there.

use std::borrow::Cow;
use std::fmt;

use daybook_core::model::document::without_nul;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// An object whose members are still JSON.
#[derive(Default)]
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut members = Vec::with_capacity(16);
                while let Some((Name(name), value)) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(Object(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

impl<'a> Object<'a> {
    /// `None`: it is not an object.
    pub(crate) fn read(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// A member's JSON; of several with one name, the last. `None`: absent or null.
    pub(crate) fn json(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.0.iter().rev().find(|(key, _)| key == name)?;
        Some(value.get()).filter(|json| *json != "null")
    }

    /// Every member's name and JSON, as they came.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.get()))
    }

    pub(crate) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        noted(name, self.json(name)?, text)
    }

    /// Text, or a number as it is written: ids come as either.
    pub(crate) fn id(&self, name: &str) -> Option<Cow<'a, str>> {
        let json = self.json(name)?;
        let is_number = json.bytes().all(|byte| byte.is_ascii_digit());
        let id = if is_number { Some(Cow::Borrowed(json)) } else { noted(name, json, text) };
        id.filter(|id| !id.is_empty())
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        noted(name, self.json(name)?, |json| json.parse().ok())
    }

    pub(crate) fn object(&self, name: &str) -> Option<Object<'a>> {
        noted(name, self.json(name)?, Object::read)
    }

    /// The elements' JSON; empty if it is no array.
    pub(crate) fn elements(&self, name: &str) -> Vec<&'a RawValue> {
        let read = |json: &'a str| serde_json::from_str(json).ok();
        self.json(name).and_then(|json| noted(name, json, read)).unwrap_or_default()
    }
}

fn noted<'a, T>(name: &str, json: &'a str, read: impl FnOnce(&'a str) -> Option<T>) -> Option<T> {
    let value = read(json);
    if value.is_none() {
        tracing::debug!(field.name = name, "ignored a field of an unexpected type");
    }
    value
}

/// A JSON string's text, without NUL.
pub(crate) fn text(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str(json).ok().map(without_nul).map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}

/// JSON whose halves of surrogate pairs that stand alone are replaced by U+FFFD: no Rust string can hold them, and a
/// text must not be lost for one character.
pub(crate) fn mended(json: &str) -> Cow<'_, str> {
    if !json.contains("\\ud") && !json.contains("\\uD") {
        return Cow::Borrowed(json);
    }
    let bytes = json.as_bytes();
    let (mut mended, mut copied, mut at) = (String::new(), 0, 0);
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
        } else if let Some(first) = surrogate(bytes, at) {
            let second = surrogate(bytes, at + 6);
            if first < 0xDC00 && second.is_some_and(|second| second >= 0xDC00) {
                at += 12;
            } else {
                mended.push_str(&json[copied..at]);
                mended.push_str("\\ufffd");
                at += 6;
                copied = at;
            }
        } else {
            at += 2;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    mended.push_str(&json[copied..]);
    Cow::Owned(mended)
}

/// The surrogate that is escaped at this place, if one is.
fn surrogate(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = std::str::from_utf8(bytes.get(at..at + 6)?.strip_prefix(b"\\u")?).ok()?;
    u32::from_str_radix(digits, 16).ok().filter(|unit| (0xD800..0xE000).contains(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_another_type_are_not_there_and_the_last_of_two_counts() {
        let object = Object::read(r#"{"a":1,"a":"b\u0000","n":null,"id":17,"list":{"x":[]}}"#).unwrap();
        assert_eq!(object.text("a").as_deref(), Some("b\u{2400}"));
        assert_eq!(object.id("id").as_deref(), Some("17"));
        assert_eq!(object.text("n"), None);
        assert!(object.elements("list").is_empty());
        assert!(Object::read("[]").is_none());
    }

    #[test]
    fn halves_of_pairs_are_replaced_and_pairs_stay() {
        for (json, text) in [
            (r#""\ud83d\ude00""#, "😀"),
            (r#""a\ud83db""#, "a\u{fffd}b"),
            (r#""\uDE00\uD83D\uDE00x""#, "\u{fffd}😀x"),
            (r#""\\ud83d""#, "\\ud83d"),
            (r#""\ud83d\ud83d""#, "\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(super::text(&mended(json)).unwrap(), text, "{json}");
        }
    }
}
