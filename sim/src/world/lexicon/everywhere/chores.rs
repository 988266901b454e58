//! What has to be done for every product.

use crate::world::lexicon::Chore;

pub(crate) const CHORES: [Chore; 28] = [
    Chore {
        title: "Add metrics and an alert for the {thing}",
        why: "We heard from {port} before we heard from our own monitoring.",
        done_when: ["a dashboard shows rate, errors and duration", "the alert fires in a rehearsal"],
    },
    Chore {
        title: "Load test the {thing} with the traffic of {port}",
        why: "Summer doubles the traffic, and nobody knows where it breaks.",
        done_when: ["twice last July's peak is served below 400 ms", "the first bottleneck is written down"],
    },
    Chore {
        title: "Remove the old code path behind the {thing}",
        why: "The flag has been on for everybody for {n} weeks.",
        done_when: ["flag and old path are gone", "nothing reads the old table any more"],
    },
    Chore {
        title: "Document the {thing} for the support desk",
        why: "Half of the questions about it are answered by the same paragraph.",
        done_when: ["the article is linked from the desk's macros", "a colleague from the desk has read it"],
    },
    Chore {
        title: "Give the {thing} contract tests",
        why: "It broke twice when its neighbour changed.",
        done_when: ["both sides run the same samples", "the build fails when they differ"],
    },
    Chore {
        title: "Upgrade the libraries of the {thing}",
        why: "Two of them are out of support in {n} weeks.",
        done_when: ["no warning is left in the audit", "the release notes name what changed for users"],
    },
    Chore {
        title: "Make the {thing} usable with a screen reader",
        why: "{port} is a public body and has to ask for it from next year on.",
        done_when: ["every control has a name", "the audit finds nothing serious"],
    },
    Chore {
        title: "Translate the {thing} into Finnish and Estonian",
        why: "Kotka and Pärnu work with the English texts today.",
        done_when: ["both languages are complete", "dates and numbers follow the language"],
    },
    Chore {
        title: "Write a runbook for the {thing}",
        why: "The last call at night took an hour longer than needed.",
        done_when: ["somebody who never saw it can follow it", "it is linked in the alert"],
    },
    Chore {
        title: "Archive old rows of the {thing}",
        why: "Nine tenths of the table are older than the law asks for.",
        done_when: ["rows older than seven years are in the archive", "reports give the same sums as before"],
    },
    Chore {
        title: "Rehearse restoring the {thing} from a backup",
        why: "A backup that was never restored is a hope.",
        done_when: ["restored in less than an hour", "the difference to production is explained"],
    },
    Chore {
        title: "Clean up feature flags around the {thing}",
        why: "There are {n} flags and nobody knows which are on where.",
        done_when: ["each flag has an owner and an end", "those without either are removed"],
    },
    Chore {
        title: "Move the {thing} to the shared component library",
        why: "Its buttons look and behave unlike all others.",
        done_when: ["no private styles are left", "the visual test is green"],
    },
    Chore {
        title: "Split the tests of the {thing} so that they run in parallel",
        why: "They are {n} of the {m} minutes of every build.",
        done_when: ["they run below four minutes", "they pass in random order"],
    },
    Chore {
        title: "Review who may change the {thing}",
        why: "The list has grown since 2024 and nobody has looked at it.",
        done_when: ["each right has a reason", "those of people who left are gone"],
    },
    Chore {
        title: "Replace the nightly job of the {thing} with events",
        why: "What changes at eight in the morning is seen only the day after.",
        done_when: ["a change is visible within a minute", "the nightly job only checks"],
    },
    Chore {
        title: "Add an audit trail to the {thing}",
        why: "{port} asked who changed an entry, and we could not say.",
        done_when: ["who, when, before and after are kept", "the trail can be exported"],
    },
    Chore {
        title: "Measure how people use the {thing}",
        why: "We argue about the second tab, and nobody knows whether it is ever opened.",
        done_when: ["counted without personal data", "the numbers of two weeks are in this issue"],
    },
    Chore {
        title: "Prepare demo data for the {thing}",
        why: "Sales shows a page full of test entries.",
        done_when: ["a day in a made-up port can be shown", "it is rebuilt each night"],
    },
    Chore {
        title: "Tidy the error messages of the {thing}",
        why: "Customers send us pictures of codes that mean nothing to anybody.",
        done_when: ["each message says what to do next", "codes are in the log and not on the page"],
    },
    Chore {
        title: "Cap the size of requests to the {thing}",
        why: "One script at {port} sent {n} MB in a single request.",
        done_when: ["larger requests are refused with a reason", "the limit is in the API's manual"],
    },
    Chore {
        title: "Check the {thing} against the new brand colours",
        why: "Contrast fell below what we promise.",
        done_when: ["every text passes AA", "dark mode was looked at"],
    },
    Chore {
        title: "Index the slowest queries of the {thing}",
        why: "Three of them are a third of the database's work.",
        done_when: ["each runs below 50 ms on a copy of {port}", "writes are not slower than before"],
    },
    Chore {
        title: "Describe the {thing} in the public API",
        why: "{port} wants to read it from its own systems.",
        done_when: ["the description is generated from the code", "an example runs as it stands"],
    },
    Chore {
        title: "Pin the time in the tests of the {thing}",
        why: "They fail on the last day of each month.",
        done_when: ["no test asks for the time of the machine", "they pass with the clock on 29 February"],
    },
    Chore {
        title: "Warm the cache of the {thing} after a deployment",
        why: "The first visitor of each port waits {n} seconds.",
        done_when: [
            "no request after a deployment takes more than a second",
            "the warm-up does not delay the deployment",
        ],
    },
    Chore {
        title: "Separate reading and writing rights of the {thing}",
        why: "Auditors of {port} only need to look.",
        done_when: ["a reader cannot change anything", "old roles keep both rights"],
    },
    Chore {
        title: "Collect feedback on the {thing} from {port}",
        why: "They were the first and have used it for a quarter.",
        done_when: ["three people were asked", "what they said is summed up here"],
    },
];
