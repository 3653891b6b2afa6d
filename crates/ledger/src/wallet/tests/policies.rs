use super::{TODAY, cause, day, due, father, line, lot, mother, moves, points, record, wallet};
use crate::{Account, RefundPolicy, UNSCHEDULED};

/// An earn of 100 of which 30 are left in its lot, beside 50 of another lot; 90 of it are refunded.
fn taken_by(policy: RefundPolicy, own_available_from: &str) -> Vec<(Account, Account, i64)> {
    let own = lot(mother(), own_available_from, "2026-12-31");
    let other = lot(father(), "2026-02-01", "2027-06-30");
    let mut wallet = wallet(&[(own, 30), (other, 50)]);
    let posting = wallet.claw_back(cause(60), &record(own, &[100]), due(&[line(1, 90)]), policy, day(TODAY));
    posting.map(|posting| moves(&posting)).unwrap_or_default()
}

#[test]
fn each_policy_takes_as_far_as_its_name_says() {
    let own = |from: &str| Account::Lot(lot(mother(), from, "2026-12-31").lot_id());
    let other = Account::Lot(lot(father(), "2026-02-01", "2027-06-30").lot_id());
    let (matured, pending) = ("2026-02-01", "2026-03-20");

    assert_eq!(taken_by(RefundPolicy::OnlyPending, matured), []);
    assert_eq!(taken_by(RefundPolicy::OnlyPending, pending), [(own(pending), Account::Issued, 30)]);
    let within = [(own(matured), Account::Issued, 30), (other, Account::Issued, 50)];
    assert_eq!(taken_by(RefundPolicy::WithinBalance, matured), within);
    let debt = [within[0], within[1], (Account::Owed, Account::Issued, 10)];
    assert_eq!(taken_by(RefundPolicy::Debt, matured), debt);
}

#[test]
fn an_order_that_is_not_picked_up_yet_is_pending_to_every_policy() {
    let unscheduled = crate::LotKey { available_from: UNSCHEDULED, ..lot(mother(), "2026-02-01", "2026-12-31") };
    for policy in RefundPolicy::ALL {
        let mut wallet = wallet(&[(unscheduled, 100)]);
        let earn = record(unscheduled, &[100]);
        let posting = wallet.claw_back(cause(60), &earn, due(&[line(1, 90)]), policy, day(TODAY)).unwrap();
        assert_eq!((posting.points, wallet.total(), wallet.owed()), (points(90), points(10), points(0)));
    }
}
