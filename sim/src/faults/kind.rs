//! The faults that there are.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::one;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum FaultKind {
    /// 429 with the vendor's headers; `retry_after` as given, absent if absent.
    RateLimited {
        #[serde(default)]
        retry_after: Option<Value>,
        #[serde(default)]
        reason: Option<String>,
    },
    /// This status, with the vendor's body unless another is given.
    Status {
        code: u16,
        #[serde(default)]
        body: Option<Value>,
        #[serde(default)]
        retry_after: Option<Value>,
    },
    /// The right head, half of the body, then the connection is cut.
    HalfBody {},
    /// The connection is cut before anything is said.
    Reset {},
    /// 200 with JSON that ends too early.
    GarbageJson {},
    /// 200 with a log-in page.
    HtmlLogin {},
    /// 200 with nothing.
    EmptyBody {},
    /// The answer proper, late.
    Slow { delay_ms: u64 },
    /// A byte at a time until the caller hangs up.
    Trickle {},
    /// 302 to another address.
    Redirect { to: String },
    /// The page token is refused, as one that is too old.
    DeadToken {},
    /// The page served last, again, with its token.
    RepeatToken {},
    /// The first page again, always with a token never seen before.
    EndlessPages {},
    /// No issues, but a token.
    EmptyPageWithToken {},
    /// Search does not find the `newest` so many changed issues, nor those changed in the last `seconds`.
    IndexLag {
        #[serde(default)]
        newest: usize,
        #[serde(default)]
        seconds: u64,
    },
    /// Deletes so many issues before it answers.
    DeleteWhilePaging {
        #[serde(default = "one")]
        issues: u64,
    },
    /// Edits so many issues before it answers.
    EditWhilePaging {
        #[serde(default = "one")]
        issues: u64,
    },
    /// A field is not sent.
    DropField { name: String },
    /// The issue at this place of the page (from 0) is not as it should be.
    BrokenRecord {
        #[serde(default)]
        place: usize,
        #[serde(default)]
        shape: BrokenShape,
    },
    /// The approximate count is off by so much.
    ApproximateCount { delta: i64 },
    /// Something that only this vendor does; what more there is to say depends on it.
    Quirk {
        name: String,
        #[serde(default)]
        value: Value,
    },
}

/// What is wrong with a broken record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BrokenShape {
    /// `fields` is null.
    #[default]
    FieldsNull,
    /// `updated` is missing.
    UpdatedMissing,
    /// Summary, project and description have the wrong types.
    WrongTypes,
    /// The id is missing.
    IdMissing,
}

impl FaultKind {
    /// Whether it replaces or spoils the whole answer; the others only bend what is in it.
    pub(super) fn ends_the_request(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. }
                | Self::Status { .. }
                | Self::HalfBody {}
                | Self::Reset {}
                | Self::GarbageJson {}
                | Self::HtmlLogin {}
                | Self::EmptyBody {}
                | Self::Trickle {}
                | Self::Redirect { .. }
        )
    }
}
