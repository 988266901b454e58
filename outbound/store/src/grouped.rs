//! Jobs that come together go together: those that arrive while one commit is under way share the next.

use std::sync::{Arc, Mutex, PoisonError};

use daybook_core::model::job::NewJob;
use daybook_core::ports::store::StoreError;
use tokio::sync::oneshot;

type Result<T> = std::result::Result<T, StoreError>;
type Answer = std::result::Result<bool, Arc<StoreError>>;

/// So many go into one transaction at most.
const MOST: usize = 500;

/// Who waits for the next commit.
#[derive(Debug, Default)]
pub(crate) struct Grouped {
    waiting: Mutex<Vec<(NewJob, oneshot::Sender<Answer>)>>,
    turn: tokio::sync::Mutex<()>,
}

impl Grouped {
    /// Puts a job into the queue together with all others that wait; `write` makes one transaction of many.
    pub(crate) async fn submit<F>(&self, job: NewJob, write: impl Fn(Vec<NewJob>) -> F) -> Result<bool>
    where
        F: Future<Output = Result<Vec<bool>>>,
    {
        let (tell, mut told) = oneshot::channel();
        self.lock().push((job, tell));
        loop {
            let turn = self.turn.lock().await;
            // Somebody else may have taken this one along while it waited for its turn.
            match told.try_recv() {
                Ok(answer) => return answer.map_err(shared),
                Err(oneshot::error::TryRecvError::Closed) => return Err(cut_short()),
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
            let (jobs, tellers): (Vec<NewJob>, Vec<_>) = {
                let mut waiting = self.lock();
                let most = waiting.len().min(MOST);
                waiting.drain(..most).unzip()
            };
            let written = write(jobs).await.map_err(Arc::new);
            for (place, teller) in tellers.into_iter().enumerate() {
                let answer = written.as_ref().map(|fresh| fresh.get(place).copied().unwrap_or(false));
                // Whoever has gone away meanwhile needs no answer; the job is in the queue.
                let _gone = teller.send(answer.map_err(Arc::clone));
            }
            drop(turn);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(NewJob, oneshot::Sender<Answer>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shared(error: Arc<StoreError>) -> StoreError {
    let doing = "put jobs into the queue";
    Arc::try_unwrap(error).unwrap_or_else(|error| StoreError::Failed {
        doing,
        source: daybook_core::model::fault::chain(error.as_ref()).into(),
    })
}

fn cut_short() -> StoreError {
    let doing = "put jobs into the queue";
    StoreError::Failed { doing, source: "whoever wrote it was stopped; ask whether it is there".into() }
}
