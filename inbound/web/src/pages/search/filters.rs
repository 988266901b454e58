//! What narrows a search, as the form and the chips show it; and the addresses in which it stands.

use daybook_core::model::source::SourceKind;

use crate::pages::readable;
use crate::question::{Asked, USUAL_LIMIT};

/// Numbers of answers that the page offers.
const LIMITS: [usize; 3] = [USUAL_LIMIT, 30, 100];

/// One of several in the form.
pub(super) struct Choice {
    pub(super) word: String,
    pub(super) name: String,
    pub(super) is_chosen: bool,
}

/// Something that narrows the search, and where it does not.
pub(super) struct Chip {
    pub(super) name: String,
    pub(super) without: String,
}

/// The address of a search on the page.
pub(crate) fn address(asked: &Asked) -> String {
    const PATH: &str = "/search?";
    let mut query = form_urlencoded::Serializer::for_suffix(PATH.to_owned(), PATH.len());
    query.append_pair("q", &asked.q);
    let lists = [("source", &asked.source), ("project", &asked.project), ("state", &asked.state)];
    for (name, words) in lists {
        for word in words {
            query.append_pair(name, word);
        }
    }
    for (name, word) in [("from", &asked.from), ("to", &asked.to), ("limit", &asked.limit)] {
        if let Some(word) = word {
            query.append_pair(name, word);
        }
    }
    query.finish()
}

/// The sources to choose from.
pub(super) fn sources(asked: &Asked) -> Vec<Choice> {
    let choice = |kind: SourceKind| Choice {
        word: kind.word().to_owned(),
        name: readable::source(kind).to_owned(),
        is_chosen: asked.source.iter().any(|word| word == kind.word()),
    };
    SourceKind::ALL.into_iter().map(choice).collect()
}

/// The states to choose from; also one that was typed into the address.
pub(super) fn states(asked: &Asked) -> Vec<Choice> {
    let mut choices: Vec<Choice> =
        [("open", "Open"), ("todo", "To do"), ("in_progress", "In progress"), ("done", "Done")]
            .into_iter()
            .map(|(word, name)| Choice {
                word: word.to_owned(),
                name: name.to_owned(),
                is_chosen: asked.state.iter().any(|state| state == word),
            })
            .collect();
    let others: Vec<Choice> = asked
        .state
        .iter()
        .filter(|state| !choices.iter().any(|choice| choice.word == **state))
        .map(|state| Choice { word: state.clone(), name: state.clone(), is_chosen: true })
        .collect();
    choices.extend(others);
    choices
}

/// One for each thing that narrows the search.
pub(super) fn chips(asked: &Asked) -> Vec<Chip> {
    let mut chips = Vec::new();
    let mut add = |name: String, change: &dyn Fn(&mut Asked)| {
        let mut without = asked.clone();
        change(&mut without);
        chips.push(Chip { name, without: address(&without) });
    };
    for (index, word) in asked.source.iter().enumerate() {
        let name = word.parse().map_or_else(|_| word.clone(), |kind| readable::source(kind).to_owned());
        add(name, &|asked| drop(asked.source.remove(index)));
    }
    for (index, word) in asked.project.iter().enumerate() {
        add(format!("Project {word}"), &|asked| drop(asked.project.remove(index)));
    }
    for choice in states(asked).iter().filter(|choice| choice.is_chosen) {
        add(choice.name.clone(), &|asked| asked.state.retain(|state| *state != choice.word));
    }
    if let Some(from) = &asked.from {
        add(format!("From {from}"), &|asked| asked.from = None);
    }
    if let Some(to) = &asked.to {
        add(format!("To {to}"), &|asked| asked.to = None);
    }
    chips
}

/// Where there are more answers, if there may be.
pub(super) fn more(asked: &Asked, shown: usize, limit: usize) -> Option<String> {
    let next = LIMITS.into_iter().find(|next| *next > limit)?;
    (shown == limit).then(|| address(&Asked { limit: Some(next.to_string()), ..asked.clone() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Asked {
        Asked {
            q: "a&b ü".to_owned(),
            source: vec!["jira".to_owned(), "notion".to_owned()],
            state: vec!["Won't do, ever".to_owned()],
            from: Some("2026-01-01".to_owned()),
            ..Asked::default()
        }
    }

    #[test]
    fn an_address_holds_the_whole_search() {
        let expected =
            "/search?q=a%26b+%C3%BC&source=jira&source=notion&state=Won%27t+do%2C+ever&from=2026-01-01";
        assert_eq!(address(&asked()), expected);
    }

    #[test]
    fn each_chip_takes_away_one_thing() {
        let chips = chips(&asked());
        let names: Vec<&str> = chips.iter().map(|chip| chip.name.as_str()).collect();
        assert_eq!(names, ["Jira", "Notion", "Won't do, ever", "From 2026-01-01"]);
        assert!(!chips[0].without.contains("jira") && chips[0].without.contains("notion"));
        assert!(!chips[2].without.contains("state"));
    }

    #[test]
    fn more_is_offered_while_there_may_be_more() {
        assert!(more(&asked(), 10, 10).unwrap().contains("limit=30"));
        assert_eq!(more(&asked(), 9, 10), None);
        assert_eq!(more(&asked(), 100, 100), None);
    }
}
