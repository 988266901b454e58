//! How many issues a page is asked for: halved when a page takes too long or is too large, doubled again when all goes
//! well.

/// No page is asked for fewer because it takes too long, unless the settings do.
const SMALLEST: u32 = 10;
/// Good pages in a row that make a halved size grow again.
const GOOD_PAGES: u32 = 20;

/// The size of the pages of one walk.
#[derive(Debug)]
pub(crate) struct PageSize {
    now: u32,
    most: u32,
    good: u32,
}

impl PageSize {
    pub(crate) fn new(most: u32) -> Self {
        Self { now: most, most, good: 0 }
    }

    pub(crate) fn now(&self) -> u32 {
        self.now
    }

    pub(crate) fn halve(&mut self) {
        self.now = (self.now / 2).max(SMALLEST.min(self.now));
        self.good = 0;
    }

    /// Halves it down to a single issue; `false` if it is that already.
    pub(crate) fn shrink(&mut self) -> bool {
        let can_shrink = self.now > 1;
        self.now = (self.now / 2).max(1);
        self.good = 0;
        can_shrink
    }

    pub(crate) fn good(&mut self) {
        self.good += 1;
        if self.good >= GOOD_PAGES {
            self.now = (self.now * 2).min(self.most);
            self.good = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_shrink_to_ten_and_grow_again_after_twenty_good_ones() {
        let mut size = PageSize::new(100);
        let sizes: Vec<u32> = (0..5)
            .map(|_| {
                size.halve();
                size.now()
            })
            .collect();
        assert_eq!(sizes, [50, 25, 12, 10, 10]);
        (0..19).for_each(|_| size.good());
        assert_eq!(size.now(), 10);
        size.good();
        assert_eq!(size.now(), 20);
        (0..200).for_each(|_| size.good());
        assert_eq!(size.now(), 100);
    }

    #[test]
    fn pages_that_are_too_large_shrink_to_one_and_slow_ones_of_few_stay() {
        let mut size = PageSize::new(100);
        let mut sizes = Vec::new();
        while size.shrink() {
            sizes.push(size.now());
        }
        assert_eq!(sizes, [50, 25, 12, 6, 3, 1]);
        size.halve();
        assert_eq!(size.now(), 1);
        (0..20).for_each(|_| size.good());
        assert_eq!(size.now(), 2);
    }
}
