//! Results, and the form that narrows them. All of it stands in the address.

mod filters;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use daybook_core::actions::search::{Search, SearchError};
use daybook_core::model::audience::Viewer;
use daybook_core::model::fault::{Fault, FaultKind};
use daybook_core::model::hit::{Answers, Hit};

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
    source: &'static str,
    key: String,
    title: Vec<Piece>,
    state: Option<readable::State>,
    project: Option<String>,
    updated: Moment,
    passage: Vec<Piece>,
}

impl From<Hit> for HitView {
    fn from(hit: Hit) -> Self {
        let document = hit.stored.document;
        Self {
            href: format!("/documents/{}", hit.stored.id.0),
            original: readable::link(&document.url).map(str::to_owned),
            source: readable::source(document.source),
            title: marked::pieces(&document.title, &hit.title_marks),
            state: readable::State::of(&document),
            updated: Moment::day(document.updated_at),
            passage: marked::prose(&hit.excerpt.text, &hit.excerpt.marks),
            key: document.key,
            project: document.project.map(|project| project.name),
        }
    }
}

/// What came of a search.
struct Results {
    heading: String,
    hits: Vec<HitView>,
    coverage: String,
    freshness: Vec<SourceView>,
    note: Option<String>,
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
        let Answers { hits, considered, coverage, as_of, .. } = answers;
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
            coverage: wording::coverage(&coverage),
            freshness: fresh.map(|one| SourceView::at(one, as_of)).collect(),
            note,
            offers_backfill,
        }
    }
}

/// A question as a heading can hold it.
fn shortened(question: &str) -> String {
    let line = question.trim().lines().next().unwrap_or_default();
    match line.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
