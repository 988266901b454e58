//! What Fireflies means when it says no, and what a person can do about it.

use daybook_core::ports::source::SourceError;

use super::KIND;
use super::complaint::{Complaint, Meaning, gravest};
use crate::http::{Failed, Rejection, beginning};

const KEY: &str = "make a newer API key in Fireflies (Integrations, Fireflies API) and set it as FIREFLIES_API_KEY: an old one may be refused, or show fewer meetings than there are";
const PLAN: &str = "ask whoever holds the key for one of a plan that includes the API and its transcripts";
const RIGHTS: &str =
    "use the key of somebody who may see the meetings that Daybook should keep, such as an admin of the team";

/// Why a call failed, sorted by what its caller can do about it.
#[derive(Debug)]
pub(super) enum No {
    /// Nobody can go on.
    Error(SourceError),
    /// Of fields: these words may name them.
    Paid(Vec<String>),
    /// Not there, or not shown.
    Missing(String),
    Forbidden(String),
    /// A field of ours is unknown there.
    Unknown(String),
    /// It went wrong there or on the way, with this question: a smaller one may do.
    Trouble(SourceError),
    /// It took too long.
    Slow(SourceError),
    /// The answer is larger than what is read.
    TooLarge(String),
}

pub(super) fn sorted(doing: &'static str, failed: Failed) -> No {
    match failed {
        Failed::TooLarge(said) => No::TooLarge(said),
        Failed::Source(error @ SourceError::Unavailable { retry_after: None, .. }) => No::Trouble(error),
        Failed::Source(error @ SourceError::Broken { .. }) if error.to_string().contains("not JSON") => {
            No::Trouble(error)
        }
        Failed::Source(error) => No::Error(error),
        Failed::Rejected(rejection) => rejected(doing, &rejection),
    }
}

fn rejected(doing: &'static str, rejection: &Rejection) -> No {
    let source_kind = KIND;
    let complaints = Complaint::all(&rejection.body);
    let Some(complaint) = gravest(&complaints) else { return by_status(doing, rejection) };
    let said = complaint.said();
    match complaint.meaning() {
        Meaning::Credential => No::Error(SourceError::Refused { source_kind, doing, said, cure: KEY }),
        Meaning::Paid => No::Paid(complaints.iter().flat_map(Complaint::words).map(str::to_owned).collect()),
        Meaning::Missing => No::Missing(said),
        Meaning::Forbidden => No::Forbidden(said),
        Meaning::Validation => match complaint.unknown_field() {
            Some(field) => No::Unknown(crate::http::scrubbed(field)),
            None => No::Error(SourceError::Broken { source_kind, doing, said }),
        },
        Meaning::Inside | Meaning::Busy => {
            let error = SourceError::Unavailable { source_kind, doing, said, retry_after: None };
            if complaint.is_slow() { No::Slow(error) } else { No::Trouble(error) }
        }
        Meaning::Question => No::Error(SourceError::Unacceptable { source_kind, doing, said }),
    }
}

fn by_status(doing: &'static str, rejection: &Rejection) -> No {
    let (source_kind, status) = (KIND, rejection.status);
    let said = format!("it answered {status}; {}", beginning(&rejection.body));
    No::Error(match status {
        401 | 403 => SourceError::Refused { source_kind, doing, said, cure: KEY },
        404 | 405 | 410 => {
            let said = format!("{said}; the endpoint that FIREFLIES_API_URL names is not there");
            SourceError::Broken { source_kind, doing, said }
        }
        _ => SourceError::Unacceptable { source_kind, doing, said },
    })
}

impl No {
    /// For a caller that can do nothing about it.
    pub(super) fn error(self, doing: &'static str) -> SourceError {
        let source_kind = KIND;
        match self {
            Self::Error(error) | Self::Trouble(error) | Self::Slow(error) => error,
            Self::TooLarge(said) => SourceError::Broken { source_kind, doing, said },
            Self::Missing(said) => SourceError::Unacceptable { source_kind, doing, said },
            Self::Forbidden(said) => SourceError::Refused { source_kind, doing, said, cure: RIGHTS },
            Self::Paid(_) => {
                let said = "it wants a plan that costs more".to_owned();
                SourceError::Refused { source_kind, doing, said, cure: PLAN }
            }
            Self::Unknown(field) => {
                SourceError::Broken { source_kind, doing, said: format!("it does not know `{field}`") }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;

    fn no(status: u16, body: &str) -> No {
        let rejection = Rejection { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() };
        sorted("list meetings", Failed::Rejected(Box::new(rejection)))
    }

    fn coded(status: u16, code: &str) -> No {
        no(status, &format!(r#"{{"errors":[{{"message":"M","code":"{code}"}}],"data":null}}"#))
    }

    #[test]
    fn a_code_means_the_same_under_every_status() {
        for status in [200, 400, 403, 404] {
            let refused = coded(status, "auth_failed").error("x");
            assert!(matches!(&refused, SourceError::Refused { cure, .. } if cure.contains("newer API key")));
            assert!(matches!(coded(status, "object_not_found"), No::Missing(_)));
            assert!(matches!(coded(status, "not_in_team"), No::Forbidden(_)));
            assert!(matches!(coded(status, "paid_required"), No::Paid(_)));
            assert!(matches!(coded(status, "invariant_violation"), No::Trouble(_)));
            let ours = coded(status, "args_required");
            assert!(matches!(ours, No::Error(SourceError::Unacceptable { .. })));
        }
    }

    #[test]
    fn without_words_the_status_has_to_do() {
        assert!(matches!(no(401, ""), No::Error(SourceError::Refused { .. })));
        assert!(matches!(no(403, "<html>"), No::Error(SourceError::Refused { .. })));
        let gone = no(410, "gone").error("x").to_string();
        assert!(gone.contains("FIREFLIES_API_URL"), "{gone}");
        assert!(matches!(no(400, "no"), No::Error(SourceError::Unacceptable { .. })));
    }
}
