//! The daily bill (tradebill, type ALL), as <https://pay.weixin.qq.com/docs/merchant/products/bill-download/format-trade.html> says.

use kernel::{Currency, Money};

use crate::{MoneyMoved, ProviderRef};

/// Why a bill cannot be read. Half a bill would show half of what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BillRefusal {
    /// A column is missing.
    #[error("the bill has no column {0}")]
    NoColumn(&'static str),
    /// A row that cannot be read.
    #[error("line {line} of the bill: {what} cannot be read")]
    BadLine {
        /// Which, from 1.
        line: usize,
        /// What of it.
        what: &'static str,
    },
    /// The rows do not add up to its own sums, or these are missing: it was cut off.
    #[error("the bill does not add up to its own sums")]
    Incomplete,
}

/// Where the columns stand that are read. They are found by name: others come and go.
struct Columns {
    payment: usize,
    state: usize,
    currency: usize,
    amount: usize,
    refund: usize,
    refunded: usize,
}

const PAYMENT: &str = "微信订单号";
const STATE: &str = "交易状态";
const CURRENCY: &str = "货币种类";
const AMOUNT: &str = "订单金额";
const REFUND: &str = "商户退款单号";
const REFUNDED: &str = "申请退款金额";
const SUMS: [&str; 2] = ["订单总金额", "申请退款总金额"];

/// What a bill says came in and went back.
///
/// # Errors
/// [`BillRefusal`] names the first thing that is wrong; nothing of the bill is used then.
pub fn read_bill(bill: &str) -> Result<MoneyMoved, BillRefusal> {
    let mut lines = bill.trim_start_matches('\u{feff}').lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let (header, _) = lines.next().ok_or(BillRefusal::Incomplete)?;
    let columns = Columns::of(header)?;
    let mut moved = MoneyMoved::default();
    let (mut came, mut went) = (0_i64, 0_i64);
    for (line, number) in lines.by_ref() {
        // Rows begin with a grave accent, the header of the sums does not.
        if !line.starts_with('`') {
            let (sums, _) = lines.next().ok_or(BillRefusal::Incomplete)?;
            let is_complete = lines.next().is_none() && summed(line, sums) == Some([came, went]);
            return if is_complete { Ok(moved) } else { Err(BillRefusal::Incomplete) };
        }
        let row = Row { fields: fields(line), line: number };
        came += row.fen(columns.amount, AMOUNT)?.minor();
        went += row.fen(columns.refunded, REFUNDED)?.minor();
        row.enter(&columns, &mut moved)?;
    }
    Err(BillRefusal::Incomplete)
}

impl Columns {
    fn of(header: &str) -> Result<Self, BillRefusal> {
        let names: Vec<&str> = header.split(',').map(|name| name.trim().trim_start_matches('`')).collect();
        let at = |name: &'static str| names.iter().position(|n| *n == name).ok_or(BillRefusal::NoColumn(name));
        Ok(Self {
            payment: at(PAYMENT)?,
            state: at(STATE)?,
            currency: at(CURRENCY)?,
            amount: at(AMOUNT)?,
            refund: at(REFUND)?,
            refunded: at(REFUNDED)?,
        })
    }
}

/// The fields of a row. Names of goods may hold commas; each field begins with a grave accent.
fn fields(line: &str) -> Vec<&str> {
    line.trim_end().trim_start_matches('`').split(",`").collect()
}

struct Row<'a> {
    fields: Vec<&'a str>,
    line: usize,
}

impl Row<'_> {
    fn text(&self, column: usize, what: &'static str) -> Result<&str, BillRefusal> {
        self.fields.get(column).copied().ok_or(BillRefusal::BadLine { line: self.line, what })
    }

    fn fen(&self, column: usize, what: &'static str) -> Result<Money, BillRefusal> {
        Money::parse(self.text(column, what)?, Currency::Cny)
            .map_err(|_| BillRefusal::BadLine { line: self.line, what })
    }

    fn enter(&self, columns: &Columns, moved: &mut MoneyMoved) -> Result<(), BillRefusal> {
        let bad = |what| BillRefusal::BadLine { line: self.line, what };
        if self.text(columns.currency, CURRENCY)? != "CNY" {
            return Err(bad(CURRENCY));
        }
        let is_twice = match self.text(columns.state, STATE)? {
            "SUCCESS" => {
                let number = ProviderRef::new(self.text(columns.payment, PAYMENT)?).ok_or(bad(PAYMENT))?;
                moved.payments.insert(number, self.fen(columns.amount, AMOUNT)?).is_some()
            }
            "REFUND" => {
                let number = self.text(columns.refund, REFUND)?.to_owned();
                moved.refunds.insert(number, self.fen(columns.refunded, REFUNDED)?).is_some()
            }
            _ => return Err(bad(STATE)),
        };
        if is_twice { Err(bad("a number that was there before")) } else { Ok(()) }
    }
}

/// The sums a bill gives of itself, in fen.
fn summed(header: &str, sums: &str) -> Option<[i64; 2]> {
    let names: Vec<&str> = header.split(',').map(str::trim).collect();
    let fields = fields(sums);
    let sum = |name: &str| {
        let at = names.iter().position(|n| *n == name)?;
        Money::parse(fields.get(at)?, Currency::Cny).ok().map(Money::minor)
    };
    Some([sum(SUMS[0])?, sum(SUMS[1])?])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{BillRefusal, read_bill};

    const HEADER: &str = "交易时间,微信订单号,商户订单号,交易状态,货币种类,商户退款单号,商品名称,订单金额,申请退款金额";
    const PAID: &str = "`2026-03-01 18:00:00,`P1,`A1,`SUCCESS,`CNY,`0,`橘子, 鸡蛋,`56.80,`0.00";
    const TWICE: &str = "`2026-03-01 18:00:01,`P2,`A2,`SUCCESS,`CNY,`0,`橘子, 鸡蛋,`56.80,`0.00";
    const BACK: &str = "`2026-03-01 18:00:30,`P2,`A2,`REFUND,`CNY,`R1,`橘子, 鸡蛋,`0.00,`56.80";
    const SUMS: &str = "总交易单数,应结订单总金额,订单总金额,申请退款总金额\n`3,`113.60,`113.60,`56.80";

    fn bill(lines: &[&str]) -> String {
        lines.join("\r\n")
    }

    #[test]
    fn reads_what_came_in_and_what_went_back() {
        let moved = read_bill(&bill(&[HEADER, PAID, TWICE, BACK, SUMS, ""])).expect("a bill");
        let payments: Vec<(&str, i64)> = moved.payments.iter().map(|(n, m)| (n.as_str(), m.minor())).collect();
        assert_eq!(payments, [("P1", 5_680), ("P2", 5_680)]);
        let refunds: Vec<(&str, i64)> = moved.refunds.iter().map(|(n, m)| (n.as_str(), m.minor())).collect();
        assert_eq!(refunds, [("R1", 5_680)]);
    }

    #[test]
    fn takes_nothing_of_a_bill_that_was_cut_off_or_does_not_add_up() {
        for lines in [
            &[] as &[&str],
            &[HEADER],
            &[HEADER, PAID, TWICE, BACK],
            &[HEADER, PAID, BACK, SUMS],
            &[HEADER, PAID, TWICE, BACK, "总交易单数,应结订单总金额,订单总金额,申请退款总金额"],
            &[HEADER, PAID, TWICE, BACK, SUMS, PAID],
        ] {
            assert_eq!(read_bill(&bill(lines)), Err(BillRefusal::Incomplete), "{lines:?}");
        }
    }

    #[test]
    fn names_what_it_cannot_read() {
        let without = HEADER.replace("微信订单号", "单号");
        assert_eq!(read_bill(&bill(&[&without, PAID, SUMS])), Err(BillRefusal::NoColumn("微信订单号")));
        for (from, to, what) in [
            ("CNY", "USD", "货币种类"),
            ("SUCCESS", "REVOKED", "交易状态"),
            ("56.80", "-56.80", "订单金额"),
            ("P1", "订单", "微信订单号"),
        ] {
            let changed = PAID.replace(from, to);
            let refused = Err(BillRefusal::BadLine { line: 2, what });
            assert_eq!(read_bill(&bill(&[HEADER, &changed, SUMS])), refused, "{to}");
        }
        let again = Err(BillRefusal::BadLine { line: 3, what: "a number that was there before" });
        assert_eq!(read_bill(&bill(&[HEADER, PAID, PAID, SUMS])), again);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), rows in "(`[a-z0-9.,`]{0,40}\n){0,5}") {
            drop(read_bill(&text));
            drop(read_bill(&format!("{HEADER}\n{rows}{SUMS}")));
        }
    }
}
