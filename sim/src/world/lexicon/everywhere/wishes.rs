//! What people want of every product.

use crate::world::lexicon::Wish;

pub(crate) const WISHES: [Wish; 22] = [
    Wish {
        title: "Export the {thing} as a spreadsheet",
        who: "accountant",
        want: "take the {thing} into my own spreadsheet",
        so_that: "I do not type numbers twice",
    },
    Wish {
        title: "Show who changed the {thing} last",
        who: "harbour master",
        want: "see who touched an entry",
        so_that: "I know whom to call",
    },
    Wish {
        title: "Pin favourites in the {thing}",
        who: "berth planner",
        want: "keep my six usual rows on top",
        so_that: "I find them while the radio is calling",
    },
    Wish {
        title: "Bulk edit in the {thing}",
        who: "clerk",
        want: "change {n} entries in one go",
        so_that: "a moved regatta does not cost an afternoon",
    },
    Wish {
        title: "Comment on an entry of the {thing}",
        who: "duty officer",
        want: "leave a note for the next shift",
        so_that: "nothing hangs on a paper at the window",
    },
    Wish {
        title: "Undo in the {thing}",
        who: "clerk",
        want: "take back my last step",
        so_that: "a slip is not a phone call",
    },
    Wish {
        title: "Compare two days in the {thing}",
        who: "port director",
        want: "lay this week beside the same week of last year",
        so_that: "I can explain the season to the board",
    },
    Wish {
        title: "Send the {thing} by mail each morning",
        who: "agent",
        want: "find it in my inbox at six",
        so_that: "I can plan the crew before I am at my desk",
    },
    Wish {
        title: "Dark mode for the {thing}",
        who: "night watch",
        want: "read it without losing my night sight",
        so_that: "I still see the pier",
    },
    Wish {
        title: "Let the {thing} remember my columns",
        who: "berth planner",
        want: "keep the columns that I chose",
        so_that: "I need not build my view each morning",
    },
    Wish {
        title: "Warn before the {thing} is left unsaved",
        who: "clerk",
        want: "be asked when I walk away",
        so_that: "ten minutes of typing do not vanish",
    },
    Wish {
        title: "Offer the {thing} to guest skippers",
        who: "guest skipper",
        want: "look without an account",
        so_that: "I need not call the office",
    },
    Wish {
        title: "Attach photos to the {thing}",
        who: "quay inspector",
        want: "add what I see",
        so_that: "nobody argues about the fender later",
    },
    Wish {
        title: "Filter the {thing} by draught",
        who: "pilot",
        want: "see only what fits {n} decimetres of water",
        so_that: "I do not propose a berth that runs dry",
    },
    Wish {
        title: "Calendar feed for the {thing}",
        who: "pilot",
        want: "see it in my own calendar",
        so_that: "my family knows when I am out",
    },
    Wish {
        title: "Templates in the {thing}",
        who: "clerk",
        want: "begin from last month's entry",
        so_that: "weekly callers take a minute",
    },
    Wish {
        title: "Explain a figure in the {thing}",
        who: "accountant",
        want: "open a number and see what it is made of",
        so_that: "I can answer the agent at once",
    },
    Wish {
        title: "Approve changes of the {thing} before they count",
        who: "harbour master",
        want: "confirm what a trainee enters",
        so_that: "mistakes stay on the desk",
    },
    Wish {
        title: "Work on the {thing} with one hand",
        who: "quay inspector",
        want: "reach everything with a thumb",
        so_that: "the other hand stays on the ladder",
    },
    Wish {
        title: "Tell me when the {thing} changes",
        who: "agent",
        want: "get a message when a time moves by more than {n} minutes",
        so_that: "the lorries do not wait",
    },
    Wish {
        title: "Show the {thing} on the wall screen of {port}",
        who: "duty officer",
        want: "see it from across the room",
        so_that: "the whole shift sees the same",
    },
    Wish {
        title: "Merge double entries in the {thing}",
        who: "clerk",
        want: "make one of two",
        so_that: "{vessel} has one history and not two",
    },
];
