//! Everything by its id, by lists of their own, and what became of what they do not name.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::document::Tombstone;
use daybook_core::ports::source::{CensusPage, Cursor, Fate, Source as _, Spent};
use daybook_sources::notion::NotionSource;
use serde_json::json;

use super::house::{House, now};
use super::script::{id, serve};

async fn taken(source: &NotionSource, from: DateTime<Utc>, after: Option<Cursor>) -> Vec<CensusPage> {
    let mut census = source.census(from, after).await.unwrap();
    let mut pages = Vec::new();
    while let Some(page) = census.next_page().await.unwrap() {
        pages.push(page);
    }
    pages
}

fn listed(pages: &[CensusPage]) -> Vec<String> {
    pages.iter().flat_map(|page| &page.listed).map(|listed| listed.external_id.clone()).collect()
}

#[tokio::test]
async fn a_census_lists_everything_once_from_any_of_its_places() {
    let house = House::with(daybook_sim::WorldChoice::Seed { seed: 7, issues: 300 }, |settings| {
        settings.notion_pages = 130;
        settings.notion_most_rows = 15;
    })
    .await;
    let long_ago = now() - TimeDelta::days(3_650);
    let source = house.source();
    let all = taken(&source, long_ago, None).await;
    let ids: BTreeSet<String> = listed(&all).into_iter().collect();
    assert_eq!(ids.len(), listed(&all).len(), "each once");
    let held: BTreeSet<String> = house.held().await.into_keys().collect();
    assert_eq!(ids, held);
    assert!(
        all.iter()
            .flat_map(|page| &page.listed)
            .all(|listed| listed.day.is_some() && listed.project.is_none())
    );
    for place in 0..all.len() {
        let rest = taken(&source, long_ago, Some(all[place].cursor.clone())).await;
        let both: BTreeSet<String> = listed(&all[..=place]).into_iter().chain(listed(&rest)).collect();
        assert_eq!(both, held, "after page {place}");
    }
    let recent = listed(&taken(&source, now() - TimeDelta::days(100), None).await);
    assert!(!recent.is_empty() && recent.len() < ids.len());
}

#[tokio::test]
async fn each_fate_has_its_own_word() {
    let house = House::of(30).await;
    let source = house.source();
    let mut made = Vec::new();
    for title in ["Stays", "Trashed", "Archived", "Unshared", "Purged"] {
        made.push(house.change(json!({"create_page": {"title": title}})).await);
    }
    let held: Vec<String> = house.held().await.into_keys().collect();
    house.change(json!({"trash_page": made[1]})).await;
    house.change(json!({"archive_page": made[2]})).await;
    house.change(json!({"unshare_page": made[3]})).await;
    house.change(json!({"purge_page": made[4]})).await;
    let mut asked: Vec<&str> = made.iter().map(String::as_str).collect();
    asked.push("no id at all");
    let mut spent = Spent::default();
    let fates = source.fates(&asked, &mut spent).await.unwrap();
    let left = Fate::Left;
    assert_eq!(
        fates,
        [
            Fate::There,
            left(Tombstone::Deleted),
            left(Tombstone::Archived),
            left(Tombstone::NoAccess),
            left(Tombstone::NoAccess),
            Fate::Unclear,
        ]
    );
    assert_eq!(spent.requests, 7, "those that are gone may have been data sources");
    let others: Vec<&str> =
        held.iter().map(String::as_str).filter(|id| !made.iter().any(|made| made == id)).collect();
    assert!(source.fates(&others, &mut spent).await.unwrap().iter().all(|fate| *fate == Fate::There));
    let census = listed(&taken(&source, now() - TimeDelta::days(1), None).await);
    assert!(census.contains(&made[0]) && made[1..].iter().all(|id| !census.contains(id)), "{census:?}");
}

#[tokio::test]
async fn a_census_that_fails_concludes_nothing() {
    let (_vendor, notion) = serve(150, |asked, (kind, _), _| {
        (kind == "search" && asked.body["start_cursor"] == "100")
            .then(|| crate::vendor::Reply::text(503, "{}"))
    })
    .await;
    let mut census = notion.census(now() - TimeDelta::days(30), None).await.unwrap();
    let mut ended = None;
    while ended.is_none() {
        ended = match census.next_page().await {
            Ok(Some(page)) => {
                assert!(page.listed.iter().all(|listed| listed.external_id != id(120)));
                None
            }
            other => Some(other),
        };
    }
    assert!(matches!(ended, Some(Err(_))), "a part is no census");
    assert!(census.spent().requests > 0);
}
