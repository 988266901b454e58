//! The scoring: every document with a word of the question, exactly. What the viewer may not see is left out before
//! anything is counted, rarity and mean lengths included, so that no score tells of it.

use daybook_core::model::audience::Viewer;
use daybook_core::model::document::DocumentId;
use daybook_core::model::hit::{Filter, Ranked, Scored};
use daybook_core::ports::keywords::WordQuery;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::TermInfo;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, Term};

use super::shape::Shape;
use super::terms;
use super::view::{Part, View};
use crate::marks::{Allowed, Classes, Gate};
use crate::ranking::{Spread, by_score, keep_best};

/// Measured on real duplicates: the title says most; comments help, and are long.
const WEIGHTS: [f32; 3] = [8.0, 1.0, 1.0];
const LENGTHS: [f32; 3] = [0.5, 0.75, 0.75];
const K1: f32 = 1.2;
/// The best so many words of a long question: more cost time and find nothing.
const MOST_TERMS: usize = 30;
/// What a document gets whose very key is in the question: more than any words can give.
const KEY: f32 = 1_000.0;

/// A word of the question: where its postings are in each segment and field.
struct Word {
    weight: f32,
    text: String,
    places: Vec<[Option<TermInfo>; 3]>,
}

/// A segment while it is scored.
struct Sheet<'a> {
    part: &'a Part,
    allowed: Vec<Allowed>,
    scores: Vec<f32>,
    /// Documents with a score.
    found: Vec<DocId>,
    /// Of the word at hand: the documents with it, and its weighed frequency in each, saturated.
    holders: Vec<(DocId, f32)>,
    frequencies: Vec<f32>,
}

pub(super) fn search(view: &View, shape: &Shape, query: &WordQuery<'_>) -> tantivy::Result<Ranked> {
    let gate = Gate::new(query.filter, query.viewer);
    let mut sheets: Vec<Sheet<'_>> = view.parts.iter().map(|part| Sheet::new(part, &gate)).collect();
    let (visible, norms) = norms(&sheets);
    let (words, keys) = terms::question(query.text);
    for word in best_words(view, shape, words)? {
        add_word(&mut sheets, &word, visible, &norms)?;
    }
    let mut spread = Spread::default();
    let mut scored = Vec::new();
    let mut considered = 0;
    for sheet in &sheets {
        considered += sheet.considered(&gate);
        for doc in sheet.found.iter().copied().filter(|doc| sheet.passes(*doc, &gate)) {
            let score = sheet.scores[doc as usize];
            spread.add(score);
            scored.push(Scored { id: DocumentId(sheet.part.rows.ids[doc as usize]), score });
        }
    }
    let named = named(&sheets, shape, &keys, &gate)?;
    let also = also(&sheets, query.also, &gate);
    Ok(answer(scored, &named, also, query.take, |scored| spread.ranked(scored, considered)))
}

/// How many documents a viewer may see.
pub(super) fn count(view: &View, viewer: &Viewer) -> u64 {
    let gate = Gate::new(&Filter::default(), viewer);
    let seen = |part: &Part| -> u64 {
        let allowed = Classes::allowed(&part.rows.classes, &gate);
        let totals = part.totals.iter().zip(allowed).filter(|(_, allowed)| *allowed != Allowed::Hidden);
        totals.map(|(total, _)| total.documents).sum()
    };
    view.parts.iter().map(seen).sum()
}

/// Puts the answer in order: documents named by their key, the best by words, whoever else was asked about.
fn answer(
    mut scored: Vec<Scored>,
    named: &[Scored],
    also: Vec<Scored>,
    take: usize,
    ranked: impl FnOnce(Vec<Scored>) -> Ranked,
) -> Ranked {
    keep_best(&mut scored, take);
    scored.retain(|found| named.iter().all(|named| named.id != found.id));
    scored.extend(named.iter().map(|named| Scored { id: named.id, score: named.score + KEY }));
    scored.sort_unstable_by(by_score);
    scored.truncate(take);
    let mut taken: Vec<DocumentId> = scored.iter().map(|scored| scored.id).collect();
    taken.sort_unstable();
    scored.extend(also.into_iter().filter(|other| taken.binary_search(&other.id).is_err()).map(|other| {
        let bonus = if named.iter().any(|named| named.id == other.id) { KEY } else { 0.0 };
        Scored { id: other.id, score: other.score + bonus }
    }));
    // A key counts for the order, not for the spread: it would flatten every other score.
    let mut ranked = ranked(scored);
    if !named.is_empty() && ranked.deviation <= f32::EPSILON {
        ranked.deviation = 1.0;
    }
    ranked
}

impl<'a> Sheet<'a> {
    fn new(part: &'a Part, gate: &Gate) -> Self {
        let length = part.rows.ids.len();
        Self {
            part,
            allowed: Classes::allowed(&part.rows.classes, gate),
            scores: vec![0.0; length],
            found: Vec::new(),
            holders: Vec::new(),
            frequencies: vec![0.0; length],
        }
    }

    fn allowed(&self, doc: DocId) -> Allowed {
        self.allowed[self.part.rows.class[doc as usize] as usize]
    }

    fn passes(&self, doc: DocId, gate: &Gate) -> bool {
        self.allowed(doc) == Allowed::Admitted
            && gate.is_within(self.part.rows.updated[doc as usize])
            && self.part.is_alive(doc)
    }

    fn considered(&self, gate: &Gate) -> u64 {
        if gate.has_times() {
            return self.part.segment.doc_ids_alive().filter(|doc| self.passes(*doc, gate)).count() as u64;
        }
        let admitted = self.part.totals.iter().zip(&self.allowed).filter(|(_, a)| **a == Allowed::Admitted);
        admitted.map(|(total, _)| total.documents).sum()
    }

    /// Gathers the documents of one word, true BM25F: frequencies in all fields are weighed, summed, and only then
    /// made to saturate.
    fn gather(&mut self, places: &[Option<TermInfo>; 3], norms: &[[f32; 256]; 3]) -> tantivy::Result<()> {
        let mut documents = Vec::new();
        for (field, place) in places.iter().enumerate() {
            let Some(place) = place else { continue };
            let lengths = &self.part.lengths[field];
            let option = IndexRecordOption::WithFreqs;
            let mut block = self.part.texts[field].read_block_postings_from_terminfo(place, option)?;
            while !block.docs().is_empty() {
                for (doc, frequency) in block.docs().iter().zip(block.freqs()) {
                    #[expect(clippy::cast_precision_loss, reason = "a count in a formula")]
                    let weighed = *frequency as f32 * norms[field][usize::from(lengths.fieldnorm_id(*doc))];
                    let sum = &mut self.frequencies[*doc as usize];
                    if *sum <= 0.0 {
                        documents.push(*doc);
                    }
                    *sum += weighed;
                }
                block.advance();
            }
        }
        self.holders.clear();
        for doc in documents {
            let frequency = std::mem::take(&mut self.frequencies[doc as usize]);
            if self.allowed(doc) != Allowed::Hidden && self.part.is_alive(doc) {
                self.holders.push((doc, frequency * (K1 + 1.0) / (frequency + K1)));
            }
        }
        Ok(())
    }

    fn add(&mut self, factor: f32) {
        for (doc, frequency) in &self.holders {
            let score = &mut self.scores[*doc as usize];
            if *score <= 0.0 {
                self.found.push(*doc);
            }
            *score += factor * frequency;
        }
    }
}

fn add_word(
    sheets: &mut [Sheet<'_>],
    word: &Word,
    visible: f32,
    norms: &[[f32; 256]; 3],
) -> tantivy::Result<()> {
    let mut holders = 0;
    for (sheet, places) in sheets.iter_mut().zip(&word.places) {
        sheet.gather(places, norms)?;
        holders += sheet.holders.len();
    }
    let factor = word.weight * rarity(holders, visible);
    for sheet in sheets {
        sheet.add(factor);
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "counts in a formula")]
fn rarity(holders: usize, documents: f32) -> f32 {
    let holders = (holders as f32).min(documents);
    (1.0 + (documents - holders + 0.5) / (holders + 0.5)).ln()
}

/// How many documents the viewer may see, and for each field and each length as it is stored what a single occurrence
/// weighs.
#[expect(clippy::cast_precision_loss, reason = "counts in a formula")]
fn norms(sheets: &[Sheet<'_>]) -> (f32, [[f32; 256]; 3]) {
    let mut documents = 0;
    let mut sums = [0; 3];
    for sheet in sheets {
        for (total, allowed) in sheet.part.totals.iter().zip(&sheet.allowed) {
            if *allowed != Allowed::Hidden {
                documents += total.documents;
                sums.iter_mut().zip(total.lengths).for_each(|(sum, length)| *sum += length);
            }
        }
    }
    let mut norms = [[0.0; 256]; 3];
    for (field, norms) in norms.iter_mut().enumerate() {
        let average = (sums[field] as f32 / documents.max(1) as f32).max(1.0);
        for (norm, id) in norms.iter_mut().zip(0..=u8::MAX) {
            let length = FieldNormReader::id_to_fieldnorm(id) as f32;
            *norm = WEIGHTS[field] / (1.0 - LENGTHS[field] + LENGTHS[field] * length / average);
        }
    }
    (documents as f32, norms)
}

/// The words worth looking for: the best by weight and rarity.
fn best_words(
    view: &View,
    shape: &Shape,
    words: std::collections::HashMap<String, f32>,
) -> tantivy::Result<Vec<Word>> {
    #[expect(clippy::cast_precision_loss, reason = "counts in a formula")]
    let documents = view.documents as f32;
    let mut best = Vec::with_capacity(words.len());
    for (text, weight) in words {
        let terms = shape.texts.map(|field| Term::from_field_text(field, &text));
        let mut places = Vec::with_capacity(view.parts.len());
        let mut holders = [0; 3];
        for part in &view.parts {
            let mut place = [None, None, None];
            for (field, term) in terms.iter().enumerate() {
                place[field] = part.texts[field].get_term_info(term)?;
                holders[field] += place[field].as_ref().map_or(0, |info| info.doc_freq as usize);
            }
            places.push(place);
        }
        let holders = holders.into_iter().max().unwrap_or(0);
        if holders > 0 {
            best.push((weight * rarity(holders, documents), Word { weight, text, places }));
        }
    }
    best.sort_unstable_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| one.text.cmp(&other.text)));
    best.truncate(MOST_TERMS);
    Ok(best.into_iter().map(|(_, word)| word).collect())
}

/// The documents whose key is in the question.
fn named(sheets: &[Sheet<'_>], shape: &Shape, keys: &[String], gate: &Gate) -> tantivy::Result<Vec<Scored>> {
    let mut named = Vec::new();
    if keys.is_empty() {
        return Ok(named);
    }
    for sheet in sheets {
        let index = sheet.part.segment.inverted_index(shape.key)?;
        for key in keys {
            let term = Term::from_field_text(shape.key, key);
            let Some(mut block) = index.read_block_postings(&term, IndexRecordOption::Basic)? else {
                continue;
            };
            while !block.docs().is_empty() {
                let docs = block.docs().iter().copied().filter(|doc| sheet.passes(*doc, gate));
                named.extend(docs.map(|doc| sheet.scored(doc)));
                block.advance();
            }
        }
    }
    named.sort_unstable_by(by_score);
    named.dedup_by_key(|named| named.id);
    Ok(named)
}

impl Sheet<'_> {
    fn scored(&self, doc: DocId) -> Scored {
        Scored { id: DocumentId(self.part.rows.ids[doc as usize]), score: self.scores[doc as usize] }
    }
}

fn also(sheets: &[Sheet<'_>], also: &[DocumentId], gate: &Gate) -> Vec<Scored> {
    let mut wanted = also.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let place = |id: DocumentId| sheets.iter().find_map(|sheet| Some((sheet, sheet.part.find(id)?)));
    wanted
        .into_iter()
        .filter_map(place)
        .filter(|(sheet, doc)| sheet.passes(*doc, gate))
        .map(|(sheet, doc)| sheet.scored(doc))
        .collect()
}
