//! What members and staff do, beside the model of a wallet: keys, stock, who holds what for whom, which earns a move
//! takes along.

use std::collections::BTreeMap;

use kernel::Timestamp;

use super::{
    commands::Command,
    model::{Draws, Lot, sum},
    shop::{Earn, Shop},
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
    draws: Draws,
    is_cancelled: bool,
}

#[derive(Debug, Clone)]
struct Held {
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
    is_undone: bool,
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
        let (price, stock, limit) = self.setup.perks[perk];
        let standing = self.acts.grants.iter().filter(|(_, grant)| grant.perk == perk && !grant.is_cancelled);
        let takers: Vec<usize> = standing.map(|((taker, ..), _)| *taker).collect();
        if takers.iter().filter(|taker| **taker == house).count() >= limit {
            return "limit reached".to_owned();
        }
        if takers.len() >= stock {
            return "sold out".to_owned();
        }
        let wallet = &mut self.wallets[house];
        if let Err(refusal) = wallet.check(price, today) {
            return refusal;
        }
        let draws = wallet.draw(price, today);
        wallet.note("redeem", price);
        self.acts.grants.insert(id, Granted { perk, draws, is_cancelled: false });
        "granted".to_owned()
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
        self.wallets[house].restore(&grant.draws, today, self.setup.grace_days);
        "cancelled".to_owned()
    }

    fn hold(&mut self, house: usize, owner: &str, points: i64, ends_at: Timestamp) -> String {
        let (today, id) = (self.today(), (house, owner.to_owned()));
        match self.acts.holds.get(&id) {
            Some(earlier) if (earlier.points, earlier.ends_at) == (points, ends_at) => return "held".to_owned(),
            Some(_) => return "hold differs".to_owned(),
            None if ends_at <= self.now => return "end out of range".to_owned(),
            None => {}
        }
        let wallet = &mut self.wallets[house];
        if let Err(refusal) = wallet.check(points, today) {
            return refusal;
        }
        let draws = wallet.draw(points, today);
        wallet.hold(&draws);
        self.acts.holds.insert(id, Held { points, ends_at, draws, end: "" });
        "held".to_owned()
    }

    fn end_hold(&mut self, house: usize, owner: &str, end: &'static str) -> String {
        let (today, now) = (self.today(), self.now);
        let Some(hold) = self.acts.holds.get_mut(&(house, owner.to_owned())) else { return "no such hold".to_owned() };
        match hold.end {
            "captured" => return "captured before".to_owned(),
            "" if now < hold.ends_at => hold.end = end,
            _ => return "hold ended".to_owned(),
        }
        let (draws, wallet) = (hold.draws.clone(), &mut self.wallets[house]);
        if end == "captured" {
            wallet.unhold(&draws);
            wallet.note("redeem", sum(&draws));
        } else {
            self.let_go(house, &draws, today);
        }
        end.to_owned()
    }

    /// What had lapsed beside them lapses first, then what lapses by letting go.
    fn let_go(&mut self, house: usize, draws: &Draws, today: kernel::BusinessDate) {
        let wallet = &mut self.wallets[house];
        let is_theirs = |lot: &Lot| draws.iter().any(|(other, _)| other == lot);
        wallet.lapse(today, is_theirs);
        wallet.unhold(draws);
        wallet.put(draws);
        wallet.lapse(today, is_theirs);
    }

    pub(super) fn end_holds(&mut self) {
        let (today, now) = (self.today(), self.now);
        let due = self.acts.holds.iter_mut().filter(|(_, hold)| hold.end.is_empty() && hold.ends_at <= now);
        let mut due: Vec<_> = due.collect();
        due.sort_by_key(|(_, hold)| hold.ends_at);
        let ended = due.into_iter().map(|(id, hold)| {
            hold.end = "ended";
            (id.0, hold.draws.clone())
        });
        for (house, draws) in ended.collect::<Vec<_>>() {
            self.let_go(house, &draws, today);
        }
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
        let wallet = &mut self.wallets[house];
        let [available, pending, ..] = wallet.balance(today);
        if points > 0 {
            wallet.gain("adjust", points, lot, true);
        } else if available + pending < -points {
            return format!("only {}", available + pending);
        } else {
            wallet.take(-points, |lot| today <= lot.0);
            wallet.note("adjust", -points);
        }
        self.acts.decided.insert((house, "adjust", key.to_owned()), points);
        "adjusted".to_owned()
    }

    fn move_points(&mut self, from: usize, to: usize, member: Option<usize>, key: &str) -> String {
        let (today, id) = (self.today(), (from, key.to_owned()));
        match self.acts.moves.get(&id) {
            _ if from == to => return "no such households".to_owned(),
            Some(earlier) if earlier.to == to && earlier.member == member => return "moved".to_owned(),
            Some(_) => return "key reused".to_owned(),
            None => {}
        }
        let who = member.map(|member| self.people[from][member]);
        let is_theirs = |lot: &Lot| who.is_none_or(|who| lot.2 == who);
        let wallet = &mut self.wallets[from];
        let held: i64 = wallet.held.iter().filter(|(lot, _)| is_theirs(lot)).map(|(_, points)| points).sum();
        if held > 0 {
            return "points held".to_owned();
        }
        let draws = wallet.take(i64::MAX, |lot| is_theirs(lot) && today <= lot.0);
        let owed = if member.is_none() { wallet.owed } else { 0 };
        if draws.is_empty() && owed == 0 {
            return "nothing to move".to_owned();
        }
        let lots: Vec<Lot> = draws.iter().map(|(lot, _)| *lot).collect();
        for earn in self.earns().filter(|earn| earn.holder == from && earn.lot.is_some_and(|lot| lots.contains(&lot))) {
            (earn.holder, _) = (to, earn.moves.push(id.clone()));
        }
        self.carry(from, to, &draws, owed);
        self.acts.moves.insert(id, Moved { to, member, draws, owed, is_undone: false });
        "moved".to_owned()
    }

    fn undo(&mut self, from: usize, key: &str) -> String {
        let (today, id) = (self.today(), (from, key.to_owned()));
        let Some(done) = self.acts.moves.get(&id).cloned() else { return "no such move".to_owned() };
        if done.is_undone {
            return "moved".to_owned();
        }
        let wallet = &self.wallets[done.to];
        let is_here =
            |(lot, points): &(Lot, i64)| today <= lot.0 && wallet.free.get(lot).is_some_and(|there| there >= points);
        if wallet.owed < done.owed || !done.draws.iter().all(is_here) {
            return "used since".to_owned();
        }
        for (lot, points) in &done.draws {
            self.wallets[done.to].take(*points, |other| other == lot);
        }
        for earn in self.earns().filter(|earn| earn.holder == done.to && earn.moves.last() == Some(&id)) {
            (earn.holder, _) = (from, earn.moves.pop());
        }
        self.carry(done.to, from, &done.draws, done.owed);
        self.acts.moves.get_mut(&id).unwrap().is_undone = true;
        "moved".to_owned()
    }

    fn earns(&mut self) -> impl Iterator<Item = &mut Earn> {
        self.kept.values_mut().flat_map(|kept| &mut kept.earns)
    }

    /// Puts what was taken from one wallet into another.
    fn carry(&mut self, from: usize, to: usize, draws: &Draws, owed: i64) {
        self.wallets[from].owed -= owed;
        self.wallets[from].note("move_out", sum(draws) + owed);
        self.wallets[to].owed += owed;
        self.wallets[to].put(draws);
        self.wallets[to].note("move_in", sum(draws) + owed);
    }
}
