//! One state of the index as searches see it: segments, and beside each what filters ask, held in memory.

use std::collections::HashMap;
use std::sync::Arc;

use daybook_core::model::document::DocumentId;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::SegmentId;
use tantivy::{DocId, InvertedIndexReader, Searcher, SegmentReader};

use super::shape::Shape;
use crate::marks::{Class, Classes};

/// A state of the whole index.
pub(super) struct View {
    pub(super) parts: Vec<Part>,
    pub(super) documents: u64,
}

/// A segment.
pub(super) struct Part {
    pub(super) segment: SegmentReader,
    pub(super) texts: [Arc<InvertedIndexReader>; 3],
    pub(super) lengths: [FieldNormReader; 3],
    pub(super) rows: Arc<Rows>,
    /// For each class, how many documents of it are alive and how many words they have in each field.
    pub(super) totals: Vec<Total>,
}

/// What never changes in a segment; kept from one state of the index to the next.
pub(super) struct Rows {
    pub(super) ids: Vec<i64>,
    pub(super) updated: Vec<i64>,
    pub(super) class: Vec<u32>,
    pub(super) classes: Vec<Class>,
    /// Documents in the order of their ids.
    by_id: Vec<DocId>,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Total {
    pub(super) documents: u64,
    pub(super) lengths: [u64; 3],
}

impl View {
    /// The state that a searcher stands for; what an older state knows of the same segments is taken over.
    pub(super) fn new(searcher: &Searcher, shape: &Shape, older: Option<&Self>) -> tantivy::Result<Self> {
        let known: HashMap<SegmentId, Arc<Rows>> = older
            .iter()
            .flat_map(|view| &view.parts)
            .map(|part| (part.segment.segment_id(), Arc::clone(&part.rows)))
            .collect();
        let parts = searcher
            .segment_readers()
            .iter()
            .map(|segment| Part::new(segment, shape, known.get(&segment.segment_id())))
            .collect::<tantivy::Result<_>>()?;
        Ok(Self { parts, documents: searcher.num_docs() })
    }
}

impl Part {
    fn new(segment: &SegmentReader, shape: &Shape, known: Option<&Arc<Rows>>) -> tantivy::Result<Self> {
        let rows = known.map_or_else(|| Rows::new(segment).map(Arc::new), |rows| Ok(Arc::clone(rows)))?;
        let [title, body, comments] = shape.texts;
        let lengths = [
            segment.get_fieldnorms_reader(title)?,
            segment.get_fieldnorms_reader(body)?,
            segment.get_fieldnorms_reader(comments)?,
        ];
        let mut totals = vec![Total::default(); rows.classes.len()];
        for doc in segment.doc_ids_alive() {
            let total = &mut totals[rows.class[doc as usize] as usize];
            total.documents += 1;
            for (sum, lengths) in total.lengths.iter_mut().zip(&lengths) {
                *sum += u64::from(lengths.fieldnorm(doc));
            }
        }
        let texts = [
            segment.inverted_index(title)?,
            segment.inverted_index(body)?,
            segment.inverted_index(comments)?,
        ];
        Ok(Self { segment: segment.clone(), texts, lengths, rows, totals })
    }

    pub(super) fn is_alive(&self, doc: DocId) -> bool {
        !self.segment.is_deleted(doc)
    }

    /// Where a document is, if it is here and alive.
    pub(super) fn find(&self, id: DocumentId) -> Option<DocId> {
        let rows = &self.rows;
        let start = rows.by_id.partition_point(|doc| rows.ids[*doc as usize] < id.0);
        // A document that was replaced before its segment was written stands there twice.
        rows.by_id[start..]
            .iter()
            .copied()
            .take_while(|doc| rows.ids[*doc as usize] == id.0)
            .find(|doc| self.is_alive(*doc))
    }
}

impl Rows {
    fn new(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        let (ids, updated) = (columns.u64("id")?, columns.i64("updated")?);
        let (source, project) = (columns.u64("source")?, columns.u64("project")?);
        let (state, category, token) =
            (columns.u64("state")?, columns.u64("category")?, columns.u64("token")?);
        let mut classes = Classes::default();
        let documents = 0..segment.max_doc();
        let class = documents
            .clone()
            .map(|doc| {
                classes.number(Class {
                    source: source.first(doc).unwrap_or(0),
                    project: project.first(doc).unwrap_or(0),
                    state: state.first(doc).unwrap_or(0),
                    category: category.first(doc).unwrap_or(0),
                    tokens: token.values_for_doc(doc).collect(),
                })
            })
            .collect();
        let ids: Vec<i64> = documents.clone().map(|doc| ids.first(doc).unwrap_or(0).cast_signed()).collect();
        let mut by_id: Vec<DocId> = documents.clone().collect();
        by_id.sort_unstable_by_key(|doc| ids[*doc as usize]);
        Ok(Self {
            updated: documents.map(|doc| updated.first(doc).unwrap_or(i64::MIN)).collect(),
            ids,
            class,
            classes: classes.list().to_vec(),
            by_id,
        })
    }
}
