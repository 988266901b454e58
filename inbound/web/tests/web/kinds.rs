//! Worklogs, meetings and pages, as a search and the page of a document show them; over the API and to people.

use axum::http::Method;
use daybook_core::model::document::Link;
use serde_json::json;

use crate::app::{App, Setup};
use crate::fake_store::FakeStore;
use crate::sample;

/// Two issues, a meeting and a worklog; the issue has links and a history.
fn app() -> App {
    let mut issue = sample::issue(1, "Invoice export fails", "The invoice export stops.");
    let link = |relation: &str, to: &str, url: Option<&str>| Link {
        relation: relation.to_owned(),
        to: to.to_owned(),
        url: url.map(str::to_owned),
    };
    issue.document.links = vec![
        link("blocks", "HARB-2", Some("https://acme.example/browse/HARB-2")),
        link("<b>epic</b>", "<script>alert('link')</script>", Some("javascript:alert(1)")),
    ];
    let other = sample::issue(6, "Invoice numbering", "Agreed.");
    let documents = vec![issue, other, sample::meeting(7), sample::worklog(8)];
    let changes = vec![
        sample::change("To Do", "In Progress"),
        sample::change("In Progress", "<script>alert('value')</script>"),
    ];
    let store = FakeStore { changes, ..FakeStore::default() };
    App::of(Setup { documents, store, ..Setup::default() })
}

fn shows(page: &str, words: &[&str]) {
    for words in words {
        assert!(page.contains(words), "{words} is not in {page}");
    }
}

#[tokio::test]
async fn an_answer_says_that_worklogs_were_left_out_and_how_to_include_them() {
    let app = app();
    let body = app.get("/api/search?q=invoice").await.json();
    assert_eq!(body["considered"], 3);
    let kinds: Vec<_> = body["hits"].as_array().unwrap().iter().map(|hit| &hit["document"]["kind"]).collect();
    assert!(kinds.contains(&&json!("meeting")) && !kinds.contains(&&json!("worklog")), "{kinds:?}");
    assert_eq!((&body["coverage"]["documents"], &body["coverage"]["by_words"]), (&json!(3), &json!(3)));
    assert_eq!(body["coverage"]["worklogs_left_out"], 1);
    let sentence = body["coverage"]["sentence"].as_str().unwrap();
    assert!(sentence.ends_with("1 worklog was left out: source=tempo searches them."), "{sentence}");

    let body = app.get("/api/search?q=invoice&source=tempo").await.json();
    assert_eq!((&body["considered"], &body["hits"][0]["document"]["kind"]), (&json!(1), &json!("worklog")));
    assert_eq!(body["hits"][0]["document"]["details"]["seconds"], 5_400);
    assert_eq!(body["coverage"]["worklogs_left_out"], 0);
    let body = app.get("/api/search?q=invoice&source=jira").await.json();
    assert_eq!(body["coverage"]["worklogs_left_out"], 0, "the asker has named what is meant");
    let body = App::new().get("/api/search?q=invoice").await.json();
    assert_eq!(body["coverage"]["worklogs_left_out"], 0, "none is held");
}

#[tokio::test]
async fn where_there_is_nothing_but_worklogs_the_answer_says_so() {
    let app = App::of(Setup { documents: vec![sample::worklog(8)], ..Setup::default() });
    let body = app.get("/api/search?q=invoice").await.json();
    assert_eq!((&body["note"]["code"], &body["hits"]), (&json!("only_worklogs"), &json!([])));
    let page = app.get("/search?q=invoice").await;
    shows(page.text(), &["Daybook holds worklogs and nothing else", "/search?q=invoice&#38;source=tempo"]);
}

#[tokio::test]
async fn results_show_the_day_of_a_meeting_and_the_hours_of_a_worklog() {
    let app = app();
    let page = app.get("/search?q=invoice&limit=30").await;
    shows(
        page.text(),
        &[
            "<span class=\"sort\">Meeting</span>",
            "0:45 h on <time datetime=\"2026-11-23T09:00:00Z\"",
            "Changed <time datetime=\"2026-10-16T11:20:00Z\"",
            "1 worklog was left out",
            "href=\"/search?q=invoice&#38;source=tempo&#38;limit=30\"",
        ],
    );
    assert!(!page.text().contains("meeting 2026-11-23"), "the day stands there already");
    let page = app.get("/search?q=invoice&source=tempo").await;
    shows(
        page.text(),
        &["1:30 h on <time datetime=\"2026-10-14T00:00:00Z\"", "Searched by words in all 4 documents"],
    );
    assert!(!page.text().contains("left out"), "{}", page.text());
}

#[tokio::test]
async fn a_document_shows_what_is_of_its_kind() {
    let app = app();
    let fact = |name: &str, value: &str| format!("<dt>{name}</dt><dd>{value}</dd>");
    let worklog = app.get("/documents/8").await;
    for (name, value) in [
        ("Spent", "1:30 h"),
        ("To be billed", "1:00 h"),
        ("Worked on", "14 Oct 2026, from 09:30"),
        ("Author", "Ada Brandt"),
    ] {
        shows(worklog.text(), &[&fact(name, value)]);
    }
    // Its address is that of the issue.
    shows(worklog.text(), &["Open in Jira", "https://acme.example/browse/HARB-8", "HARB-1"]);
    let meeting = app.get("/documents/7").await;
    for (name, value) in [("Length", "0:45 h"), ("Said", "412 sentences"), ("Organizer", "Ada Brandt")] {
        shows(meeting.text(), &[&fact(name, value)]);
    }
    shows(meeting.text(), &["<dt>Held</dt>", "23 Nov 2026, 09:00 UTC"]);
    assert!(!meeting.text().contains("<dt>Changed</dt>"), "its source keeps no time of a change");
}

#[tokio::test]
async fn a_document_shows_its_links_and_its_history_and_lets_nothing_of_them_run() {
    let app = app();
    let page = app.as_admin(Method::GET, "/documents/1").await;
    shows(
        page.text(),
        &[
            "<span class=\"quiet\">blocks</span> <a href=\"https://acme.example/browse/HARB-2\"",
            "&#60;script&#62;alert(&#39;link&#39;)&#60;/script&#62;",
            "<summary>2 changes in Jira</summary>",
            "<td>Ada Brandt</td><td>status</td><td>To Do</td><td>In Progress</td>",
        ],
    );
    assert!(!page.text().contains("<script>alert") && !page.text().contains("href=\"javascript"));
    let newest = page.text().find("alert(&#39;value&#39;)").unwrap();
    assert!(newest < page.text().find("<td>To Do</td>").unwrap(), "the newest comes first");
    assert!(!app.get("/documents/6").await.text().contains("<summary>"), "no history, no table");
}
