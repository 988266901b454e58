//! Lists that repeat, never end, lose their places, or lie about what was asked: none of it passes for history.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use daybook_core::model::document::{DocumentKind, Tombstone};
use daybook_core::ports::source::{Fate, Scope, Source as _, SourceError, Spent};
use serde_json::{Value, json};

use super::house::{House, Store, assert_same, changes_within, document, ids, walk, walked, window};
use super::script::{block, error, id, list, page, paragraph, parent, rich, serve};
use crate::vendor::Reply;

fn history() -> Scope {
    Scope::history(window(30))
}

async fn broken(
    pages: u32,
    answer: impl Fn((&str, &str), usize) -> Option<Reply> + Send + Sync + 'static,
) -> (String, usize) {
    let (vendor, notion) = serve(pages, move |_, about, place| answer(about, place)).await;
    let (_, error) = walk(&notion, &history(), None, &Store::default()).await;
    let Some(SourceError::Broken { said, .. }) = error else { panic!("{error:?}, {:?}", vendor.asked()) };
    (said, vendor.asked().len())
}

#[tokio::test]
async fn places_and_pages_that_repeat_end_a_walk_at_once() {
    for places in [&["a", "a"][..], &["a", "b", "a"], &["a", "b", "c", "b"]] {
        let (said, asked) = broken(0, move |(kind, _), place| {
            let number = u32::try_from(place).unwrap();
            (kind == "search")
                .then(|| Reply::json(&list(&[page(number)], Some(places[place.min(places.len() - 1)]))))
        })
        .await;
        assert!(said.contains("pages repeat"), "{said}");
        assert!(asked <= places.len() + 1, "{asked}");
    }
    let (said, asked) = broken(0, |(kind, _), place| {
        (kind == "search").then(|| Reply::json(&list(&[page(1)], Some(&place.to_string()))))
    })
    .await;
    assert!(said.contains("pages repeat") && asked == 3, "{said} after {asked}");
}

#[tokio::test]
async fn blocks_and_people_that_repeat_end_a_walk_too() {
    for kind in ["children", "users", "comments", "sources"] {
        let (said, _) = broken(3, move |(asked, _), place| {
            let result = match kind {
                "children" => paragraph(1, "again"),
                "users" => json!({"object": "user", "id": id(1), "name": "A"}),
                "comments" => json!({"object": "comment", "id": id(1), "rich_text": []}),
                _ => source(1),
            };
            (asked == kind).then(|| Reply::json(&list(&[result], Some(&place.to_string()))))
        })
        .await;
        assert!(said.contains("pages repeat"), "{kind}: {said}");
    }
}

fn source(number: u32) -> Value {
    let mut source = page(number);
    source["object"] = "data_source".into();
    source["title"] = json!([rich("Rows")]);
    source
}

#[tokio::test]
async fn ten_empty_pages_are_believed_and_eleven_are_not() {
    for (empty, is_fine) in [(10, true), (11, false)] {
        let (_vendor, notion) = serve(0, move |_, (kind, _), place| {
            (kind == "search").then(|| {
                // The search for data sources came before, by the same path.
                let is_last = place - 1 == empty;
                let results = if is_last { vec![page(1)] } else { Vec::new() };
                Reply::json(&list(&results, (!is_last).then(|| place.to_string()).as_deref()))
            })
        })
        .await;
        let (pages, error) = walk(&notion, &history(), None, &Store::default()).await;
        assert_eq!(error.is_none(), is_fine, "{error:?}");
        assert_eq!(ids(&pages).len(), usize::from(is_fine));
    }
}

/// Says yes so many times.
fn times(most: usize) -> impl Fn() -> bool + Send + Sync + 'static {
    let taken = AtomicUsize::new(0);
    move || taken.fetch_add(1, Ordering::SeqCst) < most
}

fn forgotten() -> Reply {
    error(400, "validation_error", "The start_cursor provided is invalid.")
}

#[tokio::test]
async fn a_place_among_blocks_that_was_forgotten_takes_the_list_back_and_nothing_comes_twice() {
    let dies = times(2);
    let (_vendor, notion) = serve(3, move |asked, (kind, of), _| {
        if kind != "children" || of != id(1) {
            return None;
        }
        let parts: Vec<Value> = (0..30).map(|number| paragraph(number, &format!("Line {number}"))).collect();
        if !asked.path.contains("start_cursor") {
            return Some(Reply::json(&list(&parts[..20], Some("b"))));
        }
        Some(if dies() { forgotten() } else { Reply::json(&list(&parts[20..], None)) })
    })
    .await;
    let store = Store::default();
    walked(&notion, &history(), &store).await;
    let body = document(&store.record(&id(1))).body;
    let lines: Vec<&str> = body.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines, (0..30).map(|number| format!("Line {number}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_place_in_a_search_that_dies_is_survived_and_one_that_always_dies_is_told() {
    for (dying, is_fine) in [(1, true), (3, true), (usize::MAX, false)] {
        let dies = times(dying);
        let (_vendor, notion) = serve(250, move |asked, (kind, _), _| {
            (kind == "search" && asked.body["start_cursor"] == "200" && dies()).then(forgotten)
        })
        .await;
        let (pages, error) = walk(&notion, &history(), None, &Store::default()).await;
        assert_eq!(error.is_none(), is_fine, "{error:?}");
        let ids = ids(&pages);
        assert_eq!(ids.len(), if is_fine { 250 } else { 0 });
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    }
}

#[tokio::test]
async fn an_answer_that_does_not_keep_to_the_question_is_an_error() {
    // Oldest first: nothing can be left out behind the first that is too old.
    let (said, _) = broken(0, |(kind, _), _| {
        (kind == "search").then(|| Reply::json(&list(&(0..30).rev().map(page).collect::<Vec<_>>(), None)))
    })
    .await;
    assert!(said.contains("newest change first"), "{said}");
    // Pages among data sources.
    let (said, _) = broken(0, |(kind, _), _| {
        (kind == "sources").then(|| Reply::json(&list(&(0..3).map(page).collect::<Vec<_>>(), None)))
    })
    .await;
    assert!(said.contains("data_source"), "{said}");
    // A filter that is not heard: rows of another time.
    let (said, _) = broken(0, |(kind, _), _| match kind {
        "sources" => Some(Reply::json(&list(&[source(1)], None))),
        "query" => {
            let old = |number| {
                let mut row = page(number);
                row["last_edited_time"] = "2020-01-01T00:00:00.000Z".into();
                row
            };
            Some(Reply::json(&list(&(10..15).map(old).collect::<Vec<_>>(), None)))
        }
        _ => None,
    })
    .await;
    assert!(said.contains("5 of the 5"), "{said}");
    // More to come, and no place to ask for it.
    let (said, _) = broken(0, |(kind, _), _| {
        (kind == "search")
            .then(|| Reply::json(&json!({"results": [page(1)], "has_more": true, "next_cursor": null})))
    })
    .await;
    assert!(said.contains("`next_cursor`"), "{said}");
    for (body, field) in [(json!({"has_more": false}), "`results`"), (json!([]), "object")] {
        let (said, _) = broken(0, move |(kind, _), _| (kind == "search").then(|| Reply::json(&body))).await;
        assert!(said.contains(field), "{said}");
    }
}

#[tokio::test]
async fn pages_of_another_shape_are_never_an_empty_success() {
    for member in ["id", "last_edited_time", "parent", "properties", "url"] {
        let (said, _) = broken(0, move |(kind, _), _| {
            let bent = |number| {
                let mut page = page(number);
                page[member] = 7.into();
                page
            };
            (kind == "search").then(|| Reply::json(&list(&(0..25).map(bent).collect::<Vec<_>>(), None)))
        })
        .await;
        assert!(said.contains("it answers differently since 2"), "{said}");
        assert!(
            said.contains(&format!("`{member}` is missing or of another type in 25 of 25 pages")),
            "{said}"
        );
    }
    let (said, _) = broken(1, |(kind, _), _| {
        let bare = |number: u32| json!({"object": "block", "id": id(number), "kind": "paragraph"});
        (kind == "children").then(|| Reply::json(&list(&(0..25).map(bare).collect::<Vec<_>>(), None)))
    })
    .await;
    assert!(said.contains("25 of 25 blocks"), "{said}");
}

#[tokio::test]
async fn one_odd_page_is_set_aside_with_its_reason_and_the_others_are_read() {
    let (_vendor, notion) = serve(0, |_, (kind, of), _| {
        let mut pages: Vec<Value> = (0..5).map(page).collect();
        pages[1]["last_edited_time"] = "yesterday".into();
        pages[2]["properties"] = Value::Null;
        pages[3] = json!({"object": "page", "id": id(3)});
        match kind {
            "search" => Some(Reply::json(&list(&pages, None))),
            "pages" => pages.iter().find(|page| page["id"] == of).map(Reply::json),
            _ => None,
        }
    })
    .await;
    let store = Store::default();
    let pages = walked(&notion, &history(), &store).await;
    assert_eq!(ids(&pages).len(), 5);
    let reason =
        |number| store.record(&id(number)).reading.map(|_| ()).map_err(|unreadable| unreadable.reason);
    assert!(reason(1).unwrap_err().contains("`last_edited_time`"));
    assert!(reason(2).is_ok() && store.record(&id(2)).gaps[0].contains("`properties`"));
    assert!(reason(3).unwrap_err().contains("but its id"));
    assert!(reason(0).is_ok() && reason(4).is_ok());
}

#[tokio::test]
async fn a_synced_block_within_itself_ends_and_is_marked() {
    let (vendor, notion) = serve(1, |_, (kind, of), _| {
        let copy = |number, of| {
            parent(block(
                number,
                "synced_block",
                &json!({"synced_from": {"type": "block_id", "block_id": id(of)}}),
            ))
        };
        match (kind, of) {
            ("children", of) if of == id(0) => Some(Reply::json(&list(&[copy(1, 2)], None))),
            ("children", _) => Some(Reply::json(&list(&[paragraph(3, "Original."), copy(4, 2)], None))),
            _ => None,
        }
    })
    .await;
    let store = Store::default();
    walked(&notion, &history(), &store).await;
    let record = store.record(&id(0));
    let body = document(&record).body;
    assert_eq!(body, "Original.\n\n[left out: the same block again]");
    assert!(record.gaps[0].contains("shows itself"), "{:?}", record.gaps);
    assert!(vendor.asked().len() < 10);
}

#[tokio::test]
async fn blocks_without_end_below_each_other_end_with_a_mark() {
    let count = AtomicU32::new(1_000);
    let (vendor, notion) = serve(1, move |_, (kind, _), _| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        (kind == "children").then(|| Reply::json(&list(&[parent(paragraph(number, "deeper"))], None)))
    })
    .await;
    let store = Store::default();
    walked(&notion, &history(), &store).await;
    let record = store.record(&id(0));
    assert!(document(&record).body.ends_with("[left out: deeper blocks]"));
    assert!(record.gaps[0].contains("32 levels"), "{:?}", record.gaps);
    assert!(vendor.asked().len() < 45);
}

#[tokio::test]
async fn pages_that_change_and_vanish_while_they_are_listed_are_not_lost() {
    for kind in ["edit_while_paging", "delete_while_paging"] {
        let house = House::of(40).await;
        let fault = json!({"match": "children", "every": 20, "times": 4, "kind": kind, "issues": 1});
        house.fault(fault).await;
        let store = Store::default();
        walked(&house.source(), &Scope::history(window(3_650)), &store).await;
        // What changed while it was read belongs to the next stretch of time.
        walked(&house.source(), &changes_within(-60, 60), &store).await;
        let held = house.held().await;
        let mut kept = store.digests();
        kept.retain(|id, _| !held.contains_key(id));
        // What stood below a page that was put in the trash a census finds; a data source does not say where it stands.
        let mut spent = Spent::default();
        let is_page = |id: &&str| document(&store.record(id)).kind == DocumentKind::Page;
        let ids: Vec<&str> = kept.keys().map(String::as_str).filter(is_page).collect();
        let fates = house.source().fates(&ids, &mut spent).await.unwrap();
        assert!(fates.iter().all(|fate| *fate == Fate::Left(Tombstone::Deleted)), "{fates:?}");
        store.forget(kept.keys());
        assert_same(&store, &held);
    }
}

/// A database that stands on a page, its data source and a page in it, none of which search knows.
#[tokio::test]
async fn a_database_that_no_search_knows_is_found_where_it_stands_with_its_rows() {
    let (vendor, notion) = serve(2, |_, (kind, of), _| {
        let row = |number: u32| {
            let mut row = page(number);
            row["parent"] = json!({"type": "data_source_id", "data_source_id": id(600)});
            row
        };
        let answer = match (kind, of) {
            ("children", of) if of == id(0) => {
                let child = |number, kind: &str| block(number, kind, &json!({"title": "Below"}));
                let mut young = child(603, "child_page");
                young["last_edited_time"] = page(603)["last_edited_time"].clone();
                list(&[child(601, "child_database"), child(602, "child_database"), young], None)
            }
            ("databases", of) if of == id(601) => {
                json!({"object": "database", "id": id(601), "data_sources": [{"id": id(600), "name": "Rows"}]})
            }
            ("databases", _) => {
                return Some(error(400, "validation_error", "Linked databases are not supported."));
            }
            ("data_sources", of) if of == id(600) => {
                let mut found = source(600);
                found["parent"] = json!({"type": "database_id", "database_id": id(601)});
                found
            }
            ("query", _) => list(&[row(610), row(611)], None),
            ("pages", of) if of == id(610) => row(610),
            ("pages", of) if of == id(611) => row(611),
            ("pages", of) if of == id(603) => page(603),
            _ => return None,
        };
        Some(Reply::json(&answer))
    })
    .await;
    let store = Store::default();
    let pages = walked(&notion, &history(), &store).await;
    let mut found = ids(&pages);
    found.sort();
    assert_eq!(found, [0, 1, 600, 603, 610, 611].map(id));
    let asked = vendor.asked();
    assert_eq!(asked.iter().filter(|asked| asked.path.contains("/databases/")).count(), 2);
    let (rest, _) = walk(&notion, &history(), Some(pages.last().unwrap().cursor.clone()), &store).await;
    assert!(rest.is_empty());
}
