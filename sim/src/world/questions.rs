//! What is worth asking of a world.

use super::calendar::DAY;
use super::lexicon::{Initiative, PROJECTS};
use super::plot::Kind;
use super::{Role, World};

const MANY: usize = 3;

/// Exactly three questions whose answers stand in this very world: each asks for a decision that was taken in it, if
/// the world is large enough to hold three.
pub fn questions(world: &World) -> Vec<String> {
    let mut chosen: Vec<(usize, &Initiative)> = Vec::new();
    // Answers that a short look back finds come first.
    for days in [80, 350, i64::MAX / DAY] {
        for (project, initiative) in decided(world, days) {
            let fresh = chosen.iter().all(|(other, _)| *other != project);
            if chosen.len() < MANY && fresh {
                chosen.push((project, initiative));
            }
        }
    }
    let told = decided(world, i64::MAX / DAY).into_iter().chain(PROJECTS.iter().enumerate().map(first));
    for (project, initiative) in told {
        if chosen.len() < MANY && chosen.iter().all(|(_, other)| !std::ptr::eq(*other, initiative)) {
            chosen.push((project, initiative));
        }
    }
    chosen.into_iter().map(|(_, initiative)| initiative.question.to_owned()).collect()
}

/// A world in which nothing was decided has no answers, but the questions are the company's all the same.
fn first((place, project): (usize, &&'static super::Project)) -> (usize, &'static Initiative) {
    (place, &project.initiatives[0])
}

/// Projects and initiatives that were decided within the last days, where everybody may read it.
fn decided(world: &World, days: i64) -> Vec<(usize, &'static Initiative)> {
    let open = world.stories.iter().filter(|story| !PROJECTS[story.project].closed);
    let decided = open.filter_map(|story| {
        let Kind::Initiative { which, first: None } = story.kind else { return None };
        let decision = story.pieces.iter().find(|place| world.piece(**place).role == Role::Decision)?;
        let course = world.course(*decision);
        let end = course.end()?.at;
        let told = !course.restricted && (world.now - end) / DAY < days;
        told.then(|| (story.project, &PROJECTS[story.project].initiatives[which]))
    });
    decided.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use std::collections::BTreeSet;

    #[test]
    fn there_are_three_different_questions_in_any_world() {
        for (seed, pieces) in [(1, 3_000), (2, 60), (3, 7), (4, 0)] {
            let world = World::new(seed, pieces, DateTime::from_timestamp_millis(1_795_162_532_123).unwrap());
            let questions: BTreeSet<_> = questions(&world).into_iter().collect();
            assert_eq!(questions.len(), 3, "{pieces}");
        }
    }

    #[test]
    fn each_question_of_the_demo_has_its_answer_in_the_world() {
        let world = World::new(1, 3_000, DateTime::from_timestamp_millis(1_795_162_532_123).unwrap());
        for question in questions(&world) {
            let all = PROJECTS.iter().flat_map(|project| project.initiatives);
            let initiative = all.into_iter().find(|initiative| initiative.question == question).unwrap();
            let told = (0_u32..).take(world.len()).any(|place| {
                world.piece(place).role == Role::Decision
                    && format!("{:?}", world.description(place)).contains(initiative.because)
            });
            assert!(told, "{question}");
        }
    }
}
