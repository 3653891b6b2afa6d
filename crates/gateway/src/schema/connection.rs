//! Lists, the Relay way: a size, a direction, and a cursor nobody else can read anything into.

use app::{CountedList, Page, PageSize, Paged};
use async_graphql::{
    Context, Object, OutputType,
    connection::{Connection, CursorType, Edge, OpaqueCursor},
};
use serde::{Deserialize, Serialize};

use super::{
    Builder, communities, entitlements, ledger,
    nullable::{Nullable, nullable},
    session::app,
    staff,
};
use crate::refusal::Refusal;

/// A page of nodes.
pub(super) type ConnectionOf<T> = Connection<String, T, Total>;

/// How many items the whole list has.
pub(super) struct Total(CountedList);

#[Object]
impl Total {
    /// How many items the list has in all, counted only when it is asked for; it costs one more look-up. Null where a list grows without end,
    /// such as the audit log, and of a community's households, whose figures tell.
    async fn total_count(&self, ctx: &Context<'_>) -> Nullable<i32> {
        nullable(async {
            let count = app(ctx).count_list(self.0).await?;
            Ok(count.map(i32::try_from).transpose()?)
        })
        .await
    }
}

/// The four arguments of every list.
#[derive(Debug, Default)]
pub(super) struct PageArguments {
    pub(super) first: Option<i32>,
    pub(super) after: Option<String>,
    pub(super) last: Option<i32>,
    pub(super) before: Option<String>,
}

/// Where in a list: which list, so that a cursor of another is refused, and the key of the item.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Position {
    list: String,
    key: String,
}

/// Reads which page of a list is asked for.
///
/// # Errors
/// A [`Refusal`] unless exactly one of `first` and `last` is given, from 1 to 100, with a cursor of this very list or none.
pub(super) fn read_page<K>(
    list: &str,
    arguments: PageArguments,
    read_key: impl Fn(&str) -> Option<K>,
) -> Result<Page<K>, Refusal> {
    let cursor = |cursor: Option<String>| cursor.map(|cursor| read_cursor(list, &cursor, &read_key)).transpose();
    match arguments {
        PageArguments { first: Some(size), last: None, after, before: None } => {
            Ok(Page::Forward { size: read_size(size)?, after: cursor(after)? })
        }
        PageArguments { first: None, last: Some(size), after: None, before } => {
            Ok(Page::Backward { size: read_size(size)?, before: cursor(before)? })
        }
        _ => Err(Refusal::bad_input("BAD_PAGE", "give exactly one of first (with after) and last (with before)")),
    }
}

fn read_size(size: i32) -> Result<PageSize, Refusal> {
    PageSize::new(i64::from(size)).ok_or_else(|| Refusal::bad_input("BAD_PAGE", "first and last are 1 to 100"))
}

/// Reads a cursor of this very list.
///
/// # Errors
/// A [`Refusal`] for any other text.
pub(super) fn read_cursor<K>(list: &str, cursor: &str, read_key: impl Fn(&str) -> Option<K>) -> Result<K, Refusal> {
    let position = OpaqueCursor::<Position>::decode_cursor(cursor).ok().map(|OpaqueCursor(position)| position);
    position
        .filter(|position| position.list == list)
        .and_then(|position| read_key(&position.key))
        .ok_or_else(|| Refusal::bad_input("BAD_CURSOR", "the cursor is not one of this list"))
}

/// Writes the cursor of an item by its key.
pub(super) fn write_cursor(list: &str, key: String) -> String {
    OpaqueCursor(Position { list: list.to_owned(), key }).encode_cursor()
}

/// Puts a page into the Relay form.
pub(super) fn write_page<T, N: OutputType, K>(
    list: &str,
    page: &Page<K>,
    paged: Paged<T>,
    key: impl Fn(&T) -> String,
    node: impl Fn(T) -> N,
    counted: CountedList,
) -> ConnectionOf<N> {
    let (has_previous, has_next) = match page {
        Page::Forward { after, .. } => (after.is_some(), paged.has_more),
        Page::Backward { before, .. } => (paged.has_more, before.is_some()),
    };
    let mut connection = Connection::with_additional_fields(has_previous, has_next, Total(counted));
    connection.edges =
        paged.items.into_iter().map(|item| Edge::new(write_cursor(list, key(&item)), node(item))).collect();
    connection
}

/// The library's list types come without a sentence about what they are.
pub(super) fn describe(builder: Builder) -> Builder {
    builder
        .override_output_type_description::<ConnectionOf<entitlements::Perk>>("A page of perks.")
        .override_output_type_description::<ConnectionOf<entitlements::Grant>>("A page of a household's grants.")
        .override_output_type_description::<ConnectionOf<ledger::StatementLine>>("A page of a household's statement.")
        .override_output_type_description::<Edge<String, entitlements::Perk, async_graphql::connection::EmptyFields>>(
            "A perk and its place in the list.",
        )
        .override_output_type_description::<Edge<String, entitlements::Grant, async_graphql::connection::EmptyFields>>(
            "A grant and its place in the list.",
        )
        .override_output_type_description::<Edge<String, ledger::StatementLine, async_graphql::connection::EmptyFields>>(
            "A line and its place in the statement.",
        )
        .override_output_type_description::<ConnectionOf<staff::Webhook>>("A page of webhooks.")
        .override_output_type_description::<Edge<String, staff::Webhook, async_graphql::connection::EmptyFields>>(
            "A webhook and its place in the list.",
        )
        .override_output_type_description::<ConnectionOf<staff::WebhookDelivery>>("A page of deliveries.")
        .override_output_type_description::<Edge<String, staff::WebhookDelivery, async_graphql::connection::EmptyFields>>(
            "A delivery and its place in the list.",
        )
        .override_output_type_description::<ConnectionOf<staff::Approval>>("A page of proposed acts.")
        .override_output_type_description::<ConnectionOf<staff::StaffMember>>("A page of the staff.")
        .override_output_type_description::<ConnectionOf<staff::AuditLine>>("A page of the audit log.")
        .override_output_type_description::<Edge<String, staff::Approval, async_graphql::connection::EmptyFields>>(
            "A proposed act and its place in the list.",
        )
        .override_output_type_description::<Edge<String, staff::StaffMember, async_graphql::connection::EmptyFields>>(
            "One of the staff and their place in the list.",
        )
        .override_output_type_description::<Edge<String, staff::AuditLine, async_graphql::connection::EmptyFields>>(
            "A line and its place in the log.",
        )
        .override_output_type_description::<ConnectionOf<communities::Community>>("A page of communities.")
        .override_output_type_description::<Edge<String, communities::Community, async_graphql::connection::EmptyFields>>(
            "A community and its place in the list.",
        )
        .override_output_type_description::<ConnectionOf<communities::LedHousehold>>("A page of a community's households.")
        .override_output_type_description::<Edge<String, communities::LedHousehold, async_graphql::connection::EmptyFields>>(
            "A household and its place in the list.",
        )
}

#[cfg(test)]
mod tests {
    use app::{CountedList, Page};

    use super::{PageArguments, read_page, write_page};

    fn read(arguments: PageArguments) -> Result<Page<i64>, Option<&'static str>> {
        read_page("statement:hh_1", arguments, |key| key.parse().ok()).map_err(|refusal| refusal.reason)
    }

    fn first(size: i32) -> PageArguments {
        PageArguments { first: Some(size), ..PageArguments::default() }
    }

    #[test]
    fn asks_for_exactly_one_size_from_1_to_100() {
        assert!(read(first(1)).is_ok());
        assert!(read(first(100)).is_ok());
        for size in [0, -1, 101, i32::MAX, i32::MIN] {
            assert_eq!(read(first(size)), Err(Some("BAD_PAGE")), "{size}");
        }
        assert_eq!(read(PageArguments::default()), Err(Some("BAD_PAGE")));
        assert_eq!(read(PageArguments { last: Some(1), ..first(1) }), Err(Some("BAD_PAGE")));
        assert_eq!(read(PageArguments { before: Some(String::new()), ..first(1) }), Err(Some("BAD_PAGE")));
    }

    #[test]
    fn a_cursor_goes_on_where_its_page_ended_and_only_in_its_own_list() {
        let Ok(page) = read(first(2)) else { panic!("a page") };
        let paged = app::Paged { items: vec![9_i64, 8], has_more: true };
        let shown = write_page("statement:hh_1", &page, paged, i64::to_string, |no| no, CountedList::Uncounted);
        let end = shown.edges.last().map(|edge| edge.cursor.clone()).unwrap();
        assert!(shown.has_next_page);
        assert!(!shown.has_previous_page);

        let next = PageArguments { after: Some(end.clone()), ..first(2) };
        assert!(matches!(read(next), Ok(Page::Forward { after: Some(8), .. })));
        let elsewhere = PageArguments { after: Some(end.clone()), ..first(2) };
        let refused = read_page("statement:hh_2", elsewhere, |key| key.parse::<i64>().ok());
        assert_eq!(refused.map_err(|refusal| refusal.reason), Err(Some("BAD_CURSOR")));
        for cursor in ["", "!", "e30", &end[1..], &format!("{end}A")] {
            let edited = PageArguments { after: Some(cursor.to_owned()), ..first(2) };
            assert_eq!(read(edited), Err(Some("BAD_CURSOR")), "{cursor}");
        }
    }
}
