//! Notion's ids: 128 bits in hexadecimal, written with dashes, without them, or at the end of an address.

use std::fmt;

/// The id of a page, a block, a data source or a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Id(u128);

/// Hexadecimal digits of an id.
const DIGITS: usize = 32;

impl Id {
    /// Reads an id with or without dashes; nothing else may stand around it.
    pub(super) fn read(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|letter| *letter != '-').collect();
        let is_id = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u128::from_str_radix(&digits, 16).ok().filter(|_| is_id).map(Self)
    }

    /// The same, also at the end of an address as people copy it.
    pub(super) fn from_words(words: &str) -> Option<Self> {
        let words = words.trim();
        if let Some(id) = Self::read(words) {
            return Some(id);
        }
        let path = words.strip_prefix("https://")?.split(['?', '#']).next()?.trim_end_matches('/');
        let last = path.rsplit('/').next()?;
        let start = last.len().checked_sub(DIGITS)?;
        Self::read(last.get(start..)?).or_else(|| Self::read(last))
    }

    /// Without dashes, as it stands in addresses.
    pub(super) fn plain(self) -> String {
        format!("{:032x}", self.0)
    }

    /// The end of it: ids that were made one after the other begin alike.
    pub(super) fn short(self) -> String {
        format!("{:08x}", self.0 & 0xffff_ffff)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.plain();
        let parts = [&plain[..8], &plain[8..12], &plain[12..16], &plain[16..20], &plain[20..]];
        f.write_str(&parts.join("-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_in_all_its_spellings_and_written_with_dashes() {
        let written = "59833787-2cf9-4fdf-8782-e53db20768a5";
        for spelling in [
            written,
            "598337872cf94fdf8782e53db20768a5",
            "https://app.notion.com/p/Harbour-weekly-598337872cf94fdf8782e53db20768a5?pvs=4",
            "https://www.notion.so/59833787-2cf9-4fdf-8782-e53db20768a5#part",
        ] {
            assert_eq!(Id::from_words(spelling).unwrap().to_string(), written, "{spelling}");
        }
        assert_eq!(Id::read(written).unwrap().short(), "b20768a5");
        for odd in [
            "",
            "MTG-42",
            "598337872cf94fdf8782e53db20768a",
            "https://x.example/",
            "+9833787-2cf9-4fdf-8782-e53db20768a5é",
        ] {
            assert_eq!(Id::from_words(odd), None, "{odd}");
        }
    }
}
