//! JSON without a tree: members of an object as slices of its text, and text put together again. What is served must
//! be the very bytes of the record, and a page of a hundred issues must not cost a parse of each.

use std::fmt;
use std::fmt::Write as _;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object, in order, values untouched.
#[derive(Debug, Clone, Default)]
pub(crate) struct Members<'a> {
    list: Vec<(String, &'a RawValue)>,
}

impl<'a> Members<'a> {
    pub(crate) fn read(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The JSON of a member.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.list.iter().find(|(member, _)| member == name).map(|(_, value)| value.get())
    }

    /// A member that is text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.get(name)?).ok()
    }

    /// A member that is a whole number.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        serde_json::from_str(self.get(name)?).ok()
    }

    /// A member that is an object.
    pub(crate) fn object(&self, name: &str) -> Option<Members<'a>> {
        Members::read(self.get(name)?).ok()
    }

    /// A member that is a list; its elements as JSON.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<&'a str>> {
        let list: Vec<&'a RawValue> = serde_json::from_str(self.get(name)?).ok()?;
        Some(list.into_iter().map(RawValue::get).collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.list.iter().map(|(name, value)| (name.as_str(), value.get()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::with_capacity(32);
                while let Some(member) = map.next_entry::<String, &'de RawValue>()? {
                    list.push(member);
                }
                Ok(Members { list })
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// An object being written.
#[derive(Debug, Default)]
pub(crate) struct Object {
    json: String,
}

impl Object {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A member whose value is JSON already.
    pub(crate) fn raw(mut self, name: &str, json: &str) -> Self {
        self.json.push(if self.json.is_empty() { '{' } else { ',' });
        push_quoted(&mut self.json, name);
        self.json.push(':');
        self.json.push_str(json);
        self
    }

    /// A member that is text.
    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        self.json.push(if self.json.is_empty() { '{' } else { ',' });
        push_quoted(&mut self.json, name);
        self.json.push(':');
        push_quoted(&mut self.json, value);
        self
    }

    /// A member that is a number or a boolean.
    pub(crate) fn plain(self, name: &str, value: impl fmt::Display) -> Self {
        let json = value.to_string();
        self.raw(name, &json)
    }

    pub(crate) fn end(mut self) -> String {
        if self.json.is_empty() {
            self.json.push('{');
        }
        self.json.push('}');
        self.json
    }
}

/// A list of JSON values.
pub(crate) fn list<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> String {
    let mut json = String::from("[");
    for value in values {
        if json.len() > 1 {
            json.push(',');
        }
        json.push_str(value.as_ref());
    }
    json.push(']');
    json
}

/// Text as JSON.
pub(crate) fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    push_quoted(&mut json, text);
    json
}

/// Appends text as JSON.
pub(crate) fn push_quoted(json: &mut String, text: &str) {
    json.push('"');
    for letter in text.chars() {
        match letter {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            control if u32::from(control) < 0x20 => {
                // Writing to a String cannot fail.
                let _ = write!(json, "\\u{:04x}", u32::from(control));
            }
            letter => json.push(letter),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_their_very_text() {
        let members = Members::read(r#"{"b": 1.50,"a":"x\u0000","_c":{}}"#).unwrap();
        let pairs: Vec<_> = members.iter().collect();
        assert_eq!(pairs, [("b", "1.50"), ("a", r#""x\u0000""#), ("_c", "{}")]);
    }

    #[test]
    fn quoted_text_can_be_read_again() {
        for text in ["", "\"\\\n\t\u{0}\u{1f}é😀"] {
            assert_eq!(serde_json::from_str::<String>(&quoted(text)).unwrap(), text);
        }
    }
}
