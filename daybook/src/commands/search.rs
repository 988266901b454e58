//! `daybook search`: asks this Daybook's own files, whether or not a server runs on them.

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use daybook_core::model::audience::Viewer;
use daybook_core::model::hit::{Answers, Coverage, Filter, Hit, Question, StateFilter, Worklogs};
use daybook_core::model::source::{Confirmed, SourceKind};
use daybook_core::ports::clock::Clock;
use serde_json::{Value, json};

use super::sources::in_words;
use crate::assemble::{Role, assemble};
use crate::cli::Search;
use crate::config::Config;
use crate::ended::Ended;
use crate::{output, parts};

pub(super) async fn run(flags: &Search, config: &Config, clock: Arc<dyn Clock>) -> Result<(), Ended> {
    super::log_quietly(config)?;
    let question = Question { text: flags.query.join(" "), filter: filter(flags)?, limit: flags.limit };
    parts::check(config)?;
    // Asks for the database's place and makes none.
    parts::existing_store(config).await?.close().await;
    let daybook = assemble(config, clock, Role::ANSWERS).await?;
    // Whatever was stored while no process kept the indexes is taken in first.
    while daybook.follow_store.run_once().await.map_err(|error| Ended::from_fault(&error))? > 0 {}
    // Whoever can read the database file may read everything in it.
    let answers = daybook.search.run(&Viewer::admin(), &question).await;
    let answers = answers.map_err(|error| Ended::from_fault(&error))?;
    if flags.json {
        return Ok(output::json(&to_json(&answers, flags.explain))?);
    }
    for (place, hit) in (1..).zip(&answers.hits) {
        output::line(&shown(place, hit, flags.explain))?;
    }
    output::line(&output::plain(&summary(&answers)))?;
    Ok(())
}

fn filter(flags: &Search) -> Result<Filter, Ended> {
    let source =
        |word: &String| word.parse::<SourceKind>().map_err(|error| Ended::WrongUse(error.to_string()));
    let (from, to) = (
        flags.from.as_deref().map(|date| day("from", date)).transpose()?,
        flags.to.as_deref().map(|date| day("to", date)).transpose()?,
    );
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(Ended::WrongUse("--to must not lie before --from".to_owned()));
    }
    Ok(Filter {
        sources: flags.source.iter().map(source).collect::<Result<_, _>>()?,
        projects: flags.project.clone(),
        states: flags.state.iter().flat_map(|word| StateFilter::from_word(word)).collect(),
        from,
        to: to.map(|day| day + Days::new(1)),
    })
}

fn day(flag: &str, text: &str) -> Result<DateTime<Utc>, Ended> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d");
    let date = date.ok().filter(|_| text.len() == 10).ok_or_else(|| {
        Ended::WrongUse(format!("--{flag} must be a date like 2026-01-31, and `{text}` is not one"))
    })?;
    Ok(date.and_time(NaiveTime::MIN).and_utc())
}

fn shown(place: usize, hit: &Hit, explains: bool) -> String {
    let document = &hit.stored.document;
    let state = document.state.as_deref().unwrap_or("no state");
    let mut lines = vec![
        format!(
            "{place:>3}. {}  {}",
            output::plain(&document.key),
            marked(&document.title, &hit.title_marks)
        ),
        format!(
            "     {} · {} · {} · {}",
            output::plain(state),
            output::plain(document.project.as_ref().map_or("no project", |project| &project.name)),
            document.updated_at.format("%Y-%m-%d"),
            output::plain(&document.url)
        ),
    ];
    if !hit.excerpt.text.is_empty() {
        lines.push(format!("     {}", marked(&hit.excerpt.text, &hit.excerpt.marks)));
    }
    if explains {
        let meaning = hit.meaning.map_or_else(|| "none".to_owned(), |meaning| format!("{meaning:.2}"));
        lines.push(format!("     score {:.2} = words {:.2} + meaning {meaning}", hit.score, hit.words));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// A text with its marks in bold, where the answer goes to a terminal.
fn marked(text: &str, marks: &[(usize, usize)]) -> String {
    if !output::has_colours() {
        return output::plain(text);
    }
    let mut parts = Vec::with_capacity(2 * marks.len() + 1);
    let mut at = 0;
    for (start, end) in marks {
        parts.push(output::plain(&text[at..*start]));
        parts.push(format!("\x1b[1;33m{}\x1b[0m", output::plain(&text[*start..*end])));
        at = *end;
    }
    parts.push(output::plain(&text[at..]));
    parts.concat()
}

fn summary(answers: &Answers) -> String {
    let Coverage { documents, by_words, by_meaning, without_meaning, freshness } = &answers.coverage;
    let mut lines = Vec::new();
    if answers.hits.is_empty() {
        lines.push(match (*documents, answers.considered) {
            (0, _) if matches!(answers.worklogs, Worklogs::LeftOut(_)) => {
                "Only worklogs are held.".to_owned()
            }
            (0, _) => "Nothing has been read yet: `daybook backfill jira --wait` begins.".to_owned(),
            (_, 0) => "No document passes these filters.".to_owned(),
            (_, considered) => format!("Nothing found in {considered} documents."),
        });
    }
    let meaning = without_meaning
        .as_ref()
        .map_or_else(|| format!("by meaning {by_meaning}"), |reason| format!("not by meaning: {reason}"));
    lines.push(format!("Of {documents} documents, by words {by_words}, {meaning}."));
    if let Worklogs::LeftOut(left_out) = answers.worklogs {
        lines.push(format!("{left_out} worklogs were left out: `--source tempo` searches them."));
    }
    for fresh in freshness {
        let until = fresh.confirmed.map_or_else(
            || "was never read to an end".to_owned(),
            |Confirmed { from, until }| {
                let age = in_words(answers.as_of - until);
                format!("is complete until {age} ago, for changes since {}", from.format("%Y-%m-%d"))
            },
        );
        lines.push(format!("{} {until}.", fresh.source));
    }
    lines.join("\n")
}

fn to_json(answers: &Answers, explains: bool) -> Value {
    let hits: Vec<Value> = answers
        .hits
        .iter()
        .map(|hit| {
            let document = &hit.stored.document;
            let mut value = json!({
                "document": {
                    "id": hit.stored.id, "source": document.source, "kind": document.kind,
                    "external_id": document.external_id, "key": document.key, "title": document.title,
                    "url": document.url, "project": document.project, "state": document.state,
                    "state_category": document.state_category, "updated_at": document.updated_at,
                },
                "score": hit.score,
                "passage": {"text": hit.excerpt.text, "marks": in_characters(&hit.excerpt)},
            });
            if explains {
                value["parts"] = json!({"words": hit.words, "meaning": hit.meaning});
            }
            value
        })
        .collect();
    let coverage = &answers.coverage;
    json!({
        "hits": hits, "considered": answers.considered, "as_of": answers.as_of,
        "coverage": {
            "documents": coverage.documents, "by_words": coverage.by_words, "by_meaning": coverage.by_meaning,
            "without_meaning": coverage.without_meaning,
            "worklogs_left_out": match answers.worklogs {
                Worklogs::LeftOut(left_out) => left_out,
                Worklogs::NotMeant | Worklogs::ByWords(_) => 0,
            },
        },
        "freshness": coverage.freshness.iter().map(super::sources::to_json).collect::<Vec<_>>(),
    })
}

/// Marks as the API gives them: in characters, not bytes.
fn in_characters(excerpt: &daybook_core::model::hit::Excerpt) -> Vec<[usize; 2]> {
    let place = |byte: usize| excerpt.text[..byte].chars().count();
    excerpt.marks.iter().map(|(start, end)| [place(*start), place(*end)]).collect()
}
