//! What people write beside their hours: short, if anything.

use crate::world::plot::Role;
use crate::world::scene::Scene;
use crate::world::{Chance, Purpose};

const BUILD: [&str; 16] = [
    "{Thing}: first version behind a flag",
    "{thing}, tests",
    "{Thing}: review comments",
    "finished {thing} for {port}",
    "migration for {thing}, dry run",
    "refactoring around {thing} before the change proper",
    "{Thing} on {browser}",
    "wrote the notes for {version}",
    "draft of {thing}",
    "pairing on {thing}",
    "{Thing}: edge cases that {port} has",
    "flaky tests",
    "got {thing} through the pipeline",
    "measured {thing} with {m} users",
    "clean-up after {thing}",
    "{Thing}, still on it",
];
const BUGS: [&str; 12] = [
    "reproduced with the data of {port}",
    "looked for the cause in {thing}",
    "{Thing}: fix and a test that fails without it",
    "bisected down to {version}",
    "logs of {port}",
    "fix for {vessel}, needs a review",
    "could not reproduce, asked {port}",
    "{Thing}: second attempt",
    "hotfix prepared",
    "checked the fix in staging",
    "wrote to {port} what happened",
    "found it: {thing}",
];
const REVIEW: [&str; 10] = [
    "review",
    "code review",
    "reviewed, two remarks",
    "second look at {thing}",
    "tested in staging",
    "checked with {port}",
    "helped with {thing}",
    "pairing",
    "read the design",
    "tried it on {browser}",
];
const TALK: [&str; 8] = [
    "wrote down the options",
    "discussion with the team",
    "meeting with {port}",
    "minutes and follow-up",
    "decision: asked those who run it",
    "numbers for the decision",
    "workshop",
    "collected what everybody remembers",
];
const PLAN: [&str; 8] = [
    "planning",
    "refinement",
    "stand-up and planning",
    "status for the steering group",
    "cut the next steps",
    "call with {port} about the roll-out",
    "estimates",
    "sprint review",
];
const INCIDENT: [&str; 8] = [
    "incident, on call",
    "incident: {thing}",
    "called in by {port}",
    "rollback and watching",
    "wrote the timeline",
    "night shift with {port}",
    "mitigation for {thing}",
    "told customers",
];
const SUPPORT: [&str; 8] = [
    "call with {port}",
    "answered {port}",
    "showed {port} how it is done",
    "looked it up for {port}",
    "screen sharing with the agent of {vessel}",
    "exported the data for {port}",
    "asked the developers, told {port}",
    "follow-up on the phone",
];

pub(super) fn spent(scene: &Scene<'_>, purpose: Purpose, chance: &mut Chance) -> Option<String> {
    let role = scene.world.piece(scene.place).role;
    let lines: &[&str] = match (purpose, role) {
        (Purpose::Build, Role::Request) => &SUPPORT,
        (Purpose::Build, Role::Bug | Role::Finding | Role::Duplicate) => &BUGS,
        (Purpose::Build, _) => &BUILD,
        (Purpose::Review, _) => &REVIEW,
        (Purpose::Talk, _) => &TALK,
        (Purpose::Plan, _) => &PLAN,
        (Purpose::Incident, _) => &INCIDENT,
    };
    match chance.below(100) {
        0..4 => None,
        4..12 => Some(String::new()),
        // What the timer of the browser fills in.
        12..24 => Some(format!("Working on issue {}", scene.world.key(scene.place))),
        24..30 => Some(scene.world.title(scene.place)),
        _ => Some(scene.words(chance.pick(lines))),
    }
}
