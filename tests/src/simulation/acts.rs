//! What members and staff do, beside the model of a wallet: keys, stock, who holds what for whom, which earns a move
//! takes along.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use kernel::Timestamp;

use super::{
    commands::{Command, HOUSES},
    model::{Draws, Lot, sum},
    shop::{Place, Shop},
};

/// What was done under keys.
#[derive(Debug, Clone, Default)]
pub(super) struct Acts {
    /// By household, member and key.
    grants: BTreeMap<(usize, usize, String), Granted>,
    /// By household and owner.
    holds: BTreeMap<(usize, String), Held>,
    /// Forgiven or adjusted, by household, kind and key: how many.
    decided: BTreeMap<(usize, &'static str, String), i64>,
    /// By household that gave, and key.
    moves: BTreeMap<(usize, String), Moved>,
}

#[derive(Debug, Clone)]
struct Granted {
    perk: usize,
    /// Where the points would go back.
    draws: Vec<(Place, Lot, i64)>,
    is_cancelled: bool,
}

#[derive(Debug, Clone)]
struct Held {
    /// In which order they were placed.
    no: usize,
    points: i64,
    ends_at: Timestamp,
    draws: Draws,
    /// What became of it; nothing while it is open.
    end: &'static str,
}

#[derive(Debug, Clone)]
struct Moved {
    to: usize,
    member: Option<usize>,
    draws: Draws,
    owed: i64,
    at: Timestamp,
    is_undone: bool,
}

impl Acts {
    /// Owner, last day, first day and points, of each lot that an open hold holds.
    pub(super) fn open_holds(&self) -> impl Iterator<Item = Vec<String>> {
        let open = self.holds.iter().filter(|(_, hold)| hold.end.is_empty());
        open.flat_map(|((_, owner), hold)| {
            let of_lot = move |((last, first, _), points): &(Lot, i64)| {
                vec![owner.clone(), last.to_string(), first.to_string(), points.to_string()]
            };
            hold.draws.iter().map(of_lot)
        })
    }

    /// What was moved was picked up since.
    pub(super) fn schedule(&mut self, id: &(usize, String), points: i64, from: Lot, to: Lot) {
        let draws = &mut self.moves.get_mut(id).unwrap().draws;
        let Some((_, left)) = draws.iter_mut().find(|(lot, _)| *lot == from) else { return };
        let points = points.min(*left);
        *left -= points;
        match draws.iter_mut().find(|(lot, _)| *lot == to) {
            Some((_, there)) => *there += points,
            None => draws.push((to, points)),
        }
    }
}

impl Shop {
    /// Does a command that somebody decided on.
    pub(super) fn decided(&mut self, command: &Command) -> String {
        match command {
            Command::Redeem { house, member, perk, key } => self.redeem(*house, *member, *perk, key),
            Command::Cancel { house, member, key } => self.cancel(*house, *member, key),
            Command::Hold { house, owner, points, ends_at } => self.hold(*house, owner, *points, *ends_at),
            Command::Capture { house, owner } => self.end_hold(*house, owner, "captured"),
            Command::Release { house, owner } => self.end_hold(*house, owner, "released"),
            Command::Forgive { house, points, key } => self.forgive(*house, *points, key),
            Command::Adjust { house, points, key } => self.adjust(*house, *points, key),
            Command::Move { from, to, member, key } => self.move_points(*from, *to, *member, key),
            Command::Undo { from, key } => self.undo(*from, key),
            other => unreachable!("{other:?} is nobody's decision"),
        }
    }

    fn redeem(&mut self, house: usize, member: usize, perk: usize, key: &str) -> String {
        let (today, id) = (self.today(), (house, member, key.to_owned()));
        match self.acts.grants.get(&id) {
            Some(earlier) if earlier.perk == perk => return "granted before".to_owned(),
            Some(_) => return "key reused".to_owned(),
            None => {}
        }
        self.with_ended(&[house], |shop| {
            let (price, stock, limit) = shop.setup.perks[perk];
            let standing = shop.acts.grants.iter().filter(|(_, grant)| grant.perk == perk && !grant.is_cancelled);
            let takers: Vec<usize> = standing.map(|((taker, ..), _)| *taker).collect();
            if takers.iter().filter(|taker| **taker == house).count() >= limit {
                return Err("limit reached".to_owned());
            }
            if takers.len() >= stock {
                return Err("sold out".to_owned());
            }
            let wallet = &mut shop.wallets[house];
            wallet.check(price, today)?;
            let draws = wallet.draw(price, today);
            wallet.note("redeem", price);
            let draws = draws.into_iter().map(|(lot, points)| (Place::new(Some(lot), house), lot, points)).collect();
            shop.acts.grants.insert(id, Granted { perk, draws, is_cancelled: false });
            Ok("granted".to_owned())
        })
    }

    /// Whoever locks wallets ends their due holds; but when nothing comes of it, nothing does.
    fn with_ended(&mut self, houses: &[usize], act: impl FnOnce(&mut Self) -> Result<String, String>) -> String {
        let before = self.clone();
        self.end_due(houses);
        act(self).unwrap_or_else(|refusal| {
            *self = before;
            refusal
        })
    }

    fn cancel(&mut self, house: usize, member: usize, key: &str) -> String {
        let today = self.today();
        let Some(grant) = self.acts.grants.get_mut(&(house, member, key.to_owned())) else {
            return "no such grant".to_owned();
        };
        if grant.is_cancelled {
            return "cancelled before".to_owned();
        }
        grant.is_cancelled = true;
        let mut by_holder: BTreeMap<usize, Draws> = BTreeMap::from([(house, Vec::new())]);
        for (place, lot, points) in &grant.draws {
            by_holder.entry(place.holder).or_default().push((*lot, *points));
        }
        self.end_due(&by_holder.keys().copied().collect::<Vec<_>>());
        for (holder, draws) in by_holder {
            self.wallets[holder].restore(&draws, today, self.setup.grace_days);
        }
        "cancelled".to_owned()
    }

    fn hold(&mut self, house: usize, owner: &str, points: i64, ends_at: Timestamp) -> String {
        let (today, id) = (self.today(), (house, owner.to_owned()));
        match self.acts.holds.get(&id) {
            Some(earlier) if (earlier.points, earlier.ends_at) != (points, ends_at) => {
                return "hold differs".to_owned();
            }
            Some(earlier) => {
                return match earlier.end {
                    "captured" => "captured before",
                    "" if self.now < earlier.ends_at => "held",
                    _ => "hold ended",
                }
                .to_owned();
            }
            None if ends_at <= self.now => return "end out of range".to_owned(),
            None => {}
        }
        self.with_ended(&[house], |shop| {
            let wallet = &mut shop.wallets[house];
            wallet.check(points, today)?;
            let draws = wallet.draw(points, today);
            wallet.hold(&draws);
            let no = shop.acts.holds.len();
            shop.acts.holds.insert(id, Held { no, points, ends_at, draws, end: "" });
            Ok("held".to_owned())
        })
    }

    fn end_hold(&mut self, house: usize, owner: &str, end: &'static str) -> String {
        let (today, id) = (self.today(), (house, owner.to_owned()));
        self.with_ended(&[house], |shop| {
            let Some(hold) = shop.acts.holds.get_mut(&id) else { return Err("no such hold".to_owned()) };
            match hold.end {
                "captured" => return Err("captured before".to_owned()),
                "" => hold.end = end,
                _ => return Err("hold ended".to_owned()),
            }
            let (draws, wallet) = (hold.draws.clone(), &mut shop.wallets[house]);
            if end == "captured" {
                wallet.unhold(&draws);
                wallet.note("redeem", sum(&draws));
            } else {
                shop.let_go(house, &draws, today);
            }
            Ok(end.to_owned())
        })
    }

    /// What had lapsed beside them lapses first, then what lapses by letting go.
    fn let_go(&mut self, house: usize, draws: &Draws, today: kernel::BusinessDate) {
        let wallet = &mut self.wallets[house];
        let is_theirs = |lot: &Lot| draws.iter().any(|(other, _)| other == lot);
        wallet.lapse(today, is_theirs);
        wallet.unhold(draws);
        wallet.add(draws);
        wallet.lapse(today, is_theirs);
    }

    /// Ends the holds of households whose end has come.
    pub(super) fn end_due(&mut self, houses: &[usize]) {
        let today = self.today();
        for (house, draws) in self.take_due(houses) {
            self.let_go(house, &draws, today);
        }
    }

    /// Everything as it is shown: points whose hold is over are free, although nobody has ended it.
    pub(super) fn shown(&self) -> Self {
        let mut shown = self.clone();
        for (house, draws) in shown.take_due(&(0..HOUSES).collect::<Vec<_>>()) {
            shown.wallets[house].unhold(&draws);
            shown.wallets[house].add(&draws);
        }
        shown
    }

    fn take_due(&mut self, houses: &[usize]) -> Vec<(usize, Draws)> {
        let now = self.now;
        let due = self
            .acts
            .holds
            .iter_mut()
            .filter(|((house, _), hold)| houses.contains(house) && hold.end.is_empty() && hold.ends_at <= now);
        let mut due: Vec<_> = due.collect();
        due.sort_by_key(|(_, hold)| (hold.ends_at, hold.no));
        let ended = due.into_iter().map(|(id, hold)| {
            hold.end = "ended";
            (id.0, hold.draws.clone())
        });
        ended.collect()
    }

    /// Whether an act was decided before; `None` when this is the first time.
    fn earlier(&self, house: usize, kind: &'static str, key: &str, points: i64, done: &str) -> Option<String> {
        let earlier = self.acts.decided.get(&(house, kind, key.to_owned()))?;
        Some(if *earlier == points { done.to_owned() } else { "key reused".to_owned() })
    }

    fn forgive(&mut self, house: usize, points: i64, key: &str) -> String {
        if let Some(answer) = self.earlier(house, "forgive", key, points, "forgiven") {
            return answer;
        }
        let wallet = &mut self.wallets[house];
        if wallet.owed < points {
            return format!("owes only {}", wallet.owed);
        }
        wallet.owed -= points;
        wallet.note("forgive", points);
        self.acts.decided.insert((house, "forgive", key.to_owned()), points);
        "forgiven".to_owned()
    }

    fn adjust(&mut self, house: usize, points: i64, key: &str) -> String {
        let today = self.today();
        if let Some(answer) = self.earlier(house, "adjust", key, points, "adjusted") {
            return answer;
        }
        let lot = (self.last_day(today), today, None);
        self.with_ended(&[house], |shop| {
            let wallet = &mut shop.wallets[house];
            let [available, pending, ..] = wallet.balance(today);
            if points > 0 {
                wallet.gain("adjust", points, lot, true);
            } else if available + pending < -points {
                return Err(format!("only {}", available + pending));
            } else {
                wallet.take(-points, |lot| today <= lot.0);
                wallet.note("adjust", -points);
            }
            shop.acts.decided.insert((house, "adjust", key.to_owned()), points);
            Ok("adjusted".to_owned())
        })
    }

    fn move_points(&mut self, from: usize, to: usize, member: Option<usize>, key: &str) -> String {
        let (today, id) = (self.today(), (from, key.to_owned()));
        match self.acts.moves.get(&id) {
            _ if from == to => return "no such households".to_owned(),
            Some(earlier) if earlier.to == to && earlier.member == member => return "moved".to_owned(),
            Some(_) => return "key reused".to_owned(),
            None => {}
        }
        self.with_ended(&[from, to], |shop| {
            let who = member.map(|member| shop.people[from][member]);
            let is_theirs = |lot: &Lot| who.is_none_or(|who| lot.2 == who);
            let wallet = &mut shop.wallets[from];
            let held: i64 = wallet.held.iter().filter(|(lot, _)| is_theirs(lot)).map(|(_, points)| points).sum();
            if held > 0 {
                return Err("points held".to_owned());
            }
            let draws = wallet.take(i64::MAX, |lot| is_theirs(lot) && today <= lot.0);
            let owed = if member.is_none() { wallet.owed } else { 0 };
            if draws.is_empty() && owed == 0 {
                return Err("nothing to move".to_owned());
            }
            // Also of lots with nothing left in them: what comes back to them comes back there.
            let goes = |place: &Place| who.is_none() || place.lot.is_some_and(|lot| is_theirs(&lot));
            for place in shop.places().filter(|place| place.holder == from && goes(place)) {
                (place.holder, _, _) = (to, place.moves.push(id.clone()), place.visited.insert(to));
            }
            shop.carry(from, to, &draws, owed);
            shop.acts.moves.insert(id, Moved { to, member, draws, owed, at: shop.now, is_undone: false });
            Ok("moved".to_owned())
        })
    }

    fn undo(&mut self, from: usize, key: &str) -> String {
        let (today, id) = (self.today(), (from, key.to_owned()));
        let Some(done) = self.acts.moves.get(&id).cloned() else { return "no such move".to_owned() };
        if done.is_undone {
            return "moved".to_owned();
        }
        if done.at + TimeDelta::days(7) < self.now {
            return "too late".to_owned();
        }
        self.with_ended(&[from, done.to], |shop| {
            let wallet = &shop.wallets[done.to];
            let is_here = |(lot, points): &(Lot, i64)| {
                *points == 0 || today <= lot.0 && wallet.free.get(lot).is_some_and(|there| there >= points)
            };
            if wallet.owed < done.owed || !done.draws.iter().all(is_here) {
                return Err("used since".to_owned());
            }
            for (lot, points) in &done.draws {
                shop.wallets[done.to].take(*points, |other| other == lot);
            }
            for place in shop.places().filter(|place| place.holder == done.to && place.moves.last() == Some(&id)) {
                (place.holder, _, _) = (from, place.moves.pop(), place.visited.insert(from));
            }
            shop.carry(done.to, from, &done.draws, done.owed);
            shop.acts.moves.get_mut(&id).unwrap().is_undone = true;
            Ok("moved".to_owned())
        })
    }

    /// Where the points of all earns are, and those of all redemptions would be.
    fn places(&mut self) -> impl Iterator<Item = &mut Place> {
        let earns = self.kept.values_mut().flat_map(|kept| &mut kept.earns).map(|earn| &mut earn.place);
        let grants = self.acts.grants.values_mut().flat_map(|grant| &mut grant.draws).map(|(place, ..)| place);
        earns.chain(grants)
    }

    /// Puts what was taken from one wallet into another.
    fn carry(&mut self, from: usize, to: usize, draws: &Draws, owed: i64) {
        self.wallets[from].owed -= owed;
        self.wallets[from].note("move_out", sum(draws) + owed);
        self.wallets[to].owed += owed;
        self.wallets[to].add(draws);
        for (lot, points) in draws {
            *self.wallets[from].put.entry(*lot).or_default() -= points;
            *self.wallets[to].put.entry(*lot).or_default() += points;
        }
        self.wallets[to].note("move_in", sum(draws) + owed);
    }
}
