//! A text as letters, spaces and marks, after what the model's normaliser does to it.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// A bit of text.
pub(super) enum Bit {
    /// Part of a word.
    Letter(char),
    /// Between words.
    Space,
    /// A word by itself.
    Mark(char),
}

/// The bits of a text, one after the other.
pub(super) fn bits(text: &str) -> impl Iterator<Item = Bit> {
    text.chars()
        .filter(|letter| !is_rubbish(*letter))
        .flat_map(|letter| {
            let around = is_ideograph(letter).then_some(' ');
            around.into_iter().chain([letter]).chain(around)
        })
        .nfd()
        .filter(|letter| letter.is_ascii() || letter.general_category() != GeneralCategory::NonspacingMark)
        .flat_map(char::to_lowercase)
        .map(|letter| {
            if letter.is_whitespace() {
                Bit::Space
            } else if is_mark(letter) {
                Bit::Mark(letter)
            } else {
                Bit::Letter(letter)
            }
        })
}

fn is_rubbish(letter: char) -> bool {
    match letter {
        '\t' | '\n' | '\r' | ' '..='~' => false,
        '\u{fffd}' => true,
        // Unassigned ones stay: they are unknown, which is not the same as absent.
        _ => matches!(
            letter.general_category(),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::PrivateUse
                | GeneralCategory::Surrogate
        ),
    }
}

fn is_mark(letter: char) -> bool {
    letter.is_ascii_punctuation()
        || (!letter.is_ascii() && letter.general_category_group() == GeneralCategoryGroup::Punctuation)
}

/// Ideographs are read one by one.
fn is_ideograph(letter: char) -> bool {
    matches!(letter,
        '\u{4E00}'..='\u{9FFF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{20000}'..='\u{2A6DF}'
        | '\u{2A700}'..='\u{2B73F}'
        | '\u{2B740}'..='\u{2B81F}'
        | '\u{2B920}'..='\u{2CEAF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{2F800}'..='\u{2FA1F}')
}
