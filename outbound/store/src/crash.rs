//! Dies on purpose at a listed moment, so that a drill can meet every one of them: around each thing that is made
//! lasting, in the order in which a process does them.

use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

/// On which side of the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Everything is written and nothing is lasting.
    Before,
    /// It is lasting, and nobody has heard of it.
    After,
}

/// A moment at which the process ends without a word: `before:7` is just before its seventh commit or claim.
#[derive(Debug)]
pub struct Crash {
    side: Side,
    at: u32,
    passed: AtomicU32,
}

/// Words that name no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a crash is asked for as before:N or after:N, with N from 1 on, and not as `{0}`")]
pub struct UnknownMoment(String);

impl FromStr for Crash {
    type Err = UnknownMoment;

    fn from_str(text: &str) -> Result<Self, UnknownMoment> {
        let unknown = || UnknownMoment(text.to_owned());
        let (side, number) = text.split_once(':').ok_or_else(unknown)?;
        let side = match side {
            "before" => Side::Before,
            "after" => Side::After,
            _ => return Err(unknown()),
        };
        let at = number.parse().ok().filter(|at| *at > 0).ok_or_else(unknown)?;
        Ok(Self { side, at, passed: AtomicU32::new(0) })
    }
}

impl Crash {
    /// Something is about to be made lasting.
    pub(crate) fn before(&self) {
        let number = self.passed.fetch_add(1, Ordering::Relaxed) + 1;
        if self.side == Side::Before && number == self.at {
            std::process::abort();
        }
    }

    /// It is lasting.
    pub(crate) fn after(&self) {
        if self.side == Side::After && self.passed.load(Ordering::Relaxed) >= self.at {
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_moment_is_one() {
        assert!("before:1".parse::<Crash>().is_ok() && "after:12".parse::<Crash>().is_ok());
        for bad in ["", "before", "before:0", "after:-1", "within:3", "after:x"] {
            assert!(bad.parse::<Crash>().is_err(), "{bad}");
        }
    }
}
