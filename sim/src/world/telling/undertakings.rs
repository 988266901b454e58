//! Initiatives: the epic, the decision, the steps, the roll-out and what was learned.

use crate::world::calendar::DAY;
use crate::world::plot::{Kind, Role};
use crate::world::scene::{Scene, capitalised};
use crate::world::text::{Block, Mood, Span, heading, paragraph, text};
use crate::world::{Chance, PROJECTS};

fn strong(words: &str) -> Vec<Span> {
    vec![Span::Strong(words.to_owned())]
}

/// The piece of the same story with this role, if it has been written.
fn written(scene: &Scene<'_>, role: Role) -> Option<u32> {
    let pieces = &scene.world.story_of(scene.place).pieces;
    pieces.iter().copied().find(|place| scene.world.piece(*place).role == role)
}

pub(super) fn epic(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let Some(initiative) = scene.initiative() else { return Vec::new() };
    let story = scene.world.story_of(scene.place);
    let slug = initiative.name.to_lowercase().replace(' ', "-").replace('\'', "");
    let mut blocks = vec![
        Block::Panel(Mood::Note, vec![Span::Strong("Problem. ".to_owned()), text(initiative.problem)]),
        heading(2, "Goal"),
        paragraph(scene.words(chance.pick(&[
            "After this nobody in {port} has to know that it was ever different.",
            "By the end of the quarter this is no topic any more.",
            "We measure before and after, and we stop when it is good enough.",
            "{port} is the first; the others follow within two releases.",
        ]))),
        heading(2, "Scope"),
        Block::Bullets(initiative.steps.iter().map(|step| vec![text(*step)].into()).collect()),
        Block::Paragraph(
            [
                strong("Not in scope: "),
                scene.spans(chance.pick(&[
                    "the {thing}, which has its own plan.",
                    "old data of ports that left.",
                    "new prices.",
                    "anything that needs a new contract.",
                    "the mobile app, for now.",
                ])),
            ]
            .concat(),
        ),
        Block::Table(vec![
            vec![strong("What"), strong("Value")],
            vec![vec![text("Lead")], vec![Span::Mention(scene.world.lead(story.project))]],
            vec![vec![text("Target")], vec![Span::Date(story.begins + (90 + chance.between(0, 40)) * DAY)]],
            vec![vec![text("State")], vec![status(scene)]],
        ]),
    ];
    if chance.percent(60) {
        let url = format!("https://wiki.birchlane.example/plans/{slug}");
        blocks.push(Block::Paragraph(vec![
            text("Background: "),
            Span::Link { text: "the plan in the wiki".to_owned(), url },
        ]));
    }
    blocks
}

fn status(scene: &Scene<'_>) -> Span {
    if scene.world.course(scene.place).end().is_some() {
        Span::Status { text: "SHIPPED", colour: "green" }
    } else {
        Span::Status { text: "ON TRACK", colour: "blue" }
    }
}

pub(super) fn decision(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let Some(initiative) = scene.initiative() else { return Vec::new() };
    let story = scene.world.story_of(scene.place);
    if let Kind::Initiative { first: Some(first), .. } = story.kind {
        return carried(scene, first);
    }
    let mut blocks = vec![
        heading(2, "Context"),
        paragraph(initiative.problem),
        heading(2, "Options"),
        Block::Table(vec![
            vec![strong("Option"), strong("For"), strong("Against")],
            vec![
                vec![text(capitalised(initiative.decision))],
                vec![text(capitalised(initiative.because))],
                vec![text(initiative.objection)],
            ],
            vec![
                vec![text(capitalised(initiative.against))],
                vec![text(chance.pick(&[
                    "We could begin tomorrow.",
                    "Less to build.",
                    "Others do it this way.",
                    "No change for the ports.",
                ]))],
                vec![text(chance.pick(&[
                    "Leaves the cause where it is.",
                    "We would be here again in a year.",
                    "Does not hold at the size of our largest port.",
                    "Nobody wants to operate it.",
                ]))],
            ],
        ]),
    ];
    if scene.world.course(scene.place).end().is_some() {
        blocks.push(heading(2, "Decision"));
        let decided = format!(
            "We decided to {} rather than {}, because {}.",
            initiative.decision, initiative.against, initiative.because
        );
        blocks.push(Block::Decisions(vec![vec![text(decided)]]));
        blocks.push(Block::Paragraph([strong("On the objection: "), vec![text(initiative.reply)]].concat()));
    } else {
        blocks.push(Block::Panel(
            Mood::Warning,
            vec![text("Not decided yet. Please comment before "), Span::Date(story.begins + 12 * DAY)],
        ));
    }
    blocks.push(Block::Rule);
    blocks.push(Block::Paragraph(vec![
        text("Asked: "),
        Span::Mention(scene.world.lead(story.project)),
        text(", "),
        Span::Mention(
            scene.world.lead((story.project + 1 + chance.below(PROJECTS.len() - 1)) % PROJECTS.len()),
        ),
    ]));
    blocks
}

/// What was decided elsewhere is asked again for one port.
fn carried(scene: &Scene<'_>, first: u32) -> Vec<Block> {
    let Some(initiative) = scene.initiative() else { return Vec::new() };
    let original = scene.world.stories[first as usize].pieces.get(1).copied();
    let mut line =
        vec![text(scene.words("{port} asked whether this has to be so for them. It was decided in "))];
    line.push(original.map_or_else(|| text("the plan"), Span::Work));
    line.push(text(format!(": we {} because {}.", initiative.decision, initiative.because)));
    vec![
        Block::Paragraph(line),
        Block::Decisions(vec![
            scene.spans(&format!("No exception for {{port}}: we {} there too.", initiative.decision)),
        ]),
        Block::Bullets(vec![
            vec![text(initiative.result)].into(),
            scene.spans("An exception would cost {n} days now and {m} days a year.").into(),
        ]),
    ]
}

pub(super) fn step(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let Some(initiative) = scene.initiative() else { return Vec::new() };
    let mut first =
        vec![text(chance.pick(&["Part of ", "Belongs to ", "First things first in ", "The next piece of "]))];
    first.push(written(scene, Role::Epic).map_or_else(|| text(initiative.name), Span::Work));
    if let Some(decision) = written(scene, Role::Decision).filter(|_| chance.percent(60)) {
        first.extend([text("; why it is done this way stands in "), Span::Work(decision)]);
    }
    first.push(text("."));
    let done = scene.world.course(scene.place).end().is_some();
    let tasks = [
        "agree on names with {port}",
        "write the test that fails today",
        "behind a flag until {version} is out",
        "measure with the data of {port}",
        "tell the desk",
        "update the manual, page {m}",
        "remove the flag",
        "look at it with a designer",
        "delete what it replaces",
    ];
    let start = chance.below(tasks.len());
    let tasks = (0..3)
        .map(|step| (done || chance.percent(40), scene.spans(tasks[(start + step * 2) % tasks.len()])))
        .collect();
    let mut blocks = vec![Block::Paragraph(first)];
    if chance.percent(50) {
        blocks.push(paragraph(initiative.problem));
    }
    blocks.push(heading(3, "To do"));
    blocks.push(Block::Tasks(tasks));
    if chance.percent(35) {
        let slug = scene.thing.replace([' ', '-'], "_");
        let code = format!(
            "create table {slug} (\n  id bigint primary key,\n  port text not null,\n  changed_at timestamptz not null\n);"
        );
        let inside =
            vec![Block::Code { language: "sql", text: code }, paragraph("Names are open to discussion.")];
        blocks.push(Block::Expand { title: "Sketch".to_owned(), inside });
    }
    if chance.percent(40) {
        blocks.push(Block::Paragraph(
            [
                vec![Span::Emphasis("Careful: ".to_owned())],
                vec![text(initiative.objection)],
                vec![text(" ")],
                vec![text(initiative.reply)],
            ]
            .concat(),
        ));
    }
    blocks
}

pub(super) fn rollout(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let Some(initiative) = scene.initiative() else { return Vec::new() };
    let begins = scene.world.piece(scene.place).created;
    let when = |days: i64| vec![Span::Date(begins + days * DAY)];
    vec![
        Block::Paragraph(scene.spans("{port} is ready and knows what is coming.")),
        Block::Table(vec![
            vec![strong("Step"), strong("When"), strong("Who")],
            vec![vec![text("Tell the people")], when(1), vec![text("desk")]],
            vec![
                vec![text("Switch on for two people")],
                when(3 + chance.between(0, 3)),
                vec![text("on call")],
            ],
            vec![vec![text("Switch on for all")], when(8 + chance.between(0, 5)), vec![text("on call")]],
            vec![vec![text("Look back")], when(21), vec![text("lead")]],
        ]),
        Block::Paragraph(
            [
                strong("Way back: "),
                scene.spans(chance.pick(&[
                    "the flag; nothing has to be restored.",
                    "the release before {version} reads the same tables.",
                    "there is none after the second step, so look twice.",
                    "{port} keeps the old page for {n} days.",
                ])),
            ]
            .concat(),
        ),
        Block::Quote(vec![text(initiative.result)]),
    ]
}

pub(super) fn retrospective(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let Some(initiative) = scene.initiative() else { return Vec::new() };
    let well = [
        "the pilot in {port} found what tests could not",
        "we decided early and in writing",
        "small steps, each of them live within a week",
        "the desk knew before the customers",
    ];
    let badly = [
        "we began to measure only when it was half done",
        "{n} days were lost waiting for an answer",
        "the old way lived a release too long",
        "we forgot the night shift",
    ];
    let people = scene.world.people().len();
    vec![
        Block::Panel(Mood::Success, vec![text(initiative.result)]),
        heading(3, "What went well"),
        Block::Bullets(vec![
            scene.spans(chance.pick(&well)).into(),
            vec![text(format!("we chose to {}", initiative.decision))].into(),
        ]),
        heading(3, "What did not"),
        Block::Bullets(vec![scene.spans(chance.pick(&badly)).into()]),
        heading(3, "Next time"),
        Block::Tasks(vec![
            (
                true,
                scene.spans(chance.pick(&[
                    "measure first",
                    "invite the desk to the first meeting",
                    "write the way back before the way there",
                ])),
            ),
            (
                false,
                [vec![Span::Mention(chance.below(people))], scene.spans(" checks {port} again in {n} days")]
                    .concat(),
            ),
        ]),
    ]
}
