//! The limits of a plan.

use chrono::TimeDelta;
use daybook_sim::WorldChoice;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::asking::{FULL, GUEST, code};
use crate::vendors::{NOW_MS, Vendors};

const WORLD: WorldChoice = WorldChoice::Seed { seed: 1, issues: 20 };

async fn passes(vendors: &Vendors, key: &str) -> Result<(), i64> {
    let answer = vendors.asks(key, "Who", json!({})).await;
    let answer = if answer.json().get("errors").is_some() { answer } else { return Ok(()) };
    assert_eq!(code(&answer), "too_many_requests");
    let answer = answer.json();
    assert_eq!(answer["data"], Value::Null);
    Err(answer["errors"][0]["extensions"]["metadata"]["retryAfter"].as_i64().unwrap())
}

#[tokio::test]
async fn sixty_a_minute_pass_and_the_next_is_told_when() {
    let vendors = Vendors::set(WORLD, |settings| settings.limits = true).await;
    for _ in 0..60 {
        assert_eq!(passes(&vendors, FULL).await, Ok(()));
    }
    assert_eq!(passes(&vendors, FULL).await, Err(NOW_MS + 60_000));
    assert_eq!(passes(&vendors, GUEST).await, Ok(()));
    vendors.pass(TimeDelta::seconds(60));
    assert_eq!(passes(&vendors, FULL).await, Ok(()));
}

#[tokio::test]
async fn a_small_plan_has_fifty_a_day() {
    let vendors = Vendors::set(WORLD, |settings| {
        settings.limits = true;
        settings.fireflies_a_day = Some(50);
    })
    .await;
    for _ in 0..50 {
        assert_eq!(passes(&vendors, FULL).await, Ok(()));
    }
    assert_eq!(passes(&vendors, FULL).await, Err(NOW_MS + 12 * 3_600_000));
    vendors.pass(TimeDelta::hours(12));
    assert_eq!(passes(&vendors, FULL).await, Ok(()));
}

#[tokio::test]
async fn a_fault_can_ask_for_a_plan_and_for_the_status() {
    let vendors = Vendors::with(20).await;
    vendors
        .fireflies_fault(json!([
            {"kind": "quirk", "name": "true_limiter", "value": {"a_minute": 2, "a_day": 3}},
            {"after": 3, "kind": "quirk", "name": "error_status"},
        ]))
        .await;
    assert_eq!([passes(&vendors, FULL).await, passes(&vendors, FULL).await], [Ok(()), Ok(())]);
    assert_eq!(passes(&vendors, FULL).await, Err(NOW_MS + 60_000));
    let answer = vendors.asks(FULL, "Who", json!({})).await;
    assert_eq!((answer.status, code(&answer).as_str()), (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"));
    let ledger = vendors.control(Method::GET, "ledger", None).await.json();
    assert_eq!(
        ledger["fireflies"]["served"]["by_endpoint"]["POST graphql user"],
        json!({"200": 3, "429": 1})
    );
}
