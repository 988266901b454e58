//! Titles: how a story puts its pieces into one line each.

use crate::world::Chance;
use crate::world::lexicon::{CHORES, REQUESTS, WISHES};
use crate::world::plot::{Kind, Role};
use crate::world::scene::Scene;

/// How people say where they saw it.
const CONTEXTS: [&str; 12] = [
    " in {port}",
    " since {version}",
    " on {browser}",
    " (seen in {port})",
    " after the update to {version}",
    " when {vessel} is moored",
    " with more than {m} users",
    " during the night shift",
    " in the training system",
    " for agents",
    " for {vessel}",
    " on the first day of the month",
];

/// What is said of work that is only planned.
const PLANS: [&str; 10] = [
    " ({port} first)",
    " before the season",
    " for agents",
    " for public bodies",
    ", second half",
    " together with the desk",
    " in {version}",
    " for ports with more than {m} berths",
    " as {port} asked",
    ", without a maintenance window",
];

pub(super) fn of(scene: &Scene<'_>) -> String {
    let piece = scene.world.piece(scene.place);
    let which = usize::from(piece.which);
    let mut chance = Chance::of(scene.world.seed, &[7, u64::from(scene.place)]);
    let initiative = scene.initiative();
    let carried = matches!(scene.world.story_of(scene.place).kind, Kind::Initiative { first: Some(_), .. });
    match (piece.role, initiative) {
        (Role::Epic, Some(initiative)) if carried => format!("{}: {} joins", initiative.name, scene.port),
        (Role::Epic, Some(initiative)) => initiative.name.to_owned(),
        (Role::Decision, Some(initiative)) if carried => {
            format!("Does {} get an exception, or do we {} there too?", scene.port, initiative.decision)
        }
        (Role::Decision, Some(initiative)) => {
            format!("Decide: {}, or {}?", initiative.decision, initiative.against)
        }
        (Role::Step, Some(initiative)) => {
            let step = initiative.steps[which % initiative.steps.len()];
            if which < initiative.steps.len() { step.to_owned() } else { format!("{step} ({})", scene.port) }
        }
        (Role::Rollout, Some(initiative)) => {
            let forms = [
                ": roll out to {port}",
                ": pilot in {port}",
                ": switch on for {port}",
                ": {port} goes first",
            ];
            scene.words(&format!("{}{}", initiative.name, chance.pick(&forms)))
        }
        (Role::Retrospective, Some(initiative)) if carried => {
            format!("What we learned in {} from \"{}\"", scene.port, initiative.name)
        }
        (Role::Retrospective, Some(initiative)) => format!("What we learned from \"{}\"", initiative.name),
        (Role::Incident, _) => format!("Incident: {}", placed(scene, scene.failure().seen, &mut chance)),
        (Role::Postmortem, _) => format!("Post-mortem: {} of {}", scene.thing, scene.port),
        (Role::Duplicate, _) => placed(scene, scene.failure().again, &mut chance),
        (Role::Chore, _) => placed(scene, CHORES[which % CHORES.len()].title, &mut chance),
        (Role::Subtask, _) => {
            let forms = [
                "Tests for the {thing}",
                "Review the texts of the {thing}",
                "Measure the {thing} before and after",
                "Migrate the {thing} of {port}",
                "Show the {thing} to {port}",
                "Tidy up after the {thing}",
                "Permissions of the {thing}",
                "Empty states of the {thing}",
                "Try the {thing} on {browser}",
            ];
            scene.words(chance.pick(&forms))
        }
        (Role::Wish, _) => placed(scene, WISHES[which % WISHES.len()].title, &mut chance),
        (Role::Request, _) => scene.words(REQUESTS[which % REQUESTS.len()].title),
        _ => placed(scene, scene.failure().seen, &mut chance),
    }
}

/// The line, and often where or when.
fn placed(scene: &Scene<'_>, line: &str, chance: &mut Chance) -> String {
    let mut line = line.to_owned();
    // What has no blanks would be the same each time.
    if (chance.percent(38) && line.len() < 70) || !line.contains('{') {
        let planned = matches!(scene.world.piece(scene.place).role, Role::Chore | Role::Wish);
        let context = if planned { chance.pick(&PLANS) } else { chance.pick(&CONTEXTS) };
        let told = ["{port}", "{vessel}", "{browser}"]
            .iter()
            .any(|blank| line.contains(blank) && context.contains(blank));
        if !told {
            line.push_str(context);
        }
    }
    match chance.below(12) {
        0 => scene.words(&format!("{}: {line}", scene.part.name)),
        1 if !line.contains("{port}") => scene.words(&format!("[{{port}}] {line}")),
        _ => scene.words(&line),
    }
}
