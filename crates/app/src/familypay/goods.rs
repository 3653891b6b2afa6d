//! What an order asks for, judged by what is on offer under lock.

use std::collections::BTreeSet;

use ::familypay::{Availability, PayLine, PayRequestBook};
use ::orders::{Offer, store};
use db::Tx;
use kernel::{ExternalRef, Fault, Timestamp, Zone};

/// Minutes of a day.
const DAY_MINUTES: u32 = 24 * 60;

/// Locks what is on offer of the goods of some lines.
pub(super) async fn lock_goods(tx: &mut Tx, lines: impl Iterator<Item = &ExternalRef>) -> Result<Vec<Offer>, Fault> {
    let products: BTreeSet<ExternalRef> = lines.cloned().collect();
    store::lock_offers(tx, &products).await
}

/// Sets the goods of lines aside in locked offers, all or nothing; the first product there is not enough of.
pub(super) fn reserve(offers: &mut [Offer], lines: &[PayLine]) -> Result<(), ExternalRef> {
    let left = |line: &PayLine| -> Option<Option<i64>> {
        let offer = offers.iter().find(|offer| offer.product_ref == line.product_ref)?;
        match offer.stock_thousandths {
            None => Some(None),
            Some(stock) => (stock >= line.quantity.thousandths()).then(|| Some(stock - line.quantity.thousandths())),
        }
    };
    // Each product stands in one line: what is left after one is not changed by another.
    let rests: Vec<Option<i64>> =
        lines.iter().map(|line| left(line).ok_or_else(|| line.product_ref.clone())).collect::<Result<_, _>>()?;
    for (line, rest) in lines.iter().zip(rests) {
        if let Some(offer) = offers.iter_mut().find(|offer| offer.product_ref == line.product_ref) {
            offer.stock_thousandths = rest;
        }
    }
    Ok(())
}

/// Puts the goods of a locked request back, where they were set aside.
pub(super) async fn release_goods(tx: &mut Tx, book: &mut PayRequestBook) -> Result<(), Fault> {
    if !book.is_reserved {
        return Ok(());
    }
    book.is_reserved = false;
    let mut offers = lock_goods(tx, book.lines.iter().map(|line| &line.product_ref)).await?;
    offers.retain(|offer| offer.stock_thousandths.is_some());
    for offer in &mut offers {
        let back = book.lines.iter().filter(|line| line.product_ref == offer.product_ref);
        let back: i64 = back.map(|line| line.quantity.thousandths()).sum();
        offer.stock_thousandths = offer.stock_thousandths.map(|stock| stock.saturating_add(back));
    }
    store::update_stock(tx, &offers).await
}

/// Sets the goods of a locked request aside again, if they are not; whether they can be had.
pub(super) async fn reserve_again(tx: &mut Tx, book: &mut PayRequestBook) -> Result<Availability, Fault> {
    if book.is_reserved {
        return Ok(Availability::CanBeReserved);
    }
    let mut offers = lock_goods(tx, book.lines.iter().map(|line| &line.product_ref)).await?;
    if reserve(&mut offers, &book.lines).is_err() {
        return Ok(Availability::Gone);
    }
    store::update_stock(tx, &offers).await?;
    book.is_reserved = true;
    Ok(Availability::CanBeReserved)
}

/// When the next order closes that is placed at an instant: the earliest of its goods' minutes of the day, each today or, once that is
/// over, tomorrow.
pub(super) fn cut_off(offers: &[Offer], own: u16, zone: Zone, now: Timestamp) -> Timestamp {
    let minutes: BTreeSet<u16> = offers.iter().map(|offer| offer.cut_off_minute.unwrap_or(own)).collect();
    let today = zone.date_of(now);
    let next = |minute: &u16| {
        let on = |day: kernel::BusinessDate| {
            let at = day.and_hms_opt(u32::from(*minute) % DAY_MINUTES / 60, u32::from(*minute) % 60, 0);
            zone.instant_of(at.expect("a minute of a day"))
        };
        let at = on(today);
        if now < at { at } else { on(today.succ_opt().unwrap_or(today)) }
    };
    minutes.iter().map(next).min().unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use kernel::{Timestamp, Zone};

    use super::cut_off;

    #[test]
    fn an_order_closes_at_the_next_cut_off_of_the_operators_day() {
        // Six in the evening of 1 March 2026 in Shanghai.
        let evening = Timestamp::from_timestamp(1_772_359_200, 0).unwrap();
        let at_ten = evening + TimeDelta::hours(4);
        assert_eq!(cut_off(&[], 1_320, Zone::SHANGHAI, evening), evening);
        let offer = orders::Offer {
            product_ref: "P1".parse().unwrap(),
            name: "橘子".parse().unwrap(),
            unit: "斤".parse().unwrap(),
            price: kernel::Money::ZERO,
            packs: Vec::new(),
            aliases: Vec::new(),
            warns: Vec::new(),
            stock_thousandths: None,
            cut_off_minute: None,
        };
        let early = orders::Offer { cut_off_minute: Some(1_200), ..offer.clone() };
        assert_eq!(cut_off(std::slice::from_ref(&offer), 1_320, Zone::SHANGHAI, evening), at_ten);
        assert_eq!(cut_off(std::slice::from_ref(&offer), 1_320, Zone::SHANGHAI, at_ten), at_ten + TimeDelta::days(1));
        assert_eq!(cut_off(&[offer, early], 1_320, Zone::SHANGHAI, evening), at_ten - TimeDelta::hours(2));
    }
}
