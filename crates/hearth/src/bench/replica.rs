//! The demo's purchases many times over, each time by other households: a history long enough to measure.

/// The catalogue, once.
pub const PRODUCTS: &str = include_str!("../../demo/products.csv");

const ORDERS: &str = include_str!("../../demo/orders.csv");
const LINES: &str = include_str!("../../demo/order_lines.csv");

/// So many copies of every order in turn. Nobody is named: the persons of the copies would be nobody's.
#[must_use]
pub fn orders(copies: u16) -> String {
    replicate(ORDERS, copies, &["household", "order_id"], &["person"])
}

/// The lines of [`orders`].
#[must_use]
pub fn lines(copies: u16) -> String {
    replicate(LINES, copies, &["order_id"], &[])
}

/// Repeats every row with its copy's number behind the `numbered` columns and without the `dropped` ones. The demo's
/// files have no quotation marks, so that a comma is always a border.
fn replicate(csv: &str, copies: u16, numbered: &[&str], dropped: &[&str]) -> String {
    let (header, rows) = csv.split_once('\n').unwrap_or((csv, ""));
    let titles: Vec<&str> = header.split(',').collect();
    let kept: Vec<usize> = (0..titles.len()).filter(|&at| !dropped.contains(&titles[at])).collect();
    let mut replicas = kept.iter().map(|&at| titles[at]).collect::<Vec<_>>().join(",") + "\n";
    for row in rows.lines() {
        let fields: Vec<&str> = row.split(',').collect();
        for copy in 1..=copies {
            let field = |&at: &usize| match numbered.contains(&titles[at]) {
                true => format!("{}-{copy}", fields[at]),
                false => fields[at].to_owned(),
            };
            replicas.push_str(&kept.iter().map(field).collect::<Vec<_>>().join(","));
            replicas.push('\n');
        }
    }
    replicas
}

#[cfg(test)]
mod tests {
    use super::{LINES, ORDERS, replicate};

    #[test]
    fn gives_every_copy_households_and_orders_of_its_own() {
        let csv = "household,order_id,person,amount\nH1,O1,P1,2.50\nH2,O2,P2,1.00\n";
        let expected = "household,order_id,amount\nH1-1,O1-1,2.50\nH1-2,O1-2,2.50\nH2-1,O2-1,1.00\nH2-2,O2-2,1.00\n";
        assert_eq!(replicate(csv, 2, &["household", "order_id"], &["person"]), expected);
    }

    #[test]
    fn may_split_the_demo_at_every_comma() {
        for csv in [ORDERS, LINES] {
            let width = |row: &str| row.split(',').count();
            assert!(!csv.contains('"'));
            assert!(csv.lines().all(|row| width(row) == width(csv.lines().next().unwrap())));
        }
    }
}
