//! What customers ask the desk.

use crate::world::Chance;
use crate::world::lexicon::REQUESTS;
use crate::world::scene::Scene;
use crate::world::text::{Block, Span, text};

const GREETINGS: [&str; 6] =
    ["Dear all,", "Hello,", "Good morning from {port},", "Hi there,", "Ahoy,", "Dear support,"];
const CLOSINGS: [&str; 6] = [
    "Best regards, harbour office of {port}",
    "Thanks a lot",
    "With kind regards",
    "Please call before noon",
    "Greetings from {port}",
    "Thank you and fair winds",
];

pub(super) fn request(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let request = &REQUESTS[usize::from(scene.world.piece(scene.place).which) % REQUESTS.len()];
    let more = [
        "It is not urgent.",
        "It is rather urgent, {vessel} is due in {n} hours.",
        "We are on {version}.",
        "We use {browser}.",
        "A colleague asked the same last month.",
        "I have tried it {n} times.",
        "The person before me knew how it works, but has retired.",
    ];
    let mut blocks = vec![
        Block::Paragraph(scene.spans(chance.pick(&GREETINGS))),
        Block::Paragraph(scene.spans(&format!("{} {}", request.words, chance.pick(&more)))),
        Block::Paragraph(scene.spans(chance.pick(&CLOSINGS))),
    ];
    if chance.percent(35) {
        blocks.push(Block::Rule);
        blocks.push(Block::Paragraph(vec![
            Span::Emphasis("Channel: ".to_owned()),
            text(chance.pick(&["mail", "phone, written down by the desk", "portal", "chat"])),
            text(format!("; product: {}; part: {}", scene.project.name, scene.part.name)),
        ]));
    }
    blocks
}
