//! Chores and wishes.

use crate::world::Chance;
use crate::world::lexicon::{CHORES, WISHES};
use crate::world::plot::Role;
use crate::world::scene::Scene;
use crate::world::text::{Block, Mood, Span, heading, text};

const HINTS: [&str; 10] = [
    "Start with {port}; its data is the oldest.",
    "The {thing} of {port} is a good example.",
    "Nothing of this is visible to customers.",
    "It must not cost more than {n} hours; come back if it does.",
    "The last try is on a branch and can be thrown away.",
    "There is a test called `{thing}_works` that proves nothing.",
    "Ask the desk first, they have opinions.",
    "Please in two pieces: first what reads, then what writes.",
    "Whoever takes it: pair with somebody who was on call.",
    "{version} should contain it, but it can wait for the one after.",
];

pub(super) fn chore(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let piece = scene.world.piece(scene.place);
    let chore = &CHORES[usize::from(piece.which) % CHORES.len()];
    let done = scene.world.course(scene.place).end().is_some();
    if piece.role == Role::Subtask {
        return vec![Block::Paragraph(scene.spans(chance.pick(&HINTS)))];
    }
    let why = Block::Paragraph(scene.spans(chore.why));
    let hint = Block::Paragraph(scene.spans(chance.pick(&HINTS)));
    match chance.below(3) {
        0 => {
            let tasks = chore.done_when.iter().map(|line| (done, scene.spans(line))).collect();
            vec![why, heading(3, "Done when"), Block::Tasks(tasks), hint]
        }
        1 => {
            let lines = chore.done_when.iter().map(|line| scene.spans(line).into()).collect();
            vec![Block::Panel(Mood::Note, scene.spans(chore.why)), hint, Block::Bullets(lines)]
        }
        _ => vec![
            why,
            Block::Paragraph(
                [
                    vec![Span::Strong("Done when ".to_owned())],
                    scene.spans(&format!("{}, and {}.", chore.done_when[0], chore.done_when[1])),
                ]
                .concat(),
            ),
        ],
    }
}

pub(super) fn wish(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let wish = &WISHES[usize::from(scene.world.piece(scene.place).which) % WISHES.len()];
    let story = format!("As a {} of {{port}} I want to {}, so that {}.", wish.who, wish.want, wish.so_that);
    let mut blocks = vec![Block::Paragraph(scene.spans(&story))];
    if chance.percent(60) {
        let rules = [
            "nothing changes for people who do not use it",
            "it works on {browser}",
            "it is remembered for each person",
            "it can be switched off for a port",
            "it answers within 300 ms with the data of {port}",
            "every text exists in all our languages",
            "it is in the API as well",
        ];
        let start = chance.below(rules.len());
        let rules = (0..3).map(|step| scene.spans(rules[(start + step * 3) % rules.len()]).into()).collect();
        blocks.extend([heading(3, "Acceptance"), Block::Numbered(rules)]);
    }
    if chance.percent(45) {
        let words = [
            "We do this by hand {n} times a day.",
            "I would pay for that.",
            "The other system we had could do it.",
            "It would save me the list on the wall.",
            "Everybody in the control room asked for it.",
        ];
        blocks.push(Block::Quote(scene.spans(chance.pick(&words))));
    }
    if chance.percent(30) {
        let mut line = vec![text("Sketch: ")];
        line.push(Span::Link {
            text: scene.words("{thing}, second try"),
            url: format!("https://design.birchlane.example/boards/{}", scene.small * 977 + scene.large),
        });
        line.extend([Span::Break, Span::Emphasis(scene.words("{port} has seen it and nodded."))]);
        blocks.push(Block::Paragraph(line));
    }
    blocks
}
