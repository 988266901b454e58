//! What is said in every meeting, whatever it is about.

pub(super) const GREETINGS: [&str; 8] = [
    "Good morning, can everybody hear me?",
    "Hello everybody, the recording is on.",
    "Hi. I think we are complete.",
    "Good morning. Cameras are optional today.",
    "Welcome back. Shall we begin?",
    "Let us give them one more minute.",
    "Hello, hello. I see most of you.",
    "Right, it is time.",
];

pub(super) const ANSWERS: [&str; 9] = [
    "Loud and clear.",
    "Morning.",
    "Yes.",
    "My connection is bad, I will switch the video off.",
    "I have to leave ten minutes earlier.",
    "Hi everybody.",
    "Sorry, I was muted.",
    "The ferry is late, so you will hear some wind.",
    "Okay.",
];

pub(super) const GUESTS: [&str; 5] = [
    "Good afternoon from {port}, we have rain and three ships at anchor.",
    "Hello, this is {port}. Can you see my screen?",
    "Thank you for having me. In {port} the season has begun.",
    "Hello. I speak for the whole office of {port} today.",
    "Good to see you again. {port} has a few things on its mind.",
];

pub(super) const PARTINGS: [&str; 6] = [
    "That is all from my side.",
    "Good, we are through. I will send the notes.",
    "Then we are done, five minutes early.",
    "Anything else? No? Then thank you.",
    "Let us stop here and take the rest in writing.",
    "Thank you all, see you next time.",
];

pub(super) const THANKS: [&str; 5] =
    ["Thanks, bye.", "Thank you.", "See you.", "Bye bye.", "Thanks everybody, have a good day."];

/// What sits between two things that matter.
pub(super) const FILLERS: [&str; 12] = [
    "Right.",
    "Okay.",
    "That makes sense.",
    "Mhm.",
    "I thought the same.",
    "Can you repeat that? You were gone for a moment.",
    "Yes, I saw that.",
    "Good point.",
    "Let me write that down.",
    "Fine with me.",
    "I am not sure, but let us go on.",
    "Exactly.",
];

/// Openings of a new point; `{key}` and `{title}` are filled in.
pub(super) const OPENINGS: [&str; 6] = [
    "Next is {key}, {title}.",
    "Then there is {key}. {title}.",
    "Let us look at {key}: {title}.",
    "Who can say something about {key}, {title}?",
    "{key} is still on the board: {title}.",
    "I would like to hear about {key}. That is {title}.",
];

/// What somebody takes on: what they say, and what is written down. `{key}` and `{day}` are filled in first.
pub(super) const TASKS: [(&str, &str); 10] = [
    ("I will write the test for {key} by {day}.", "Write the test for {key} by {day}"),
    ("I can tell the desk about {key} today.", "Tell the desk about {key}"),
    ("I will ask {port} whether they can live with it until {day}.", "Ask {port} about {key} until {day}"),
    ("Let me measure the {thing} for a week, then we know.", "Measure the {thing} for a week ({key})"),
    (
        "I will prepare the migration for {key} and try it on a copy.",
        "Prepare the migration for {key} and try it on a copy",
    ),
    ("I take the review of {key}, you will have it on {day}.", "Review {key} by {day}"),
    ("I will update the manual for {key} before {version}.", "Update the manual for {key} before {version}"),
    ("I will call {port} this afternoon.", "Call {port} about {key}"),
    ("I will write down what we said in {key}.", "Write the outcome into {key}"),
    ("I can show it on {day}, it is small.", "Show {key} on {day}"),
];

/// What nobody takes on.
pub(super) const LOOSE_ENDS: [(&str, &str); 4] = [
    ("Somebody should tell the ports about {key}.", "Tell the ports about {key}"),
    ("We still need an alarm for the {thing}.", "Add an alarm for the {thing} ({key})"),
    ("The runbook of the {thing} is out of date, by the way.", "Bring the runbook of the {thing} up to date"),
    ("We should look at {key} again after {version}.", "Look at {key} again after {version}"),
];
