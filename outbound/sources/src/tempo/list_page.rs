//! A first, light look at a page of one of Tempo's lists: where each row begins and ends, and whether there are more.

use std::ops::Range;

use reqwest::Url;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::http::Misread;
use crate::object::Object;

/// What a page says about its list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outline {
    /// Rows on the page.
    pub(super) rows: u64,
    /// Whether it says that there is another page.
    pub(super) promises_more: bool,
    /// The row that its link to the next page begins with, if it names one.
    pub(super) next_offset: Option<u64>,
    /// The row that was asked for first.
    pub(super) offset: u64,
    /// The most rows that it could have: as many as were asked for, or as many as it says that it gives.
    pub(super) limit: u64,
}

impl Outline {
    /// Whether nothing is behind the page: it promises no more, and has room left. Either alone has been wrong before.
    pub(super) fn is_last(&self) -> bool {
        !self.promises_more && self.rows < self.limit
    }
}

/// A page whose rows have not been read yet.
#[derive(Debug)]
pub(super) struct ListPage {
    json: String,
    rows: Vec<Range<usize>>,
    pub(super) outline: Outline,
    /// The token of the next page, where pages have tokens.
    pub(super) next_token: Option<String>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    results: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    metadata: Option<&'a RawValue>,
}

impl ListPage {
    /// Reads an answer's bytes.
    pub(super) fn read(bytes: Vec<u8>) -> Result<Self, Misread> {
        let json = json_text(bytes)?;
        let wire: Wire<'_> = serde_json::from_str(&json).map_err(|error| diagnosis(&json, error))?;
        let metadata = wire.metadata.and_then(|metadata| Object::read(metadata.get()));
        let text = |name: &str| {
            let text = metadata.as_ref()?.text(name)?.into_owned();
            Some(text).filter(|text| !text.is_empty())
        };
        let next_token = text("nextPageToken");
        let next = text("next").or_else(|| text("nextPageUrl"));
        let limit = metadata.as_ref().and_then(|metadata| metadata.number("limit"));
        let start = json.as_ptr().addr();
        let range = |row: &&RawValue| {
            let begin = row.get().as_ptr().addr() - start;
            begin..begin + row.get().len()
        };
        let rows: Vec<_> = wire.results.iter().map(range).collect();
        let outline = Outline {
            rows: rows.len() as u64,
            promises_more: next.is_some() || next_token.is_some(),
            next_offset: next.as_deref().and_then(offset_of),
            offset: 0,
            limit: limit.filter(|limit| *limit > 0).unwrap_or(u64::MAX),
        };
        Ok(Self { json, rows, outline, next_token })
    }

    /// Notes what was asked for.
    pub(super) fn asked_for(mut self, offset: u64, limit: u32) -> Self {
        self.outline.offset = offset;
        self.outline.limit = self.outline.limit.min(u64::from(limit));
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Each row, exactly as it came.
    pub(super) fn rows(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|range| &self.json[range.clone()])
    }
}

/// The row that a link names. Nothing else of it is used: its host may be any.
fn offset_of(link: &str) -> Option<u64> {
    let url = Url::options().base_url(Url::parse("https://any.invalid").ok().as_ref()).parse(link).ok()?;
    let (_, offset) = url.query_pairs().find(|(name, _)| name == "offset")?;
    offset.parse().ok()
}

/// An answer's text. A byte order mark in front of it means nothing.
pub(super) fn json_text(bytes: Vec<u8>) -> Result<String, Misread> {
    let mut text =
        String::from_utf8(bytes).map_err(|error| Misread::NotJson(error.utf8_error().to_string()))?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}

/// serde names the place, we name the field.
fn diagnosis(json: &str, error: serde_json::Error) -> Misread {
    // What is wrong from the first byte on may not be JSON further on either.
    let whole = serde_json::from_str::<serde::de::IgnoredAny>(json);
    match whole {
        Err(error) => error.into(),
        Ok(_) if !error.is_data() => error.into(),
        Ok(_) if Object::read(json).is_none() => Misread::Shape("the answer is not an object".to_owned()),
        Ok(_) => Misread::Shape("the page has no list of `results`, or has it twice".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<ListPage, Misread> {
        ListPage::read(json.as_bytes().to_vec())
    }

    #[test]
    fn rows_are_exact_slices_and_only_a_links_number_is_read() {
        let json = "\u{feff}{\"metadata\":{\"limit\":2,\"next\":\"https://evil.example/4/worklogs?limit=2&offset=7\"}, \"results\": [ {\"a\":1e400} ,\n{ } ]}";
        let page = read(json).unwrap().asked_for(5, 1_000);
        assert_eq!(page.rows().collect::<Vec<_>>(), ["{\"a\":1e400}", "{ }"]);
        let outline = page.outline;
        assert_eq!((outline.next_offset, outline.promises_more, outline.limit), (Some(7), true, 2));
        assert!(!outline.is_last());
    }

    #[test]
    fn a_page_is_the_last_if_it_promises_no_more_and_has_room() {
        for (json, is_last) in [
            (r#"{"results":[1],"metadata":{"limit":2}}"#, true),
            (r#"{"results":[1]}"#, true),
            (r#"{"results":[1],"metadata":{"limit":1}}"#, false),
            (r#"{"results":[1,2]}"#, false),
            (r#"{"results":[],"metadata":{"next":"/4/worklogs?offset=2"}}"#, false),
            (r#"{"results":[],"metadata":{"nextPageToken":"t"}}"#, false),
            (r#"{"results":[1],"metadata":{"limit":"many","next":null}}"#, true),
        ] {
            assert_eq!(read(json).unwrap().asked_for(0, 2).outline.is_last(), is_last, "{json}");
        }
    }

    #[test]
    fn a_wrong_shape_is_named_and_garbage_is_not_a_shape() {
        for (json, field) in [
            (r#"{"metadata":{}}"#, "`results`"),
            (r#"{"results":{}}"#, "`results`"),
            (r#"{"results":null}"#, "`results`"),
            ("[]", "object"),
            ("7", "object"),
        ] {
            let Err(Misread::Shape(said)) = read(json) else { panic!("{json}") };
            assert!(said.contains(field), "{json}: {said}");
        }
        for json in ["", "<html>", "{\"results\":[{\"id\"", "\u{1}", "{\"results\":[]} x", "null x"] {
            assert!(matches!(read(json), Err(Misread::NotJson(_))), "{json}");
        }
        assert!(matches!(ListPage::read(b"{\"results\":[\"\xe9\"]}".to_vec()), Err(Misread::NotJson(_))));
    }
}
