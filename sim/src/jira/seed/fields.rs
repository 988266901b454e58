//! A piece of work as an issue with all its fields.

use super::super::issue::{EMBEDDED_COMMENTS, EXPAND};
use super::adf::Picture;
use super::{Dress, adf, id, nouns};
use crate::json::{self, Object, quoted};
use crate::world::calendar::{DAY, fortnight};
use crate::world::{Chance, Course, Note, Reach, Role, Tie, Tied};

impl Dress {
    /// The object of a search page with all fields.
    pub(crate) fn whole(&self, place: u32) -> String {
        let own = id(place).to_string();
        let course = self.world.course(place);
        Object::new()
            .raw("expand", EXPAND)
            .text("id", &own)
            .text("self", &self.address("issue", &own))
            .text("key", &self.world.key(place))
            .raw("fields", &self.fields(place, &course))
            .end()
    }

    /// All comments, oldest first.
    pub(crate) fn comments(&self, place: u32) -> Vec<String> {
        let course = self.world.course(place);
        (0..course.notes.len()).map(|number| self.comment(place, &course, number)).collect()
    }

    fn fields(&self, place: u32, course: &Course) -> String {
        let (world, url) = (&self.world, self.url.as_str());
        let piece = world.piece(place);
        let project = usize::from(piece.project);
        let end = course.end().zip(course.outcome);
        let category_at = course.moves.iter().rfind(|step| step.to.is_end() || step.to == course.stage());
        let picture = self.picture(place);
        let document = picture.as_ref().map(|(name, id)| Picture { name, id });
        let description = adf::document(self, &world.description(place), document);
        let component = world.part(place).map(|part| nouns::component(project, part, url));
        let released =
            end.map(|(end, _)| nouns::release(project, fortnight(end.at, world.began()), world.now(), url));
        let author = |place: usize| self.people[place].as_str();
        let json = Object::new()
            .text("summary", &world.title(place))
            .raw("issuetype", &nouns::issue_type(piece.role, url))
            .raw("project", &self.projects[project])
            .raw("status", &nouns::status(course.stage(), url))
            .text("statuscategorychangedate", &self.time(category_at.map_or(piece.created, |step| step.at)))
            .raw("priority", &nouns::priority(course.priority, url))
            .raw("resolution", &nouns::or_null(end.map(|(_, outcome)| nouns::resolution(outcome, url))))
            .raw("resolutiondate", &nouns::or_null(end.map(|(end, _)| quoted(&self.time(end.at)))))
            .raw("labels", &nouns::words(&world.labels(place)))
            .raw("components", &json::list(component))
            .raw("fixVersions", &json::list(released.filter(|_| piece.role != Role::Request)))
            .raw("versions", "[]")
            .text("created", &self.time(piece.created))
            .text("updated", &self.time(course.updated))
            .raw("duedate", &nouns::or_null(self.due(place, course).map(|day| quoted(&day))))
            .raw("creator", author(course.reporter))
            .raw("reporter", author(course.reporter))
            .raw("assignee", course.assignee.map_or("null", author))
            .raw("description", &description)
            .raw("environment", "null");
        self.relations(json, place, course, picture).end()
    }

    /// The fields that point to other issues, and those that a site makes for itself.
    fn relations(
        &self,
        mut json: Object,
        place: u32,
        course: &Course,
        picture: Option<(String, String)>,
    ) -> Object {
        let (world, url) = (&self.world, self.url.as_str());
        let piece = world.piece(place);
        if let Some(above) = world.above(place) {
            json = json.raw("parent", &self.brief(above));
        }
        let links = world.ties(place).into_iter().map(|tied| self.link(tied));
        let attachment = picture.map(|(name, _)| self.attachment(place, course, &name));
        let below = world.below(place);
        let security = course.restricted.then(|| nouns::security("Core team", url));
        let sprint = course.work_began().filter(|_| piece.role != Role::Epic && piece.role != Role::Request);
        let sprint = sprint.map(|at| {
            let sprint = nouns::sprint(usize::from(piece.project), fortnight(at, world.began()), world.now());
            json::list([sprint])
        });
        let epic = world.above(place).filter(|above| world.piece(*above).role == Role::Epic);
        json.raw("issuelinks", &json::list(links))
            .raw("subtasks", &json::list(below.into_iter().map(|below| self.brief(below))))
            .raw("security", &nouns::or_null(security))
            .raw("attachment", &json::list(attachment))
            .raw("comment", &self.comment_list(place, course))
            .raw("customfield_10014", &nouns::or_null(epic.map(|epic| quoted(&world.key(epic)))))
            .raw("customfield_10016", &nouns::or_null(course.points.map(|points| format!("{points}.0"))))
            .text("customfield_10019", &format!("0|i{:05x}:", place * 7))
            .raw("customfield_10020", &nouns::or_null(sprint))
            .raw("customfield_10021", "null")
    }

    /// An issue as another one names it.
    fn brief(&self, place: u32) -> String {
        let own = id(place);
        let course = self.world.course(place);
        let fields = Object::new()
            .text("summary", &self.world.title(place))
            .raw("status", &nouns::status(course.stage(), &self.url))
            .raw("priority", &nouns::priority(course.priority, &self.url))
            .raw("issuetype", &nouns::issue_type(self.world.piece(place).role, &self.url))
            .end();
        Object::new()
            .text("id", &own.to_string())
            .text("key", &self.world.key(place))
            .text("self", &self.address("issue", own))
            .raw("fields", &fields)
            .end()
    }

    fn link(&self, tied: Tied) -> String {
        let (id, name, inward, outward) = match tied.tie {
            Tie::Blocks => ("10000", "Blocks", "is blocked by", "blocks"),
            Tie::Duplicates => ("10002", "Duplicate", "is duplicated by", "duplicates"),
            Tie::Causes => ("10006", "Problem/Incident", "is caused by", "causes"),
            Tie::Relates => ("10003", "Relates", "relates to", "relates to"),
        };
        let kind = Object::new()
            .text("id", id)
            .text("name", name)
            .text("inward", inward)
            .text("outward", outward)
            .text("self", &self.address("issueLinkType", id))
            .end();
        let number = 10_000 + tied.number;
        Object::new()
            .text("id", &number.to_string())
            .text("self", &self.address("issueLink", number))
            .raw("type", &kind)
            .raw(if tied.outward { "outwardIssue" } else { "inwardIssue" }, &self.brief(tied.other))
            .end()
    }

    fn due(&self, place: u32, course: &Course) -> Option<String> {
        let (piece, mut chance) = (self.world.piece(place), Chance::of(8, &[u64::from(place)]));
        let has = piece.role == Role::Epic || (course.priority < 3 && chance.percent(40));
        has.then(|| nouns::day(piece.created + chance.between(5, 60) * DAY))
    }

    /// The name and the media id of the picture in a description, if there is one.
    fn picture(&self, place: u32) -> Option<(String, String)> {
        let mut chance = Chance::of(9, &[u64::from(place)]);
        let often = if self.world.piece(place).role == Role::Bug { 14 } else { 3 };
        chance.percent(often).then(|| {
            let name = chance.pick(&[
                "screenshot.png",
                "photo-of-the-screen.jpg",
                "before-and-after.png",
                "chart.png",
            ]);
            let (high, low) = (chance.number(), chance.number());
            let id =
                format!("{:08x}-{:04x}-4000-8000-{:012x}", high >> 32, high & 0xffff, low & 0xffff_ffff_ffff);
            (name.to_owned(), id)
        })
    }

    fn attachment(&self, place: u32, course: &Course, name: &str) -> String {
        let (own, mut chance) = (id(place), Chance::of(10, &[u64::from(place)]));
        Object::new()
            .text("self", &self.address("attachment", own))
            .text("id", &own.to_string())
            .text("filename", name)
            .raw("author", &self.people[course.reporter])
            .text("created", &self.time(self.world.piece(place).created))
            .plain("size", chance.between(20_000, 3_000_000))
            .text("mimeType", if name.ends_with("jpg") { "image/jpeg" } else { "image/png" })
            .text("content", &self.address("attachment/content", own))
            .end()
    }

    fn comment_list(&self, place: u32, course: &Course) -> String {
        let total = course.notes.len();
        let comments = (0..total.min(EMBEDDED_COMMENTS)).map(|number| self.comment(place, course, number));
        Object::new()
            .raw("comments", &json::list(comments))
            .text("self", &format!("{}/comment", self.address("issue", id(place))))
            .plain("maxResults", if total > EMBEDDED_COMMENTS { EMBEDDED_COMMENTS } else { total })
            .plain("total", total)
            .raw("startAt", "0")
            .end()
    }

    fn comment(&self, place: u32, course: &Course, number: usize) -> String {
        let note: &Note = &course.notes[number];
        // No piece of work has as many as 256.
        let own = id(place) * 256 + u64::try_from(number).unwrap_or(0);
        let author = &self.people[note.by];
        let body = adf::document(self, &self.world.told(place, course, number, note), None);
        let json = Object::new()
            .text("self", &format!("{}/comment/{own}", self.address("issue", id(place))))
            .text("id", &own.to_string())
            .raw("author", author)
            .raw("body", &body)
            .raw("updateAuthor", author)
            .text("created", &self.time(note.at))
            .text("updated", &self.time(note.changed.unwrap_or(note.at)));
        let json = match note.reach {
            Reach::Developers => {
                json.raw("visibility", r#"{"type":"role","value":"Developers","identifier":"10102"}"#)
            }
            Reach::Everybody | Reach::Internal => json,
        };
        json.plain("jsdPublic", note.reach != Reach::Internal).end()
    }
}
