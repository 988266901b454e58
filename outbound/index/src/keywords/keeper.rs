//! The one who writes into the folder.

use daybook_core::model::document::{DocumentId, Revision};
use daybook_core::ports::keywords::Landmark;
use tantivy::{IndexWriter, TantivyDocument, TantivyError};

use super::folder::{Lock, Opened};
use super::followed::Followed;
use super::shape::Shape;

/// A document to take in, or `None`: one to take out.
pub(super) type Row = (DocumentId, Option<TantivyDocument>);

/// What the keeper holds. The fields end in this order: whoever has the lock next finds no other writer.
pub(super) struct Keeper {
    writer: IndexWriter,
    opened: Opened,
    followed: Followed,
    lock: Lock,
}

impl Keeper {
    pub(super) fn new(opened: Opened, followed: Followed, lock: Lock) -> tantivy::Result<Self> {
        Ok(Self { writer: opened.writer()?, opened, followed, lock })
    }

    pub(super) fn followed(&self) -> &Followed {
        &self.followed
    }

    /// Whether what we write into is still what others find in this place.
    pub(super) fn check(&self) -> tantivy::Result<()> {
        if !self.lock.is_in_place() {
            return Err(TantivyError::SystemError("its folder was removed".to_owned()));
        }
        self.opened.stamp().map(|_| ())
    }

    pub(super) fn write(
        &mut self,
        shape: &Shape,
        rows: Vec<Row>,
        taken: Vec<Landmark>,
        upto: Revision,
    ) -> tantivy::Result<()> {
        for (id, row) in rows {
            self.writer.delete_term(shape.is(id));
            if let Some(row) = row {
                self.writer.add_document(row)?;
            }
        }
        self.commit(self.followed.after(taken, upto))
    }

    /// Throws every document away.
    pub(super) fn clear(&mut self) -> tantivy::Result<()> {
        self.writer.delete_all_documents()?;
        self.commit(Followed::default())
    }

    fn commit(&mut self, followed: Followed) -> tantivy::Result<()> {
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&followed.to_line());
        commit.commit()?;
        self.followed = followed;
        Ok(())
    }
}
