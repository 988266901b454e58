//! Which transcripts a list asks for, newest first, and which page of them.

use std::sync::Arc;

use chrono::DateTime;
use serde_json::{Map, Value};

use super::bend;
use super::problem::Problem;
use super::scene::{Node, Scene};
use super::sight;
use super::team::user_id;
use super::transcript::Transcript;

/// A page is never longer.
const MOST: i64 = 50;
const LONGEST_KEYWORD: usize = 255;
/// Only one of these at a time.
const EXCLUSIVE: [&str; 4] = ["organizer_email", "participant_email", "user_id", "mine"];

/// A question for transcripts; what is absent asks for everything.
#[derive(Debug, Default)]
struct Wanted {
    limit: usize,
    skip: usize,
    /// The start of the meeting, both ends included: milliseconds since 1970.
    from: Option<i64>,
    to: Option<i64>,
    date: Option<i64>,
    title: Option<String>,
    /// In small letters, and whether it is looked for in the title and in what was said.
    keyword: Option<(String, bool, bool)>,
    organizers: Vec<String>,
    hosts: Vec<String>,
    participants: Vec<String>,
    user_id: Option<String>,
    mine: bool,
    channel: Option<String>,
}

/// The page that is asked for, of those that the caller may see.
pub(super) fn page(scene: &Arc<Scene>, arguments: &Value) -> Result<Vec<Node>, Problem> {
    let wanted = Wanted::read(arguments)?;
    let book = scene.site.book();
    let hidden = bend::lagging(scene, &book);
    let fits = |transcript: &&Arc<Transcript>| {
        wanted.is_in_time(transcript)
            && !hidden.contains(&transcript.id)
            && scene.sees(transcript)
            && wanted.fits(scene, transcript)
    };
    let rows = book.newest().filter(fits);
    let chosen = bend::chosen(scene, rows, wanted.skip, wanted.limit)?;
    drop(book);
    Ok(chosen
        .into_iter()
        .enumerate()
        .map(|(place, transcript)| Node::new(scene, transcript, place))
        .collect())
}

impl Wanted {
    fn read(arguments: &Value) -> Result<Self, Problem> {
        let text = |name: &str| arguments[name].as_str().map(str::to_lowercase);
        let list = |name: &str| -> Vec<String> {
            let list = arguments[name].as_array().into_iter().flatten();
            list.filter_map(Value::as_str).map(str::to_lowercase).collect()
        };
        let exclusive =
            EXCLUSIVE.into_iter().filter(|name| !arguments[*name].is_null() && arguments[*name] != false);
        if let Some(second) = exclusive.clone().nth(1) {
            let others = EXCLUSIVE.join(", ");
            return Err(Problem::invalid(
                second,
                "exclusive",
                &format!("cannot be used with another of {others}"),
            ));
        }
        Ok(Self {
            limit: number(arguments, "limit", MOST, 1)?,
            skip: number(arguments, "skip", 0, 0)?,
            from: moment(arguments, "fromDate")?,
            to: moment(arguments, "toDate")?,
            date: arguments["date"].as_f64().map(super::transcript::rounded),
            title: text("title"),
            keyword: keyword(arguments)?,
            organizers: list("organizers").into_iter().chain(text("organizer_email")).collect(),
            hosts: text("host_email").into_iter().collect(),
            participants: list("participants").into_iter().chain(text("participant_email")).collect(),
            user_id: text("user_id"),
            mine: arguments["mine"] == true,
            channel: text("channel_id"),
        })
    }

    fn is_in_time(&self, transcript: &Transcript) -> bool {
        self.from.is_none_or(|from| transcript.starts >= from)
            && self.to.is_none_or(|to| transcript.starts <= to)
            && self.date.is_none_or(|date| transcript.starts == date)
    }

    fn needs_head(&self) -> bool {
        let lists = [&self.organizers, &self.hosts, &self.participants];
        self.title.is_some()
            || self.keyword.is_some()
            || self.user_id.is_some()
            || self.mine
            || self.channel.is_some()
            || lists.iter().any(|list| !list.is_empty())
    }

    fn fits(&self, scene: &Scene, transcript: &Transcript) -> bool {
        if !self.needs_head() {
            return true;
        }
        let head = transcript.head(scene.company());
        let text =
            |name: &str| head.get(name).and_then(Value::as_str).map(str::to_lowercase).unwrap_or_default();
        let is_one_of = |name: &str, list: &[String]| list.is_empty() || list.contains(&text(name));
        let participants = || sight::participants(&head);
        is_one_of("organizer_email", &self.organizers)
            && is_one_of("host_email", &self.hosts)
            && self.title.as_ref().is_none_or(|title| text("title") == *title)
            && self.user_id.as_ref().is_none_or(|id| user_id(&text("organizer_email")) == *id)
            && (self.participants.is_empty()
                || self.participants.iter().any(|email| participants().contains(email)))
            && (!self.mine
                || text("organizer_email") == scene.caller.email
                || participants().contains(&scene.caller.email))
            && self.channel.as_deref().is_none_or(|id| sight::channels(&head).any(|own| own == id))
            && self.has_keyword(scene, transcript, &head)
    }

    fn has_keyword(&self, scene: &Scene, transcript: &Transcript, head: &Map<String, Value>) -> bool {
        let Some((keyword, in_title, in_sentences)) = &self.keyword else { return true };
        let has = |text: &Value| text.as_str().is_some_and(|text| text.to_lowercase().contains(keyword));
        let said = || {
            let sentences = transcript.sentences(scene.company());
            sentences.as_array().into_iter().flatten().any(|sentence| has(&sentence["text"]))
        };
        (*in_title && head.get("title").is_some_and(has)) || (*in_sentences && said())
    }
}

fn keyword(arguments: &Value) -> Result<Option<(String, bool, bool)>, Problem> {
    let (in_title, in_sentences) = match arguments["scope"].as_str() {
        None | Some("title") => (true, false),
        Some("sentences") => (false, true),
        Some("all") => (true, true),
        Some(_) => {
            return Err(Problem::invalid(
                "scope",
                "isIn",
                "must be one of the following values: title, sentences, all",
            ));
        }
    };
    match arguments["keyword"].as_str() {
        Some(keyword) if keyword.chars().count() > LONGEST_KEYWORD => {
            Err(Problem::invalid("keyword", "maxLength", "must be shorter than or equal to 255 characters"))
        }
        keyword => Ok(keyword.map(|keyword| (keyword.to_lowercase(), in_title, in_sentences))),
    }
}

fn number(arguments: &Value, name: &'static str, usual: i64, least: i64) -> Result<usize, Problem> {
    let number = arguments[name].as_i64().unwrap_or(usual);
    if name == "limit" && number > MOST {
        return Err(Problem::invalid(name, "max", &format!("must not be greater than {MOST}")));
    }
    if number < least {
        return Err(Problem::invalid(name, "min", &format!("must not be less than {least}")));
    }
    Ok(usize::try_from(number).unwrap_or(0))
}

/// A moment with its zone said as Z.
fn moment(arguments: &Value, name: &'static str) -> Result<Option<i64>, Problem> {
    let given = &arguments[name];
    if given.is_null() {
        return Ok(None);
    }
    let text = given.as_str().filter(|text| text.ends_with('Z'));
    let moment = text.and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    moment
        .map(|moment| Some(moment.timestamp_millis()))
        .ok_or_else(|| Problem::invalid(name, "isDate", "must be a Date instance"))
}
