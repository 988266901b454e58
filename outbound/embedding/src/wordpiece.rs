//! Text to the numbers of its tokens, as the model was taught to read: lower case, no accents, pieces of words.
//!
//! The same as the `tokenizers` library with the model's `tokenizer.json`, but lazy: of a long text no more is looked
//! at than the model reads. Compared code point by code point, all but 693 of 1,112,064 give the same tokens; those were
//! named or moved to another category by Unicode after the library took its tables.

mod normal;

use std::collections::HashMap;

use normal::{Bit, bits};

const UNKNOWN: u32 = 100;
const BEGIN: u32 = 101;
const END: u32 = 102;
/// Names that the library takes for the tokens themselves, wherever they stand in a text.
const SPECIAL: [(&str, u32); 5] =
    [("[PAD]", 0), ("[UNK]", UNKNOWN), ("[CLS]", BEGIN), ("[SEP]", END), ("[MASK]", 103)];
/// A longer word is not taken to pieces.
const LONGEST_WORD: usize = 100;

/// The words and pieces of words that the model knows.
#[derive(Debug)]
pub(crate) struct WordPiece {
    beginnings: HashMap<Box<str>, u32>,
    continuations: HashMap<Box<str>, u32>,
    longest: usize,
}

impl WordPiece {
    /// From a vocabulary, one token a line; its number is that of the line.
    pub(crate) fn new(vocabulary: &str) -> Self {
        let mut wordpiece = Self { beginnings: HashMap::new(), continuations: HashMap::new(), longest: 0 };
        for (number, token) in (0..).zip(vocabulary.lines()) {
            let (map, token) = match token.strip_prefix("##") {
                Some(rest) if !rest.is_empty() => (&mut wordpiece.continuations, rest),
                _ => (&mut wordpiece.beginnings, token),
            };
            wordpiece.longest = wordpiece.longest.max(token.len());
            map.insert(token.into(), number);
        }
        wordpiece
    }

    /// How many tokens there are.
    pub(crate) fn len(&self) -> usize {
        self.beginnings.len() + self.continuations.len()
    }

    /// The tokens of a text, at most so many, with those that mark its beginning and its end.
    pub(crate) fn tokens(&self, text: &str, most: usize) -> Vec<u32> {
        let mut tokens = Vec::with_capacity(most.min(text.len() / 2 + 2));
        tokens.push(BEGIN);
        let mut rest = text;
        while !rest.is_empty() && tokens.len() < most - 1 {
            let (plain, special, after) = split_at_special(rest);
            self.add_plain(plain, &mut tokens, most - 1);
            tokens.extend(special);
            rest = after;
        }
        tokens.truncate(most - 1);
        tokens.push(END);
        tokens
    }

    fn add_plain(&self, text: &str, tokens: &mut Vec<u32>, most: usize) {
        let mut word = Word::default();
        for bit in bits(text) {
            if tokens.len() >= most {
                return;
            }
            match bit {
                Bit::Letter(letter) => word.push(letter),
                Bit::Space => self.add_word(&mut word, tokens),
                Bit::Mark(mark) => {
                    self.add_word(&mut word, tokens);
                    word.push(mark);
                    self.add_word(&mut word, tokens);
                }
            }
        }
        self.add_word(&mut word, tokens);
    }

    /// Adds a word's pieces, or the one token for what cannot be taken to pieces.
    fn add_word(&self, word: &mut Word, tokens: &mut Vec<u32>) {
        if word.letters > LONGEST_WORD {
            tokens.push(UNKNOWN);
        } else {
            let before = tokens.len();
            let mut rest = word.text.as_str();
            let mut map = &self.beginnings;
            while !rest.is_empty() {
                let Some((token, length)) = longest_piece(map, rest, self.longest) else {
                    tokens.truncate(before);
                    tokens.push(UNKNOWN);
                    break;
                };
                tokens.push(token);
                rest = &rest[length..];
                map = &self.continuations;
            }
        }
        word.text.clear();
        word.letters = 0;
    }
}

/// A word that is being read. Letters that make it too long are counted, not kept.
#[derive(Default)]
struct Word {
    text: String,
    letters: usize,
}

impl Word {
    fn push(&mut self, letter: char) {
        self.letters += 1;
        if self.letters <= LONGEST_WORD {
            self.text.push(letter);
        }
    }
}

fn longest_piece(map: &HashMap<Box<str>, u32>, text: &str, longest: usize) -> Option<(u32, usize)> {
    let mut length = text.floor_char_boundary(longest);
    while length > 0 {
        if let Some(token) = map.get(&text[..length]) {
            return Some((*token, length));
        }
        length = text.floor_char_boundary(length - 1);
    }
    None
}

/// What stands before the first special name, its token, and what stands after it.
fn split_at_special(text: &str) -> (&str, Option<u32>, &str) {
    for (at, _) in text.match_indices('[') {
        for (name, token) in SPECIAL {
            if let Some(after) = text[at..].strip_prefix(name) {
                return (&text[..at], Some(token), after);
            }
        }
    }
    (text, None, "")
}

#[cfg(test)]
mod tests;
