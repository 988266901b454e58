//! Our own extractors: their refusals look like all our refusals, and name the parameter to mend.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::problem::{Detail, Problem};

/// The query's parameters, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
}

impl Parameters {
    pub(crate) fn of(uri: &Uri) -> Self {
        let query = uri.query().unwrap_or_default().as_bytes();
        Self { pairs: form_urlencoded::parse(query).map(|(k, v)| (k.into_owned(), v.into_owned())).collect() }
    }

    /// The first value of a name.
    pub(crate) fn first(&self, name: &str) -> Option<String> {
        self.all(name).next().map(str::to_owned)
    }

    /// Every value of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a name that may be repeated or hold a list with commas.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        self.all(name).flat_map(|value| value.split(',')).map(|word| word.trim().to_owned()).collect()
    }

    /// Without the values that are empty, as forms on pages send them.
    #[must_use]
    pub(crate) fn filled(mut self) -> Self {
        self.pairs.retain(|(_, value)| !value.trim().is_empty());
        self
    }

    /// What nobody knows, and what stands there twice though it may stand there once.
    fn strangers<T: FromQuery>(&self) -> Vec<Detail> {
        let mut details: Vec<Detail> = Vec::new();
        for (index, (name, _)) in self.pairs.iter().enumerate() {
            let message = if !T::ONCE.contains(&name.as_str()) && !T::OFTEN.contains(&name.as_str()) {
                let known = [T::ONCE, T::OFTEN].concat();
                if known.is_empty() {
                    "there is no such parameter: this address takes none".to_owned()
                } else {
                    format!("there is no such parameter; there are {}", known.join(", "))
                }
            } else if T::ONCE.contains(&name.as_str()) && self.pairs[..index].iter().any(|(n, _)| n == name) {
                format!("{name} is given more than once")
            } else {
                continue;
            };
            let field: String = name.chars().take(64).collect();
            if details.len() < 20 && !details.iter().any(|detail| detail.field == field) {
                details.push(Detail { field, message });
            }
        }
        details
    }
}

/// What can be read from a query.
pub(crate) trait FromQuery: Sized {
    /// The names that may stand there once.
    const ONCE: &'static [&'static str];
    /// The names that may be repeated.
    const OFTEN: &'static [&'static str] = &[];

    /// Reads it. Unknown and doubled names have been refused before.
    fn read(parameters: &Parameters) -> Self;
}

/// A query of which every parameter is known. Text like `2026-13-01` is read later, by who knows what it should be.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Sync, T: FromQuery> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let parameters = Parameters::of(&parts.uri);
        let strangers = parameters.strangers::<T>();
        if strangers.is_empty() { Ok(Self(T::read(&parameters))) } else { Err(Problem::invalid(strangers)) }
    }
}

/// No query at all.
pub(crate) struct NoQuery;

impl FromQuery for NoQuery {
    const ONCE: &'static [&'static str] = &[];

    fn read(_: &Parameters) -> Self {
        Self
    }
}

/// What a segment of the path can name.
pub(crate) trait FromSegment: Sized {
    /// Reads it, or says why there is no such thing.
    fn read(word: &str) -> Result<Self, Problem>;
}

/// The one variable segment of a route's path.
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: FromSegment> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let nothing = || Problem::missing("There is nothing at this address.");
        let segments = RawPathParams::from_request_parts(parts, state).await.map_err(|_| nothing())?;
        let (_, word) = segments.iter().next().ok_or_else(nothing)?;
        T::read(word).map(Self)
    }
}

/// An answer in JSON.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(text) => ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], Bytes::from(text))
                .into_response(),
            Err(error) => {
                tracing::error!(%error, "an answer could not be written as JSON");
                Problem::broken().into_response()
            }
        }
    }
}

/// What a caller says with `true` or `false`; nothing said is `false`.
pub(crate) fn truth(field: &str, word: Option<&str>) -> Result<bool, Detail> {
    match word {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(other) => {
            let said = format!("{field} must be true or false, and `{}` is neither", quoted(other));
            Err(Detail::new(field, said))
        }
    }
}

/// A caller's word, cut so that it can stand in a sentence.
pub(crate) fn quoted(word: &str) -> Cow<'_, str> {
    match word.char_indices().nth(64) {
        Some((end, _)) => Cow::Owned(format!("{}…", &word[..end])),
        None => Cow::Borrowed(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sample;

    impl FromQuery for Sample {
        const ONCE: &'static [&'static str] = &["days"];
        const OFTEN: &'static [&'static str] = &["source"];

        fn read(_: &Parameters) -> Self {
            Self
        }
    }

    fn strangers(query: &str) -> Vec<String> {
        let uri = format!("/?{query}").parse().unwrap();
        Parameters::of(&uri).strangers::<Sample>().into_iter().map(|detail| detail.field).collect()
    }

    #[test]
    fn unknown_and_doubled_parameters_are_named() {
        assert_eq!(strangers("days=1&source=a&source=b"), Vec::<String>::new());
        assert_eq!(strangers("day=1"), ["day"]);
        assert_eq!(strangers("days=1&days=1"), ["days"]);
        assert_eq!(strangers("a=1&b=2&a=3"), ["a", "b"]);
    }

    #[test]
    fn a_list_may_be_repeated_or_hold_commas() {
        let uri = "/?source=jira,%20notion&source=tempo".parse().unwrap();
        assert_eq!(Parameters::of(&uri).list("source"), ["jira", "notion", "tempo"]);
    }
}
