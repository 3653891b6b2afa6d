//! What orders come to, beside the model of a wallet: sums over lines, "told before", and where each earn's points are.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days};
use kernel::{BusinessDate, Id, Timestamp, Zone, kinds};
use ledger::{NEVER, Rounding, UNSCHEDULED};

use super::{
    acts::Acts,
    commands::{Command, Life, News, Sale, Setup},
    model::{Lot, Wallet},
};

/// Where points are, or would be.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) lot: Option<Lot>,
    pub(super) holder: usize,
    /// The moves that brought them there.
    pub(super) moves: Vec<(usize, String)>,
    /// All wallets they came through.
    pub(super) visited: BTreeSet<usize>,
}

/// What one rule gave for a sale: the points of each line; how many were clawed back, and how many are in their lot.
#[derive(Debug, Clone)]
pub(super) struct Earn {
    lines: Vec<i64>,
    clawed: i64,
    points: i64,
    /// The lot they were put into first.
    first: Option<Lot>,
    pub(super) place: Place,
}

impl Place {
    pub(super) fn new(lot: Option<Lot>, holder: usize) -> Self {
        Self { lot, holder, moves: Vec::new(), visited: BTreeSet::from([holder]) }
    }
}

/// A sale; per line its cash and what was refunded of it.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    sale: Sale,
    lines: Vec<[i64; 2]>,
    pub(super) earns: Vec<Earn>,
    refunds: BTreeMap<String, News>,
}

/// Everything that should be true.
#[derive(Debug, Clone)]
pub(super) struct Shop {
    pub(super) now: Timestamp,
    pub(super) wallets: Vec<Wallet>,
    pub(super) setup: Setup,
    pub(super) people: Vec<Vec<Option<Id<kinds::Person>>>>,
    pub(super) kept: BTreeMap<String, Kept>,
    pub(super) acts: Acts,
    told: BTreeMap<String, News>,
    /// What the second rule gave, by household and day.
    given: BTreeMap<(usize, BusinessDate), i64>,
}

/// A point is worth so many basis points of basis points of fen.
const UNIT: i128 = 10_000 * 10_000 * 100;

fn round(worth: &[i128], rounding: Rounding) -> Vec<i64> {
    let whole = |worth: i128| i64::try_from(worth / UNIT).unwrap();
    match rounding {
        Rounding::SaleFloor => split(worth, UNIT),
        Rounding::LineFloor => worth.iter().map(|&line| whole(line)).collect(),
        Rounding::LineHalfUp => worth.iter().map(|&line| whole(line + UNIT / 2)).collect(),
    }
}

/// Each exact part rounded down; what the floor of the whole leaves goes to the largest remainders, the first one
/// first.
fn split(exact: &[i128], unit: i128) -> Vec<i64> {
    let mut parts: Vec<i128> = exact.iter().map(|part| part / unit).collect();
    let mut left = exact.iter().sum::<i128>() / unit - parts.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..exact.len()).collect();
    order.sort_by_key(|&line| -(exact[line] % unit));
    for line in order {
        parts[line] += left.min(1);
        left -= left.min(1);
    }
    parts.into_iter().map(|part| i64::try_from(part).unwrap()).collect()
}

/// A whole in proportion to weights.
fn share(whole: i64, weights: &[i64]) -> Vec<i64> {
    let exact: Vec<i128> = weights.iter().map(|&weight| i128::from(weight) * i128::from(whole)).collect();
    split(&exact, weights.iter().map(|&weight| i128::from(weight)).sum::<i128>().max(1))
}

impl Shop {
    pub(super) fn new(now: Timestamp, setup: Setup, people: Vec<Vec<Option<Id<kinds::Person>>>>) -> Self {
        let wallets = vec![Wallet::default(); people.len()];
        let (kept, acts, told, given) = (BTreeMap::new(), Acts::default(), BTreeMap::new(), BTreeMap::new());
        Self { now, wallets, setup, people, kept, acts, told, given }
    }

    pub(super) fn today(&self) -> BusinessDate {
        Zone::SHANGHAI.date_of(self.now)
    }

    /// Does a command and says what is answered.
    pub(super) fn act(&mut self, command: &Command) -> String {
        match command {
            Command::Tell { event, news, .. } => self.tell(event, news),
            Command::Import(sales) => self.import(sales),
            Command::Lapse => {
                let today = self.today();
                let is_due = |wallet: &Wallet| wallet.free.iter().any(|(lot, points)| lot.0 < today && *points > 0);
                let houses: Vec<usize> =
                    (0..self.wallets.len()).filter(|house| is_due(&self.wallets[*house])).collect();
                self.end_due(&houses);
                let lapsed = self.wallets.iter_mut().map(|wallet| wallet.lapse(today, |_| true)).sum::<usize>();
                format!("{lapsed} lapsed")
            }
            Command::Revise { rate } => {
                self.setup.rules[0].0 = *rate;
                String::new()
            }
            Command::Clock { to } => {
                self.now = *to;
                String::new()
            }
            Command::Drain | Command::Verify => String::new(),
            Command::Together(commands) => {
                commands.iter().map(|command| self.act(command)).collect::<Vec<_>>().join(", ")
            }
            Command::EndHolds => {
                self.end_due(&(0..self.wallets.len()).collect::<Vec<_>>());
                String::new()
            }
            decided => self.decided(decided),
        }
    }

    fn tell(&mut self, event: &str, news: &News) -> String {
        match self.told.get(event) {
            Some(told) if told == news => return "duplicate".to_owned(),
            Some(_) => return "event differs".to_owned(),
            None => {}
        }
        let before = self.clone();
        let answer = match news {
            News::Paid(sale) => self.paid(sale),
            News::PickedUp { order, at } => self.picked_up(order, *at),
            News::Refunded { .. } => self.refunded(news),
        };
        if answer == "accepted" || answer == "duplicate" {
            self.told.insert(event.to_owned(), news.clone());
        } else {
            *self = before;
        }
        answer.to_owned()
    }

    /// All new sales first, then what the others bring as news.
    fn import(&mut self, sales: &[Sale]) -> String {
        let mut answers = vec![""; sales.len()];
        let is_new: Vec<bool> = sales.iter().map(|sale| !self.kept.contains_key(&sale.order)).collect();
        for turn in [true, false] {
            for index in (0..sales.len()).filter(|&index| is_new[index] == turn) {
                answers[index] = self.paid(&sales[index]);
            }
        }
        answers.join(", ")
    }

    fn paid(&mut self, sale: &Sale) -> &'static str {
        if let Some(kept) = self.kept.get(&sale.order) {
            let content = |sale: &Sale| Sale { picked_up_at: None, ..sale.clone() };
            return match sale.picked_up_at {
                _ if content(&kept.sale) != content(sale) => "order differs",
                Some(at) if kept.sale.picked_up_at != Some(at) => self.picked_up(&sale.order, at),
                _ => "duplicate",
            };
        }
        if sale.picked_up_at.is_some_and(|at| at < sale.ordered_at) {
            return "invalid";
        }
        let cash = share(sale.cash, &sale.lines.iter().map(|(_, fen)| *fen).collect::<Vec<_>>());
        let mut earns = Vec::new();
        for (index, (rate, more)) in self.setup.rules.clone().into_iter().enumerate() {
            let worth = |(line, cash): (&(usize, i64), &i64)| i128::from(*cash) * i128::from(more[line.0] * rate);
            let worth: Vec<i128> = sale.lines.iter().zip(&cash).map(worth).collect();
            let points = self.capped(sale, index, round(&worth, self.setup.rounding));
            if points.iter().sum::<i64>() > 0 {
                earns.push(self.earn(sale, points));
                if self.setup.first_is_exclusive {
                    break;
                }
            }
        }
        let lines = cash.iter().map(|&cash| [cash, 0]).collect();
        self.kept.insert(sale.order.clone(), Kept { sale: sale.clone(), lines, earns, refunds: BTreeMap::new() });
        "accepted"
    }

    /// What is left of the second rule's points when a household had some that day, in proportion.
    fn capped(&mut self, sale: &Sale, index: usize, points: Vec<i64>) -> Vec<i64> {
        let Some(most) = self.setup.second_gives_a_day.filter(|_| index == 1) else { return points };
        let had = self.given.entry((sale.house, Zone::SHANGHAI.date_of(sale.ordered_at))).or_default();
        let (wanted, left) = (points.iter().sum::<i64>(), most - *had);
        *had += wanted.min(left);
        if wanted <= left { points } else { share(left, &points) }
    }

    fn earn(&mut self, sale: &Sale, points: Vec<i64>) -> Earn {
        let day = Zone::SHANGHAI.date_of(sale.ordered_at);
        let first = match sale.picked_up_at {
            _ if self.setup.matures_at_once => day,
            Some(at) => self.first_day(at),
            None => UNSCHEDULED,
        };
        let last = self.last_day(day);
        let last = if first == UNSCHEDULED { last } else { last.max(first) };
        let (lot, today) = ((last, first, self.people[sale.house][sale.member]), self.today());
        let earned = points.iter().sum();
        let kept = self.wallets[sale.house].gain("earn", earned, lot, today <= last);
        let lot = (kept > 0).then_some(lot);
        Earn { lines: points, clawed: 0, points: kept, first: lot, place: Place::new(lot, sale.house) }
    }

    pub(super) fn last_day(&self, day: BusinessDate) -> BusinessDate {
        match self.setup.life {
            Life::Days(days) => day + Days::new(days.into()),
            Life::EndOfMonth(months) => {
                let next = u32::try_from(day.year()).unwrap() * 12 + day.month0() + u32::from(months) + 1;
                let first = BusinessDate::from_ymd_opt((next / 12).try_into().unwrap(), next % 12 + 1, 1).unwrap();
                first.pred_opt().unwrap()
            }
            Life::EndOfYear => BusinessDate::from_ymd_opt(day.year(), 12, 31).unwrap(),
            Life::Never => NEVER,
        }
    }

    fn first_day(&self, picked_up_at: Timestamp) -> BusinessDate {
        Zone::SHANGHAI.date_of(picked_up_at) + Days::new(u64::from(self.setup.pending_days) + 1)
    }

    /// Whoever looks at an order looks at all wallets its points came through.
    fn end_due_of(&mut self, order: &str) {
        let Some(kept) = self.kept.get(order) else { return };
        let visited = kept.earns.iter().flat_map(|earn| earn.place.visited.iter().copied());
        let houses: BTreeSet<usize> = visited.chain([kept.sale.house]).collect();
        self.end_due(&houses.into_iter().collect::<Vec<_>>());
    }

    fn picked_up(&mut self, order: &str, at: Timestamp) -> &'static str {
        self.end_due_of(order);
        let (first, today) = (self.first_day(at), self.today());
        let Some(kept) = self.kept.get_mut(order) else { return "unknown order" };
        match kept.sale.picked_up_at {
            Some(told) if told == at => return "duplicate",
            Some(_) => return "picked up already",
            None if at < kept.sale.ordered_at => return "before ordered",
            None => kept.sale.picked_up_at = Some(at),
        }
        for earn in &mut kept.earns {
            let Some(from) = earn.place.lot.filter(|lot| lot.1 == UNSCHEDULED && today <= lot.0) else { continue };
            let to = (from.0.max(first), first, from.2);
            let moved = self.wallets[earn.place.holder].schedule(earn.points, from, to);
            if moved > 0 {
                (earn.place.lot, earn.points) = (Some(to), moved);
                earn.place.moves.iter().for_each(|id| self.acts.schedule(id, moved, from, to));
            }
        }
        "accepted"
    }

    /// How many points of an earn lapsed: its part of what did of its lot, in all wallets it came through.
    fn gone(wallets: &[Wallet], earn: &Earn, today: BusinessDate) -> i64 {
        let Some(lot) = earn.place.lot.filter(|lot| lot.0 < today) else { return 0 };
        let of = |some: &BTreeMap<Lot, i64>| some.get(&lot).copied().unwrap_or(0);
        let sum =
            |what: &dyn Fn(&Wallet) -> i64| earn.place.visited.iter().map(|house| what(&wallets[*house])).sum::<i64>();
        let (put, over) = (sum(&|wallet| of(&wallet.put)), sum(&|wallet| of(&wallet.lapsed) + of(&wallet.free)));
        if put <= 0 { 0 } else { ((earn.points * over + put - 1) / put).min(earn.points).min(over) }
    }

    fn refunded(&mut self, news: &News) -> &'static str {
        let today = self.today();
        let News::Refunded { order, refund, amount, lines: named, .. } = news else { unreachable!() };
        self.end_due_of(order);
        let Some(kept) = self.kept.get_mut(order) else { return "unknown order" };
        match kept.refunds.get(refund) {
            Some(told) if told == news => return "duplicate",
            Some(_) => return "refund differs",
            None if *amount == 0 => return "nothing",
            None => {}
        }
        let left: Vec<i64> = kept.sale.lines.iter().zip(&kept.lines).map(|((_, fen), line)| fen - line[1]).collect();
        let mut parts = vec![0; left.len()];
        named.iter().for_each(|(line, fen)| parts[usize::try_from(*line).unwrap() - 1] = *fen);
        if named.is_empty() && *amount <= left.iter().sum() {
            parts = share(*amount, &left);
        } else if named.is_empty() || parts.iter().zip(&left).any(|(part, left)| part > left) {
            return "more than paid";
        }
        let cash_of = |lines: &[[i64; 2]]| -> Vec<(i64, i64)> {
            let of_line = |((_, fen), [cash, refunded]): (&(usize, i64), &[i64; 2])| (*cash, cash * refunded / fen);
            kept.sale.lines.iter().zip(lines).map(of_line).collect()
        };
        let before = cash_of(&kept.lines);
        let mut lines = kept.lines.clone();
        lines.iter_mut().zip(parts).for_each(|(line, part)| line[1] += part);
        let after = cash_of(&lines);
        kept.lines = lines;
        for earn in &mut kept.earns {
            let due_of = |(points, (cash, back)): (&i64, &(i64, i64))| match back {
                0 => 0,
                back if back >= cash => *points,
                back => points * back / cash,
            };
            let due = |cash: &[(i64, i64)]| earn.lines.iter().zip(cash).map(due_of).sum::<i64>();
            let (earlier, due) = (due(&before), due(&after) - due(&before));
            let gone = (Self::gone(&self.wallets, earn, today) - (earlier - earn.clawed).max(0)).max(0);
            let place = &earn.place;
            let wallet = &mut self.wallets[place.holder];
            let (draws, taken) = wallet.claw_back(due - gone.min(due), place.lot, self.setup.refund_policy, today);
            earn.clawed += taken;
            for (lot, points) in draws {
                earn.points -= if Some(lot) == place.lot { points } else { 0 };
                let is_own = Some(lot) == place.lot || Some(lot) == earn.first;
                *wallet.put.entry(lot).or_default() -= if is_own { points } else { 0 };
            }
        }
        kept.refunds.insert(refund.clone(), news.clone());
        "accepted"
    }
}
