//! Against the simulated Jira over HTTP: everything it holds, byte for byte, before and after people worked on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::audience::Audience;
use daybook_core::model::backfill::Window;
use daybook_core::model::document::{Change, Details, DocumentKind, Tombstone};
use daybook_core::ports::source::{Fate, Page, Reach, Scope, Source as _, Spent};
use daybook_sim::{Running, Settings as SimSettings, WorldChoice, start};
use daybook_sources::jira::{Credential, JiraSource, Settings};
use serde_json::{Value, json};

use crate::jira::real_data;
use crate::jira::world::{Holds, items, pages_beside, pages_of, records, requests, source};

/// A Friday at noon in UTC.
const NOW_MS: i64 = 1_795_176_000_000;

struct Site {
    running: Running,
    clock: Arc<AtomicI64>,
    http: reqwest::Client,
}

impl Site {
    async fn with(issues: usize) -> Self {
        Self::over(WorldChoice::Seed { seed: 1, issues }).await
    }

    async fn over(world: WorldChoice) -> Self {
        let clock = Arc::new(AtomicI64::new(NOW_MS));
        let told = Arc::clone(&clock);
        let now = move || DateTime::from_timestamp_millis(told.load(Ordering::Relaxed)).unwrap();
        let running = start(SimSettings::new(world, Arc::new(now))).await.unwrap();
        Self { running, clock, http: reqwest::Client::builder().build().unwrap() }
    }

    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.clock.load(Ordering::Relaxed)).unwrap()
    }

    fn settings(&self, email: &str, token: &str) -> Settings {
        let credential = Credential::Basic { email: email.to_owned(), token: token.to_owned().into() };
        let mut settings = Settings::new("https://birchlane.atlassian.net", credential);
        settings.api_url = self.running.jira_url();
        settings.http.pace = "off".parse().unwrap();
        settings
    }

    fn full(&self) -> JiraSource {
        source(self.settings("demo@birchlane.example", "demo-token"))
    }

    fn guest(&self) -> JiraSource {
        source(self.settings("guest@birchlane.example", "guest-token"))
    }

    /// Everything up to a minute after now.
    fn always(&self) -> Scope {
        Scope::history(Window {
            from: DateTime::UNIX_EPOCH,
            to: self.now() + TimeDelta::minutes(1),
            days: None,
        })
    }

    fn changes_since(&self, from: DateTime<Utc>) -> Scope {
        let window = Window { from, to: self.now() + TimeDelta::minutes(1), days: None };
        Scope { reach: Reach::Changes(window), ..self.always() }
    }

    /// People work for an hour, then these things happen.
    async fn change(&self, change: Value) -> Vec<String> {
        self.clock.fetch_add(3_600_000, Ordering::Relaxed);
        let url = format!("{}/_sim/world", self.running.base_url());
        let answer: Value = self.http.post(url).json(&change).send().await.unwrap().json().await.unwrap();
        assert!(answer["error"].is_null(), "{answer}");
        serde_json::from_value(answer["changed"].clone()).unwrap()
    }

    /// Digests of what is held, by id.
    async fn held(&self) -> BTreeMap<String, String> {
        let url = format!("{}/_sim/held/jira", self.running.base_url());
        let lines = self.http.get(url).send().await.unwrap().text().await.unwrap();
        let text = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
        lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|line| (text(&line, "id"), text(&line, "sha256")))
            .collect()
    }
}

fn digests(pages: &[Page]) -> BTreeMap<String, String> {
    records(pages).map(|record| (record.external_id.clone(), record.digest())).collect()
}

async fn walked(source: &JiraSource, scope: &Scope) -> Vec<Page> {
    let (pages, error) = pages_of(source, scope, None).await;
    assert!(error.is_none(), "{error:?}");
    pages
}

/// Ids by project, and the projects that were listed.
async fn census(source: &JiraSource) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut census = source.census(DateTime::UNIX_EPOCH, None).await.unwrap();
    let (mut ids, mut projects) = (BTreeSet::new(), BTreeSet::new());
    while let Some(page) = census.next_page().await.unwrap() {
        ids.extend(page.listed.into_iter().map(|listed| listed.external_id));
        projects.extend(page.projects);
    }
    (ids, projects)
}

#[tokio::test]
async fn everything_comes_byte_for_byte_within_the_plan() {
    let site = Site::with(1_300).await;
    let (source, scope) = (site.full(), site.always());
    let survey = source.survey(&scope).await.unwrap();
    let pages = walked(&source, &scope).await;
    assert_eq!(digests(&pages), site.held().await);
    assert_eq!(survey.expected, Some(1_300));
    assert!(survey.unseen.is_empty() && survey.warnings.is_empty(), "{survey:?}");
    let (plan, spent) = (survey.plan.unwrap(), u64::from(survey.requests) + requests(&pages) as u64);
    assert!(spent <= plan.requests + plan.requests / 10, "{spent} requests, {} planned", plan.requests);
    assert!(records(&pages).all(|record| record.reading.is_ok() && record.gaps.is_empty()));
    let documents: Vec<_> = records(&pages).flat_map(|record| record.reading.as_ref().unwrap()).collect();
    let issues = documents.iter().filter(|document| document.kind == DocumentKind::Issue).count();
    assert_eq!(issues, 1_300);
    let relations: BTreeSet<&str> =
        documents.iter().flat_map(|document| &document.links).map(|link| link.relation.as_str()).collect();
    for relation in ["parent", "epic", "blocks", "is blocked by", "subtask", "sprint"] {
        assert!(relations.contains(relation), "{relation} of {relations:?}");
    }
    assert!(
        documents.iter().any(|document| document.labels.iter().any(|label| label.starts_with("points:")))
    );
    let has_due = |details: &Details| matches!(details, Details::Issue { due: Some(_), .. });
    assert!(documents.iter().any(|document| document.details.as_ref().is_some_and(has_due)));
    let tokens: BTreeSet<&str> = documents
        .iter()
        .flat_map(|document| document.audience.tokens())
        .filter(|token| *token != "members")
        .map(|token| token.split(':').next().unwrap())
        .collect();
    assert_eq!(tokens, BTreeSet::from(["jira-level", "jira-role"]));
    assert!(documents.iter().any(|document| document.audience == Audience::Unknown), "notes of the desk");
}

#[tokio::test]
async fn the_history_of_every_issue_ends_in_the_state_it_is_in() {
    let site = Site::with(300).await;
    let moved = site.change(json!({"move": {"key": "HARB-2", "to": "BILL"}})).await.remove(0);
    let pages = walked(&site.full(), &site.always()).await;
    let mut last: BTreeMap<&str, &Change> = BTreeMap::new();
    let all = pages.iter().flat_map(|page| &page.changes);
    for change in all.clone().filter(|change| change.field == "status") {
        let before = last.entry(&change.record_id).or_insert(change);
        if before.at <= change.at {
            *before = change;
        }
    }
    assert!(last.len() > 150, "{}", last.len());
    for record in records(&pages) {
        if let Some(change) = last.get(record.external_id.as_str()) {
            assert_eq!(record.reading.as_ref().unwrap()[0].state, change.to, "{}", record.external_id);
        }
    }
    let keys: Vec<_> = all.filter(|change| change.field == "Key").collect();
    assert_eq!(
        (keys.len(), keys[0].from.as_deref(), keys[0].to.as_deref()),
        (1, Some("HARB-2"), Some(moved.as_str()))
    );
    assert!(keys[0].author.is_some() && keys[0].author_name.is_some());
}

#[tokio::test]
async fn a_sync_brings_what_people_changed_and_a_second_one_nothing() {
    let site = Site::with(300).await;
    let (source, holds) = (site.full(), Holds::nothing());
    let (first, _) = pages_beside(&source, &site.always(), None, holds.clone()).await;
    holds.save(&first);
    let mut store = digests(&first);
    let began = site.now() - TimeDelta::minutes(5);
    site.change(json!([
        {"edit": {"key": "HARB-3", "fields": {"summary": "Another title", "status": "Blocked"}}},
        {"comment": {"key": "HARB-4", "body": "One more"}},
        {"move": {"key": "HARB-5", "to": "BILL"}},
        {"restrict": {"key": "HARB-6", "level": "Board"}},
        {"create": {"project": "HARB", "summary": "New"}},
    ]))
    .await;
    let (changed, error) = pages_beside(&source, &site.changes_since(began), None, holds.clone()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!((records(&changed).count(), requests(&changed)), (5, 3));
    assert!(
        changed.iter().flat_map(|page| &page.changes).any(|change| change.to.as_deref() == Some("Blocked"))
    );
    holds.save(&changed);
    store.extend(digests(&changed));
    assert_eq!(store, site.held().await);
    // The sync before ended a minute after now.
    let overlapping = site.changes_since(site.now() - TimeDelta::minutes(4));
    let (nothing, _) = pages_beside(&source, &overlapping, None, holds).await;
    assert_eq!(nothing[0].unchanged.len(), 5);
    assert_eq!((records(&nothing).count(), requests(&nothing)), (0, 1));
}

#[tokio::test]
async fn a_census_lists_what_is_held_and_tells_what_became_of_the_rest() {
    let site = Site::with(300).await;
    let source = site.full();
    let before = walked(&source, &site.always()).await;
    let id_of = |key: &str| {
        let is_it =
            |record: &&daybook_core::model::document::Record| record.reading.as_ref().unwrap()[0].key == key;
        records(&before).find(is_it).unwrap().external_id.clone()
    };
    let (deleted, moved, hidden) = (id_of("HARB-1"), id_of("HARB-2"), id_of("HARB-3"));
    site.change(json!([
        {"delete": "HARB-1"}, {"move": {"key": "HARB-2", "to": "BILL"}},
        {"restrict": {"key": "HARB-3", "level": "Board"}},
    ]))
    .await;
    let (ids, projects) = census(&source).await;
    assert_eq!(ids, site.held().await.into_keys().collect());
    assert_eq!(projects.len(), 8);
    let asked = [deleted.as_str(), &moved, &hidden];
    // Some project has levels of security, so nothing that is absent is surely deleted.
    let fates = source.fates(&asked, &mut Spent::default()).await.unwrap();
    assert_eq!(fates, [Fate::Left(Tombstone::NoAccess), Fate::There, Fate::There]);
    let fates = site.guest().fates(&asked, &mut Spent::default()).await.unwrap();
    assert_eq!(fates, [Fate::Left(Tombstone::NoAccess), Fate::There, Fate::Left(Tombstone::NoAccess)]);
}

#[tokio::test]
async fn a_project_tells_whether_its_issue_was_deleted_archived_or_hidden() {
    let site = Site::with(300).await;
    let (source, holds) = (site.full(), Holds::nothing());
    let before = walked(&source, &site.always()).await;
    holds.save(&before);
    let first_of = |project: &str| {
        let first = records(&before).find(|record| {
            let document = &record.reading.as_ref().unwrap()[0];
            document.project.as_ref().unwrap().key == project
        });
        let document = &first.unwrap().reading.as_ref().unwrap()[0];
        (document.external_id.clone(), document.key.clone())
    };
    let leveled: BTreeSet<&str> = records(&before)
        .map(|record| &record.reading.as_ref().unwrap()[0])
        .filter(|document| document.audience != Audience::Members)
        .map(|document| document.project.as_ref().unwrap().key.as_str())
        .collect();
    let plain = ["HARB", "BILL", "TIDE", "QUAY", "CARG", "PLAT", "DESK"];
    let mut plain = plain.into_iter().filter(|key| !leveled.contains(key));
    let (gone, put_away, lost) = (plain.next().unwrap(), plain.next().unwrap(), plain.next().unwrap());
    let (deleted, archived, unseen) = (first_of(gone), first_of(put_away), first_of(lost));
    let secret = first_of("SECU");
    site.change(json!([
        {"delete": deleted.1}, {"delete": secret.1}, {"archive_project": put_away}, {"lose_project": lost},
    ]))
    .await;
    let names = [deleted.0.as_str(), &archived.0, &unseen.0, &secret.0];
    let (pages, error) = pages_beside(&source, &items(&names), None, holds).await;
    assert!(error.is_none(), "{error:?}");
    let told: Vec<Tombstone> = pages[0].gone.iter().map(|(_, why)| *why).collect();
    assert_eq!(
        told,
        [Tombstone::Deleted, Tombstone::Archived, Tombstone::NoAccess, Tombstone::NoAccess],
        "{gone}, {put_away}, {lost}, SECU"
    );
    let survey = source.survey(&site.always()).await.unwrap();
    assert_eq!(survey.warnings, [format!("projects that are archived are not read: {put_away}")]);
    let (_, projects) = census(&source).await;
    assert_eq!(projects.len(), 6, "the archived and the lost one are not compared");
}

#[tokio::test]
async fn the_guest_is_told_what_is_counted_and_not_shown() {
    let site = Site::with(1_300).await;
    let source = site.guest();
    let pages = walked(&source, &site.always()).await;
    let all = site.held().await;
    let (ids, projects) = census(&source).await;
    assert_eq!(ids, digests(&pages).into_keys().collect());
    assert!(ids.len() < all.len() && !projects.contains("SECU") && projects.len() == 7);
    let hidden: u64 = pages.iter().map(|page| page.hidden_comments).sum();
    let with_gaps =
        records(&pages).filter(|record| record.gaps[..].iter().any(|gap| gap.contains("does not show")));
    assert!(hidden > 0 && with_gaps.count() > 0);
    site.change(json!({"close_project": "HARB"})).await;
    let (_, projects) = census(&source).await;
    assert!(!projects.contains("HARB") && projects.len() == 6, "{projects:?}");
}

#[tokio::test]
async fn a_service_account_reads_the_same_through_the_gateway() {
    let site = Site::with(60).await;
    let mut settings = site.settings("", "");
    settings.credential = Credential::Bearer("demo-token".to_owned().into());
    settings.api_url = format!("{}/ex/jira/6f1d3c2a-5b0e-4c8e-9a57-3d0c1be0a7e4", site.running.jira_url());
    let pages = walked(&source(settings), &site.always()).await;
    assert_eq!(digests(&pages), site.held().await);
    let document = &records(&pages).next().unwrap().reading.as_ref().unwrap()[0];
    assert!(document.url.starts_with("https://birchlane.atlassian.net/browse/"), "{}", document.url);
}

#[tokio::test]
async fn real_issues_come_byte_for_byte() {
    let Some(folder) = real_data::folder() else {
        eprintln!("SKIPPED: DAYBOOK_TEST_DATA names no folder with *.issues.jsonl.gz");
        return;
    };
    let site = Site::over(WorldChoice::Folder(folder)).await;
    let (source, held) = (site.full(), site.held().await);
    let mut walk = source.walk(&site.always(), None, Holds::nothing()).await.unwrap();
    let mut came = BTreeMap::new();
    while let Some(page) = walk.next_page().await.unwrap() {
        assert!(page.records.iter().all(|record| record.reading.is_ok()));
        came.extend(page.records.iter().map(|record| (record.external_id.clone(), record.digest())));
    }
    assert!(came == held && came.len() > 1_000, "{} came, {} are held", came.len(), held.len());
}
