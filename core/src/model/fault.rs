//! The six ways in which anything goes wrong. Each way in translates them once: web to a status, the worker to
//! retry or fail, commands to an exit code.

use std::time::Duration;

/// What kind of trouble a failure is, for whoever has to answer it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The caller asked for something that makes no sense; [`Fault::field`] names what to mend.
    Invalid,
    /// What was asked for is not there, or may not be known to be there.
    Missing,
    /// The caller, or Daybook's own credential, may not do this.
    Forbidden,
    /// Asked too often; [`Fault::retry_after`] says when to come back.
    TooMany,
    /// Something we need is away; trying again later can help.
    Unavailable,
    /// A promise was broken, by us or by a vendor; trying again does not help.
    Broken,
}

/// Every error that reaches an action's border says which of the six it is.
pub trait Fault: std::error::Error {
    /// Which of the six.
    fn kind(&self) -> FaultKind;
    /// The input field to mend, where there is one.
    fn field(&self) -> Option<&str> {
        None
    }
    /// How long to wait before another try, where that is known.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// The message of an error and of everything below it, joined by `: `. For logs and for stored reasons.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.ends_with(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        next = cause.source();
    }
    text
}
