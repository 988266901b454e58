//! Chance that is the same for ever: the company must not change because a crate of random numbers did.

/// Numbers that follow from what they were begun with (`SplitMix64`).
#[derive(Debug, Clone)]
pub(crate) struct Chance {
    state: u64,
}

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Chance {
    /// Begins from a seed and what it is for.
    pub(crate) fn of(seed: u64, purpose: &[u64]) -> Self {
        let state = purpose.iter().fold(mixed(seed.wrapping_add(STEP)), |state, part| {
            mixed(state ^ part.wrapping_mul(STEP).wrapping_add(STEP))
        });
        Self { state }
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        mixed(self.state)
    }

    /// From 0 to one less than `end`; 0 if there is nothing to choose from.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.number() % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    /// From `low` to `high`, both possible.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high.saturating_sub(low)).unwrap_or(0).saturating_add(1);
        low.saturating_add(i64::try_from(self.number() % span).unwrap_or(0))
    }

    /// True so often in a hundred.
    pub(crate) fn percent(&mut self, often: u64) -> bool {
        self.number() % 100 < often
    }

    /// One of them; there must be one.
    pub(crate) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_beginning_gives_the_same_numbers() {
        let numbers = |purpose| {
            let mut chance = Chance::of(1, purpose);
            (0..4).map(|_| chance.below(1_000)).collect::<Vec<_>>()
        };
        assert_eq!(numbers(&[1, 2]), numbers(&[1, 2]));
        assert_ne!(numbers(&[1, 2]), numbers(&[2, 1]));
    }

    #[test]
    fn nothing_leaves_its_bounds() {
        let mut chance = Chance::of(7, &[]);
        for _ in 0..1_000 {
            assert!(chance.below(3) < 3);
            assert!((-2..=2).contains(&chance.between(-2, 2)));
        }
        assert_eq!(chance.below(0), 0);
        assert_eq!(chance.between(5, 5), 5);
    }
}
