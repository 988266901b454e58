//! A workspace that is as the vendor says: everything once, exactly as it is held there, in as many requests as were planned.

use std::collections::BTreeSet;

use daybook_core::ports::source::{Scope, Source as _};

use super::house::{House, Store, assert_same, ids, requests, walked, window};

#[tokio::test]
async fn a_backfill_holds_exactly_what_the_workspace_holds() {
    let house = House::of(70).await;
    let store = Store::default();
    let scope = Scope::history(window(3_650));
    let pages = walked(&house.source(), &scope, &store).await;
    let held = house.held().await;
    assert!(held.len() > 60, "{}", held.len());
    assert_same(&store, &held);
    let ids = ids(&pages);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "each once");
    let served: u64 = house.served().await.values().sum();
    assert_eq!(requests(&pages), served);
}

#[tokio::test]
async fn a_run_takes_what_its_plan_says_and_not_much_less() {
    for pages in [15, 120] {
        let house = House::of(pages).await;
        let source = super::house::source(house.settings("demo-token"));
        let scope = Scope::history(window(3_650));
        let survey = source.survey(&scope).await.unwrap();
        let plan = survey.plan.unwrap();
        let taken = u64::from(survey.requests) + requests(&walked(&source, &scope, &Store::default()).await);
        let served: u64 = house.served().await.values().sum();
        assert_eq!(taken, served);
        assert!(taken * 10 <= plan.requests * 11, "{taken} taken, {} planned", plan.requests);
        assert!(plan.requests <= taken * 3 / 2, "{taken} taken, {} planned", plan.requests);
        assert_eq!(survey.expected.unwrap(), house.held().await.len() as u64);
        assert_eq!(plan.estimated, pages > 30);
    }
}
