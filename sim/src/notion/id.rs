//! Ids. Those of the made-up company carry, scrambled, the number of their page and of their place in it: a block is
//! found by its id without a list of all blocks.

use crate::world::Chance;

const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
const ODD_INVERSE: u64 = inverse(ODD);
/// Bits of the place within a page.
const PLACE_BITS: u32 = 20;

/// The number with which the product is 1; each step doubles the bits that are right.
const fn inverse(odd: u64) -> u64 {
    let mut guess = odd;
    let mut step = 0;
    while step < 6 {
        guess = guess.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(guess)));
        step += 1;
    }
    guess
}

/// Makes ids, and reads those that it made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mint {
    key: u64,
}

impl Mint {
    pub(super) fn of(seed: u64) -> Self {
        Self { key: Chance::of(seed, &[31]).number() }
    }

    /// The id of a page (place 0) or of what stands at a place in it.
    pub(super) fn id(self, page: u32, place: u32) -> String {
        let code = (u64::from(page) << PLACE_BITS) | u64::from(place);
        let folded = (code ^ self.key).wrapping_mul(ODD);
        let mixed = (folded ^ (folded >> 32)).wrapping_mul(ODD);
        let filling = Chance::of(self.key, &[code]).number();
        uuid(
            (mixed & 0xffff_ffff_ffff_0000) | (filling & 0xfff),
            (filling & 0x0fff_0000_0000_0000) | ((mixed & 0xffff) << 32) | (filling & 0xffff_ffff),
        )
    }

    /// The number of the page whose id this is, or whose block's; any other id gives any number.
    pub(super) fn page(self, id: &str) -> Option<u32> {
        let hex = id.replace('-', "");
        let all = u128::from_str_radix(&hex, 16).ok().filter(|_| hex.len() == 32)?;
        let high = u64::try_from(all >> 64).ok()?;
        let low = u64::try_from(all & u128::from(u64::MAX)).ok()?;
        let mixed = (high & 0xffff_ffff_ffff_0000) | ((low >> 32) & 0xffff);
        let folded = mixed.wrapping_mul(ODD_INVERSE);
        let code = (folded ^ (folded >> 32)).wrapping_mul(ODD_INVERSE) ^ self.key;
        u32::try_from(code >> PLACE_BITS).ok()
    }
}

/// An id for what is no page and no block: of which kind, and the how manieth.
pub(super) fn other(seed: u64, kind: u64, number: u64) -> String {
    let mut chance = Chance::of(seed, &[32, kind, number]);
    uuid(chance.number(), chance.number())
}

/// Version 4, as the vendor's ids have it.
fn uuid(high: u64, low: u64) -> String {
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        (low >> 48) & 0xfff,
        low & 0xffff_ffff_ffff
    )
}

/// The id as it is held: the vendor takes those without hyphens too.
pub(super) fn canonical(given: &str) -> String {
    let hex: String = given.chars().filter(|letter| *letter != '-').collect();
    if hex.len() != 32 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return given.to_owned();
    }
    let hex = hex.to_lowercase();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_page() {
        let mint = Mint::of(1);
        for (page, place) in [(0, 0), (1, 0), (7, 900_000), (u32::MAX, 3), (40_000, 12)] {
            let id = mint.id(page, place);
            assert_eq!(id.len(), 36);
            assert_eq!(mint.page(&id), Some(page), "{id}");
            assert_eq!(canonical(&id.replace('-', "").to_uppercase()), id);
        }
        assert_ne!(mint.id(1, 0), Mint::of(2).id(1, 0));
        assert_eq!(mint.page("block1"), None);
    }
}
