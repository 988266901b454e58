//! The queue against a model of a few lines: whatever is done to both, in whatever order, they stay alike.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a contract is a test: it stops where a fact does not hold"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::job::{Due, Job, JobId, JobState, Lease, NewJob, Outcome, Priority};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::clock::Clock as _;
use daybook_core::ports::store::{JobFilter, Retention, StoreError};
use uuid::Uuid;

use super::{Any, LEASE, now, ping, wish};
use crate::manual_clock::ManualClock;
use crate::sample::backfill;

/// Things done to one queue, and how many queues.
const STEPS: u32 = 350;
const SEEDS: u64 = 4;

/// Whole numbers that look like chance: xorshift64*, so that a seed is a story that can be told again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end
    }

    fn pick<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        let end = u64::try_from(all.len()).unwrap();
        if end == 0 { None } else { Some(all[usize::try_from(self.below(end)).unwrap()].clone()) }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    Pending,
    Running { token: Uuid, until: DateTime<Utc> },
    Done,
    Failed,
    Cancelled,
}

#[derive(Debug, Clone)]
struct Row {
    job: Job,
    state: State,
    due: DateTime<Utc>,
    turn: DateTime<Utc>,
    priority: Priority,
    attempts: u32,
    losses: u32,
    has_error: bool,
}

/// What the queue is supposed to be.
#[derive(Default)]
struct Model {
    rows: BTreeMap<JobId, Row>,
    paused: BTreeSet<&'static str>,
}

fn later(at: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    at + TimeDelta::from_std(by).unwrap()
}

impl Model {
    fn waits(&self, key: &str) -> bool {
        self.rows.values().any(|row| row.state == State::Pending && row.job.key() == key)
    }

    fn enqueue(&mut self, job: &NewJob, now: DateTime<Utc>) -> bool {
        if self.waits(&job.job.key()) {
            return false;
        }
        let due = match job.due {
            Due::Now => now,
            Due::In(after) => later(now, after),
            Due::At(at) => at,
        };
        let turn = later(due, Priority::STEP * job.priority.steps());
        let (job_of, priority) = (job.job.clone(), job.priority);
        let row = Row {
            job: job_of,
            state: State::Pending,
            due,
            turn,
            priority,
            attempts: 0,
            losses: 0,
            has_error: false,
        };
        self.rows.insert(job.id, row);
        true
    }

    fn claimable(&self, kind: &str, now: DateTime<Utc>) -> Vec<JobId> {
        let running = || self.rows.values().filter(|row| matches!(row.state, State::Running { .. }));
        let keys: BTreeSet<String> = running().map(|row| row.job.key()).collect();
        let mut lanes: BTreeSet<String> = running().filter_map(|row| row.job.lane()).collect();
        let mut found = Vec::new();
        for (id, row) in self.rows.iter().filter(|(_, row)| row.job.word() == kind) {
            match row.state {
                State::Running { until, .. } if until <= now => found.push((until, *id)),
                State::Pending if row.due <= now && !keys.contains(&row.job.key()) => {
                    found.push((row.turn, *id));
                }
                _ => {}
            }
        }
        found.sort();
        let free = |id: &JobId| {
            let row = &self.rows[id];
            row.state != State::Pending || row.job.lane().is_none_or(|lane| lanes.insert(lane))
        };
        let mut free = free;
        found.into_iter().map(|(_, id)| id).filter(|id| free(id)).collect()
    }

    fn held(&mut self, lease: &Lease) -> Option<&mut Row> {
        let row = self.rows.get_mut(&lease.job)?;
        matches!(row.state, State::Running { token, .. } if token == lease.token).then_some(row)
    }

    fn finish(&mut self, lease: &Lease, outcome: &Outcome, now: DateTime<Utc>) -> bool {
        let key = self.rows.get(&lease.job).map(|row| row.job.key());
        let like_waits = key.is_some_and(|key| self.waits(&key));
        let Some(row) = self.held(lease) else { return false };
        row.has_error = !matches!(outcome, Outcome::Done { .. });
        match outcome {
            Outcome::Done { .. } => row.state = State::Done,
            Outcome::Failed { .. } => row.state = State::Failed,
            Outcome::Again { after, .. } | Outcome::Paused { after, .. } => {
                row.state = if like_waits { State::Done } else { State::Pending };
                row.due = later(now, *after);
                row.turn = later(row.due, Priority::STEP * row.priority.steps());
                row.attempts -= u32::from(matches!(outcome, Outcome::Paused { .. }));
            }
        }
        true
    }

    fn shown(&self, now: DateTime<Utc>) -> BTreeMap<JobId, (JobState, u32, u32)> {
        let state = |row: &Row| match row.state {
            State::Pending if row.due <= now => JobState::Available,
            State::Pending if row.has_error => JobState::Retryable,
            State::Pending => JobState::Scheduled,
            State::Running { .. } => JobState::Running,
            State::Done => JobState::Completed,
            State::Failed => JobState::Discarded,
            State::Cancelled => JobState::Cancelled,
        };
        self.rows.iter().map(|(id, row)| (*id, (state(row), row.attempts, row.losses))).collect()
    }
}

/// The queue, the model, and what workers have in hand.
struct Both {
    store: Any,
    time: Arc<ManualClock>,
    model: Model,
    /// Also leases that are lost: whoever had them may not know.
    leases: Vec<Lease>,
    chance: Chance,
    token: u128,
}

impl Both {
    async fn enqueue(&mut self) {
        let number = u128::from(self.chance.below(6)) + 1;
        let job = match self.chance.below(4) {
            0 => Job::IndexDocuments,
            1 => ping(number),
            place => {
                let source = [SourceKind::Jira, SourceKind::Tempo][usize::from(place == 2)];
                Job::RunBackfill { backfill: backfill(number, 1, now()).id, source: Some(source) }
            }
        };
        let priority = self.chance.pick(&[Priority::Soon, Priority::Normal, Priority::Late]).unwrap();
        let due = match self.chance.below(3) {
            0 => Due::In(Duration::from_secs(self.chance.below(40))),
            _ => Due::Now,
        };
        self.token += 1;
        let job = NewJob::now(job, Uuid::from_u128(self.token)).with_priority(priority).due(due);
        let expected = self.model.enqueue(&job, self.time.now());
        let found = if self.chance.below(2) == 0 {
            self.store.submit(job).await.unwrap()
        } else {
            super::enqueue_new(&self.store, &job).await
        };
        assert_eq!(found, expected);
    }

    async fn claim(&mut self) {
        let kind = self.chance.pick(&Job::KINDS).unwrap();
        let most = u32::try_from(self.chance.below(3)).unwrap() + 1;
        self.token += 1;
        let claimed = self.store.claim(&wish(kind, self.token, most)).await.unwrap();
        let now = self.time.now();
        let mut expected =
            if self.model.paused.contains(kind) { Vec::new() } else { self.model.claimable(kind, now) };
        expected.truncate(usize::try_from(most).unwrap());
        let found: BTreeSet<JobId> = claimed.iter().map(|one| one.lease.job).collect();
        assert_eq!(found, expected.iter().copied().collect::<BTreeSet<_>>());
        for one in claimed {
            let row = self.model.rows.get_mut(&one.lease.job).unwrap();
            row.losses += u32::from(matches!(row.state, State::Running { .. }));
            row.attempts += 1;
            row.state = State::Running { token: one.lease.token, until: later(now, LEASE) };
            assert_eq!((one.job, one.attempt, one.losses), (row.job.clone(), row.attempts, row.losses));
            self.leases.push(one.lease);
        }
    }

    async fn finish(&mut self) {
        let Some(lease) = self.chance.pick(&self.leases) else { return };
        let after = Duration::from_secs(self.chance.below(30));
        let reason = "trouble".to_owned();
        let outcome = match self.chance.below(5) {
            0 => Outcome::Again { after, reason },
            1 => Outcome::Paused { after, reason },
            2 => Outcome::Failed { reason },
            _ => Outcome::Done { result: None },
        };
        let expected = self.model.finish(&lease, &outcome, self.time.now());
        let found = match outcome {
            Outcome::Done { .. } if self.chance.below(2) == 0 => {
                self.store.complete(std::slice::from_ref(&lease)).await.unwrap() == 1
            }
            outcome => {
                let mut tx = self.store.begin().await.unwrap();
                let found = match tx.finish(&lease, &outcome).await {
                    Ok(()) => true,
                    Err(StoreError::LeaseLost) => false,
                    Err(other) => unreachable!("{other:?}"),
                };
                tx.commit().await.unwrap();
                found
            }
        };
        assert_eq!(found, expected);
    }

    async fn show_life(&mut self) {
        let Some(lease) = self.chance.pick(&self.leases) else { return };
        let lost = self.store.extend(std::slice::from_ref(&lease), LEASE).await.unwrap();
        let until = later(self.time.now(), LEASE);
        match self.model.held(&lease) {
            Some(row) => {
                assert!(lost.is_empty());
                row.state = State::Running { token: lease.token, until };
            }
            None => assert_eq!(lost, [lease]),
        }
    }

    async fn progress(&mut self) {
        let Some(lease) = self.chance.pick(&self.leases) else { return };
        let mut tx = self.store.begin().await.unwrap();
        let held = tx.hold(&lease).await.is_ok();
        tx.commit().await.unwrap();
        match self.model.held(&lease) {
            Some(row) => {
                assert!(held);
                (row.attempts, row.losses) = (0, 0);
            }
            None => assert!(!held),
        }
    }

    async fn say_the_word(&mut self) {
        let ids: Vec<JobId> = self.model.rows.keys().copied().collect();
        let Some(id) = self.chance.pick(&ids) else { return };
        let key = self.model.rows[&id].job.key();
        let like_waits = self.model.waits(&key);
        let now = self.time.now();
        let row = self.model.rows.get_mut(&id).unwrap();
        let is_over = matches!(row.state, State::Done | State::Failed | State::Cancelled);
        let mut tx = self.store.begin().await.unwrap();
        if self.chance.below(2) == 0 {
            assert_eq!(tx.end_job(id, "somebody").await.unwrap(), !is_over);
            if !is_over {
                row.state = State::Cancelled;
            }
        } else {
            assert_eq!(tx.requeue(id).await.unwrap(), is_over && !like_waits);
            if is_over && !like_waits {
                let turn = later(now, Priority::STEP * row.priority.steps());
                *row = Row {
                    state: State::Pending,
                    due: now,
                    turn,
                    attempts: 0,
                    losses: 0,
                    has_error: false,
                    ..row.clone()
                };
            }
        }
        tx.commit().await.unwrap();
    }

    async fn pause_or_resume(&mut self) {
        let kind = self.chance.pick(&Job::KINDS).unwrap();
        if self.model.paused.remove(kind) {
            self.store.resume_queue(kind).await.unwrap();
        } else if self.chance.below(3) == 0 {
            self.model.paused.insert(kind);
            self.store.pause_queue(kind, "somebody").await.unwrap();
        }
    }

    async fn step(&mut self) {
        // No two things happen at the same time, so no two turns are the same.
        self.time.advance(TimeDelta::microseconds(i64::try_from(self.chance.below(2_000_000)).unwrap() + 1));
        match self.chance.below(16) {
            0..=3 => self.enqueue().await,
            4..=7 => self.claim().await,
            8..=10 => self.finish().await,
            11 => self.show_life().await,
            12 => self.progress().await,
            13 => self.say_the_word().await,
            14 => self.pause_or_resume().await,
            // Whoever holds something shows no life for a while.
            _ => self.time.advance(TimeDelta::seconds(i64::try_from(self.chance.below(20)).unwrap())),
        }
    }

    async fn compare(&self) {
        let filter = JobFilter { limit: 10_000, ..JobFilter::default() };
        let found = self.store.jobs(&filter, LEASE).await.unwrap();
        let found: BTreeMap<_, _> =
            found.into_iter().map(|row| (row.id, (row.state, row.attempt, row.losses))).collect();
        assert_eq!(found, self.model.shown(self.time.now()));
    }
}

/// Whatever happens: enqueues, claims, signs of life and none, ends of every kind, cancels, second tries, pauses, time.
pub async fn the_queue_does_what_a_simple_model_does(store: Any, time: Arc<ManualClock>) {
    for seed in 1..=SEEDS {
        let (store, time) = (Arc::clone(&store), Arc::clone(&time));
        let chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let token = u128::from(seed) << 32;
        let mut both = Both { store, time, model: Model::default(), leases: Vec::new(), chance, token };
        for step in 0..STEPS {
            both.step().await;
            if step % 5 == 0 {
                both.compare().await;
            }
        }
        both.compare().await;
        let states: BTreeSet<JobState> =
            both.model.shown(both.time.now()).values().map(|(state, ..)| *state).collect();
        assert!(states.len() >= 4, "seed {seed} tells too little: {states:?}");
        // The next story begins with an empty queue.
        let store = both.store;
        for kind in Job::KINDS {
            store.resume_queue(kind).await.unwrap();
        }
        for id in both.model.rows.keys() {
            let mut tx = store.begin().await.unwrap();
            tx.end_job(*id, "somebody").await.unwrap();
            tx.commit().await.unwrap();
        }
        both.time.advance(TimeDelta::days(30));
        store.sweep(&Retention::default()).await.unwrap();
        assert!(store.jobs(&JobFilter { limit: 1, ..JobFilter::default() }, LEASE).await.unwrap().is_empty());
    }
}
