//! What customers ask about every product.

use crate::world::lexicon::Request;

pub(crate) const REQUESTS: [Request; 24] = [
    Request {
        title: "{port}: how do we change the {thing}?",
        words: "We would like to change the {thing} ourselves. Is that possible, or do you have to do it?",
        answer: "An administrator of your port can do it under Settings. I have added the article.",
        internal: "Third port this month that does not find it. The menu is in the wrong place.",
    },
    Request {
        title: "{port} asks for access to the {thing} for a new colleague",
        words: "Our new duty officer starts on Monday and needs the {thing}.",
        answer: "Invited as a clerk; your administrator can change the role at any time.",
        internal: "Checked with the contract: two seats are left.",
    },
    Request {
        title: "{port}: {thing} disagrees with our own list",
        words: "For {vessel} your {thing} says {n} and our list says {m}. Which one is right?",
        answer: "Yours is: the entry was made before the tariff changed. We have corrected it.",
        internal: "This is the rounding that the developers know of. Linked.",
    },
    Request {
        title: "{port} wants the {thing} in its own language",
        words: "Half of our crew reads the {thing} with a dictionary.",
        answer: "The language is chosen in the profile of each person. Yours is being translated now.",
        internal: "They were promised this in the tender. Please do not let it slip again.",
    },
    Request {
        title: "{port}: {thing} is slow today",
        words: "Since about nine the {thing} takes half a minute to open.",
        answer: "We found a report that ran at the wrong time and moved it. Please tell us if it comes back.",
        internal: "Matches the alert of this morning.",
    },
    Request {
        title: "{port} asks for a copy of its data from the {thing}",
        words: "Our auditors want everything in the {thing} of the last two years.",
        answer: "You will find a link below; it is good for seven days.",
        internal: "Identity confirmed by phone with the port director.",
    },
    Request {
        title: "{port}: training on the {thing} for {n} people",
        words: "The season begins and we have {n} new people. Could you show them the {thing}?",
        answer: "We have booked two hours on site; the agenda is attached.",
        internal: "Combine with the visit to the neighbour port to save a trip.",
    },
    Request {
        title: "{port} cannot sign in to the {thing}",
        words: "Since this morning none of us gets past the sign-in page.",
        answer: "Your identity provider had a new certificate. It is entered now; please try again.",
        internal: "Their administrator changes it every year without telling us. Reminder set.",
    },
    Request {
        title: "{port}: mails from the {thing} land in spam",
        words: "Nobody sees the messages of the {thing} until it is too late.",
        answer: "We now sign our mails for your domain. Please ask your provider to trust it.",
        internal: "Same provider as in {port} last year.",
    },
    Request {
        title: "{port} asks who deleted {vessel} from the {thing}",
        words: "{vessel} was there on Friday and is gone today.",
        answer: "It was merged into an entry with the same call sign. Nothing is lost; we have undone it.",
        internal: "The audit trail shows their own clerk. Told them kindly.",
    },
    Request {
        title: "{port} wants to leave the {thing} and keep the rest",
        words: "We do not use the {thing} and would like to pay less.",
        answer: "Your contract allows it at the end of the quarter. We have noted it.",
        internal: "Ask why before we let it go. They were happy in spring.",
    },
    Request {
        title: "{port}: wrong logo in the {thing}",
        words: "Customers see the crest that we gave up in 2024.",
        answer: "Replaced; it may take an hour until everybody sees the new one.",
        internal: "Edge cache again.",
    },
    Request {
        title: "{port} needs the {thing} on the tablets of its guards",
        words: "Our guards have {n} tablets and would like to see the {thing} on the quay.",
        answer: "The app does that; we have sent the set-up codes.",
        internal: "Old Android. Check before you promise the camera.",
    },
    Request {
        title: "{port}: what does the figure in the {thing} mean?",
        words: "There is a number {n} in red beside {vessel}. What is it?",
        answer: "Minutes by which the arrival moved since yesterday. We will make that clearer.",
        internal: "Sent to the product team as a wish.",
    },
    Request {
        title: "{port} reports a wrong time in the {thing}",
        words: "{vessel} is shown at {n} past the hour and came an hour earlier.",
        answer: "The zone of your port was set to UTC. Corrected for past entries too.",
        internal: "Onboarding forgot to set it. Add to the check list.",
    },
    Request {
        title: "{port}: please restore the {thing} of last Tuesday",
        words: "We have overwritten the {thing} of Tuesday by mistake.",
        answer: "Restored beside the present one, so that you can compare.",
        internal: "Took twelve minutes with the new runbook.",
    },
    Request {
        title: "{port} asks about the price of more {thing} seats",
        words: "We would like {n} more seats for the {thing}.",
        answer: "Our sales colleague calls you today.",
        internal: "Handed over to sales.",
    },
    Request {
        title: "{port}: the {thing} prints in the wrong size",
        words: "Labels of the {thing} come out on A4 instead of our rolls.",
        answer: "The printer's profile was reset by an update. The steps to set it again are below.",
        internal: "Write an article: every update of that driver does this.",
    },
    Request {
        title: "{port} wants an interface to the {thing}",
        words: "Our own system should read the {thing} every hour.",
        answer: "That is what the API is for. Your key and an example are in your account.",
        internal: "Watch their first week: they ask for everything each minute.",
    },
    Request {
        title: "{port}: complaint about the change in the {thing}",
        words: "Nobody asked us before the {thing} was rearranged. Our people are angry.",
        answer: "You are right. We should have told you, and we have put the old order back for you.",
        internal: "Lesson: announce two weeks before, and name it in the notes.",
    },
    Request {
        title: "{port}: certificate for the {thing} is about to end",
        words: "Your certificate for the {thing} ends in {n} days, says our monitoring.",
        answer: "Thank you. It has been renewed and now renews itself.",
        internal: "Our own alert was muted. Found and fixed.",
    },
    Request {
        title: "{port} asks to delete a former employee from the {thing}",
        words: "Please remove all personal data of a former colleague from the {thing}.",
        answer: "Done; what the law asks us to keep is kept without the name.",
        internal: "Privacy request, thirty days. Noted with the date.",
    },
    Request {
        title: "{port}: {thing} misses the arrivals of Sunday",
        words: "All of Sunday is missing in the {thing}, {n} ships.",
        answer: "The feed was down and has been read again. Everything is there now.",
        internal: "Incident of Sunday. They were the first to tell us.",
    },
    Request {
        title: "{port} praises the new {thing}",
        words: "Just to say that the new {thing} saves us an hour a day.",
        answer: "Thank you. I have passed it on to the people who made it.",
        internal: "Ask whether we may quote them.",
    },
];
