//! A plan asks the source and starts nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use daybook_core::actions::plan_backfill::PlanBackfill;
use daybook_core::actions::start_backfill::Request;
use daybook_core::model::account::Admin;
use daybook_core::model::backfill::Asked;
use daybook_core::model::fault::{Fault as _, FaultKind};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::source::Source;
use daybook_testkit::source::ScriptedSource;

use super::House;

fn request(days: &str) -> Request {
    Request {
        source: SourceKind::Jira,
        asked: Asked { days: Some(days.to_owned()), ..Asked::default() },
        project: None,
        item: None,
        request_id: None,
    }
}

#[tokio::test]
async fn a_plan_tells_what_the_source_says_and_starts_nothing() {
    let house = House::new().await;
    let sources: BTreeMap<SourceKind, Arc<dyn Source>> =
        BTreeMap::from([(SourceKind::Jira, Arc::new(ScriptedSource::new(Some(152), Vec::new())) as _)]);
    let action = PlanBackfill::new(house.clock(), sources);
    let planned = action.run(&Admin::at_the_console(), &request("30")).await.unwrap();
    assert_eq!((planned.survey.expected, planned.window.days.map(i64::from)), (Some(152), Some(30)));
    assert!(house.store.backfills(10).await.unwrap().is_empty());
    // What would be refused at the start is refused alike.
    for (request, field) in [
        (request("9999"), "days"),
        (Request { project: Some("a b".to_owned()), ..request("30") }, "project"),
        (Request { item: Some("a/b".to_owned()), ..request("30") }, "item"),
        (Request { source: SourceKind::Tempo, ..request("30") }, "source"),
    ] {
        let error = action.run(&Admin::at_the_console(), &request).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (FaultKind::Invalid, Some(field)));
    }
}
