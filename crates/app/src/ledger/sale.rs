use ::orders::Order;
use kernel::Zone;
use ledger::{BasisLine, Buyer, Sale};

/// An order as earn rules look at it: on its own business date, by the cash of its lines.
pub(crate) fn sale_of(order: &Order, zone: Zone) -> Sale<'_> {
    let lines = order.lines.iter().map(|line| BasisLine {
        line_no: line.line_no,
        product: line.product_ref.as_ref(),
        category: line.category.as_ref(),
        cash: line.cash,
    });
    Sale {
        buyer: Buyer { household: order.household, member: order.person, date: zone.date_of(order.ordered_at) },
        sold_at: order.ordered_at,
        basis: order.cash,
        lines: lines.collect(),
    }
}
