//! What the vendor makes of a talk: the lists and the texts of a summary.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::team::Company;
use crate::world::meetings::{Saying, Talk};
use crate::world::{Meeting, Occasion};

/// Words that say nothing of what a meeting was about.
const EMPTY_WORDS: [&str; 8] = ["that", "with", "from", "after", "before", "when", "does", "into"];

pub(super) fn of(company: &Company, meeting: &Meeting, talk: &Talk, times: &[(f64, f64)]) -> Value {
    let at = |place: usize| clock(times.get(place).map_or(0.0, |(start, _)| *start));
    let points = || talk.points.iter();
    let lines = |line: &dyn Fn(&str, &str, &str) -> String| {
        points()
            .map(|point| line(&point.heading, &point.gist, &at(point.first)))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let headings: Vec<_> = points().map(|point| point.heading.as_str()).collect();
    let decided =
        talk.said.iter().find(|said| said.saying == Saying::Decision && said.words.contains("decided"));
    let gist =
        decided.map(|said| said.words.clone()).or_else(|| points().next().map(|point| point.gist.clone()));
    let kind = match meeting.occasion {
        Occasion::Client => "External Call",
        Occasion::Incident => "Incident Review",
        Occasion::Planning => "Planning",
        Occasion::Retrospective => "Retrospective",
        Occasion::Weekly | Occasion::Sync => "Team Meeting",
    };
    json!({
        "keywords": keywords(&headings),
        "action_items": action_items(company, talk, times),
        "outline": if meeting.number.is_multiple_of(3) { String::new() } else { lines(&|heading, _, at| format!("{heading} ({at})")) },
        "shorthand_bullet": lines(&|heading, gist, at| format!("🗂️ **{heading}** ({at})\n- {gist}")),
        "overview": lines(&|heading, gist, _| format!("- **{heading}:** {gist}")),
        "bullet_gist": lines(&|heading, _, _| format!("🗂️ {heading}")),
        "notes": lines(&|heading, gist, at| format!("## {heading}\n- {gist} ({at})")),
        "gist": gist, "short_summary": short(&headings, gist.as_deref()), "short_overview": null,
        "meeting_type": kind, "topics_discussed": headings, "transcript_chapters": headings,
        "extended_sections": [],
    })
}

fn keywords(headings: &[&str]) -> Vec<String> {
    let words = headings.iter().flat_map(|heading| heading.split(|letter: char| !letter.is_alphanumeric()));
    let mut keywords = Vec::new();
    for word in
        words.map(str::to_lowercase).filter(|word| word.len() > 4 && !EMPTY_WORDS.contains(&word.as_str()))
    {
        if keywords.len() < 8 && !keywords.contains(&word) {
            keywords.push(word);
        }
    }
    keywords
}

/// One text: a bold line for each owner, then a line for each thing, with the time at which it was said.
fn action_items(company: &Company, talk: &Talk, times: &[(f64, f64)]) -> String {
    let mut owners: Vec<Option<usize>> = Vec::new();
    for task in &talk.tasks {
        if !owners.contains(&task.owner) {
            owners.push(task.owner);
        }
    }
    // What nobody took on stands at the end.
    owners.sort_by_key(Option::is_none);
    let mut text = String::new();
    for owner in owners {
        let name = owner.map_or("Unassigned", |who| company.person(who).name);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n**{name}**");
        for task in talk.tasks.iter().filter(|task| task.owner == owner) {
            let at = times.get(task.at).map_or(0.0, |(start, _)| *start);
            let _ = writeln!(text, "{} ({})", task.words, clock(at));
        }
    }
    text
}

fn short(headings: &[&str], gist: Option<&str>) -> String {
    match headings {
        [] => "Nothing in particular was discussed.".to_owned(),
        [only] => format!("The meeting was about one thing: {only}. {}", gist.unwrap_or_default()),
        [rest @ .., last] => {
            format!("The meeting was about {} and {last}. {}", rest.join(", "), gist.unwrap_or_default())
        }
    }
}

/// Minutes and seconds.
fn clock(seconds: f64) -> String {
    let seconds = super::transcript::rounded(seconds.floor());
    format!("{:02}:{:02}", seconds / 60, seconds % 60)
}
