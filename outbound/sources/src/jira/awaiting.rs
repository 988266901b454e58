//! Issues whose history has not come yet. They wait for each other: a thousand cost one request, as one does.

use daybook_core::ports::source::Cursor;
use serde::{Deserialize, Serialize};

/// Of so many issues Jira tells the history at once.
pub(super) const MOST_ISSUES: usize = 1_000;

/// Issues that wait, in the order in which they came, and how far the telling is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Awaiting {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) ids: Vec<String>,
    /// The page of the first thousand's history that comes next; `None`: its first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<String>,
}

impl Awaiting {
    /// Those whose history is asked for now.
    pub(super) fn first(&self) -> &[String] {
        &self.ids[..self.ids.len().min(MOST_ISSUES)]
    }

    /// Leaves a page of their history behind.
    pub(super) fn go_on(&mut self, next: Option<String>) {
        if next.is_none() {
            let told = self.first().len();
            self.ids.drain(..told);
        }
        self.token = next;
    }

    /// Whether the next page of issues might be too many.
    pub(super) fn is_due(&self, page: usize) -> bool {
        !self.ids.is_empty() && (self.token.is_some() || self.ids.len() + page > MOST_ISSUES)
    }

    pub(super) fn add(&mut self, id: &str) {
        let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        if is_id && !self.ids.iter().any(|known| known == id) {
            self.ids.push(id.to_owned());
        }
    }
}

/// Where a walk stands, as far as histories are concerned.
pub(super) trait Place: Send {
    fn awaiting(&mut self) -> &mut Awaiting;
    fn cursor(&self) -> Cursor;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_wait_until_the_next_page_might_be_too_many_and_a_thousand_go_at_once() {
        let mut awaiting = Awaiting::default();
        (0..900).for_each(|id| awaiting.add(&id.to_string()));
        awaiting.add("7");
        awaiting.add("sha256:00");
        assert!(!awaiting.is_due(100) && awaiting.is_due(101));
        (900..1_050).for_each(|id| awaiting.add(&id.to_string()));
        assert_eq!((awaiting.first().len(), awaiting.is_due(1)), (1_000, true));
        awaiting.go_on(Some("t".to_owned()));
        assert_eq!((awaiting.ids.len(), awaiting.is_due(1)), (1_050, true));
        awaiting.go_on(None);
        assert_eq!((awaiting.first().len(), awaiting.is_due(100)), (50, false));
    }
}
