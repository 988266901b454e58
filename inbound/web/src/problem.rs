//! Faults to status codes, and what a refusal looks like (RFC 9457). The only file with status codes for errors.

mod body;

use std::borrow::Cow;
use std::time::Duration;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use daybook_core::model::fault::{Fault, FaultKind, chain};

pub(crate) use self::body::{Body, Code, Detail, MEDIA_TYPE};

/// When to try again if nobody knows better.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// A refusal on its way out. It gets its body in `dress.rs`, where the request's id and the reader's taste are known.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: Code,
    pub(crate) detail: Cow<'static, str>,
    pub(crate) details: Vec<Detail>,
    retry_after: Option<Duration>,
}

impl Problem {
    fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        let code = Code::of_status(status);
        Self { status, code, detail: detail.into(), details: Vec::new(), retry_after: None }
    }

    /// Bad input; the first detail is also the sentence.
    pub(crate) fn invalid(details: Vec<Detail>) -> Self {
        let sentence = details.first().map_or_else(String::new, |detail| detail.message.clone());
        Self { details, ..Self::new(StatusCode::BAD_REQUEST, sentence) }
    }

    /// It is not there, or not for this caller.
    pub(crate) fn missing(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// Who asks is not known, and has to be.
    pub(crate) fn unauthorized(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, detail)
    }

    /// Something that is needed for this does not answer now.
    pub(crate) fn unavailable(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// A fault of ours, which whoever calls this has put into the log.
    pub(crate) fn broken() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Daybook failed at this. It is a fault of ours; the log has it under this request's id.",
        )
    }

    /// A refusal that was not made here: by the router or by a layer.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::missing("There is nothing at this address."),
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                status,
                "This address does not take that method; the header Allow names those it takes.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(status, "The body of the request is too large."),
            status if status.is_client_error() => Self::new(status, "This request cannot be answered."),
            _ => Self::broken(),
        }
    }

    /// The same, naming what to mend.
    #[must_use]
    pub(crate) fn with_detail(mut self, detail: Detail) -> Self {
        self.details.push(detail);
        self
    }

    /// The same in words that may be told to this caller.
    #[must_use]
    pub(crate) fn saying(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = detail.into();
        self
    }

    /// The body for programs.
    pub(crate) fn body(&self, request_id: &str) -> Body {
        Body::new(self, request_id)
    }
}

impl<E: Fault> From<E> for Problem {
    fn from(error: E) -> Self {
        let mut problem = match error.kind() {
            FaultKind::Invalid => Self::new(StatusCode::BAD_REQUEST, error.to_string()),
            FaultKind::Missing => Self::new(StatusCode::NOT_FOUND, error.to_string()),
            FaultKind::Forbidden => Self::new(StatusCode::FORBIDDEN, error.to_string()),
            FaultKind::TooMany => Self::new(StatusCode::TOO_MANY_REQUESTS, error.to_string()),
            FaultKind::Unavailable => {
                tracing::warn!(error = chain(&error), "a request cannot be answered now");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "Something that Daybook needs is away. Trying again in a moment can help.",
                )
            }
            FaultKind::Broken => {
                tracing::error!(error = chain(&error), "a request cannot be answered");
                Self::broken()
            }
        };
        problem.retry_after = error.retry_after();
        if let Some(field) = error.field() {
            problem.details.push(Detail::new(field, error.to_string()));
        }
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        let headers = response.headers_mut();
        if matches!(self.code, Code::TooMany | Code::Unavailable) {
            let wait = self.retry_after.unwrap_or(TRY_AGAIN_AFTER);
            // Whole seconds, rounded up: who comes back at the second must not be too early.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code == Code::Unauthorized {
            let scheme = r#"ApiKey realm="daybook", header="X-Admin-Key""#;
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the outside")]
    struct Fails(FaultKind, #[source] std::io::Error);

    impl Fault for Fails {
        fn kind(&self) -> FaultKind {
            self.0
        }

        fn retry_after(&self) -> Option<Duration> {
            Some(Duration::from_millis(1_500))
        }
    }

    fn answer(kind: FaultKind) -> (u16, Option<String>, String) {
        let problem = Problem::from(Fails(kind, std::io::Error::other("password=hunter2")));
        let body = serde_json::to_string(&problem.body("r1")).unwrap();
        let response = problem.into_response();
        let wait = response.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), wait, body)
    }

    #[test]
    fn each_of_the_six_faults_has_its_status() {
        let statuses = [
            (FaultKind::Invalid, 400, None),
            (FaultKind::Missing, 404, None),
            (FaultKind::Forbidden, 403, None),
            (FaultKind::TooMany, 429, Some("2")),
            (FaultKind::Unavailable, 503, Some("2")),
            (FaultKind::Broken, 500, None),
        ];
        for (kind, status, wait) in statuses {
            let (given, retry_after, _) = answer(kind);
            assert_eq!((given, retry_after.as_deref()), (status, wait), "{kind:?}");
        }
    }

    #[test]
    fn a_body_tells_nothing_of_what_went_wrong_inside() {
        for kind in [FaultKind::Unavailable, FaultKind::Broken] {
            let (_, _, body) = answer(kind);
            assert!(!body.contains("hunter2") && !body.contains("the outside"), "{body}");
        }
    }
}
