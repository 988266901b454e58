//! The pieces of a document that get a vector.

use sha2::{Digest, Sha256};

use super::document::{Document, DocumentId, Revision, hex};

/// Which piece of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Piece {
    /// The title alone.
    Title,
    /// Title and cleaned body, as far as the model reads.
    Text,
}

impl Piece {
    /// The word in columns.
    pub fn word(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Text => "text",
        }
    }

    /// The piece a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Title, Self::Text].into_iter().find(|piece| piece.word() == word)
    }
}

/// A piece of text before it has a vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Which piece.
    pub piece: Piece,
    /// What the model reads.
    pub text: String,
}

/// How many characters of a text are worth handing over: the model reads 128 tokens of it.
const MODEL_READS: usize = 2_000;

impl Passage {
    /// The passages of a document.
    pub fn of(document: &Document) -> Vec<Self> {
        let mut text = document.title.clone();
        text.push_str(". ");
        text.push_str(&prose(&document.body, MODEL_READS));
        vec![Self { piece: Piece::Title, text: document.title.clone() }, Self { piece: Piece::Text, text }]
    }

    /// What the model reads of a question: a title and a text, if it has several lines, made up as those of documents.
    pub fn question(text: &str) -> String {
        let text = text.trim();
        let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
        let rest = prose(rest, MODEL_READS);
        if rest.is_empty() { title.trim().to_owned() } else { format!("{}. {rest}", title.trim()) }
    }

    /// SHA-256 of the text, in hex: a passage whose hash has a vector already is not embedded again.
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(self.text.as_bytes()))
    }
}

/// Markdown without its marks, up to about so many characters: what a language model makes sense of.
pub fn prose(markdown: &str, most: usize) -> String {
    let mut out = String::with_capacity(most.min(markdown.len()) + 64);
    for line in markdown.lines() {
        let line = line.trim_start_matches(['#', '>', ' ', '-', '*', '|', '`', '~']).trim();
        if line.is_empty() {
            continue;
        }
        out.extend(line.chars().filter(|c| !matches!(c, '*' | '`' | '|' | '\\')));
        out.push(' ');
        if out.len() >= most {
            break;
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// A passage's vector as the store keeps it: whole numbers from -127 to 127 times `scale`.
#[derive(Debug, Clone, PartialEq)]
pub struct PassageVector {
    /// Of which document.
    pub document: DocumentId,
    /// Of which piece.
    pub piece: Piece,
    /// The numbers, one a dimension.
    pub numbers: Vec<i8>,
    /// What to multiply them by.
    pub scale: f32,
    /// The write that stored it.
    pub revision: Revision,
}

impl PassageVector {
    /// Squeezes a vector into a byte a dimension.
    pub fn squeeze(vector: &[f32]) -> (Vec<i8>, f32) {
        let largest = vector.iter().fold(0_f32, |most, number| most.max(number.abs()));
        if largest == 0.0 {
            return (vec![0; vector.len()], 0.0);
        }
        let scale = largest / 127.0;
        #[expect(clippy::cast_possible_truncation, reason = "rounded and within -127..=127 by the scale")]
        let numbers = vector.iter().map(|number| (number / scale).round() as i8).collect();
        (numbers, scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_squeezed_vector_points_where_it_pointed() {
        let vector: Vec<f32> = (0..384_u16).map(|i| (f32::from(i) * 0.37).sin()).collect();
        let (numbers, scale) = PassageVector::squeeze(&vector);
        let dot: f32 = vector.iter().zip(&numbers).map(|(a, b)| a * f32::from(*b) * scale).sum();
        let norm = |v: f32| v.sqrt();
        let own: f32 = norm(vector.iter().map(|a| a * a).sum());
        let other: f32 = norm(numbers.iter().map(|b| (f32::from(*b) * scale).powi(2)).sum());
        assert!(dot / (own * other) > 0.9999);
    }
}
