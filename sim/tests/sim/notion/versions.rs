//! The same workspace in three versions of the API.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::asking::{As, FULL, USUAL, id};
use super::reading::small;

const MIDDLE: As = As(FULL, "2025-09-03");
const OLD: As = As(FULL, "2022-06-28");

#[tokio::test]
async fn a_version_has_to_be_said_and_known() {
    let vendors = small().await;
    let url = format!("{}/v1/users", vendors.running.url("notion").unwrap());
    let without = vendors.bearing(FULL, Method::GET, &url, None).await.unwrap();
    assert_eq!(
        (without.status, without.json()["code"].take()),
        (StatusCode::BAD_REQUEST, json!("missing_version"))
    );
    let unknown = vendors.notion_as(As(FULL, "2019-01-01"), "users", None).await;
    assert_eq!(unknown.json()["code"], "validation_error");
    for path in ["nowhere", "pages/x/y", "databases/x/query"] {
        let answer = vendors.notion(path).await;
        assert_eq!(
            (answer.status, answer.json()["code"].take()),
            (StatusCode::BAD_REQUEST, json!("invalid_request_url"))
        );
    }
    assert!(vendors.bearing(FULL, Method::GET, &url.replace("/v1", ""), None).await.is_ok());
}

#[tokio::test]
async fn trash_is_said_twice_before_the_newest() {
    let vendors = small().await;
    let page = id(&vendors.searched(USUAL, "page").await[0]);
    let path = format!("pages/{page}");
    let newest = vendors.notion(&path).await.json();
    assert_eq!((newest.get("archived"), &newest["in_trash"]), (None, &json!(false)));
    let middle = vendors.notion_as(MIDDLE, &path, None).await.json();
    assert_eq!((&middle["archived"], &middle["in_trash"]), (&json!(false), &json!(false)));
    assert_eq!(vendors.notion_as(OLD, &path, None).await.json()["archived"], false);
}

#[tokio::test]
async fn a_recording_has_another_name_in_the_newest() {
    let vendors = small().await;
    let mut seen = 0;
    for page in vendors.searched(USUAL, "page").await {
        let path = format!("blocks/{}/children", id(&page));
        let blocks = vendors.notion(&path).await.json()["results"].take();
        let Some(place) =
            blocks.as_array().unwrap().iter().position(|block| block["type"] == "meeting_notes")
        else {
            continue;
        };
        let parts = &blocks[place]["meeting_notes"]["children"];
        let below = vendors.notion(&format!("blocks/{}/children", id(&blocks[place]))).await.json();
        assert_eq!(below["results"][2]["id"], parts["transcript_block_id"]);
        let old = vendors.notion_as(MIDDLE, &path, None).await.json()["results"][place].take();
        assert_eq!((&old["type"], &old["transcription"]["children"]), (&json!("transcription"), parts));
        let markdown = vendors.notion(&format!("pages/{}/markdown", id(&page))).await;
        let whole = vendors.notion(&format!("pages/{}/markdown?include_transcript=true", id(&page))).await;
        assert!(!markdown.text.contains("Transcript of") && whole.text.contains("Transcript of"));
        seen += 1;
    }
    let recorded = vendors.notion_sent("blocks/meeting_notes/query", &json!({"limit": 2})).await.json();
    assert_eq!(recorded["results"][1]["type"], "meeting_notes");
    assert_eq!(recorded["has_more"], seen > 2);
    let old = vendors.notion_as(MIDDLE, "blocks/meeting_notes/query", Some(&json!({}))).await;
    assert_eq!(old.status, StatusCode::BAD_REQUEST);
    assert!(seen > 1);
}

#[tokio::test]
async fn old_versions_know_databases_only() {
    let vendors = small().await;
    let sources = vendors.searched(USUAL, "data_source").await;
    let databases = vendors.searched(OLD, "database").await;
    assert_eq!((sources.len(), databases.len()), (17, 17));
    assert!(
        databases
            .iter()
            .all(|database| database["object"] == "database" && database["properties"].is_object())
    );
    let wrong = json!({"filter": {"property": "object", "value": "data_source"}});
    assert_eq!(vendors.notion_as(OLD, "search", Some(&wrong)).await.status, StatusCode::BAD_REQUEST);
    let mut divided = 0;
    for source in &sources {
        let database = source["parent"]["database_id"].as_str().unwrap();
        let whole = vendors.notion(&format!("databases/{database}")).await.json();
        let within: Vec<_> = whole["data_sources"].as_array().unwrap().iter().map(id).collect();
        assert!(within.contains(&id(source)) && whole.get("properties").is_none());
        let old = vendors.notion_as(OLD, &format!("databases/{database}"), None).await;
        let query = vendors.notion_as(OLD, &format!("databases/{database}/query"), Some(&json!({}))).await;
        if within.len() == 1 {
            assert_eq!(
                old.json()["properties"].as_object().unwrap().len(),
                source["properties"].as_object().unwrap().len()
            );
            for row in query.json()["results"].as_array().unwrap() {
                assert_eq!(row["parent"], json!({"type": "database_id", "database_id": database}));
            }
        } else {
            divided += 1;
            assert_eq!((old.status, query.status), (StatusCode::BAD_REQUEST, StatusCode::BAD_REQUEST));
            let said = query.json()["additional_data"].take();
            assert_eq!(said["error_type"], "multiple_data_sources_for_database");
            assert_eq!(
                (&said["child_data_source_ids"], &said["minimum_api_version"]),
                (&json!(within), &json!("2025-09-03"))
            );
        }
        let path = format!("data_sources/{}", id(source));
        assert_eq!(vendors.notion_as(OLD, &path, None).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(divided, 2);
}
