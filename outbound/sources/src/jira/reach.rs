//! Who may see an issue and each of its comments, as far as the issue itself says. Whom a level, a role or a group lets
//! in is another question: the token names it.

use std::collections::BTreeSet;

use daybook_core::model::audience::Audience;

use crate::object::Object;

/// Names that are longer name nothing.
const LONGEST: usize = 255;

/// Who may see a comment of those who see its issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    /// All of them.
    Everybody,
    /// Those in a role of the project.
    Role(String),
    /// Those in a group of the site.
    Group(String),
    /// Fewer of them; it does not say whom.
    Unclear,
}

impl Reach {
    /// Whatever stands there but the plain permission is taken for a restriction.
    pub(super) fn of(comment: &Object<'_>) -> Self {
        if comment.json("jsdPublic").is_some_and(|public| public != "true") {
            return Self::Unclear;
        }
        if comment.json("visibility").is_none() {
            return Self::Everybody;
        }
        let Some(visibility) = comment.object("visibility") else { return Self::Unclear };
        let named = |name: &str| visibility.id(name).filter(|name| is_name(name)).map(String::from);
        match visibility.text("type").as_deref() {
            // A role's name is what people know it by; a group's may be given to another group.
            Some("role") => named("value").or_else(|| named("identifier")).map_or(Self::Unclear, Self::Role),
            Some("group") => {
                named("identifier").or_else(|| named("value")).map_or(Self::Unclear, Self::Group)
            }
            _ => Self::Unclear,
        }
    }

    /// The audience of a comment under an issue with this audience, in this project.
    pub(super) fn audience(&self, issue: &Audience, project: Option<&str>) -> Audience {
        // Whoever is in the role need not see an issue that is restricted itself.
        let Audience::Members = issue else { return Audience::Unknown };
        match (self, project) {
            (Self::Everybody, _) => Audience::Members,
            (Self::Role(name), Some(project)) => only(format!("jira-role:{project}:{name}")),
            (Self::Group(name), _) => only(format!("jira-group:{name}")),
            (Self::Role(_), None) | (Self::Unclear, _) => Audience::Unknown,
        }
    }
}

/// The audience of an issue with these fields.
pub(super) fn of_issue(fields: &Object<'_>) -> Audience {
    if fields.json("security").is_none() {
        return Audience::Members;
    }
    let level = fields.object("security").and_then(|level| level.id("id").map(String::from));
    level.filter(|id| is_name(id)).map_or(Audience::Unknown, |id| only(format!("jira-level:{id}")))
}

fn only(token: String) -> Audience {
    Audience::Only(BTreeSet::from([token]))
}

fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= LONGEST && !name.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_but_a_plain_permission_restricts_a_comment() {
        let (role, group) =
            (|name: &str| Reach::Role(name.to_owned()), |name: &str| Reach::Group(name.to_owned()));
        for (json, reach) in [
            (r#"{"id":"1"}"#, Reach::Everybody),
            (r#"{"id":"1","visibility":null,"jsdPublic":true}"#, Reach::Everybody),
            (
                r#"{"visibility":{"type":"role","value":"Developers","identifier":"10102"}}"#,
                role("Developers"),
            ),
            (r#"{"visibility":{"type":"role","value":"","identifier":"10102"}}"#, role("10102")),
            (r#"{"visibility":{"type":"group","value":"board","identifier":"276f-95"}}"#, group("276f-95")),
            (r#"{"visibility":{"type":"group","value":"board","identifier":null}}"#, group("board")),
            (r#"{"visibility":{"type":"role","value":"Developers"},"jsdPublic":false}"#, Reach::Unclear),
            (r#"{"visibility":{"type":"role"}}"#, Reach::Unclear),
            (r#"{"visibility":{"type":"role","value":"a\nb"}}"#, Reach::Unclear),
            (r#"{"visibility":{"type":"moon","value":"x"}}"#, Reach::Unclear),
            (r#"{"visibility":[]}"#, Reach::Unclear),
            (r#"{"jsdPublic":false}"#, Reach::Unclear),
            (r#"{"jsdPublic":"no"}"#, Reach::Unclear),
        ] {
            assert_eq!(Reach::of(&Object::read(json).unwrap()), reach, "{json}");
        }
    }

    #[test]
    fn a_comment_is_shown_to_nobody_who_may_not_see_its_issue() {
        let role = Reach::Role("Developers".to_owned());
        let of = |tokens: &[&str]| Audience::Only(tokens.iter().map(|token| (*token).to_owned()).collect());
        assert_eq!(role.audience(&Audience::Members, Some("HARB")), of(&["jira-role:HARB:Developers"]));
        assert_eq!(role.audience(&Audience::Members, None), Audience::Unknown);
        let group = Reach::Group("276f".to_owned());
        assert_eq!(group.audience(&Audience::Members, None), of(&["jira-group:276f"]));
        for restricted in [Audience::Unknown, of(&["jira-level:1"])] {
            for reach in [&role, &group, &Reach::Unclear] {
                assert_eq!(reach.audience(&restricted, Some("HARB")), Audience::Unknown);
            }
        }
        assert_eq!(Reach::Unclear.audience(&Audience::Members, Some("HARB")), Audience::Unknown);
    }

    #[test]
    fn a_level_without_an_id_is_for_admins_only() {
        let audience = |json: &str| of_issue(&Object::read(json).unwrap());
        assert_eq!(audience(r#"{"security":null}"#), Audience::Members);
        let level = audience(r#"{"security":{"id":"10001","name":"Core team"}}"#);
        assert_eq!(level, Audience::Only(BTreeSet::from(["jira-level:10001".to_owned()])));
        for odd in
            [r#"{"security":{}}"#, r#"{"security":[]}"#, r#"{"security":"x"}"#, r#"{"security":{"id":""}}"#]
        {
            assert_eq!(audience(odd), Audience::Unknown, "{odd}");
        }
    }
}
