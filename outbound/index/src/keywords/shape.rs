//! The fields on disk, and the row that a document becomes.

use daybook_core::model::document::{DocumentId, StoredDocument};
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{TantivyDocument, Term};

use super::terms::WORDS;
use crate::marks::{Class, moment};

/// The fields of the index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) id: Field,
    pub(super) key: Field,
    /// Title, body, comments: the fields that are scored, in the order of the weights.
    pub(super) texts: [Field; 3],
    source: Field,
    project: Field,
    state: Field,
    category: Field,
    token: Field,
    updated: Field,
}

impl Shape {
    pub(super) fn new() -> (Schema, Self) {
        let mut builder = Schema::builder();
        // Frequencies and lengths, no positions: phrases are not asked for, and they would double the index.
        let words = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer(WORDS)
                .set_index_option(IndexRecordOption::WithFreqs)
                .set_fieldnorms(true),
        );
        let exact = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer("raw")
                .set_index_option(IndexRecordOption::Basic)
                .set_fieldnorms(false),
        );
        let shape = Self {
            id: builder.add_u64_field("id", FAST | INDEXED),
            key: builder.add_text_field("key", exact),
            texts: ["title", "body", "comments"].map(|name| builder.add_text_field(name, words.clone())),
            source: builder.add_u64_field("source", FAST),
            project: builder.add_u64_field("project", FAST),
            state: builder.add_u64_field("state", FAST),
            category: builder.add_u64_field("category", FAST),
            token: builder.add_u64_field("token", FAST),
            updated: builder.add_i64_field("updated", FAST),
        };
        (builder.build(), shape)
    }

    pub(super) fn row(&self, stored: &StoredDocument) -> TantivyDocument {
        let document = &stored.document;
        let class = Class::of(stored);
        let mut row = TantivyDocument::default();
        row.add_u64(self.id, stored.id.0.cast_unsigned());
        row.add_text(self.key, document.key.to_lowercase());
        for (field, text) in self.texts.into_iter().zip([&document.title, &document.body, &document.comments])
        {
            row.add_text(field, text);
        }
        row.add_u64(self.source, class.source);
        row.add_u64(self.project, class.project);
        row.add_u64(self.state, class.state);
        row.add_u64(self.category, class.category);
        for token in class.tokens {
            row.add_u64(self.token, token);
        }
        row.add_i64(self.updated, moment(stored));
        row
    }

    pub(super) fn is(&self, id: DocumentId) -> Term {
        Term::from_field_u64(self.id, id.0.cast_unsigned())
    }
}
