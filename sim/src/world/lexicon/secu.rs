//! Security and compliance: the project that not everybody sees.

use super::{Category, Failure, Initiative, Part, Project};

pub(super) const PROJECT: Project = Project {
    key: "SECU",
    name: "Security and compliance",
    about: "Audits, findings and privacy. Not for guests.",
    category: Category::Foundations,
    lead: "Ingrid Solheim",
    closed: true,
    parts: &[
        Part {
            name: "Audits",
            things: &["access review", "supplier register", "risk register", "evidence folder"],
        },
        Part {
            name: "Findings",
            things: &["penetration test", "dependency scan", "secret scanner", "hardening guide"],
        },
        Part {
            name: "Privacy",
            things: &["deletion request", "data map", "retention table", "processing record"],
        },
    ],
    initiatives: &[
        Initiative {
            part: "Privacy",
            name: "Data has an end",
            problem: "We kept crew lists for ever because nobody had said how long.",
            decision: "delete crew lists 90 days after departure",
            because: "border police may ask for 90 days, and nobody may after that",
            against: "keep them in encrypted form for ten years",
            objection: "Statistics need nationalities.",
            reply: "Counts by port and month are kept, without names.",
            steps: &[
                "Retention table for each kind of record",
                "Deletion job that reports what it did",
                "Counts by port and month",
                "Delete 2.1 million old crew lists",
                "Have it confirmed by the data protection officer",
            ],
            result: "2.1 million crew lists are gone, and the audit praised it.",
            question: "When are crew lists deleted, and why then?",
        },
        Initiative {
            part: "Findings",
            name: "Secrets leave the repositories",
            problem: "The scanner found 48 passwords in the history of our repositories.",
            decision: "rotate every secret that was ever committed instead of rewriting history",
            because: "history was cloned, and a clone forgets nothing",
            against: "rewrite the history of all repositories",
            objection: "Some keys are built into devices on lighthouses.",
            reply: "Those get new keys with the next visit, and until then a network of their own.",
            steps: &[
                "List of 48 secrets with owners",
                "Rotate what can be rotated today",
                "Secrets from the vault at start-up",
                "Hook that refuses new ones",
                "Devices on lighthouses",
            ],
            result: "All but three were rotated in nine days; the last lighthouse followed in May.",
            question: "What did we do about the secrets in our repositories, and why not rewrite history?",
        },
        Initiative {
            part: "Audits",
            name: "Access reviews that find something",
            problem: "Managers ticked lists of 300 names in four minutes.",
            decision: "ask only about rights that were not used for 90 days",
            because: "a question that can be answered is answered",
            against: "review all rights each quarter",
            objection: "A right in daily use can be wrong too.",
            reply: "Those are looked at when a person changes the team.",
            steps: &[
                "Log of the last use of each right",
                "Ask by message, one right at a time",
                "No answer means removal",
                "Review with each change of team",
                "Report for the auditors",
            ],
            result: "41 per cent of rights were removed in the first round; 6 came back.",
            question: "How do our access reviews work?",
        },
    ],
    failures: &[
        Failure {
            seen: "Token of {port} is accepted after it was revoked",
            again: "Revoked key of {port} still reads the API",
            cause: "the edge kept its answer for {n} minutes",
            cure: "push revocations to the edge",
        },
        Failure {
            seen: "Export of the {thing} is readable by link alone",
            again: "Anybody with the address can open an export of {port}",
            cause: "the link was signed without an end",
            cure: "sign for ten minutes and ask for a session",
        },
        Failure {
            seen: "Dependency scan ignores the mobile core",
            again: "A known hole stayed in the app for {n} days",
            cause: "the scan looked for a lock file in one folder",
            cure: "scan what is shipped and not what is checked in",
        },
        Failure {
            seen: "Deletion request for {port} left {n} rows in the archive",
            again: "Deleted person reappears after a restore",
            cause: "the archive was written before the request and read after it",
            cure: "keep a list of deleted ids and apply it to each restore",
        },
    ],
};
