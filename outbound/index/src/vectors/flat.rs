//! How vectors lie in memory: in blocks, so that growing never copies or doubles them.

use std::collections::HashMap;

use daybook_core::model::document::{DocumentId, StoredDocument};
use daybook_core::model::passage::{PassageVector, Piece};

use crate::marks::{Class, Classes, moment};

/// Documents in a block.
pub(super) const BLOCK: usize = 512;

/// Vectors of text and title of every document, one after the other.
#[derive(Debug, Default)]
pub(super) struct Flat {
    dimension: Option<usize>,
    places: HashMap<DocumentId, usize>,
    entries: Vec<Entry>,
    /// For each document of a block the text's vector, then the title's.
    blocks: Vec<Vec<i8>>,
    classes: Classes,
}

/// What is known of a document, its numbers aside.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) id: DocumentId,
    /// `None`: not known yet, or gone; such a document is never scored. Its vectors stay, because the store does not
    /// tell of them again should the document come back as it was.
    pub(super) class: Option<u32>,
    pub(super) updated: i64,
    /// Of text and title; 0: there is no vector.
    pub(super) scales: [f32; 2],
}

impl Entry {
    /// Whether it can be found: its text has a vector, and it is there.
    pub(super) fn is_complete(&self) -> bool {
        self.class.is_some() && self.scales[0] > 0.0
    }
}

impl Flat {
    /// Numbers in a vector; `None`: there is no vector yet.
    pub(super) fn dimension(&self) -> Option<usize> {
        self.dimension
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn classes(&self) -> &[Class] {
        self.classes.list()
    }

    /// Entries and numbers, a block at a time.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (&[Entry], &[i8])> {
        self.entries.chunks(BLOCK).zip(self.blocks.iter().map(Vec::as_slice))
    }

    pub(super) fn put_document(&mut self, stored: &StoredDocument) {
        let class = stored.tombstone.is_none().then(|| self.classes.number(Class::of(stored)));
        let place = self.place(stored.id);
        let entry = &mut self.entries[place];
        entry.class = class;
        entry.updated = moment(stored);
    }

    /// Gives the dimension of the others if this vector has another.
    pub(super) fn put_vector(&mut self, vector: &PassageVector) -> Result<(), usize> {
        let dimension = *self.dimension.get_or_insert(vector.numbers.len());
        if vector.numbers.len() != dimension {
            return Err(dimension);
        }
        let place = self.place(vector.document);
        self.grow(dimension);
        let side = usize::from(vector.piece == Piece::Title);
        let start = (place % BLOCK * 2 + side) * dimension;
        self.blocks[place / BLOCK][start..start + dimension].copy_from_slice(&vector.numbers);
        self.entries[place].scales[side] = vector.scale;
        Ok(())
    }

    fn place(&mut self, id: DocumentId) -> usize {
        let next = self.entries.len();
        let place = *self.places.entry(id).or_insert(next);
        if place == next {
            self.entries.push(Entry { id, class: None, updated: i64::MIN, scales: [0.0; 2] });
            if let Some(dimension) = self.dimension {
                self.grow(dimension);
            }
        }
        place
    }

    /// Makes room for the numbers of every entry.
    fn grow(&mut self, dimension: usize) {
        while self.blocks.len() * BLOCK < self.entries.len() {
            self.blocks.push(vec![0; BLOCK * 2 * dimension]);
        }
    }
}
