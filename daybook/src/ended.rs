//! How a command ends: the only place with exit codes.

use std::process::ExitCode;

use daybook_core::model::fault::{Fault, FaultKind, chain};

use crate::config::ConfigError;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Ended {
    /// It was tried and failed (exit 1).
    Failed(String),
    /// The request makes no sense (exit 2).
    WrongUse(String),
    /// The settings, or the database's schema, do not allow it (exit 78).
    Misconfigured(String),
}

impl Ended {
    /// What the faults of an action mean on the command line.
    pub fn from_fault(fault: &dyn Fault) -> Self {
        match fault.kind() {
            // On the command line a parameter is a flag.
            FaultKind::Invalid => Self::WrongUse(
                chain(fault).replace("from_date", "--from-date").replace("to_date", "--to-date"),
            ),
            _ => Self::Failed(chain(fault)),
        }
    }

    /// The number that the shell sees.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::WrongUse(_) => 2,
            Self::Misconfigured(_) => 78,
        })
    }

    /// What the person sees.
    pub fn message(&self) -> &str {
        match self {
            Self::Failed(text) | Self::WrongUse(text) | Self::Misconfigured(text) => text,
        }
    }
}

impl From<ConfigError> for Ended {
    fn from(error: ConfigError) -> Self {
        Self::Misconfigured(error.to_string())
    }
}

impl From<anyhow::Error> for Ended {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(format!("{error:#}"))
    }
}

impl From<std::io::Error> for Ended {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}
