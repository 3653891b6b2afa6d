use std::collections::BTreeSet;

use kernel::ExternalRef;

use crate::{PayRequestBook, PayRequestState, understand::BasketLine};

/// How many of her newest requests say what is usual: what she liked two years ago is not.
pub const MAX_USUAL_FROM: u64 = 20;

/// What 老样子 means for a senior: of the baskets she had at least twice among these, the one she had most often, and of several the newest.
/// Nothing when there is none, and then she is asked. What was called off, or never paid, is no habit.
///
/// `newest_first` are her requests, at most [`MAX_USUAL_FROM`].
#[must_use]
pub fn usual_basket(newest_first: &[PayRequestBook]) -> Vec<BasketLine> {
    let had: Vec<&PayRequestBook> = newest_first.iter().filter(|book| was_had(book)).collect();
    let times = |wanted: &PayRequestBook| had.iter().filter(|book| basket(book) == basket(wanted)).count();
    // Of equals `max_by_key` takes the last: so from the oldest on.
    let most = had.iter().rev().map(|book| (times(book), book)).max_by_key(|(times, _)| *times);
    let usual = most.filter(|(times, _)| *times > 1).map(|(_, book)| book.lines.as_slice()).unwrap_or_default();
    usual.iter().map(|line| BasketLine { product_ref: line.product_ref.clone(), quantity: line.quantity }).collect()
}

fn was_had(book: &PayRequestBook) -> bool {
    match book.request.state_at(book.changed_at) {
        PayRequestState::Paid | PayRequestState::RefundedPartly | PayRequestState::PayAtPickUp => true,
        PayRequestState::Draft
        | PayRequestState::Asked
        | PayRequestState::Claimed { .. }
        | PayRequestState::Declined
        | PayRequestState::Expired
        | PayRequestState::Cancelled
        | PayRequestState::Refunded => false,
    }
}

/// The same things, in whatever order they were said.
fn basket(book: &PayRequestBook) -> BTreeSet<(&ExternalRef, i64)> {
    book.lines.iter().map(|line| (&line.product_ref, line.quantity.thousandths())).collect()
}

#[cfg(test)]
mod tests {
    use kernel::{Currency, Money};

    use super::usual_basket;
    use crate::{
        NewPayRequest, PayLine, PayRequest, PayRequestBook,
        testing::{at, id},
        understand::Quantity,
    };

    /// A request of some products, a unit each; one she had is paid at pick-up.
    fn book(products: &[&str], was_had: bool) -> PayRequestBook {
        let amount = Money::from_minor(100, Currency::Cny).expect("an amount");
        let mut request = PayRequest::draft(NewPayRequest {
            id: id(1),
            household: id(2),
            asked_by: id(3),
            amount,
            payers: vec![id(11)],
            cut_off: at(240),
        });
        request.ask(at(0)).expect("asked");
        if was_had { request.pay_at_pick_up() } else { request.cancel() }.expect("ended");
        let line = |product: &&str| PayLine {
            product_ref: product.parse().expect("a number"),
            name: product.parse().expect("a name"),
            quantity: Quantity::from_thousandths(1_000).expect("a quantity"),
            unit: "斤".parse().expect("a unit"),
            price: amount,
            amount,
        };
        PayRequestBook {
            request,
            lines: products.iter().map(line).collect(),
            pick_up: None,
            payers: Vec::new(),
            is_reserved: was_had,
            mandate: None,
            version: 2,
            changed_at: at(1),
        }
    }

    fn usual(newest_first: &[(&[&str], bool)]) -> Vec<String> {
        let books: Vec<_> = newest_first.iter().map(|(products, was_had)| book(products, *was_had)).collect();
        usual_basket(&books).iter().map(|line| line.product_ref.to_string()).collect()
    }

    #[test]
    fn is_what_she_had_most_often_and_at_least_twice() {
        let (eggs, rice): (&[&str], &[&str]) = (&["E01"], &["F01", "R01"]);
        assert_eq!(usual(&[]), [""; 0]);
        assert_eq!(usual(&[(eggs, true), (rice, true)]), [""; 0], "once is no habit");
        assert_eq!(usual(&[(eggs, true), (rice, true), (eggs, true)]), ["E01"]);
        assert_eq!(usual(&[(eggs, true), (eggs, true), (rice, true), (rice, true), (rice, true)]), ["F01", "R01"]);
        assert_eq!(
            usual(&[(rice, true), (eggs, true), (eggs, true), (rice, true)]),
            ["F01", "R01"],
            "the newest of two"
        );
        assert_eq!(usual(&[(&["R01", "F01"], true), (rice, true)]), ["R01", "F01"], "in whatever order it was said");
    }

    #[test]
    fn is_nothing_that_was_called_off() {
        assert_eq!(usual(&[(&["E01"], false), (&["E01"], true), (&["E01"], false)]), [""; 0]);
    }
}
