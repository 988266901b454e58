//! Bugs and findings, as different people report them.

use crate::world::Chance;
use crate::world::scene::Scene;
use crate::world::text::{Block, Mood, Span, heading, paragraph, text};

const OPENINGS: [&str; 14] = [
    "{port} called this morning about the {thing}.",
    "Seen while testing {version}.",
    "Two customers reported this within an hour, {port} first.",
    "Found in the logs of the {thing}, nobody has complained yet.",
    "I could reproduce this on {browser}, every time.",
    "This is the third time this quarter that the {thing} does this.",
    "Came up in the review of {version}; it may be older.",
    "The duty officer of {port} sent a picture.",
    "Happens for {vessel} and, as far as I can see, for nobody else.",
    "Worked in the release before {version}.",
    "Reported by the desk, with a recording.",
    "It is not always so: about one try in {n} goes wrong.",
    "Our own monitoring saw it before anybody else, which is new.",
    "Noticed during the training in {port}.",
];

const IMPACTS: [&str; 12] = [
    "{n} people in {port} work around it by phone.",
    "No data is lost, but trust is.",
    "The linesmen have gone back to paper until this works.",
    "It costs the desk about {n} minutes a day.",
    "Every agent who books for {vessel} is affected.",
    "Only administrators can see it, so there is no hurry.",
    "The season begins in {n} days; it has to be right by then.",
    "Money is involved: the accountant of {port} has stopped the run.",
    "Nobody is blocked, it just looks careless.",
    "{port} has asked for a date.",
    "Safety is not touched; I checked with the pilots.",
    "We would breach the service level if this lasts until Friday.",
];

const TRIES: [&str; 8] = [
    "Signing out and in again does not help.",
    "It is the same in a private window.",
    "With a copy of the data of {port} it happens at once.",
    "On the training system it works.",
    "Going back to the release before {version} makes it go away.",
    "It needs two people at the same time.",
    "Clearing `localStorage` helps until the next morning.",
    "The request itself is right; I looked at it with `curl`.",
];

pub(super) fn description(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    match chance.below(6) {
        0 | 1 => by_the_book(scene, chance),
        2 => with_a_table(scene, chance),
        3 => by_a_customer(scene, chance),
        4 => with_a_log(scene, chance),
        _ => short(scene, chance),
    }
}

/// The same trouble by somebody who did not look whether it was known.
pub(super) fn again(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let mut blocks = vec![line(scene, &format!("{}.", scene.failure().again))];
    blocks.push(line(scene, &format!("{} {}", chance.pick(&OPENINGS), chance.pick(&IMPACTS))));
    if chance.percent(50) {
        blocks.push(line(scene, &format!("I did not find anything like it. {}", chance.pick(&TRIES))));
    }
    blocks
}

fn line(scene: &Scene<'_>, line: &str) -> Block {
    Block::Paragraph(scene.spans(line))
}

fn seen(scene: &Scene<'_>) -> String {
    format!("{}.", scene.failure().seen)
}

fn by_the_book(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let sign_in =
        ["Sign in as a clerk of {port}", "Sign in as an agent", "Sign in with the test account of {port}"];
    let act = [
        "Look up {vessel}",
        "Enter {n} and save",
        "Change the last entry",
        "Wait for {n} minutes",
        "Do it once more in a second window",
    ];
    let mut steps = vec![chance.pick(&sign_in), "Open the {thing}", chance.pick(&act)];
    if chance.percent(50) {
        steps.push(chance.pick(&[
            "Go back",
            "Reload the page",
            "Print it",
            "Ask a colleague to open it too",
        ]));
    }
    let steps = steps.into_iter().map(|step| scene.spans(step).into()).collect();
    vec![
        line(scene, chance.pick(&OPENINGS)),
        heading(3, "Steps to reproduce"),
        Block::Numbered(steps),
        heading(3, "What happens"),
        line(scene, &seen(scene)),
        heading(3, "What should happen"),
        line(
            scene,
            chance.pick(&[
                "What was entered is what is shown.",
                "The {thing} says what is wrong and keeps what was typed.",
                "It works as described in the manual, page {m}.",
                "The same as in the release before {version}.",
                "Nothing; that is the point.",
            ]),
        ),
        Block::Paragraph(
            [vec![Span::Strong("Impact: ".to_owned())], scene.spans(chance.pick(&IMPACTS))].concat(),
        ),
    ]
}

fn with_a_table(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let row = |name: &str, value: &str| vec![scene.spans(name), scene.spans(value)];
    let head = vec![vec![Span::Strong("Where".to_owned())], vec![Span::Strong("Result".to_owned())]];
    vec![
        Block::Panel(chance.pick(&[Mood::Warning, Mood::Error]), scene.spans(chance.pick(&IMPACTS))),
        line(scene, &seen(scene)),
        Block::Table(vec![
            head,
            row("Production, {port}", "fails since {version}"),
            row(
                scene.browser,
                chance.pick(&["fails", "fails, but only after {n} minutes", "works the second time"]),
            ),
            row("Training system", chance.pick(&["works", "fails as well", "not tried"])),
            row("API", chance.pick(&["`500` after {n} seconds", "right answer", "empty answer, `200`"])),
        ]),
        line(scene, chance.pick(&TRIES)),
    ]
}

fn by_a_customer(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let lead = scene.world.lead(scene.world.story_of(scene.place).project);
    vec![
        line(scene, "{port} writes:"),
        Block::Quote(scene.spans(&format!(
            "{}. {}",
            scene.failure().again,
            chance.pick(&[
                "Please help.",
                "This has to stop.",
                "We like the product, but not this.",
                "Is it us or is it you?",
                "Our crew has {n} people waiting."
            ])
        ))),
        Block::Paragraph(
            [
                vec![Span::Mention(lead), text(" can somebody look at this? ")],
                scene.spans(chance.pick(&IMPACTS)),
            ]
            .concat(),
        ),
        Block::Bullets(vec![
            scene.spans("Ship: {vessel}").into(),
            scene.spans("Release: {version}").into(),
            scene.spans(&format!("Browser: {}", scene.browser)).into(),
        ]),
    ]
}

fn with_a_log(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let slug = scene.thing.replace([' ', '-'], "_");
    let wrong = chance.pick(&[
        "deadline exceeded",
        "duplicate key value violates unique constraint",
        "unexpected end of input",
        "index out of range",
        "permission denied",
        "connection reset by peer",
    ]);
    let log = format!(
        "{:02}:{:02}:17 INFO  {slug} request began port={} release={}\n{:02}:{:02}:{:02} ERROR {slug} {wrong} after={}ms\n    at {slug}::handle (src/{slug}.rs:{})\n    at router::call (src/router.rs:{})",
        scene.small % 24,
        scene.large,
        scene.port,
        scene.version,
        scene.small % 24,
        scene.large,
        17 + scene.small % 40,
        scene.large * 73,
        scene.small * 7 + 11,
        scene.large + 40,
    );
    let code = Block::Code { language: "text", text: log };
    let log =
        if chance.percent(50) { Block::Expand { title: "Log".to_owned(), inside: vec![code] } } else { code };
    vec![
        line(scene, &format!("{} {}", seen(scene), chance.pick(&OPENINGS))),
        log,
        line(scene, chance.pick(&TRIES)),
        line(scene, chance.pick(&IMPACTS)),
    ]
}

fn short(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let mut blocks = vec![line(scene, &format!("{} {}", chance.pick(&OPENINGS), seen(scene)))];
    if chance.percent(40) {
        blocks.push(paragraph(scene.words(chance.pick(&TRIES)).replace('`', "")));
    }
    blocks
}
