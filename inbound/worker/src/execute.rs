//! One match over `Job`: which action does it.

use daybook_core::actions::index_documents::IndexDocuments;
use daybook_core::actions::run_backfill::{Ended, RunBackfill};
use daybook_core::actions::settle_job::SettleJob;
use daybook_core::model::fault::Fault;
use daybook_core::model::job::{Claimed, Job, StopSign};

/// The actions that jobs call for.
pub struct Actions {
    /// For [`Job::RunBackfill`].
    pub run_backfill: RunBackfill,
    /// For [`Job::IndexDocuments`].
    pub index_documents: IndexDocuments,
    /// For every job's end.
    pub settle_job: SettleJob,
}

/// How a try ended.
pub(crate) enum Verdict {
    /// With what came of it.
    Done(Option<String>),
    Interrupted,
    Failed(Box<dyn Fault + Send + Sync>),
}

impl Actions {
    pub(crate) async fn execute(&self, claimed: &Claimed, stop: &StopSign) -> Verdict {
        match claimed.job {
            Job::RunBackfill { backfill, .. } => {
                match self.run_backfill.run(backfill, &claimed.lease, stop).await {
                    Ok(Ended::Finished) => Verdict::Done(None),
                    Ok(Ended::Interrupted) => Verdict::Interrupted,
                    Err(error) => Verdict::Failed(Box::new(error)),
                }
            }
            Job::IndexDocuments => match self.index_documents.run(&claimed.lease, stop).await {
                Ok(_) if stop.is_up() => Verdict::Interrupted,
                Ok(count) => {
                    tracing::info!(documents.count = count, "gave vectors to {count} documents");
                    Verdict::Done(Some(format!("gave vectors to {count} documents")))
                }
                Err(error) => Verdict::Failed(Box::new(error)),
            },
            Job::Ping { .. } => Verdict::Done(None),
        }
    }
}
