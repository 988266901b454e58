//! An answer of the GraphQL endpoint, read without trust: its complaints first, whatever its status, then its data.

use std::borrow::Cow;
use std::ops::Range;

use chrono::{DateTime, Utc};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::complaint::{Complaint, Meaning, gravest, wait};
use crate::http::Misread;
use crate::object::{Object, mended};

/// One root field of an answer, and what was complained of beside it.
#[derive(Debug)]
pub(super) struct Answer {
    json: String,
    root: Option<Range<usize>>,
    pub(super) complaints: Vec<Complaint>,
}

/// How to read an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// The field at the root of the question.
    pub(super) root: &'static str,
    /// Whether it may be null without a complaint.
    pub(super) may_be_null: bool,
    /// Whether what went wrong inside is worth another try.
    pub(super) is_patient: bool,
    pub(super) now: DateTime<Utc>,
}

impl Reading {
    pub(super) fn read(self, bytes: Vec<u8>) -> Result<Answer, Misread> {
        let json = json_text(bytes)?;
        let Some(object) = Object::read(&json) else {
            serde_json::from_str::<IgnoredAny>(&json)?;
            return Err(Misread::Shape("the answer is not an object".to_owned()));
        };
        let complaints = match object.json("errors") {
            Some(_) => Complaint::all(json.as_bytes()),
            None => Vec::new(),
        };
        let data = object.object("data");
        let root = data.as_ref().and_then(|data| data.json(self.root)).map(|value| range(&json, value));
        if let Some(gravest) = gravest(&complaints) {
            let is_inside = gravest.meaning() == Meaning::Inside && self.is_patient && root.is_none();
            if gravest.meaning() == Meaning::Busy || is_inside {
                let asked = gravest.again.map(|again| wait(again, self.now));
                return Err(Misread::Busy { said: gravest.said(), asked });
            }
            if root.is_none() {
                return Err(Misread::Refusal(json.into_bytes()));
            }
        } else if root.is_none() && !(self.may_be_null && data.is_some()) {
            let lacks = if data.is_none() {
                "neither `data` nor `errors` in it".to_owned()
            } else {
                format!("no `{}` in its `data`, and nothing says why", self.root)
            };
            return Err(Misread::Shape(format!("the answer has {lacks}")));
        }
        Ok(Answer { json, root, complaints })
    }
}

impl Answer {
    /// The root field's JSON; `None`: it is null.
    pub(super) fn value(&self) -> Option<&str> {
        self.root.clone().map(|range| &self.json[range])
    }

    /// The elements of a root field that is a list.
    pub(super) fn rows(&self) -> Result<Vec<&str>, String> {
        let list: Vec<&RawValue> = serde_json::from_str(self.value().unwrap_or_default())
            .map_err(|_| "what should be a list of meetings is none".to_owned())?;
        Ok(list.into_iter().map(RawValue::get).collect())
    }

    /// Where one of its parts is.
    pub(super) fn range(&self, part: &str) -> Range<usize> {
        range(&self.json, part)
    }

    /// The part that is there.
    pub(super) fn part(&self, range: Range<usize>) -> &str {
        &self.json[range]
    }
}

fn range(whole: &str, part: &str) -> Range<usize> {
    let begin = part.as_ptr().addr() - whole.as_ptr().addr();
    begin..begin + part.len()
}

/// An answer's text, without a byte order mark and without halves of characters.
fn json_text(bytes: Vec<u8>) -> Result<String, Misread> {
    let mut text =
        String::from_utf8(bytes).map_err(|error| Misread::NotJson(error.utf8_error().to_string()))?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    if let Cow::Owned(mended) = mended(&text) {
        return Ok(mended);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Answer, Misread> {
        let now = DateTime::UNIX_EPOCH;
        let reading = Reading { root: "transcripts", may_be_null: false, is_patient: true, now };
        reading.read(json.as_bytes().to_vec())
    }

    #[test]
    fn rows_are_slices_and_complaints_beside_data_are_kept() {
        let answer = read(
            "\u{feff}{\"data\":{\"transcripts\":[ {\"id\":\"a\"} ,null]},\"errors\":[{\"code\":\"paid_required\"}]}",
        );
        let answer = answer.unwrap();
        let rows = answer.rows().unwrap();
        assert_eq!(rows, ["{\"id\":\"a\"}", "null"]);
        assert_eq!(answer.part(answer.range(rows[0])), rows[0]);
        assert_eq!(answer.complaints[0].meaning(), Meaning::Paid);
    }

    #[test]
    fn nothing_is_never_taken_for_an_empty_list() {
        for json in [
            "{}",
            "[]",
            r#"{"data":null}"#,
            r#"{"data":{}}"#,
            r#"{"data":{"transcripts":null}}"#,
            r#"{"data":{"transcripts":null},"errors":[]}"#,
        ] {
            assert!(matches!(read(json), Err(Misread::Shape(_))), "{json}");
        }
        assert!(read(r#"{"data":{"transcripts":{}}}"#).unwrap().rows().is_err());
        for json in ["", "<html>", "{\"data\":{\"transcripts\":[{", "\u{1}"] {
            assert!(matches!(read(json), Err(Misread::NotJson(_))), "{json}");
        }
    }

    #[test]
    fn busy_is_busy_also_with_data_and_a_refusal_keeps_its_words() {
        let busy = r#"{"data":{"transcripts":[]},"errors":[{"code":"too_many_requests","extensions":{"metadata":{"retryAfter":7}}}]}"#;
        let Err(Misread::Busy { asked, .. }) = read(busy) else { panic!() };
        assert_eq!(asked.unwrap().as_secs(), 7);
        let inside = r#"{"data":{"transcripts":null},"errors":[{"code":"invariant_violation"}]}"#;
        assert!(matches!(read(inside), Err(Misread::Busy { asked: None, .. })));
        let refused = r#"{"data":null,"errors":[{"code":"auth_failed"}]}"#;
        assert!(matches!(read(refused), Err(Misread::Refusal(body)) if body == refused.as_bytes()));
    }
}
