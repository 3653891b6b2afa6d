use db::idempotency::InputHash;
use kernel::{ExternalRef, Money, Points, Timestamp, split_by_weight};

use crate::{Cancelled, Order};

/// Money of an order went back to its payer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRefunded {
    /// The operator's number of the order.
    pub order_ref: ExternalRef,
    /// The operator's number of the refund, unique within the order.
    pub refund_ref: ExternalRef,
    /// When.
    pub refunded_at: Timestamp,
    /// How much, all tenders together. The lines sum to it.
    pub amount: Money,
    /// Of which lines; none when the order system does not say: then in proportion to what is left of each.
    pub lines: Vec<RefundLine>,
}

/// What was refunded of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundLine {
    /// The line's number in the order.
    pub line_no: u32,
    /// How much of it.
    pub amount: Money,
}

/// A refund as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The operator's number of it.
    pub refund_ref: ExternalRef,
    /// All tenders together.
    pub amount: Money,
    /// The part that was cash, by the split stored when the order was sold.
    pub cash: Money,
    /// The part that was points, by the same split.
    pub points: Points,
    /// When.
    pub refunded_at: Timestamp,
}

/// Why a refund cannot be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefundRefusal {
    /// Nothing is refunded.
    #[error("the refund is of nothing")]
    Nothing,
    /// The lines do not add up to the refund.
    #[error("the lines sum to {lines_minor} fen but the refund says {amount}")]
    LinesDoNotSum {
        /// The sum over the lines, in minor units.
        lines_minor: i64,
        /// What the refund says.
        amount: Money,
    },
    /// The order has no such line, or the refund names it twice.
    #[error("the order has no line {line_no} to refund, or it is named twice")]
    NoSuchLine {
        /// The line's number.
        line_no: u32,
    },
    /// More than was paid and is not refunded yet.
    #[error("only {left} is left to refund")]
    MoreThanPaid {
        /// What can still be refunded of the line or order.
        left: Money,
    },
    /// The order was called off: all of it went back already.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl OrderRefunded {
    /// The hash of the refund, to tell the same news from a contradiction.
    #[must_use]
    pub fn content_hash(&self) -> InputHash {
        let mut parts = vec![
            self.order_ref.to_string(),
            self.refund_ref.to_string(),
            self.refunded_at.timestamp_millis().to_string(),
            self.amount.minor().to_string(),
        ];
        for line in &self.lines {
            parts.push(line.line_no.to_string());
            parts.push(line.amount.minor().to_string());
        }
        InputHash::of(&parts.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

impl Order {
    /// A refund of everything that is left of the order. `None`: nothing is.
    #[must_use]
    pub fn refund_of_the_rest(&self, refund_ref: ExternalRef, refunded_at: Timestamp) -> Option<OrderRefunded> {
        let left: i64 = self.lines.iter().map(|line| line.left().minor()).sum();
        let amount = Money::from_minor(left, self.amount.currency()).expect("no more than the order");
        let order_ref = self.order_ref.clone();
        (left > 0).then_some(OrderRefunded { order_ref, refund_ref, refunded_at, amount, lines: Vec::new() })
    }

    /// Notes a refund on the order's lines and says how much of it was cash, and how much was points.
    ///
    /// # Errors
    /// [`RefundRefusal`]; the order is then unchanged.
    pub fn refund(&mut self, told: &OrderRefunded) -> Result<Refund, RefundRefusal> {
        self.check_not_cancelled()?;
        if told.amount.minor() == 0 {
            return Err(RefundRefusal::Nothing);
        }
        let parts = if told.lines.is_empty() { self.spread(told.amount)? } else { self.named(told)? };
        let (cash_before, points_before) = (self.refunded_cash_minor(), self.refunded_points());
        for (line, part) in self.lines.iter_mut().zip(parts) {
            let refunded = line.refunded.minor() + part;
            line.refunded = Money::from_minor(refunded, line.amount.currency()).expect("no more than the line");
        }
        let cash = Money::from_minor(self.refunded_cash_minor() - cash_before, told.amount.currency());
        Ok(Refund {
            refund_ref: told.refund_ref.clone(),
            amount: told.amount,
            cash: cash.expect("a larger refund never returns less cash"),
            points: self.refunded_points().minus(points_before).expect("a larger refund never returns fewer points"),
            refunded_at: told.refunded_at,
        })
    }

    /// The parts of a refund that names its lines, one per order line.
    fn named(&self, told: &OrderRefunded) -> Result<Vec<i64>, RefundRefusal> {
        let sum: i64 = told.lines.iter().map(|line| line.amount.minor()).sum();
        if sum != told.amount.minor() {
            return Err(RefundRefusal::LinesDoNotSum { lines_minor: sum, amount: told.amount });
        }
        let mut parts = vec![0; self.lines.len()];
        for refund_line in &told.lines {
            let line_no = refund_line.line_no;
            let index = self.lines.iter().position(|line| line.line_no == line_no);
            let index = index.filter(|&index| parts[index] == 0).ok_or(RefundRefusal::NoSuchLine { line_no })?;
            let left = self.lines[index].left();
            if refund_line.amount.minor() > left.minor() {
                return Err(RefundRefusal::MoreThanPaid { left });
            }
            parts[index] = refund_line.amount.minor();
        }
        Ok(parts)
    }

    /// The parts of a refund that names no lines: in proportion to what is left of each.
    fn spread(&self, amount: Money) -> Result<Vec<i64>, RefundRefusal> {
        let left: Vec<i64> = self.lines.iter().map(|line| line.left().minor()).collect();
        let sum = left.iter().sum();
        if amount.minor() > sum {
            let left = Money::from_minor(sum, amount.currency()).expect("no more than the order");
            return Err(RefundRefusal::MoreThanPaid { left });
        }
        Ok(split_by_weight(amount.minor(), &left))
    }

    /// How many of the order's points were refunded so far.
    #[must_use]
    pub fn refunded_points(&self) -> Points {
        Points::sum(self.lines.iter().map(crate::OrderLine::refunded_points)).expect("no more than were tendered")
    }

    fn refunded_cash_minor(&self) -> i64 {
        self.lines.iter().map(|line| line.refunded_cash().minor()).sum()
    }
}

impl crate::OrderLine {
    /// What can still be refunded of it.
    #[must_use]
    pub fn left(&self) -> Money {
        Money::from_minor(self.amount.minor() - self.refunded.minor(), self.amount.currency())
            .expect("no more is refunded than was paid")
    }

    /// How much of what was refunded of it was cash: in proportion, rounded down, so all of it for the whole line.
    #[must_use]
    pub fn refunded_cash(&self) -> Money {
        if self.amount.minor() == 0 {
            return self.refunded;
        }
        Money::from_minor(self.refunded_part(self.cash.minor()), self.amount.currency()).expect("a part of the line")
    }

    /// How much of what was refunded of it was points: in the same proportion, rounded down.
    #[must_use]
    pub fn refunded_points(&self) -> Points {
        if self.amount.minor() == 0 {
            return Points::ZERO;
        }
        Points::new(self.refunded_part(self.points.get())).expect("a part of the line")
    }

    /// The refunded part of something the line has so much of, rounded down.
    fn refunded_part(&self, whole: i64) -> i64 {
        let exact = i128::from(whole) * i128::from(self.refunded.minor()) / i128::from(self.amount.minor());
        i64::try_from(exact).expect("a part of the line")
    }
}
