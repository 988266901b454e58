//! Limits: the vendor's wait is kept, or the work is given back with its time.

use std::sync::Arc;
use std::time::Duration;

use daybook_core::model::fault::Fault as _;
use daybook_core::ports::source::{Scope, Source as _};
use daybook_sim::WorldChoice;
use serde_json::{Value, json};

use super::house::{Holding, House, NOW_MS, walked, window};
use super::script::{Script, errors, fireflies, ids};
use crate::vendor::{Reply, Vendor};

fn busy(retry_after: &Value) -> Value {
    let mut busy = errors("too_many_requests", "Too many requests. Please retry after 10:31:00 AM (UTC)");
    busy["errors"][0]["extensions"]["metadata"] = json!({"retryAfter": retry_after});
    busy
}

/// The date that the connector's clock stands at.
const DATE: &str = "Fri, 20 Nov 2026 12:00:00 GMT";

#[tokio::test]
async fn a_quota_parks_the_work_until_it_is_filled_up_however_it_is_said() {
    for status in [200, 429] {
        for (retry_after, seconds) in [
            (json!(NOW_MS + 7_200_000), 7_200),
            (json!("2026-11-21T00:00:00.000Z"), 43_200),
            (json!(5_400), 5_400),
            (json!(NOW_MS + 90 * 86_400_000), 86_400),
        ] {
            let answer = busy(&retry_after);
            let vendor = Vendor::script(Script::of(30), move |_, place, _| {
                (place > 0).then(|| Reply::text(status, &answer.to_string()).with("Date", DATE))
            })
            .await;
            let source = vendor.fireflies();
            let scope = Scope::history(window(10));
            let walked = walked(&source, &scope, None, &Arc::new(Holding::default())).await;
            let error = walked.error.unwrap();
            assert_eq!(
                error.retry_after(),
                Some(Duration::from_secs(seconds)),
                "{status} {retry_after}: {error}"
            );
            // One page came and is stored; nobody of this key asks again before the time.
            assert_eq!((walked.pages.len(), vendor.asked().len()), (1, 2));
            let other = source.survey(&scope).await.unwrap_err();
            assert!(other.retry_after().unwrap() > Duration::from_secs(seconds - 60), "{other}");
            assert_eq!(vendor.asked().len(), 2);
        }
    }
}

#[tokio::test]
async fn a_short_wait_is_sat_out() {
    for (status, retry_after) in
        [(200, json!(NOW_MS - 500)), (429, json!(NOW_MS + 1_000)), (200, json!(1)), (429, Value::Null)]
    {
        let answer = busy(&retry_after);
        let vendor = Vendor::script(Script::of(30), move |_, place, _| {
            (place == 1).then(|| Reply::text(status, &answer.to_string()).with("Date", DATE))
        })
        .await;
        let walked =
            walked(&vendor.fireflies(), &Scope::history(window(10)), None, &Arc::new(Holding::default()))
                .await
                .whole();
        assert_eq!((walked.ids(), vendor.asked().len()), (ids(0..30), 5), "{status} {retry_after}");
        let asked = vendor.asked();
        assert!(retry_after.is_null() || asked[2].at - asked[1].at >= Duration::from_millis(990));
    }
}

#[tokio::test]
async fn a_plan_of_a_few_requests_a_day_ends_politely_and_goes_on_the_next_day() {
    let house = House::set(WorldChoice::Seed { seed: 1, issues: 60 }, |settings| {
        settings.meetings = 130;
        settings.limits = true;
        settings.fireflies_a_day = Some(8);
    })
    .await;
    let scope = Scope::history(window(3_000));
    let (mut after, mut came, mut days) = (None, Vec::new(), 0);
    loop {
        // Each day another process, with a budget of its own.
        let source = house.source();
        let walked = walked(&source, &scope, after.clone(), &Arc::new(Holding::default())).await;
        came.extend(walked.ids());
        after = walked.pages.last().map(|page| page.cursor.clone()).or(after);
        let Some(error) = walked.error else { break };
        let wait = error.retry_after().unwrap();
        assert!(wait <= Duration::from_hours(24) && wait >= Duration::from_secs(1), "{wait:?}");
        house.pass(chrono::TimeDelta::from_std(wait).unwrap());
        days += 1;
        assert!(days < 5);
    }
    assert_eq!((came.len(), days), (130, 1));
    came.sort();
    came.dedup();
    assert_eq!(came.len(), 130);
}

#[tokio::test]
async fn the_pace_of_the_settings_is_kept() {
    let vendor = Vendor::script(Script::of(30), |_, _, _| None).await;
    let mut settings = vendor.fireflies_settings();
    settings.http.pace = "2/day".parse().unwrap();
    let walked =
        walked(&fireflies(settings), &Scope::history(window(10)), None, &Arc::new(Holding::default())).await;
    assert_eq!((walked.ids(), vendor.asked().len()), (ids(0..20), 2));
    assert!(walked.error.unwrap().retry_after().unwrap() > Duration::from_hours(11));
    let usual = daybook_sources::fireflies::Settings::new("k".to_owned().into());
    assert_eq!((usual.http.pace.to_string().as_str(), usual.http.pace.0[0].burst), ("60/minute", 6));
}
