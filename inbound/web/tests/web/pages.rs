//! The pages as a visitor gets them: words, marks, states, filters, and nothing of a stranger let through.

use axum::http::Method;
use daybook_core::model::source::SourceKind;
use daybook_web::Visitors;

use crate::app::{App, Setup};
use crate::sample;

/// Tags of a page, lower-cased, without the script that is ours.
fn tags(page: &str) -> Vec<String> {
    page.split('<')
        .skip(1)
        .map(|rest| rest.split('>').next().unwrap_or_default().to_lowercase())
        .filter(|tag| !tag.starts_with("script src=\"/static/"))
        .collect()
}

#[tokio::test]
async fn the_first_page_says_what_there_is_to_find() {
    let page = App::new().get("/").await;
    assert_eq!(page.status, 200);
    for words in ["Daybook holds 5 documents", "Jira", "1 hour ago", "Why does the export fail?"] {
        assert!(page.text().contains(words), "{words} is not in {}", page.text());
    }
}

#[tokio::test]
async fn results_mark_the_words_and_link_the_document_and_its_original() {
    let page = App::new().get("/search?q=invoice").await;
    assert_eq!(page.status, 200);
    for words in [
        "<mark>Invoice</mark> export fails for Zürich",
        "href=\"/documents/1\"",
        "href=\"https://acme.example/browse/HARB-1\"",
        "class=\"pill in_progress\"",
        "16 Oct 2026",
        "title=\"2026-10-16T11:20:00Z\"",
        "Searched by words in all 3 documents",
        "Jira is complete up to",
    ] {
        assert!(page.text().contains(words), "{words} is not in {}", page.text());
    }
}

#[tokio::test]
async fn filters_stand_in_the_address_and_can_be_taken_away_one_by_one() {
    let page = App::new()
        .get("/search?q=invoice&source=jira&project=HARB&state=open&from=2026-01-01&to=&utm=x")
        .await;
    assert_eq!(page.status, 200);
    let text = page.text().replace("&#38;", "&").replace("&amp;", "&");
    for words in [
        "href=\"/search?q=invoice&project=HARB&state=open&from=2026-01-01\"",
        "href=\"/search?q=invoice&source=jira&state=open&from=2026-01-01\"",
        "href=\"/search?q=invoice&source=jira&project=HARB&state=open\"",
        "href=\"/search?q=invoice\"",
        "<option value=\"open\" selected>",
        "value=\"2026-01-01\"",
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
}

#[tokio::test]
async fn empty_results_say_why() {
    let app = App::new();
    let text = async |query: &str| app.get(&format!("/search?q={query}")).await.text().to_owned();
    let none = text("elephant").await;
    assert!(none.contains("Nothing found for “elephant”") && none.contains("Searched 3 documents"), "{none}");
    assert!(text("invoice&source=tempo").await.contains("the filters leave none"));
    assert!(text("").await.contains("What would you like to find?"));
    let empty = App::of(Setup { documents: Vec::new(), freshness: Vec::new(), ..Setup::default() });
    assert!(empty.get("/search?q=invoice").await.text().contains("Nothing has been read yet"));
    assert!(empty.get("/").await.text().contains("/api/backfill/jira"));
    assert!(empty.get("/sources").await.text().contains("Nothing has been read yet"));
}

#[tokio::test]
async fn a_search_that_makes_no_sense_keeps_what_was_typed() {
    let page = App::new().get("/search?q=invoice&from=yesterday&source=slack").await;
    assert_eq!(page.status, 400);
    assert!(page.text().contains("from must be a date") && page.text().contains("value=\"invoice\""));
}

#[tokio::test]
async fn a_document_shows_its_text_and_its_facts() {
    let page = App::new().get("/documents/1").await;
    for words in
        ["<strong>invoice</strong>", "Ada Brandt", "Harbour", "Open in Jira", "Every member", "billing"]
    {
        assert!(page.text().contains(words), "{words} is not in {}", page.text());
    }
}

#[tokio::test]
async fn what_strangers_wrote_cannot_run() {
    let app = App::new();
    for address in [
        "/documents/5",
        "/search?q=attack",
        "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/search?q=attack&project=%22%3E%3Cscript%3E&state=%22%3E%3Cscript%3E&from=%22%3E%3Cscript%3E&source=%3Cscript%3E",
        "/%3Cscript%3E",
    ] {
        let page = app.get(address).await;
        for tag in tags(page.text()) {
            let is_bad = tag.starts_with("script") || tag.starts_with("img") || tag.contains("javascript:");
            assert!(!is_bad && !tag.contains("onerror"), "{address}: <{tag}>");
        }
    }
    let attack = app.get("/documents/5").await;
    assert!(
        attack.text().contains("&lt;script&gt;alert('body')")
            || attack.text().contains("&lt;script&gt;alert")
    );
    assert!(!attack.text().contains("Open in Jira"), "a javascript: address is linked");
}

#[tokio::test]
async fn a_huge_document_is_cut_and_says_so() {
    let mut huge = sample::issue(7, "Huge", &"many words in a line\n".repeat(75_000));
    huge.document.comments = "one comment\n\n".repeat(50_000);
    let app = App::of(Setup { documents: vec![huge], ..Setup::default() });
    let page = app.get("/documents/7").await;
    assert!(page.body.len() < 2_000_000, "{}", page.body.len());
    assert_eq!(page.text().matches("too long to be shown whole").count(), 2);
    assert!(page.text().contains("Read the rest in Jira"));
}

#[tokio::test]
async fn sources_are_told_in_plain_words() {
    let mut freshness = sample::freshness();
    freshness[0].last_error = Some("Jira says <401>: the token has ended".to_owned());
    let app = App::of(Setup { freshness, ..Setup::default() });
    let page = app.get("/sources").await;
    for words in [
        "<li>2 records could not be read, and kept aside with the reason</li>",
        "<li>4 gaps known: parts of records that Daybook does not hold</li>",
        "<li>1 record not finished at the source, and asked for again</li>",
        "24 Nov 2026, 13:58 UTC",
        "1 hour ago",
        "sync since 2026-11-24 14:58 UTC",
        "<dt>Next sync</dt><dd><time datetime=\"2026-11-24T15:10:00Z\"",
        "<dt>Next comparison</dt><dd><time datetime=\"2026-11-25T02:00:00Z\"",
        "Tempo <span class=\"pill\">off</span>",
        "href=\"/backfills\"",
        "The newest run failed",
        "an administrator can see why",
    ] {
        assert!(page.text().contains(words), "{words} is not in {}", page.text());
    }
    for words in ["401", "503", "SECRET", "By its own list"] {
        assert!(!page.text().contains(words), "{words} is not for visitors");
    }
    let page = app.as_admin(Method::GET, "/sources").await;
    for words in
        ["&#60;401&#62;", "7 records, 6 held then, 1 differed", "compared 13 hours ago", "project SECRET"]
    {
        assert!(page.text().contains(words), "{words} is not in {}", page.text());
    }
}

#[tokio::test]
async fn a_source_that_was_read_before_its_settings_went_is_shown_as_off() {
    let mut freshness = sample::freshness();
    freshness[0].source = SourceKind::Notion;
    let page = App::of(Setup { freshness, ..Setup::default() }).get("/sources").await;
    for words in ["Notion <span class=\"pill\">off</span>", "Jira <span class=\"pill\">never read</span>"] {
        assert!(page.text().contains(words), "{words} is not in {}", page.text());
    }
}

#[tokio::test]
async fn the_page_of_runs_is_an_empty_shell_that_anyone_may_open() {
    let app = App::of(Setup { visitors: Visitors::Nobody, ..Setup::default() });
    let page = app.get("/backfills").await;
    assert_eq!(page.status, 200);
    for words in ["type=\"password\"", "autocomplete=\"off\"", "<noscript>", "max=\"3650\"", "/static/admin."]
    {
        assert!(page.text().contains(words), "{words} is not in {}", page.text());
    }
    // A field without a name is sent nowhere, whatever happens to the script.
    for tag in tags(page.text()).iter().filter(|tag| tag.starts_with("input") || tag.starts_with("select")) {
        assert!(!tag.contains(" name=") || tag.contains("type=\"radio\""), "<{tag}>");
    }
    assert!(!tags(page.text()).iter().any(|tag| tag.starts_with("form") && tag.contains("action")));
    assert!(page.header("content-security-policy").contains("connect-src 'self'"));
}

#[tokio::test]
async fn who_may_not_read_is_told_how_to_get_in() {
    let app = App::of(Setup { visitors: Visitors::Nobody, ..Setup::default() });
    for address in ["/", "/search?q=invoice", "/documents/1", "/sources"] {
        let page = app.get(address).await;
        assert_eq!(page.status, 401, "{address}");
        assert!(page.text().contains("DAYBOOK_VISITORS=members") && page.text().contains("X-Admin-Key"));
        assert!(!page.text().contains("Jira"), "{address}");
    }
    assert_eq!(app.as_admin(Method::GET, "/documents/2").await.status, 200);
}

#[tokio::test]
async fn files_of_pages_may_be_kept_for_ever_under_their_address() {
    let app = App::new();
    let page = app.get("/").await;
    let address = page.text().split("href=\"").find(|rest| rest.starts_with("/static/")).unwrap();
    let answer = app.get(address.split('"').next().unwrap()).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("cache-control").contains("immutable"));
    assert!(answer.header("content-type").starts_with("text/css"));
}

#[tokio::test]
async fn the_reference_holds_every_route_and_every_word_for_refusals() {
    let page = App::of(Setup { visitors: Visitors::Nobody, ..Setup::default() }).get("/api/docs").await;
    assert_eq!(page.status, 200);
    for words in
        ["/api/backfill/{source_or_id}", "1 to 3650", "id=\"invalid\"", "id=\"too_many\"", "/api/search"]
    {
        assert!(page.text().contains(words), "{words} is not in {}", page.text());
    }
}
