//! Rate limits: the vendor's wait is kept by every call of the credential, or the work is given back.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use daybook_core::model::fault::Fault as _;
use daybook_core::model::pace::Pace;
use daybook_core::ports::budget::{Budget, CredentialId, Take};
use daybook_core::ports::source::{Source as _, SourceError};
use daybook_core::ports::store::StoreError;
use daybook_sources::http::LocalBudget;
use daybook_sources::jira::{Credential, JiraSource, Settings};

use crate::jira::world::{Holds, World, ids, pages, scope};
use crate::vendor::{Reply, Vendor};

fn limited(retry_after: Option<&str>) -> Reply {
    let reply = Reply::text(429, r#"{"errorMessages":["Rate limit exceeded."]}"#)
        .with("RateLimit-Reason", "jira-quota-tenant-based");
    match retry_after {
        Some(value) => reply.with("Retry-After", value),
        None => reply,
    }
}

#[tokio::test]
async fn a_limit_without_a_sensible_wait_is_backed_off_from() {
    for retry_after in [None, Some("0"), Some("-1"), Some("soon"), Some("Fri, 20 Nov 2020 12:00:00 GMT")] {
        let world = World::of(150);
        let vendor = Vendor::jira(
            move |asked, place| {
                if place < 2 { limited(retry_after) } else { world.answer(asked) }
            },
        )
        .await;
        let (pages, error) = pages(&vendor.jira_source(), None).await;
        assert!(error.is_none(), "{retry_after:?}: {error:?}");
        assert_eq!(
            (ids(&pages).len(), pages[0].requests, pages[0].waits),
            (150, 4, 2),
            "with the list of fields"
        );
    }
}

#[tokio::test]
async fn no_call_of_the_credential_is_made_while_the_vendor_wants_quiet() {
    let world = World::of(150);
    let vendor =
        Vendor::jira(
            move |asked, place| {
                if asked.is_search() && place == 0 { limited(Some("1")) } else { world.answer(asked) }
            },
        )
        .await;
    let source = vendor.jira_source();
    let mut walk = source.walk(&scope(None), None, Holds::nothing()).await.unwrap();
    for _ in 0..1000 {
        if vendor.asked().len() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The refusal has to arrive before other work begins.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let survey = source.survey(&scope(None)).await.unwrap();
    assert_eq!(survey.expected, Some(150));
    assert_eq!(walk.next_page().await.unwrap().unwrap().waits, 1);
    let asked = vendor.asked();
    assert!(asked.len() >= 4);
    for later in &asked[1..] {
        assert!(later.at - asked[0].at >= Duration::from_millis(990), "{}", later.path);
    }
}

/// A budget that notes the pauses it is told of.
#[derive(Default)]
struct Noting {
    budget: LocalBudget,
    pauses: Mutex<Vec<Duration>>,
}

#[async_trait]
impl Budget for Noting {
    async fn take(&self, credential: &CredentialId, pace: &Pace) -> Result<Take, StoreError> {
        self.budget.take(credential, pace).await
    }

    async fn pause(&self, credential: &CredentialId, pause: Duration) -> Result<(), StoreError> {
        self.pauses.lock().unwrap().push(pause);
        self.budget.pause(credential, pause).await
    }
}

#[tokio::test]
async fn a_limit_without_a_time_pauses_the_whole_credential_and_an_outage_does_not() {
    for (status, reason, pauses) in [(429, "jira-burst-based", 2), (429, "", 2), (503, "", 0)] {
        let world = World::of(3);
        let vendor = Vendor::jira(move |asked, place| {
            let limited = Reply::text(status, "{}").with("RateLimit-Reason", reason);
            if place < 2 { limited } else { world.answer(asked) }
        })
        .await;
        let budget = Arc::new(Noting::default());
        let source = JiraSource::new(vendor.jira_settings(), budget.clone()).unwrap();
        let (pages, error) = pages(&source, None).await;
        assert!(error.is_none() && ids(&pages).len() == 3, "{error:?}");
        assert_eq!(budget.pauses.lock().unwrap().len(), pauses, "{status} {reason}");
    }
}

#[test]
fn a_credential_asks_twenty_times_a_second_unless_told_otherwise() {
    let settings = Settings::new("https://x.example", Credential::Bearer("t".to_owned().into()));
    assert_eq!((settings.http.pace.to_string(), settings.history), ("20/second".to_owned(), true));
}

#[tokio::test]
async fn a_wait_beyond_patience_gives_the_work_back_with_its_time() {
    let vendor = Vendor::jira(|_, _| limited(Some("20000"))).await;
    let source = vendor.jira_source();
    let (_, error) = pages(&source, None).await;
    let error = error.unwrap();
    assert!(matches!(error, SourceError::Unavailable { .. }));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(20_000)));
    // Other work of the credential is not even begun.
    let other = source.survey(&scope(None)).await.unwrap_err();
    assert!(other.retry_after().unwrap() > Duration::from_secs(19_000));
    assert_eq!(vendor.asked().len(), 1);
}

#[tokio::test]
async fn a_wait_that_makes_no_sense_is_obeyed_for_six_hours_and_quoted() {
    for value in ["60000000", "99999999999999999999999", "Thu, 01 Jan 2099 00:00:00 GMT"] {
        let vendor =
            Vendor::jira(move |_, _| limited(Some(value)).with("Date", "Fri, 20 Nov 2026 12:00:00 GMT"))
                .await;
        let source = vendor.jira_source();
        let (_, error) = pages(&source, None).await;
        let error = error.unwrap();
        assert_eq!(error.retry_after(), Some(Duration::from_hours(6)), "{value}");
        let said = error.to_string();
        assert!(said.contains(value) && said.contains("Daybook asks again in 6 h"), "{said}");
        let other = source.survey(&scope(None)).await.unwrap_err();
        assert!(other.retry_after().unwrap() <= Duration::from_hours(6) + Duration::from_secs(1));
        assert_eq!(vendor.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_date_to_come_back_at_counts_from_the_answers_own_date() {
    let vendor = Vendor::jira(|_, _| {
        limited(Some("Fri, 20 Nov 2026 12:10:00 GMT")).with("Date", "Fri, 20 Nov 2026 12:00:00 GMT")
    })
    .await;
    let (_, error) = pages(&vendor.jira_source(), None).await;
    assert_eq!(error.unwrap().retry_after(), Some(Duration::from_mins(10)));
}
