//! Results, and the form that narrows them. All of it stands in the address.

mod filters;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use daybook_core::actions::search::{Search, SearchError};
use daybook_core::model::audience::Viewer;
use daybook_core::model::document::{Details, Document};
use daybook_core::model::fault::{Fault, FaultKind};
use daybook_core::model::hit::{Answers, Hit};
use daybook_core::model::source::SourceKind;

pub(crate) use self::filters::address;

use self::filters::{Chip, Choice};
use super::marked::{self, Piece};
use super::readable::{self, Moment};
use super::sources::SourceView;
use crate::extract::{FromQuery, Parameters};
use crate::guard::Reader;
use crate::problem::{Detail, Problem};
use crate::question::Asked;
use crate::wording::{self, Emptiness};

/// A hit as the page shows it.
struct HitView {
    href: String,
    original: Option<String>,
    place: &'static str,
    sort: Option<&'static str>,
    key: Option<String>,
    title: Vec<Piece>,
    state: Option<readable::State>,
    project: Option<String>,
    /// What the time says: `Changed`, `Held`, or the hours of a worklog with `on`.
    what: String,
    when: Moment,
    passage: Vec<Piece>,
}

impl From<Hit> for HitView {
    fn from(hit: Hit) -> Self {
        let document = hit.stored.document;
        let (what, when) = occasion(&document);
        Self {
            sort: readable::sort(&document),
            what,
            when,
            href: format!("/documents/{}", hit.stored.id.0),
            original: readable::link(&document.url).map(str::to_owned),
            place: readable::place(&document),
            title: marked::pieces(&document.title, &hit.title_marks),
            state: readable::State::of(&document),
            passage: marked::prose(&hit.excerpt.text, &hit.excerpt.marks),
            key: readable::key(&document),
            project: document.project.map(|project| project.name),
        }
    }
}

/// The time by which a document is known, and what it is the time of: of work, of talk, or else of the last change.
fn occasion(document: &Document) -> (String, Moment) {
    let seconds = match &document.details {
        Some(Details::Worklog(worklog)) => Some(worklog.seconds),
        Some(Details::Meeting { seconds, .. }) => Some(*seconds),
        Some(Details::Issue { .. }) | None => None,
    };
    match (seconds, document.occurred_at) {
        (Some(seconds), Some(at)) => (format!("{} on", readable::hours(seconds)), Moment::day(at)),
        _ => ("Changed".to_owned(), Moment::day(document.updated_at)),
    }
}

/// What came of a search.
struct Results {
    heading: String,
    hits: Vec<HitView>,
    coverage: String,
    freshness: Vec<SourceView>,
    note: Option<String>,
    /// That worklogs were left out, and the address of a search for them.
    left_out: Option<(String, String)>,
    offers_backfill: bool,
    more: Option<String>,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    asked: Asked,
    sources: Vec<Choice>,
    states: Vec<Choice>,
    projects: String,
    chips: Vec<Chip>,
    without_filters: String,
    wrong: Vec<Detail>,
    results: Option<Results>,
}

/// Shows them. Parameters that nobody knows are left alone: links to pages gather them on their way.
pub(crate) async fn show(
    State(search): State<Arc<Search>>,
    Reader(viewer): Reader,
    uri: Uri,
) -> Result<Response, Problem> {
    let asked = Asked::read(&Parameters::of(&uri).filled());
    let (status, results, wrong) = match results(&search, &viewer, &asked).await? {
        Ok(results) => (StatusCode::OK, results, Vec::new()),
        Err(wrong) => (StatusCode::BAD_REQUEST, None, wrong),
    };
    let page = SearchPage {
        sources: filters::sources(&asked),
        states: filters::states(&asked),
        projects: asked.project.join(", "),
        chips: filters::chips(&asked),
        without_filters: address(&Asked { q: asked.q.clone(), ..Asked::default() }),
        wrong,
        results,
        asked,
    };
    Ok(super::page(status, &page))
}

/// The results; none without a question; or what is wrong with it.
async fn results(
    search: &Search,
    viewer: &Viewer,
    asked: &Asked,
) -> Result<Result<Option<Results>, Vec<Detail>>, Problem> {
    let question = match asked.question() {
        Ok(question) if question.text.trim().is_empty() => return Ok(Ok(None)),
        Ok(question) => question,
        Err(wrong) => return Ok(Err(wrong)),
    };
    match search.run(viewer, &question).await {
        Ok(answers) => Ok(Ok(Some(Results::new(answers, asked, question.limit)))),
        Err(error) if error.kind() == FaultKind::Invalid => Ok(Err(vec![said(&error)])),
        Err(error) => Err(error.into()),
    }
}

fn said(error: &SearchError) -> Detail {
    Detail::new(error.field().unwrap_or("q"), error.to_string())
}

impl Results {
    fn new(answers: Answers, asked: &Asked, limit: usize) -> Self {
        let emptiness = Emptiness::of(&answers, asked.is_narrowed());
        let offers_backfill = emptiness == Some(Emptiness::NothingReadYet);
        let told = emptiness.filter(|_| !offers_backfill);
        let doubt = answers.doubt.as_ref().map(wording::doubt);
        let note = told.map(|emptiness| emptiness.sentence(&answers)).or(doubt);
        let Answers { hits, considered, coverage, worklogs, as_of, .. } = answers;
        let found: Vec<_> = hits.iter().map(|hit| hit.stored.document.source).collect();
        let fresh = coverage.freshness.iter().filter(|one| found.contains(&one.source)).cloned();
        let heading = match (emptiness, hits.len()) {
            (Some(Emptiness::NothingReadYet), _) => "Nothing has been read yet".to_owned(),
            (Some(_), _) => format!("Nothing found for “{}”", shortened(&asked.q)),
            (None, shown) if shown < limit => {
                let shown = wording::count(u64::try_from(shown).unwrap_or(u64::MAX), "document");
                format!("{shown}, best first")
            }
            (None, shown) => format!("The best {shown} of {}", wording::count(considered, "document")),
        };
        Self {
            heading,
            more: filters::more(asked, hits.len(), limit),
            hits: hits.into_iter().map(HitView::from).collect(),
            coverage: wording::coverage(&coverage, worklogs),
            left_out: wording::left_out(worklogs).map(|said| (said, of_worklogs(asked))),
            freshness: fresh.map(|one| SourceView::at(one, as_of)).collect(),
            note,
            offers_backfill,
        }
    }
}

/// The same search among worklogs.
fn of_worklogs(asked: &Asked) -> String {
    address(&Asked { source: vec![SourceKind::Tempo.word().to_owned()], ..asked.clone() })
}

/// A question as a heading can hold it.
fn shortened(question: &str) -> String {
    readable::shortened(question.trim().lines().next().unwrap_or_default(), 80)
}
