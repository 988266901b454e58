//! How Fireflies speaks of limits in answers that have the status for it.

use super::complaint::{Complaint, Meaning, gravest};
use crate::http::Limit;

/// What the body of such an answer asks for.
pub(super) fn read(body: &[u8]) -> Limit {
    let complaints = Complaint::all(body);
    let Some(complaint) = gravest(&complaints) else { return Limit::Wait { asked: None, reason: None } };
    let reason = Some(complaint.message.clone());
    match complaint.again {
        _ if complaint.meaning() == Meaning::Credential => Limit::Never(complaint.said()),
        Some(again) => Limit::Quota { again, reason },
        None => Limit::Wait { asked: None, reason },
    }
}
