//! Real worklogs, where the machine has them (`DAYBOOK_TEST_DATA`): served by the simulator, and read.

use std::path::PathBuf;

use daybook_core::model::document::Details;
use daybook_sim::WorldChoice;

use super::company::{Company, listed, once, whole};

#[expect(clippy::disallowed_methods, reason = "a test's own folder is no setting of Daybook")]
fn folder() -> Option<PathBuf> {
    std::env::var_os("DAYBOOK_TEST_DATA").map(PathBuf::from)
}

#[tokio::test]
async fn every_real_worklog_is_read_as_it_was_served() {
    let Some(folder) = folder() else {
        eprintln!("SKIPPED: DAYBOOK_TEST_DATA names no folder with tempo*.records.jsonl.gz");
        return;
    };
    let company = Company::over(WorldChoice::Folder(folder)).await;
    let source = company.source();
    let records = once(whole(&source, &company.all()).await);
    assert!(!records.is_empty());
    company.expect_all(&records).await;
    let held = company.held().await;
    for (id, record) in &records {
        let document = &record.reading.as_ref().unwrap()[0];
        let Some(Details::Worklog(worklog)) = &document.details else { panic!("{document:?}") };
        assert_eq!(held[id]["timeSpentSeconds"], worklog.seconds);
        assert_eq!(held[id]["startDate"], worklog.day.to_string());
        assert_eq!(held[id]["author"], worklog.author);
    }
    let (all, ..) = listed(&source, "2000-01-01T00:00:00Z".parse().unwrap(), None).await.unwrap();
    assert_eq!(all.len(), records.len());
}
