//! What every keeper of budgets must do. `budget_contract!(open)` makes a test of each fact; `open` gives two keepers of
//! the same budgets, as two processes have them, and something to keep alive as long as they are used.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::expect_used,
    reason = "a contract is a test: it stops where a fact does not hold"
)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use daybook_core::model::pace::Pace;
use daybook_core::model::source::SourceKind;
use daybook_core::ports::budget::{Budget, CredentialId, Take};
use daybook_core::ports::clock::Clock as _;

use crate::manual_clock::ManualClock;

/// Makes a test of each fact of the budget contract.
#[macro_export]
macro_rules! budget_contract {
    ($open:path) => {
        $crate::budget_contract!(@facts $open;
            whoever_shares_a_budget_gets_no_more_than_one_alone, no_request_is_granted_twice_at_once,
            credentials_do_not_share, a_pause_is_seen_by_all_and_the_longest_wins, a_pace_that_is_off_still_obeys_a_pause,
            a_pause_without_end_ends, a_clock_that_was_set_back_does_not_lock_for_good,
            a_pace_that_was_changed_holds_from_then_on);
    };
    (@facts $open:path; $($fact:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $fact() {
                let (two, _keep) = $open().await;
                $crate::contract::budget::$fact(two).await;
            }
        )*
    };
}

/// Two keepers of the same budgets, by one clock.
#[derive(Clone)]
pub struct Two {
    /// One of them.
    pub one: Arc<dyn Budget>,
    /// The other.
    pub other: Arc<dyn Budget>,
    /// The clock of both.
    pub clock: Arc<ManualClock>,
}

impl std::fmt::Debug for Two {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Two")
    }
}

impl Two {
    fn advance(&self, by: Duration) {
        self.clock.advance(TimeDelta::from_std(by).expect("a wait that a clock can show"));
    }

    /// Both ask in turn, as soon as they are told they may, for so long; gives the moments of what was granted.
    async fn granted(&self, pace: &Pace, time: TimeDelta) -> Vec<i64> {
        let until = self.clock.now() + time;
        let (mut granted, mut turn) = (Vec::new(), [&self.one, &self.other].into_iter().cycle());
        while self.clock.now() < until {
            match turn.next().unwrap().take(&jira(), pace).await.unwrap() {
                Take::Granted => granted.push(self.clock.now().timestamp_micros()),
                Take::Paced(wait) | Take::Paused(wait) => {
                    assert!(!wait.is_zero(), "whoever waits not at all spins");
                    self.advance(wait);
                }
            }
        }
        granted
    }
}

fn jira() -> CredentialId {
    CredentialId::of(SourceKind::Jira, b"a credential")
}

fn pace(text: &str) -> Pace {
    text.parse().unwrap()
}

/// However many ask, no stretch of time sees more than the pace allows in it, and not much less.
pub async fn whoever_shares_a_budget_gets_no_more_than_one_alone(two: Two) {
    for (text, stretch, most) in [("30/minute", 60, 30), ("20/minute,40/day", 86_400, 40)] {
        let moments = two.granted(&pace(text), TimeDelta::minutes(6)).await;
        let stretch = stretch * 1_000_000;
        let within = |at: &i64| moments.iter().filter(|other| (*at..at + stretch).contains(other)).count();
        let busiest = moments.iter().map(within).max().unwrap();
        assert_eq!(busiest, most, "{text}");
        two.advance(Duration::from_hours(30));
    }
}

/// Asking at the same moment gives nobody a right twice.
pub async fn no_request_is_granted_twice_at_once(two: Two) {
    let pace = pace("10/second");
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..40 {
        let (budget, pace) = (if number % 2 == 0 { &two.one } else { &two.other }, pace.clone());
        let budget = Arc::clone(budget);
        asking.spawn(async move { budget.take(&jira(), &pace).await.unwrap() });
    }
    let granted = asking.join_all().await.into_iter().filter(|take| *take == Take::Granted).count();
    assert_eq!(granted, 10);
}

/// One budget a credential.
pub async fn credentials_do_not_share(two: Two) {
    let pace = pace("1/second");
    let other = CredentialId::of(SourceKind::Jira, b"another credential");
    assert_eq!(two.one.take(&jira(), &pace).await.unwrap(), Take::Granted);
    assert!(matches!(two.other.take(&jira(), &pace).await.unwrap(), Take::Paced(_)));
    assert_eq!(two.other.take(&other, &pace).await.unwrap(), Take::Granted);
    two.one.pause(&jira(), Duration::from_mins(1)).await.unwrap();
    two.advance(Duration::from_secs(2));
    assert_eq!(two.one.take(&other, &pace).await.unwrap(), Take::Granted);
    let tempo = CredentialId::of(SourceKind::Tempo, b"a credential");
    assert_ne!(tempo, jira(), "the same secret at another vendor is another credential");
    assert!(!jira().as_str().contains("credential"), "an id does not tell what it is of");
}

/// What a vendor told one, all obey.
pub async fn a_pause_is_seen_by_all_and_the_longest_wins(two: Two) {
    let pace = pace("60/minute");
    two.one.pause(&jira(), Duration::from_secs(90)).await.unwrap();
    two.other.pause(&jira(), Duration::from_secs(7)).await.unwrap();
    for budget in [&two.one, &two.other] {
        assert_eq!(budget.take(&jira(), &pace).await.unwrap(), Take::Paused(Duration::from_secs(90)));
    }
    two.advance(Duration::from_secs(89));
    assert_eq!(two.other.take(&jira(), &pace).await.unwrap(), Take::Paused(Duration::from_secs(1)));
    two.advance(Duration::from_secs(1));
    let mut waits = BTreeSet::new();
    for budget in [&two.one, &two.other] {
        waits.insert(format!("{:?}", budget.take(&jira(), &pace).await.unwrap()));
    }
    assert_eq!(waits, BTreeSet::from(["Granted".to_owned()]), "whoever was refused has spent nothing");
}

/// Without a pace there is still a vendor.
pub async fn a_pace_that_is_off_still_obeys_a_pause(two: Two) {
    let off = pace("off");
    for _ in 0..100 {
        assert_eq!(two.one.take(&jira(), &off).await.unwrap(), Take::Granted);
    }
    two.one.pause(&jira(), Duration::from_secs(3)).await.unwrap();
    assert_eq!(two.other.take(&jira(), &off).await.unwrap(), Take::Paused(Duration::from_secs(3)));
}

/// A vendor that mistakes its unit does not stop us for ever.
pub async fn a_pause_without_end_ends(two: Two) {
    for pause in [Duration::MAX, Duration::from_hours(24 * 365), Duration::ZERO] {
        two.one.pause(&jira(), pause).await.unwrap();
        let Take::Paused(left) = two.other.take(&jira(), &pace("off")).await.unwrap() else {
            panic!("not paused after {pause:?}")
        };
        assert!(left <= Duration::from_hours(24), "{left:?}");
    }
    two.advance(Duration::from_hours(24));
    assert_eq!(two.other.take(&jira(), &pace("off")).await.unwrap(), Take::Granted);
}

/// Nobody knows how long ago what lies in the future was: it counts as just now, and no longer.
pub async fn a_clock_that_was_set_back_does_not_lock_for_good(two: Two) {
    let pace = pace("30/minute,60/day");
    assert_eq!(two.granted(&pace, TimeDelta::minutes(10)).await.len(), 60);
    two.one.pause(&jira(), Duration::from_mins(5)).await.unwrap();
    two.clock.advance(TimeDelta::days(-400));
    assert_eq!(two.granted(&pace, TimeDelta::hours(23)).await.len(), 0, "not more than a day's either");
    assert_eq!(two.granted(&pace, TimeDelta::hours(2)).await.len(), 60);
    two.other.pause(&jira(), Duration::from_secs(5)).await.unwrap();
    let paused = two.one.take(&jira(), &pace).await.unwrap();
    assert_eq!(paused, Take::Paused(Duration::from_secs(5)), "an old pause does not hide a new one");
}

/// Settings may change between two requests.
pub async fn a_pace_that_was_changed_holds_from_then_on(two: Two) {
    assert_eq!(two.one.take(&jira(), &pace("1/minute")).await.unwrap(), Take::Granted);
    assert!(matches!(two.other.take(&jira(), &pace("1/minute,5/day")).await.unwrap(), Take::Paced(_)));
    assert_eq!(two.other.take(&jira(), &pace("600/minute")).await.unwrap(), Take::Granted);
    assert_eq!(two.one.take(&jira(), &pace("off")).await.unwrap(), Take::Granted);
}
