//! What people write below a piece of work.

use crate::world::calendar::DAY;
use crate::world::lexicon::{CHORES, REQUESTS, WISHES};
use crate::world::plot::Role;
use crate::world::scene::Scene;
use crate::world::text::{Block, Mood, Span, text};
use crate::world::{Chance, Course, Gist, Note, Outcome};

pub(super) fn told(scene: &Scene<'_>, course: &Course, note: &Note, chance: &mut Chance) -> Vec<Block> {
    match note.gist {
        Gist::Question => question(scene, course, note, chance),
        Gist::Answer => answer(scene, course, note, chance),
        Gist::Cause => cause(scene, chance),
        Gist::Cure => cure(scene, chance),
        Gist::Blocked => blocked(scene, chance),
        Gist::Reference => reference(scene, chance),
        Gist::Same => same(scene, chance),
        Gist::Objection | Gist::Reply | Gist::Decided | Gist::Result => {
            about_the_decision(scene, note, chance)
        }
        Gist::Actions => actions(scene, note, chance),
        Gist::Log(entry) => log(scene, entry, chance),
        Gist::Desk | Gist::DeskOnly => desk(scene, note),
        Gist::Declined => declined(scene, course, chance),
        _ => usual(scene, note.gist, chance),
    }
}

fn one(scene: &Scene<'_>, line: &str) -> Vec<Block> {
    vec![Block::Paragraph(scene.spans(line))]
}

fn usual(scene: &Scene<'_>, gist: Gist, chance: &mut Chance) -> Vec<Block> {
    let lines: &[&str] = match gist {
        Gist::Checked => &[
            "Checked in {version} with the data of {port}: works.",
            "Confirmed, {port} is happy.",
            "Tried {n} times on {browser}, cannot break it any more.",
            "Works for {vessel} now. Thanks!",
            "Verified on the training system and in production.",
        ],
        Gist::NotFixed => &[
            "Back to you: on {browser} it still happens.",
            "Review: please add a test for the case of {port} first.",
            "It works for one entry and not for {n}. Sorry.",
            "The migration takes {m} seconds on the copy of {port}; that is too long for a deployment.",
            "Almost. The text says the opposite of what it does.",
        ],
        Gist::Free => &[
            "Unblocked, going on.",
            "The key has arrived, back to work.",
            "They answered at last. It is what we hoped for.",
            "The other fix is in, so this can go on.",
        ],
        Gist::Progress => &[
            "First half is merged behind a flag. Left: the part that writes.",
            "{n} of {m} rows are converted, the rest tonight.",
            "Works on my machine with {port}; now the tests.",
            "Slower than planned: the {thing} had two owners and three opinions.",
            "Measured: {m} ms before, {n} ms after.",
            "Halfway. The {thing} turned out to be the easy part.",
            "Pushed a branch, please have a look at the names before the rest.",
        ],
        Gist::Remark => &[
            "Looks good. One question about the name, otherwise merge it.",
            "I like that it deletes more than it adds.",
            "Please tell the desk before it is out.",
            "Could we log this once and not {n} times?",
            "Good. Next time a smaller piece, please.",
            "I would not have found that. Thank you.",
            "Agreed. It is what {port} has asked for since spring.",
        ],
        Gist::Thanks => &[
            "{port} says thank you.",
            "Thanks, it works again.",
            "Great, that was fast.",
            "{port} confirms. You can close it.",
        ],
        _ => &[
            "Still fine in {version}; I looked because {port} asked.",
            "For the record: {port} uses this {n} times a day now.",
            "We met something similar again, see the newer issue.",
            "Found this while searching; the explanation above saved me an hour.",
        ],
    };
    one(scene, chance.pick(lines))
}

fn question(scene: &Scene<'_>, course: &Course, note: &Note, chance: &mut Chance) -> Vec<Block> {
    let lead = scene.world.lead(usize::from(scene.world.piece(scene.place).project));
    let known = [course.assignee.unwrap_or(lead), course.reporter, lead];
    let whom = known.into_iter().find(|person| *person != note.by);
    let lines = [
        "should this also hold for guests?",
        "is {port} the only one, or did nobody else look?",
        "do we need this before {version}, or can it wait?",
        "what happens if two people do it at once?",
        "does it have to work offline?",
        "who tells the ports?",
        "what about entries from before {version}?",
        "is there a reason why the {thing} does it differently?",
        "how do we notice if it breaks again?",
        "do you have the number of the call of {vessel}?",
    ];
    let words = scene.spans(chance.pick(&lines));
    let called = whom.map(|whom| vec![Span::Mention(whom), text(" ")]).unwrap_or_default();
    vec![Block::Paragraph([called, words].concat())]
}

fn answer(scene: &Scene<'_>, course: &Course, note: &Note, chance: &mut Chance) -> Vec<Block> {
    let lines = [
        "Good question. Yes, but only for people with the role of clerk.",
        "No, and I would rather not: {n} ports rely on the old way.",
        "It can wait; {port} has a way around it until {m} days from now.",
        "The second one wins and the first one gets a message. I have written it down.",
        "I asked {port}: they have {n} cases a month.",
        "The desk does, with the notes for {version}.",
        "Old entries stay as they are; we only touch what is opened again.",
        "History. The {thing} was written for one port. We should not copy that.",
        "There will be an alarm after {n} minutes.",
        "Yes. That is what the `{thing}` test is for.",
    ];
    let mut spans = scene.spans(chance.pick(&lines));
    if chance.percent(30) && course.reporter != note.by {
        spans.extend([text(" "), Span::Mention(course.reporter), text(" fine with that?")]);
    }
    vec![Block::Paragraph(spans)]
}

fn cause(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let failure = scene.failure();
    let begin = chance.pick(&[
        "Found it: ",
        "The cause: ",
        "After two hours: ",
        "So. ",
        "It is simple once one sees it: ",
        "Not what we thought. ",
    ]);
    let mut blocks = one(scene, &format!("{begin}{}.", failure.cause));
    if chance.percent(30) {
        let slug = scene.thing.replace([' ', '-'], "_");
        blocks.push(Block::Code { language: "sql", text: format!("select count(*) from {slug}\nwhere port = '{}' and changed_at > now() - interval '{} days';\n-- {}", scene.port, scene.small, scene.small * scene.large) });
    }
    if chance.percent(35) {
        blocks.extend(one(
            scene,
            chance.pick(&[
                "It has been so since before {version}.",
                "That also explains what {vessel} saw.",
                "{n} rows are wrong already; I will repair them.",
                "My fault, I reviewed it.",
            ]),
        ));
    }
    blocks
}

fn cure(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let begin =
        chance.pick(&["Fixed: we ", "The fix is to ", "Proposal: ", "What helps is to ", "In review. We "]);
    let mut blocks = one(scene, &format!("{begin}{}.", scene.failure().cure));
    if chance.percent(40) {
        let url = format!(
            "https://git.birchlane.example/{}/merge/{}",
            scene.project.key.to_lowercase(),
            scene.small * 61 + scene.large
        );
        blocks.push(Block::Paragraph(vec![
            text("See "),
            Span::Link { text: format!("merge request {}", scene.small * 61 + scene.large), url },
            text("."),
        ]));
    }
    blocks
}

fn blocked(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let lines = [
        "waiting for an answer from {port}.",
        "the provider has not sent the key.",
        "needs the new schema, which is in review.",
        "the one who knows the {thing} is on holiday until Monday.",
        "legal has to look at the text.",
        "the training system is down.",
    ];
    let mut line = vec![Span::Status { text: "BLOCKED", colour: "red" }, text(" ")];
    line.extend(scene.spans(chance.pick(&lines)));
    if let Some(other) = scene.world.earlier(scene.place, chance).filter(|_| chance.percent(50)) {
        line.extend([text(" See also "), Span::Work(other), text(".")]);
    }
    vec![Block::Paragraph(line)]
}

fn reference(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let Some(other) = scene.world.earlier(scene.place, chance) else {
        return one(scene, "Nothing like it was there before.");
    };
    let (before, after) = chance.pick(&[
        ("Looks related to ", ", but it is not the same."),
        ("We talked about this in ", "; the conclusion there still holds."),
        ("Please do ", " first, it touches the same code."),
        ("The numbers are in ", "."),
        ("This came up in ", " as well."),
        ("What was decided in ", " applies here too."),
        ("Careful, ", " changed the same page."),
    ]);
    let other = if chance.percent(60) { Span::Work(other) } else { text(scene.world.key(other)) };
    vec![Block::Paragraph(vec![text(before), other, text(after)])]
}

fn same(scene: &Scene<'_>, chance: &mut Chance) -> Vec<Block> {
    let (piece, story) = (scene.world.piece(scene.place), scene.world.story_of(scene.place));
    let Some(original) = piece.other.map(|other| story.pieces[usize::from(other)]) else { return Vec::new() };
    let (before, after) = chance.pick(&[
        ("Same as ", ", closing this one."),
        ("We know this as ", ". Your details are copied there."),
        ("Duplicate of ", "; thank you all the same."),
    ]);
    vec![Block::Paragraph(vec![text(before), Span::Work(original), text(after)])]
}

fn about_the_decision(scene: &Scene<'_>, note: &Note, chance: &mut Chance) -> Vec<Block> {
    let Some(initiative) = scene.initiative() else { return one(scene, "Done.") };
    match note.gist {
        Gist::Objection => vec![Block::Paragraph(vec![
            text(chance.pick(&[
                "I am not convinced. ",
                "One thing against it: ",
                "Before we decide: ",
                "To play the devil's advocate: ",
            ])),
            text(initiative.objection),
        ])],
        Gist::Reply => vec![Block::Paragraph(vec![
            text(chance.pick(&["True, but: ", "I thought about that. ", "We looked at it. ", ""])),
            text(initiative.reply),
        ])],
        Gist::Result => vec![
            Block::Panel(Mood::Success, vec![text(initiative.result)]),
            Block::Paragraph(scene.spans(chance.pick(&[
                "Closing this. Thank you all.",
                "What is left has its own issues.",
                "{port} sends a cake.",
                "We look at the numbers again in {n} days.",
            ]))),
        ],
        _ => {
            let words = format!("We decided to {} because {}.", initiative.decision, initiative.because);
            let before = chance.pick(&[
                "Talked it through with everybody today. ",
                "Decided in the weekly. ",
                "Enough said, thank you. ",
                "After the trial in {port}: ",
            ]);
            vec![
                Block::Paragraph([scene.spans(before), vec![Span::Strong(words)]].concat()),
                Block::Paragraph(vec![text(format!("We will not {}.", initiative.against))]),
            ]
        }
    }
}

fn actions(scene: &Scene<'_>, note: &Note, chance: &mut Chance) -> Vec<Block> {
    let lines = [
        "asks {port} for a date",
        "writes the note for the desk",
        "measures the {thing} for a week",
        "prepares the migration and tries it on a copy",
        "updates the plan",
        "talks to the pilots",
        "checks what it costs",
        "shows it on Thursday",
    ];
    let start = chance.below(lines.len());
    let people = scene.world.people();
    let tasks = (0..2 + chance.below(2)).map(|step| {
        let mut who = chance.below(people.len());
        // Nobody who left gets work.
        while people[who].left.is_some() {
            who = (who + 1) % people.len();
        }
        let due = Span::Date(note.at + chance.between(2, 16) * DAY);
        let words = scene.spans(lines[(start + step * 3) % lines.len()]);
        (
            chance.percent(55),
            [vec![Span::Mention(who), text(" ")], words, vec![text(" until "), due]].concat(),
        )
    });
    let tasks = tasks.collect();
    vec![Block::Paragraph(vec![Span::Strong("Action items".to_owned())]), Block::Tasks(tasks)]
}

fn log(scene: &Scene<'_>, entry: u16, chance: &mut Chance) -> Vec<Block> {
    if entry == 0 {
        return one(scene, "Taking the lead. Please write here what you see and what you do.");
    }
    let lines = [
        "Error rate of the {thing} at {n} per cent.",
        "Restarted node {n}, no change.",
        "{port} says it works again, {vessel} does not.",
        "Queue is {n}000 long and growing.",
        "Queue is shrinking, {m} left.",
        "Rolled back {version}, waiting {n} minutes.",
        "Status page updated.",
        "Looking at the replica now.",
        "It is not the network; traced {n} hops.",
        "Switched the flag off for {port}.",
        "CPU of the database at {m} per cent.",
        "Somebody please call the provider.",
        "Provider called, ticket {n}{m}.",
        "Same picture on {browser}.",
        "The deployment of this morning touched the {thing}.",
        "Disk is fine, {m} per cent free.",
        "Trying with a fresh connection pool.",
        "Requests of {port} alone are half of the traffic.",
        "Graph is flat for {n} minutes, I am hopeful.",
        "And up again.",
    ];
    let mut scene_of_entry = Scene::of(scene.world, scene.place);
    scene_of_entry.small = chance.between(2, 97);
    scene_of_entry.large = chance.between(10, 99);
    let spans = scene_of_entry.spans(chance.pick(&lines));
    vec![Block::Paragraph(spans)]
}

fn desk(scene: &Scene<'_>, note: &Note) -> Vec<Block> {
    let request = &REQUESTS[usize::from(scene.world.piece(scene.place).which) % REQUESTS.len()];
    one(scene, if note.gist == Gist::DeskOnly { request.internal } else { request.answer })
}

fn declined(scene: &Scene<'_>, course: &Course, chance: &mut Chance) -> Vec<Block> {
    let piece = scene.world.piece(scene.place);
    if course.outcome == Some(Outcome::NotSeenAgain) {
        return one(scene, chance.pick(&["Not seen since {version}, and nobody can reproduce it. Closing; please open a new one with the time of day.",
"Tried for an hour on {browser}, cannot reproduce.",
"{port} has a new network and does not see it any more."]));
    }
    let lines = [
        "We will not do this: too few need it, and everybody would have to understand it.",
        "Decided against it, because {port} no longer needs it and nobody else asked.",
        "Closing after the review of old issues. It would cost {n} days and save fewer.",
        "The new {thing} makes this unnecessary.",
    ];
    let mut blocks = one(scene, chance.pick(&lines));
    let asked = match piece.role {
        Role::Wish => Some(WISHES[usize::from(piece.which) % WISHES.len()].want),
        Role::Chore => Some(CHORES[usize::from(piece.which) % CHORES.len()].why),
        _ => None,
    };
    blocks.extend(asked.map(|asked| Block::Quote(scene.spans(asked))));
    blocks
}
