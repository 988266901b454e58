//! Incidents and what was learned from them.

use crate::world::Chance;
use crate::world::calendar::MINUTE;
use crate::world::scene::Scene;
use crate::world::text::{Block, Item, Mood, Span, heading, text};

/// The time of day, as people write it in a log.
fn clock(moment: i64) -> String {
    let minutes = moment.div_euclid(MINUTE).rem_euclid(24 * 60);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

pub(super) fn incident(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let created = scene.world.piece(scene.place).created;
    let level =
        chance.pick(&[("SEV 1", "red"), ("SEV 2", "yellow"), ("SEV 2", "yellow"), ("SEV 3", "neutral")]);
    vec![
        Block::Paragraph(vec![
            Span::Status { text: level.0, colour: level.1 },
            text(" "),
            Span::Emoji { short: ":rotating_light:", text: "🚨" },
            text(format!(" began at {} UTC", clock(created - chance.between(2, 25) * MINUTE))),
        ]),
        Block::Panel(
            Mood::Error,
            scene.spans(&format!(
                "{}. {}",
                scene.failure().seen,
                chance.pick(&[
                    "{n} ports are affected.",
                    "{port} cannot work.",
                    "Everybody on {browser} is affected.",
                    "New requests fail, old pages still open."
                ])
            )),
        ),
        Block::Bullets(vec![
            Item {
                text: vec![text("Roles")],
                below: vec![
                    vec![
                        text("lead: "),
                        Span::Mention(scene.world.lead(scene.world.story_of(scene.place).project)),
                    ],
                    vec![
                        text("voice to customers: "),
                        Span::Mention(scene.world.lead(crate::world::lexicon::DESK)),
                    ],
                ],
            },
            scene.spans("Status page: updated every {n} minutes").into(),
            vec![text("Please write into the comments, not into chat.")].into(),
        ]),
    ]
}

pub(super) fn postmortem(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let story = scene.world.story_of(scene.place);
    let incident = story.pieces[0];
    let began = scene.world.piece(incident).created;
    let failure = crate::world::scene::Scene::of(scene.world, incident);
    let cause = failure.failure();
    let row =
        |minutes: i64, words: &str| vec![vec![text(clock(began + minutes * MINUTE))], scene.spans(words)];
    let found = chance.between(12, 90);
    vec![
        Block::Paragraph(vec![
            text("About "),
            Span::Work(incident),
            text(". Nobody is to blame; everybody did what made sense at the time."),
        ]),
        heading(2, "What happened"),
        Block::Table(vec![
            vec![vec![Span::Strong("UTC".to_owned())], vec![Span::Strong("What".to_owned())]],
            row(0, chance.pick(&["first alarm", "{port} calls the desk", "a graph looks odd"])),
            row(chance.between(4, 11), "on call is awake"),
            row(found, "cause found"),
            row(
                found + chance.between(8, 70),
                chance.pick(&["flag off", "rolled back to the release before {version}", "node replaced"]),
            ),
        ]),
        heading(2, "Cause"),
        Block::Paragraph(failure.spans(&format!("It happened because {}.", cause.cause))),
        heading(2, "Where we were lucky"),
        Block::Paragraph(scene.spans(chance.pick(&[
            "It was Sunday, and {port} was closed.",
            "{vessel} was late.",
            "The one who wrote it was on call.",
            "The backup of the night before was good.",
        ]))),
        heading(2, "What we do"),
        Block::Tasks(vec![
            (true, failure.spans(cause.cure)),
            (
                chance.percent(60),
                scene.spans(chance.pick(&[
                    "alarm {n} minutes earlier",
                    "runbook for the {thing}",
                    "rehearse it in a month",
                    "one dashboard instead of three",
                ])),
            ),
            (
                false,
                vec![
                    Span::Mention(scene.world.lead(story.project)),
                    text(" tells the other teams on "),
                    Span::Date(began + 20 * crate::world::calendar::DAY),
                ],
            ),
        ]),
    ]
}
