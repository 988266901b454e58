//! Who asks: the user that sees everything, the one that sees less, or nobody.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono_tz::Tz;

use super::problem::Problem;
use crate::settings::Settings;

/// The account that sees everything.
pub(crate) const FULL_ACCOUNT: &str = "712020:90aa11b2-0000-4a4a-8b8b-1f1f1f1f1f1f";
/// The account that sees less.
pub(crate) const LIMITED_ACCOUNT: &str = "712020:90aa11b2-0000-4a4a-8b8b-2e2e2e2e2e2e";

/// A user of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) email: String,
    pub(crate) account_id: &'static str,
    pub(crate) name: &'static str,
    /// Sees fewer projects, nothing with a security level and no restricted comment.
    pub(crate) limited: bool,
    /// Quoted times in questions are read in it.
    pub(crate) zone: Tz,
}

impl Caller {
    /// The caller of a request; `None` without credentials.
    pub(crate) fn of(headers: &HeaderMap, settings: &Settings, zone: Tz) -> Result<Option<Self>, Problem> {
        let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
        let wrong = Problem::Unauthenticated { tried: true };
        let value = value.to_str().map_err(|_| wrong.clone())?;
        let users = [
            (&settings.email, &settings.token, Self::full(&settings.email, zone)),
            (&settings.limited_email, &settings.limited_token, Self::limited(&settings.limited_email, zone)),
        ];
        users
            .into_iter()
            .find(|(email, token, _)| presents(value, email, token))
            .map(|(_, _, caller)| Some(caller))
            .ok_or(wrong)
    }

    /// The user that sees everything.
    pub(crate) fn full(email: &str, zone: Tz) -> Self {
        Self {
            email: email.to_owned(),
            account_id: FULL_ACCOUNT,
            name: "Records reader",
            limited: false,
            zone,
        }
    }

    /// The user that sees less.
    pub(crate) fn limited(email: &str, zone: Tz) -> Self {
        Self {
            email: email.to_owned(),
            account_id: LIMITED_ACCOUNT,
            name: "Guest reader",
            limited: true,
            zone,
        }
    }
}

fn presents(value: &str, email: &str, token: &str) -> bool {
    match value.split_once(' ') {
        Some((scheme, given)) if scheme.eq_ignore_ascii_case("bearer") => given.trim() == token,
        Some((scheme, given)) if scheme.eq_ignore_ascii_case("basic") => {
            STANDARD.decode(given.trim()).is_ok_and(|pair| pair == format!("{email}:{token}").into_bytes())
        }
        _ => false,
    }
}
