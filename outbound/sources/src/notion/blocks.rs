//! What stands on a page: its blocks depth first, drawn as they come, within bounds that no page should meet.

use std::future::Future;
use std::pin::Pin;

use daybook_core::ports::source::SourceError;

use super::canonical::canonical;
use super::id::Id;
use super::links::Links;
use super::list::{List, Lister};
use super::markdown::{Among, Below, Drawn, drawn};
use super::out::{Gaps, Out};
use super::record::moment;
use super::refusal::No;
use super::shape;
use super::site::{Call, Site};
use crate::http::Tally;
use crate::object::Object;

const BLOCKS: &str = "read the blocks of a page";
/// Blocks deeper than this are left out: nobody can read them, and a circle would have no end.
const DEEPEST: usize = 32;
/// Bytes of answers about the blocks of one page; some nine thousand usual blocks.
const MOST_BYTES: usize = 8 << 20;
/// Blocks whose ids are kept, to ask for the comments on each.
const MOST_NOTED: usize = 10_000;

/// A page or a database that stands on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) id: Id,
    pub(super) is_page: bool,
    /// When it changed, as its block says.
    pub(super) edited_ms: Option<i64>,
}

/// What was read from the blocks of a page.
pub(super) struct Blocks {
    /// Their canonical lines, each with a newline in front.
    pub(super) raw: String,
    pub(super) out: Out,
    pub(super) links: Links,
    pub(super) gaps: Gaps,
    pub(super) found: Vec<Found>,
    /// The blocks whose lines are in `raw`.
    pub(super) ids: Vec<Id>,
}

impl Blocks {
    /// No block at all; drawn from here on.
    pub(super) fn none() -> Self {
        Self {
            raw: String::new(),
            out: Out::new(),
            links: Links::default(),
            gaps: Gaps::default(),
            found: Vec::new(),
            ids: Vec::new(),
        }
    }
}

/// Reads the blocks of one page.
pub(super) struct BlockReader<'r> {
    site: &'r Site,
    tally: &'r mut Tally,
    page_url: &'r str,
    blocks: Blocks,
    bytes: usize,
    is_full: bool,
    /// The blocks that are being read, from the outermost on.
    above: Vec<Id>,
}

/// Where the children of a block go.
#[derive(Clone)]
struct Place {
    prefix: String,
    /// Set in a table: whether it has a head.
    table: Option<bool>,
    /// Whether these are a part of the page, not of an original elsewhere.
    is_own: bool,
}

type Reading<'f> = Pin<Box<dyn Future<Output = Result<(), SourceError>> + Send + 'f>>;

impl<'r> BlockReader<'r> {
    pub(super) fn new(site: &'r Site, tally: &'r mut Tally, page_url: &'r str) -> Self {
        Self { site, tally, page_url, blocks: Blocks::none(), bytes: 0, is_full: false, above: Vec::new() }
    }

    /// Everything below a page. `Err(No::Missing)`: the page does not show its blocks.
    pub(super) async fn read(mut self, page: Id) -> Result<Blocks, No> {
        let mut lister = children(page);
        self.above.push(page);
        let first = lister.next(self.site, self.tally).await?;
        let place = Place { prefix: String::new(), table: None, is_own: true };
        self.level(lister, first, place).await?;
        Ok(self.blocks)
    }

    /// The children of a block, from a page of them on that has come.
    fn level(&mut self, mut lister: Lister, first: Option<List>, place: Place) -> Reading<'_> {
        Box::pin(async move {
            let mut among = Among { table: place.table, ..Among::default() };
            let mut list = first;
            while let Some(page) = list.take() {
                self.bytes += page.bytes();
                shape::check(BLOCKS, "blocks", &shape::BLOCK, page.results())?;
                for json in page.results() {
                    if self.is_full {
                        return Ok(());
                    }
                    self.block(json, &mut among, &place).await?;
                }
                if self.bytes > MOST_BYTES && !lister.is_over() {
                    self.fill();
                    return Ok(());
                }
                drop(page);
                match lister.next(self.site, self.tally).await {
                    Ok(next) => list = next,
                    Err(no) => self.skip("further blocks of the page", no)?,
                }
            }
            Ok(())
        })
    }

    async fn block(&mut self, json: &str, among: &mut Among, place: &Place) -> Result<(), SourceError> {
        if place.is_own {
            self.blocks.raw.push('\n');
            let line = canonical(json).unwrap_or_else(|_| json.replace(['\n', '\r'], " "));
            self.blocks.raw.push_str(&line);
        }
        let block = Object::read(json);
        let named = block.as_ref().and_then(|block| {
            Some((block, Id::read(&block.id("id")?)?, block.text("type").filter(|kind| !kind.is_empty())?))
        });
        let Some((block, id, kind)) = named else {
            self.blocks.gaps.add("a block could not be read: its `id` or `type` is missing".to_owned());
            self.blocks.out.block(&place.prefix, &mark("a block that could not be read"));
            return Ok(());
        };
        if block.object(&kind).is_none() {
            self.blocks.gaps.add(format!("a block of the kind `{kind}` came without its content"));
        }
        let drawn = drawn(&kind, id, block, *among, self.page_url, &mut self.blocks.links);
        if let Some(gap) = &drawn.gap {
            self.blocks.gaps.add(gap.clone());
        }
        self.blocks.out.block(&place.prefix, &drawn);
        among.place += 1;
        let is_numbered = kind == "numbered_list_item";
        among.number = number_of(&drawn).filter(|_| is_numbered);
        let is_page = drawn.below == Below::Page;
        let is_record = is_page || drawn.below == Below::Database;
        // What is a record of its own has its own comments.
        if place.is_own && !is_record && self.blocks.ids.len() < MOST_NOTED {
            self.blocks.ids.push(id);
        }
        if is_record {
            let edited = moment(block, "last_edited_time");
            let edited_ms = edited.map(|time| time.timestamp_millis());
            self.blocks.found.push(Found { id, is_page, edited_ms });
        }
        let has_children = block.json("has_children") == Some("true");
        if !has_children
            && let Some(parts) = block.object(&kind).and_then(|content| content.object("children"))
        {
            // The parts of meeting notes are told by their ids, whether or not they count as children.
            for part in ["summary_block_id", "notes_block_id", "transcript_block_id"] {
                if let Some(part) = parts.text(part).and_then(|id| Id::read(&id)) {
                    let place = Place { table: None, is_own: false, ..place.clone() };
                    self.beneath(part, place).await?;
                }
            }
        }
        self.below(id, has_children, &drawn, place).await
    }

    /// What stands below a block.
    async fn below(
        &mut self,
        id: Id,
        has_children: bool,
        drawn: &Drawn,
        place: &Place,
    ) -> Result<(), SourceError> {
        let (parent, table) = match drawn.below {
            Below::Page | Below::Database => return Ok(()),
            _ if !has_children => return Ok(()),
            Below::Children => (id, None),
            Below::Rows { has_header } => (id, Some(has_header)),
            Below::Original(original) => (original, None),
        };
        let is_own = place.is_own && parent == id;
        self.beneath(parent, Place { prefix: format!("{}{}", place.prefix, drawn.indent), table, is_own })
            .await
    }

    async fn beneath(&mut self, parent: Id, place: Place) -> Result<(), SourceError> {
        if self.above.contains(&parent) {
            self.blocks
                .gaps
                .add("a synced block shows itself, and is not shown again within itself".to_owned());
            self.blocks.out.block(&place.prefix, &mark("the same block again"));
            return Ok(());
        }
        if self.above.len() >= DEEPEST {
            self.blocks.gaps.add(format!("blocks deeper than {DEEPEST} levels are left out"));
            self.blocks.out.block(&place.prefix, &mark("deeper blocks"));
            return Ok(());
        }
        if self.bytes > MOST_BYTES {
            self.fill();
            return Ok(());
        }
        let mut lister = children(parent);
        let first = match lister.next(self.site, self.tally).await {
            Ok(first) => first,
            Err(no) => return self.skip("the blocks below a block", no),
        };
        self.above.push(parent);
        self.level(lister, first, place).await?;
        self.above.pop();
        Ok(())
    }

    /// Leaves out what Notion does not give, and says so.
    fn skip(&mut self, what: &str, no: No) -> Result<(), SourceError> {
        let said = match no {
            No::Fatal(error) => return Err(error),
            No::Missing(_) => "Notion does not show them to this connection".to_owned(),
            No::Restricted(said) | No::DeadCursor(said) | No::Object(said) => said,
        };
        self.blocks.gaps.add(format!("{what} are left out: {said}"));
        self.blocks.out.block("", &mark("blocks"));
        Ok(())
    }

    fn fill(&mut self) {
        if !self.is_full {
            self.is_full = true;
            let mib = MOST_BYTES >> 20;
            self.blocks
                .gaps
                .add(format!("the page holds more than {mib} MiB of blocks; the rest was not read"));
            self.blocks.out.block("", &mark("the rest of a very large page"));
        }
    }
}

/// A visible mark for what is left out.
fn mark(what: &str) -> Drawn {
    Drawn { text: format!("[left out: {what}]"), ..Drawn::default() }
}

fn number_of(drawn: &Drawn) -> Option<u64> {
    drawn.lead.split('.').next()?.parse().ok()
}

fn children(parent: Id) -> Lister {
    let path = format!("/v1/blocks/{parent}/children");
    Lister::new(Call { doing: BLOCKS, path, body: None, has_ids: true })
}
