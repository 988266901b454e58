//! The scoring: every document with a word of the question, exactly, after filters and audience.

use std::collections::HashSet;

use daybook_core::model::document::DocumentId;
use daybook_core::model::hit::{Ranked, Scored};
use daybook_core::ports::keywords::WordQuery;
use tantivy::postings::Postings as _;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet as _, Searcher, SegmentReader, TERMINATED, Term};

use super::{Fields, terms};
use crate::marks::{Facets, Gate};
use crate::vectors::spread;

/// Measured on real duplicates: the title says most; comments help, and are long.
const WEIGHTS: [f32; 3] = [8.0, 1.0, 1.0];
const LENGTHS: [f32; 3] = [0.5, 0.75, 0.75];
const K1: f32 = 1.2;
/// The best so many words of a long question: more cost time and find nothing.
const MOST_TERMS: usize = 30;
/// What a document gets whose very key is in the question: more than any words can give.
const KEY: f32 = 1_000.0;

struct Word {
    text: String,
    weight: f32,
}

pub(super) fn search(searcher: &Searcher, fields: Fields, query: &WordQuery<'_>) -> tantivy::Result<Ranked> {
    let gate = Gate::new(query.filter, query.viewer);
    let texts = [fields.title, fields.body, fields.comments];
    let (words, keys) = terms::question(query.text);
    let words = best_words(searcher, texts, words)?;
    let averages = averages(searcher, texts)?;
    let mut scored = Vec::new();
    for segment in searcher.segment_readers() {
        let (passing, ids) = passing(segment, &gate)?;
        let mut scores = vec![0_f32; passing.len()];
        for word in &words {
            add_word(segment, texts, word, &averages, &mut scores)?;
        }
        for key in &keys {
            let term = Term::from_field_text(fields.key, key);
            each_posting(segment, fields.key, &term, |doc, _| scores[doc as usize] += KEY)?;
        }
        let here = scores.iter().zip(&passing).zip(&ids);
        scored.extend(
            here.filter(|((_, passes), _)| **passes)
                .map(|((score, _), id)| Scored { id: DocumentId(id.cast_signed()), score: *score }),
        );
    }
    Ok(ranked(scored, query))
}

/// The words worth looking for, each with its weight times its rarity.
fn best_words(
    searcher: &Searcher,
    texts: [Field; 3],
    words: std::collections::HashMap<String, f32>,
) -> tantivy::Result<Vec<Word>> {
    #[expect(clippy::cast_precision_loss, reason = "counts in a formula")]
    let documents = searcher.num_docs() as f32;
    let mut best = Vec::with_capacity(words.len());
    for (text, weight) in words {
        let mut holders = 0_u64;
        for field in texts {
            holders = holders.max(searcher.doc_freq(&Term::from_field_text(field, &text))?);
        }
        if holders == 0 {
            continue;
        }
        #[expect(clippy::cast_precision_loss, reason = "counts in a formula")]
        let holders = (holders as f32).min(documents);
        let rarity = (1.0 + (documents - holders + 0.5) / (holders + 0.5)).ln();
        best.push(Word { text, weight: weight * rarity });
    }
    best.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.text.cmp(&b.text)));
    best.truncate(MOST_TERMS);
    Ok(best)
}

fn averages(searcher: &Searcher, texts: [Field; 3]) -> tantivy::Result<[f32; 3]> {
    let mut averages = [1.0; 3];
    for (average, field) in averages.iter_mut().zip(texts) {
        let mut tokens = 0;
        for segment in searcher.segment_readers() {
            tokens += segment.inverted_index(field)?.total_num_tokens();
        }
        #[expect(clippy::cast_precision_loss, reason = "a mean")]
        let mean = tokens as f32 / searcher.num_docs().max(1) as f32;
        *average = mean.max(1.0);
    }
    Ok(averages)
}

/// Which documents of a segment pass, and the ids of all.
fn passing(segment: &SegmentReader, gate: &Gate) -> tantivy::Result<(Vec<bool>, Vec<u64>)> {
    let columns = segment.fast_fields();
    let (ids, updated) = (columns.u64("id")?, columns.i64("updated")?);
    let (source, project) = (columns.u64("source")?, columns.u64("project")?);
    let (state, category, tokens) = (columns.u64("state")?, columns.u64("category")?, columns.u64("token")?);
    let alive = segment.alive_bitset();
    let mut passing = Vec::with_capacity(segment.max_doc() as usize);
    let mut names = Vec::with_capacity(segment.max_doc() as usize);
    for doc in 0..segment.max_doc() {
        let facets = Facets {
            source: source.first(doc).unwrap_or(0),
            project: project.first(doc).unwrap_or(0),
            state: state.first(doc).unwrap_or(0),
            category: category.first(doc).unwrap_or(0),
            updated: updated.first(doc).unwrap_or(i64::MIN),
        };
        let is_alive = alive.is_none_or(|alive| alive.is_alive(doc));
        passing.push(is_alive && gate.admits(&facets, tokens.values_for_doc(doc)));
        names.push(ids.first(doc).unwrap_or(0));
    }
    Ok((passing, names))
}

/// BM25F: the word's frequencies in all fields are weighed, summed, and only then made to saturate.
fn add_word(
    segment: &SegmentReader,
    texts: [Field; 3],
    word: &Word,
    averages: &[f32; 3],
    scores: &mut [f32],
) -> tantivy::Result<()> {
    let mut weighed: Vec<(u32, f32)> = Vec::new();
    for (place, field) in texts.into_iter().enumerate() {
        let lengths = segment.get_fieldnorms_reader(field)?;
        let term = Term::from_field_text(field, &word.text);
        each_posting(segment, field, &term, |doc, frequency| {
            #[expect(clippy::cast_precision_loss, reason = "counts in a formula")]
            let (frequency, length) = (frequency as f32, lengths.fieldnorm(doc) as f32);
            let norm = 1.0 - LENGTHS[place] + LENGTHS[place] * length / averages[place];
            weighed.push((doc, WEIGHTS[place] * frequency / norm));
        })?;
    }
    weighed.sort_unstable_by_key(|(doc, _)| *doc);
    let mut rest = weighed.as_slice();
    while let Some((doc, _)) = rest.first() {
        let run = rest.iter().take_while(|(other, _)| other == doc).count();
        let frequency: f32 = rest[..run].iter().map(|(_, weighed)| weighed).sum();
        scores[*doc as usize] += word.weight * frequency * (K1 + 1.0) / (frequency + K1);
        rest = &rest[run..];
    }
    Ok(())
}

fn each_posting(
    segment: &SegmentReader,
    field: Field,
    term: &Term,
    mut each: impl FnMut(u32, u32),
) -> tantivy::Result<()> {
    let Some(mut postings) =
        segment.inverted_index(field)?.read_postings(term, IndexRecordOption::WithFreqs)?
    else {
        return Ok(());
    };
    let mut doc = postings.doc();
    while doc != TERMINATED {
        each(doc, postings.term_freq());
        doc = postings.advance();
    }
    Ok(())
}

fn ranked(mut scored: Vec<Scored>, query: &WordQuery<'_>) -> Ranked {
    let considered = scored.len() as u64;
    // A key counts for the order, not for the spread: it would flatten every other score.
    let (mean, deviation) = spread(scored.iter().map(|scored| scored.score % KEY), scored.len());
    let by_score = |a: &Scored, b: &Scored| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id));
    if query.take < scored.len() {
        scored.select_nth_unstable_by(query.take, by_score);
    }
    let rest = scored.split_off(query.take.min(scored.len()));
    scored.sort_unstable_by(by_score);
    // A document without a single word of the question is no answer of this side.
    scored.retain(|scored| scored.score > 0.0);
    let wanted: HashSet<DocumentId> = query.also.iter().copied().collect();
    let taken: HashSet<DocumentId> = scored.iter().map(|scored| scored.id).collect();
    scored.extend(rest.into_iter().filter(|other| wanted.contains(&other.id) && !taken.contains(&other.id)));
    Ranked { scored, mean, deviation, considered }
}
