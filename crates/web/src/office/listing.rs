use app::{Page, Paged};

/// The links to what stands before and after a part of a list.
#[derive(Debug, Default)]
pub(super) struct Around {
    /// To what stands before it.
    pub(super) before: Option<String>,
    /// To what stands after it.
    pub(super) after: Option<String>,
}

impl Around {
    /// By the place of the first and of the last row. `kept` is what else stands in the address, without `?`.
    pub(super) fn of<K, T>(
        path: &str,
        kept: &[(&str, &str)],
        page: &Page<K>,
        list: &Paged<T>,
        place: impl Fn(&T) -> String,
    ) -> Self {
        let link = |word: &str, row: Option<&T>| {
            let row = row?;
            let kept = kept.iter().filter(|(_, value)| !value.is_empty());
            let place = place(row);
            let query =
                form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).append_pair(word, &place).finish();
            Some(format!("{path}?{query}"))
        };
        let (has_before, has_after) = match page {
            Page::Forward { after, .. } => (after.is_some(), list.has_more),
            Page::Backward { before, .. } => (list.has_more, before.is_some()),
        };
        Self {
            before: link("before", list.items.first()).filter(|_| has_before),
            after: link("after", list.items.last()).filter(|_| has_after),
        }
    }
}

#[cfg(test)]
mod tests {
    use app::{Page, PageSize, Paged};

    use super::Around;

    fn around(page: Page<u8>, has_more: bool) -> [Option<String>; 2] {
        let list = Paged { items: vec![3, 4], has_more };
        let Around { before, after } =
            Around::of("/office/x", &[("q", "a b"), ("z", "")], &page, &list, ToString::to_string);
        [before, after]
    }

    #[test]
    fn leads_to_what_there_is() {
        let size = PageSize::new(2).unwrap();
        let (up, down) = (Some("/office/x?q=a+b&before=3".to_owned()), Some("/office/x?q=a+b&after=4".to_owned()));
        assert_eq!(around(Page::Forward { size, after: None }, false), [None, None]);
        assert_eq!(around(Page::Forward { size, after: None }, true), [None, down.clone()]);
        assert_eq!(around(Page::Forward { size, after: Some(2) }, true), [up.clone(), down.clone()]);
        assert_eq!(around(Page::Backward { size, before: Some(5) }, false), [None, down]);
        assert_eq!(around(Page::Backward { size, before: None }, true), [up, None]);
    }
}
