//! A walk over meetings. One task fetches the next page while the page at hand is stored; this end gives pages in order.

use std::sync::Arc;

use async_trait::async_trait;
use daybook_core::ports::source::{Known, Page, SourceError, Spent, Walk};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::KIND;
use super::account::Account;
use super::checkpoint::Checkpoint;
use super::fetch::LIST;
use super::steps::Steps;
use crate::http::{Meter, Tally};

/// The near end of a walk.
pub(super) struct MeetingWalk {
    pages: mpsc::Receiver<Result<Page, SourceError>>,
    /// All that was spent, and what pages that were taken told of it.
    meter: Arc<Meter>,
    told: Spent,
    /// Owns the asking task: dropping the walk ends it.
    asking: JoinSet<()>,
}

impl MeetingWalk {
    pub(super) fn begin(
        account: Arc<Account>,
        known: Arc<dyn Known>,
        mut place: Checkpoint,
        page_size: u32,
    ) -> Self {
        // One page is ahead of whoever stores them, and no more: meetings are large.
        let (give, pages) = mpsc::channel(1);
        let (mut asking, meter) = (JoinSet::new(), Arc::<Meter>::default());
        let mut steps = Steps::new(account, known, Tally::on(Arc::clone(&meter)), page_size);
        asking.spawn(async move {
            while !place.is_done() {
                // Nobody listens any more if the walk was dropped.
                let Ok(room) = give.reserve().await else { return };
                let page = steps.step(&mut place).await;
                let is_over = page.is_err();
                room.send(page);
                if is_over {
                    return;
                }
            }
        });
        Self { pages, meter, told: Spent::default(), asking }
    }
}

#[async_trait]
impl Walk for MeetingWalk {
    async fn next_page(&mut self) -> Result<Option<Page>, SourceError> {
        if let Some(given) = self.pages.recv().await {
            let page = given?;
            self.told.requests += page.requests;
            self.told.waits += page.waits;
            return Ok(Some(page));
        }
        match self.asking.join_next().await {
            Some(Err(error)) => Err(SourceError::Broken {
                source_kind: KIND,
                doing: LIST,
                said: format!("the task that reads it ended early: {error}"),
            }),
            _ => Ok(None),
        }
    }

    fn spent(&self) -> Spent {
        let all = self.meter.read();
        Spent { requests: all.requests - self.told.requests, waits: all.waits - self.told.waits }
    }
}
