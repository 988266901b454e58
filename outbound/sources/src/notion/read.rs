//! Reads one record: the object, and for a page its blocks, its comments, the rest of long properties, and names.

use std::collections::HashMap;
use std::sync::Arc;

use daybook_core::model::document::{Document, Record, Tombstone, Unreadable, hex, without_nul};
use daybook_core::ports::source::SourceError;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::KIND;
use super::blocks::{BlockReader, Blocks, Found};
use super::canonical::canonical;
use super::comments::Comments;
use super::homes::Homes;
use super::id::Id;
use super::list::Lister;
use super::out::Gaps;
use super::people::People;
use super::properties::{self, Further};
use super::record::{self, Head, Told};
use super::refusal::No;
use super::schema::Schema;
use super::site::{Call, Site};
use crate::http::Tally;
use crate::object::Object;

const PAGE: &str = "read a page";
const SOURCE: &str = "read a data source";
const PROPERTY: &str = "read the rest of a property";
/// Values of a property that are read, beyond those that a page shows.
const MOST_VALUES: usize = 10_000;

/// What is to be read.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) id: Id,
    /// When it changed, as it was listed; `None`: it was named by its id alone.
    pub(super) edited_ms: Option<i64>,
    pub(super) is_page: bool,
    /// The object, if its list gave it and it was kept.
    pub(super) object: Option<Box<str>>,
}

/// What came of reading it.
pub(super) enum Outcome {
    Read {
        record: Box<Record>,
        found: Vec<Found>,
    },
    Gone(Tombstone),
    /// It changed since, and belongs to another stretch of time.
    Elsewhere,
}

impl Outcome {
    fn alone(record: Record) -> Self {
        Self::Read { record: Box::new(record), found: Vec::new() }
    }
}

/// How much of what is to be had is read, and kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reaching {
    /// Whether the comments on single blocks are asked for.
    pub(super) inline_comments: bool,
    /// Bytes of objects that are kept from their lists.
    pub(super) keep_bytes: usize,
}

/// Reads records, and remembers what several of them need.
pub(super) struct Reader {
    pub(super) site: Arc<Site>,
    pub(super) people: People,
    pub(super) schemas: HashMap<Id, Option<Arc<Schema>>>,
    homes: Homes,
    /// How much of what is to be had is read.
    pub(super) reach: Reaching,
    /// Whether the connection may read comments, as far as is known.
    pub(super) has_comments: bool,
    /// What changed from then on is not settled: further changes in the same minute do not show.
    settled_ms: i64,
}

impl Reader {
    pub(super) fn new(site: Arc<Site>, reach: Reaching, settled_ms: i64) -> Self {
        Self {
            site,
            people: People::default(),
            schemas: HashMap::new(),
            homes: Homes::default(),
            reach,
            has_comments: true,
            settled_ms,
        }
    }

    /// Reads an item, if it belongs to the stretch of time.
    pub(super) async fn read(
        &mut self,
        item: Item,
        belongs: impl Fn(i64) -> bool + Send,
        tally: &mut Tally,
    ) -> Result<Outcome, SourceError> {
        let kept =
            item.object.filter(|json| Object::read(json).is_some_and(|object| Head::read(&object).is_ok()));
        let json = match kept {
            Some(json) => json.into(),
            None => match self.object(item.id, item.is_page, tally).await {
                Ok(json) => json,
                Err(No::Missing(_)) => return Ok(Outcome::Gone(Tombstone::NoAccess)),
                Err(No::Object(said) | No::DeadCursor(said)) => {
                    return Ok(Outcome::alone(unread(&item.id.to_string(), Vec::new(), said)));
                }
                Err(no) => return Err(no.fatal(PAGE)),
            },
        };
        self.told(&json, &item.id.to_string(), item.is_page, belongs, tally).await
    }

    /// An object by its id.
    pub(super) async fn object(&self, id: Id, is_page: bool, tally: &mut Tally) -> Result<String, No> {
        let (doing, path) = if is_page { (PAGE, "pages") } else { (SOURCE, "data_sources") };
        self.site.object(doing, &format!("/v1/{path}/{id}"), tally).await
    }

    async fn told(
        &mut self,
        json: &str,
        id: &str,
        is_page: bool,
        belongs: impl Fn(i64) -> bool + Send,
        tally: &mut Tally,
    ) -> Result<Outcome, SourceError> {
        let Some(object) = Object::read(json) else {
            return Ok(Outcome::alone(unread(id, json.into(), "the answer is not an object".to_owned())));
        };
        let head = match Head::read(&object) {
            Ok(head) => head,
            Err(_) if super::shape::is_partial(&object) => {
                let said =
                    "Notion shows nothing of it but its id: this connection may not read it".to_owned();
                return Ok(Outcome::alone(unread(id, json.into(), said)));
            }
            Err(said) => return Ok(Outcome::alone(unread(id, json.into(), said))),
        };
        if let Some(tombstone) = left(&head) {
            return Ok(Outcome::Gone(tombstone));
        }
        if !belongs(head.edited_ms()) {
            return Ok(Outcome::Elsewhere);
        }
        let Ok(raw) = canonical(json) else {
            return Ok(Outcome::alone(unread(
                id,
                json.into(),
                "it holds a number or a depth that cannot be held".to_owned(),
            )));
        };
        let mut gaps = Gaps::default();
        let read = if is_page {
            self.page(&object, &head, raw, &mut gaps, tally).await?
        } else {
            self.people.learn(&self.site, &record::maker_ids(&object), tally).await?;
            Ok((record::source(&object, &head, &self.people), raw, Vec::new()))
        };
        let (document, raw, found) = match read {
            Ok(read) => read,
            Err(tombstone) => return Ok(Outcome::Gone(tombstone)),
        };
        let edited_ms = head.edited_ms();
        let version = object.text("last_edited_time").filter(|_| edited_ms < self.settled_ms);
        let record = Record {
            version: version.map(std::borrow::Cow::into_owned),
            gaps: gaps.finish(),
            ..Record::new(head.id.to_string(), raw.into_bytes(), Ok(vec![document]))
        };
        Ok(Outcome::Read { record: Box::new(record), found })
    }

    /// A page with all that stands on it; or why it is gone by now.
    async fn page(
        &mut self,
        page: &Object<'_>,
        head: &Head,
        mut raw: String,
        gaps: &mut Gaps,
        tally: &mut Tally,
    ) -> Result<Result<(Document, String, Vec<Found>), Tombstone>, SourceError> {
        let properties = &page.object("properties").unwrap_or_else(|| {
            gaps.add("`properties` is missing or no object".to_owned());
            Object::default()
        });
        let site = Arc::clone(&self.site);
        let reader = BlockReader::new(&site, tally, &head.url);
        let blocks = match reader.read(head.id).await {
            Ok(blocks) => blocks,
            Err(no) => match self.without_blocks(head.id, no, gaps, tally).await? {
                Ok(blocks) => blocks,
                Err(tombstone) => return Ok(Err(tombstone)),
            },
        };
        let Blocks { raw: lines, out, mut links, gaps: met, found, ids } = blocks;
        gaps.extend(met);
        raw.push_str(&lines);
        drop(lines);
        let mut comments = Comments::default();
        self.comments(head.id, &ids, &mut comments, &mut raw, gaps, tally).await?;
        let further = self.further(head.id, properties, gaps, tally).await?;
        let mut named = properties::people(properties, &further);
        named.extend(record::maker_ids(page));
        named.extend(comments.authors());
        self.people.learn(&site, &named, tally).await?;
        let parent = self.homes.parent(page, &site, tally).await?;
        let schema = match head.source {
            Some(source) => self.schema(source, tally).await?,
            None => None,
        };
        let told = properties::read(properties, &further, schema.as_deref(), &self.people, &mut links);
        told.gaps.iter().for_each(|gap| gaps.add(gap.clone()));
        let (comments, commenters) = comments.told(&self.people, &mut links);
        if links.beyond() > 0 {
            gaps.add(format!("{} links beyond the first 500 are left out", links.beyond()));
        }
        let (body, beyond) = out.into_parts();
        if beyond > 0 {
            gaps.add(format!("{beyond} bytes of its text are left out: it is longer than a document can be"));
        }
        let told = Told { page, head, parent, properties: told, body, beyond, comments, commenters, links };
        Ok(Ok((record::page(told, &self.people), raw, found)))
    }

    /// A page that does not show its blocks is gone, or is told without them.
    async fn without_blocks(
        &self,
        id: Id,
        no: No,
        gaps: &mut Gaps,
        tally: &mut Tally,
    ) -> Result<Result<Blocks, Tombstone>, SourceError> {
        let said = match no {
            No::Missing(said) => match self.object(id, true, tally).await {
                Err(No::Missing(_)) => return Ok(Err(Tombstone::NoAccess)),
                Err(no) => return Err(no.fatal(PAGE)),
                Ok(json) => match Object::read(&json).and_then(|page| left(&Head::read(&page).ok()?)) {
                    Some(tombstone) => return Ok(Err(tombstone)),
                    None => said,
                },
            },
            No::Object(said) | No::DeadCursor(said) => said,
            no @ (No::Restricted(_) | No::Fatal(_)) => return Err(no.fatal(PAGE)),
        };
        gaps.add(format!("its blocks are left out: {said}"));
        Ok(Ok(Blocks::none()))
    }

    async fn comments(
        &mut self,
        page: Id,
        blocks: &[Id],
        comments: &mut Comments,
        raw: &mut String,
        gaps: &mut Gaps,
        tally: &mut Tally,
    ) -> Result<(), SourceError> {
        let blocks = if self.reach.inline_comments { blocks } else { &[] };
        for id in std::iter::once(&page).chain(blocks) {
            if !self.has_comments {
                break;
            }
            self.has_comments = comments.read(&self.site, *id, raw, gaps, tally).await?;
        }
        Ok(())
    }

    /// All values of properties that the page shows in part.
    async fn further(
        &self,
        page: Id,
        properties: &Object<'_>,
        gaps: &mut Gaps,
        tally: &mut Tally,
    ) -> Result<Further, SourceError> {
        let mut further = Further::new();
        for (name, id, kind) in properties::cut(properties) {
            let path = format!("/v1/pages/{page}/properties/{id}");
            let mut lister = Lister::new(Call { doing: PROPERTY, path, body: None, has_ids: false });
            let mut values: Vec<Box<RawValue>> = Vec::new();
            loop {
                match lister.next(&self.site, tally).await {
                    Ok(Some(list)) => {
                        let items = list.results().filter_map(Object::read);
                        let owned =
                            |item: Object<'_>| RawValue::from_string(item.json(&kind)?.to_owned()).ok();
                        values.extend(items.filter_map(owned));
                    }
                    Ok(None) => break,
                    Err(No::Fatal(error)) => return Err(error),
                    Err(_) => {
                        gaps.add(format!(
                            "of the property `{}` only the first values could be read",
                            name.trim()
                        ));
                        values.clear();
                        break;
                    }
                }
                if values.len() >= MOST_VALUES && !lister.is_over() {
                    gaps.add(format!(
                        "of the property `{}` only {MOST_VALUES} values were read",
                        name.trim()
                    ));
                    break;
                }
            }
            if !values.is_empty() {
                further.insert(id, values);
            }
        }
        Ok(further)
    }

    /// The schema of a row's data source, if the connection sees it.
    pub(super) async fn schema(
        &mut self,
        source: Id,
        tally: &mut Tally,
    ) -> Result<Option<Arc<Schema>>, SourceError> {
        if let Some(schema) = self.schemas.get(&source) {
            return Ok(schema.clone());
        }
        let schema = match self.object(source, false, tally).await {
            Ok(json) => Object::read(&json).map(|object| Arc::new(Schema::read(&object))),
            Err(No::Fatal(error)) => return Err(error),
            Err(_) => None,
        };
        self.schemas.insert(source, schema.clone());
        Ok(schema)
    }
}

/// Why an object that is shown is no longer there for its readers.
pub(super) fn left(head: &Head) -> Option<Tombstone> {
    match (head.in_trash, head.is_archived) {
        (true, _) => Some(Tombstone::Deleted),
        (false, true) => Some(Tombstone::Archived),
        (false, false) => None,
    }
}

/// A record that could not be read; without an id it is named by its digest.
pub(super) fn unread(id: &str, raw: Vec<u8>, reason: String) -> Record {
    let id = if id.is_empty() { format!("sha256:{}", hex(&Sha256::digest(&raw))) } else { id.to_owned() };
    tracing::debug!(source = %KIND, "a record could not be read");
    Record::new(id, raw, Err(Unreadable { reason: without_nul(reason) }))
}
