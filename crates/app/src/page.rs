/// Which part of a list is asked for: a direction, a size, and the item to go on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page<K> {
    /// The first `size` items, after one when it is given.
    Forward {
        /// How many at most.
        size: PageSize,
        /// Go on after this one.
        after: Option<K>,
    },
    /// The last `size` items, before one when it is given. Listed in the same order as forward.
    Backward {
        /// How many at most.
        size: PageSize,
        /// Go back from this one.
        before: Option<K>,
    },
}

/// How many items a page may have: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u8);

impl PageSize {
    /// The largest page.
    pub const MAX: u8 = 100;

    /// `None` outside 1 to [`PageSize::MAX`].
    #[must_use]
    pub fn new(size: i64) -> Option<Self> {
        u8::try_from(size).ok().filter(|size| (1..=Self::MAX).contains(size)).map(Self)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }

    /// One more than asked for, to learn whether there are more.
    pub(crate) fn with_lookahead(self) -> u64 {
        u64::from(self.0) + 1
    }
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paged<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Whether there are more in the direction that was asked for.
    pub has_more: bool,
}

impl<T> Paged<T> {
    /// Cuts the look-ahead item off again.
    pub(crate) fn cut<K>(mut items: Vec<T>, page: Page<K>) -> Self {
        let (size, is_forward) = match page {
            Page::Forward { size, .. } => (usize::from(size.get()), true),
            Page::Backward { size, .. } => (usize::from(size.get()), false),
        };
        let has_more = items.len() > size;
        if has_more {
            let surplus = if is_forward { items.len() - 1 } else { 0 };
            items.remove(surplus);
        }
        Self { items, has_more }
    }
}

#[cfg(test)]
mod tests {
    use super::{Page, PageSize, Paged};

    #[test]
    fn a_page_has_1_to_100_items() {
        assert_eq!(PageSize::new(0), None);
        assert_eq!(PageSize::new(101), None);
        assert_eq!(PageSize::new(-1), None);
        assert_eq!(PageSize::new(100).map(PageSize::get), Some(100));
    }

    #[test]
    fn the_item_looked_ahead_at_is_cut_at_the_far_end() {
        let size = PageSize::new(2).unwrap();
        let forward: Page<()> = Page::Forward { size, after: None };
        let backward: Page<()> = Page::Backward { size, before: None };

        assert_eq!(Paged::cut(vec![1, 2, 3], forward), Paged { items: vec![1, 2], has_more: true });
        assert_eq!(Paged::cut(vec![1, 2, 3], backward), Paged { items: vec![2, 3], has_more: true });
        assert_eq!(Paged::cut(vec![1, 2], forward), Paged { items: vec![1, 2], has_more: false });
    }
}
