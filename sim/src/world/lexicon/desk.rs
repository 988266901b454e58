//! The customer desk.

use super::{Category, Failure, Initiative, Part, Project};

pub(super) const PROJECT: Project = Project {
    key: "DESK",
    name: "Customer desk",
    about: "Everything that ports and agents ask us.",
    category: Category::Customers,
    lead: "Saoirse Byrne",
    closed: false,
    parts: &[
        Part {
            name: "Onboarding",
            things: &["welcome pack", "data import sheet", "first week checklist", "training room"],
        },
        Part { name: "Answers", things: &["help centre", "answer macro", "chat widget", "feedback form"] },
        Part {
            name: "Contracts",
            things: &["contract renewal", "seat count", "service level report", "tender answer"],
        },
    ],
    initiatives: &[
        Initiative {
            part: "Answers",
            name: "The first answer is the answer",
            problem: "A ticket changed hands 2.6 times before somebody knew the answer.",
            decision: "let one person keep a ticket until it is solved",
            because: "customers tell their story once, and the person learns the answer for the next time",
            against: "sort tickets into levels",
            objection: "Experts will be asked all day.",
            reply: "They hold an hour at eleven and an hour at three, and that is enough.",
            steps: &[
                "Owner from first to last",
                "Expert hours at eleven and three",
                "Review of tickets with three hands",
                "Write the article while closing",
                "Measure solved at first contact",
            ],
            result: "72 of 100 tickets are solved at the first contact; it was 38.",
            question: "Why does one person keep a ticket until it is solved?",
        },
        Initiative {
            part: "Onboarding",
            name: "A port is live in ten days",
            problem: "From contract to first booking took eleven weeks, nine of them waiting for data.",
            decision: "start a port with an empty calendar and import history later",
            because: "no port has ever needed last year's bookings in its first week",
            against: "send consultants who clean the data",
            objection: "Reports of the first year have a gap.",
            reply: "The import closes it within two months, when the people know what the fields mean.",
            steps: &[
                "Ten-day plan with owners",
                "Settings by interview instead of a form",
                "Import of history with a preview",
                "Buddy port in the same country",
                "Ask after ten and after sixty days",
            ],
            result: "The median is nine days, in the last eight ports.",
            question: "Why do new ports start with an empty calendar?",
        },
        Initiative {
            part: "Contracts",
            name: "Service levels we can keep",
            problem: "We promised 99.95 per cent for everything and measured nothing.",
            decision: "promise levels for booking and arrivals only, and publish them daily",
            because: "those two stop a port, and the rest can wait until morning",
            against: "promise 99.9 per cent for all products",
            objection: "Sales fears for the tenders.",
            reply: "Two of three tenders ask for the measuring, not for the number.",
            steps: &[
                "Measure from the ports' side",
                "Daily figures on the status page",
                "Credits without being asked",
                "New text in the contracts",
                "Explain it to twelve key accounts",
            ],
            result: "Credits cost 1,100 euros in the first year, and no customer left over it.",
            question: "Which service levels do we promise, and why only those?",
        },
    ],
    failures: &[
        Failure {
            seen: "Chat widget covers the save button on {browser}",
            again: "{port} cannot save on small screens",
            cause: "the widget stands in the corner where the button is",
            cure: "move the widget up when there is a button",
        },
        Failure {
            seen: "Feedback form of {port} went to nobody for {n} days",
            again: "Praise and complaints of {port} were never answered",
            cause: "the mailbox belonged to a colleague who left",
            cure: "send feedback to the queue and not to a person",
        },
        Failure {
            seen: "Seat count of {port} includes guests",
            again: "{port} was asked to pay for {n} skippers",
            cause: "guests got a seat when they were invited twice",
            cure: "count people with a role",
        },
        Failure {
            seen: "Help centre search finds the old manual first",
            again: "Customers of {port} follow steps that are gone since {version}",
            cause: "old pages have more links to them",
            cure: "mark old pages and rank them last",
        },
    ],
};
