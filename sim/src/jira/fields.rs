//! The fields of a site whose own list is not known.

use crate::json::{Object, list, quoted};

const SYSTEM: [(&str, &str, &str); 24] = [
    ("summary", "Summary", "string"),
    ("issuetype", "Issue Type", "issuetype"),
    ("project", "Project", "project"),
    ("status", "Status", "status"),
    ("statuscategorychangedate", "Status Category Changed", "datetime"),
    ("priority", "Priority", "priority"),
    ("resolution", "Resolution", "resolution"),
    ("resolutiondate", "Resolved", "datetime"),
    ("labels", "Labels", "array"),
    ("components", "Components", "array"),
    ("fixVersions", "Fix versions", "array"),
    ("versions", "Affects versions", "array"),
    ("created", "Created", "datetime"),
    ("updated", "Updated", "datetime"),
    ("duedate", "Due date", "date"),
    ("creator", "Creator", "user"),
    ("reporter", "Reporter", "user"),
    ("assignee", "Assignee", "user"),
    ("description", "Description", "string"),
    ("environment", "Environment", "string"),
    ("issuelinks", "Linked Issues", "array"),
    ("attachment", "Attachment", "array"),
    ("comment", "Comment", "comments-page"),
    ("security", "Security Level", "securitylevel"),
];

const CUSTOM: [(u32, &str, &str, &str); 5] = [
    (10_014, "Epic Link", "any", "com.pyxis.greenhopper.jira:gh-epic-link"),
    (10_016, "Story point estimate", "number", "com.pyxis.greenhopper.jira:jsw-story-points"),
    (10_019, "Rank", "any", "com.pyxis.greenhopper.jira:gh-lexo-rank"),
    (10_020, "Sprint", "array", "com.pyxis.greenhopper.jira:gh-sprint"),
    (10_021, "Flagged", "array", "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes"),
];

/// Ids and JSON of the fields that every site has.
pub(crate) fn standard() -> Vec<(String, String)> {
    let system = SYSTEM.iter().map(|(id, name, kind)| {
        let schema = Object::new().text("type", kind).text("system", id).end();
        let navigable = !matches!(*id, "comment" | "attachment");
        (String::from(*id), field(id, name, false, navigable, &schema))
    });
    let custom = CUSTOM.iter().map(|(number, name, kind, custom)| {
        let id = format!("customfield_{number}");
        let schema = Object::new().text("type", kind).text("custom", custom).plain("customId", number).end();
        (id.clone(), field(&id, name, true, true, &schema))
    });
    system.chain(custom).collect()
}

fn field(id: &str, name: &str, custom: bool, navigable: bool, schema: &str) -> String {
    Object::new()
        .text("id", id)
        .text("key", id)
        .text("name", name)
        .plain("custom", custom)
        .raw("orderable", "true")
        .plain("navigable", navigable)
        .raw("searchable", "true")
        .raw("clauseNames", &list([quoted(id)]))
        .raw("schema", schema)
        .end()
}
