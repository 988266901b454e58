//! A first, light look at a page of issues: where each issue begins and ends, and where the next page is.

use std::collections::HashSet;
use std::ops::Range;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::http::Misread;
use crate::object::Object;

/// A page whose issues have not been read yet.
#[derive(Debug)]
pub(super) struct SearchPage {
    json: String,
    issues: Vec<Range<usize>>,
    /// The next page's token; `None` at the end.
    pub(super) next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(borrow)]
    issues: Vec<&'a RawValue>,
    is_last: Option<bool>,
    next_page_token: Option<String>,
}

impl SearchPage {
    /// Reads an answer's bytes.
    pub(super) fn read(bytes: Vec<u8>) -> Result<Self, Misread> {
        let json = json_text(bytes)?;
        let wire: Wire<'_> = serde_json::from_str(&json).map_err(|error| diagnosis(&json, error))?;
        let next = wire.next_page_token.filter(|token| !token.is_empty());
        let next = match (wire.is_last, next) {
            (Some(true), _) => None,
            (Some(false), None) => {
                return Err(Misread::Shape("`isLast` is false and there is no `nextPageToken`".to_owned()));
            }
            (_, next) => next,
        };
        let start = json.as_ptr().addr();
        let range = |issue: &&RawValue| {
            let begin = issue.get().as_ptr().addr() - start;
            begin..begin + issue.get().len()
        };
        let issues = wire.issues.iter().map(range).collect();
        Ok(Self { json, issues, next })
    }

    /// Bytes of the whole answer.
    pub(super) fn bytes(&self) -> usize {
        self.json.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.issues.is_empty()
    }

    /// The same page without the issues at these places.
    pub(super) fn without(mut self, places: &HashSet<usize>) -> Self {
        let mut place = 0;
        self.issues.retain(|_| {
            place += 1;
            !places.contains(&(place - 1))
        });
        self
    }

    /// Each issue, exactly as it came.
    pub(super) fn issues(&self) -> impl Iterator<Item = &str> {
        self.issues.iter().map(|range| &self.json[range.clone()])
    }
}

/// An answer's text. A byte order mark in front of it means nothing.
pub(super) fn json_text(bytes: Vec<u8>) -> Result<String, Misread> {
    let text = String::from_utf8(bytes).map_err(|error| Misread::NotJson(error.utf8_error().to_string()))?;
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Ok(rest.to_owned()),
        None => Ok(text),
    }
}

/// serde names the place, we name the field.
fn diagnosis(json: &str, error: serde_json::Error) -> Misread {
    if !error.is_data() {
        return error.into();
    }
    // What is wrong from the first byte on may not be JSON further on either.
    if let Err(error) = serde_json::from_str::<IgnoredAny>(json) {
        return error.into();
    }
    let Some(object) = Object::read(json) else {
        return Misread::Shape("the answer is not an object".to_owned());
    };
    let field = match object.json("issues") {
        None => "has no `issues`",
        Some(issues) if !issues.starts_with('[') => "holds an `issues` that is no list",
        Some(_) if object.json("isLast").is_some_and(|last| !matches!(last, "true" | "false")) => {
            "holds an `isLast` that is neither true nor false"
        }
        Some(_) => "holds a `nextPageToken` that is no text, or a field twice",
    };
    Misread::Shape(format!("the page {field}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<SearchPage, Misread> {
        SearchPage::read(json.as_bytes().to_vec())
    }

    #[test]
    fn issues_are_exact_slices_of_the_answer() {
        let page = "\u{feff}{\"issues\": [ {\"id\":\"1\" , \"x\":1e400},\n{ } ], \"nextPageToken\":\"t\"}";
        let page = read(page).unwrap();
        assert_eq!(page.issues().collect::<Vec<_>>(), ["{\"id\":\"1\" , \"x\":1e400}", "{ }"]);
        assert_eq!(page.next.as_deref(), Some("t"));
    }

    #[test]
    fn the_last_page_has_no_next() {
        for last in [
            r#"{"issues":[],"isLast":true}"#,
            r#"{"issues":[],"isLast":true,"nextPageToken":"t"}"#,
            r#"{"issues":[]}"#,
            r#"{"issues":[],"nextPageToken":null,"isLast":null}"#,
        ] {
            assert_eq!(read(last).unwrap().next, None, "{last}");
        }
    }

    #[test]
    fn a_wrong_shape_is_named_and_garbage_is_not_a_shape() {
        for (json, field) in [
            (r#"{"isLast":true}"#, "`issues`"),
            (r#"{"issues":{},"isLast":true}"#, "`issues`"),
            (r#"{"issues":[],"isLast":"yes"}"#, "`isLast`"),
            (r#"{"issues":[],"isLast":false}"#, "`nextPageToken`"),
            (r#"{"issues":[],"nextPageToken":7}"#, "`nextPageToken`"),
            ("[]", "object"),
        ] {
            let Err(Misread::Shape(said)) = read(json) else { panic!("{json}") };
            assert!(said.contains(field), "{json}: {said}");
        }
        for json in ["", "<html>", "{\"issues\":[{\"id\"", "\u{1}", "{\"issues\":[]} x", "null x"] {
            assert!(matches!(read(json), Err(Misread::NotJson(_))), "{json}");
        }
        assert!(matches!(SearchPage::read(b"{\"issues\":[\"\xe9\"]}".to_vec()), Err(Misread::NotJson(_))));
    }

    #[test]
    fn an_issue_that_is_nested_too_deeply_does_not_spoil_its_page() {
        let deep =
            format!("{{\"issues\":[{}{},{{\"id\":\"2\"}}]}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(read(&deep).unwrap().issues().count(), 2);
    }
}
