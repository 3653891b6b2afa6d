//! What orders come to, beside the model of a wallet: sums over lines, "told before", and where each earn's points are.

use std::collections::BTreeMap;

use chrono::{Datelike, Days};
use kernel::{BusinessDate, Id, Timestamp, Zone, kinds};
use ledger::{NEVER, UNSCHEDULED};

use super::{
    acts::Acts,
    commands::{Command, Life, News, Sale, Setup},
    model::{Lot, Wallet},
};

/// What one rule gave for a sale: per line its points and what was clawed back; which lot of which wallet has how many
/// of them.
#[derive(Debug, Clone)]
pub(super) struct Earn {
    lines: Vec<[i64; 2]>,
    pub(super) lot: Option<Lot>,
    points: i64,
    pub(super) holder: usize,
    /// The moves that brought it there.
    pub(super) moves: Vec<(usize, String)>,
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
        Self { now, wallets, setup, people, kept: BTreeMap::new(), acts: Acts::default(), told: BTreeMap::new() }
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
                self.end_holds();
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
        let answer = match news {
            News::Paid(sale) => self.paid(sale),
            News::PickedUp { order, at } => self.picked_up(order, *at),
            News::Refunded { .. } => self.refunded(news),
        };
        if answer == "accepted" || answer == "duplicate" {
            self.told.insert(event.to_owned(), news.clone());
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
                None => "duplicate",
                Some(at) => self.picked_up(&sale.order, at),
            };
        }
        if sale.picked_up_at.is_some_and(|at| at < sale.ordered_at) {
            return "invalid";
        }
        let cash = share(sale.cash, &sale.lines.iter().map(|(_, fen)| *fen).collect::<Vec<_>>());
        let mut earns = Vec::new();
        for (rate, more) in self.setup.rules.clone() {
            let worth = |(line, cash): (&(usize, i64), &i64)| i128::from(*cash) * i128::from(more[line.0] * rate);
            let points = split(&sale.lines.iter().zip(&cash).map(worth).collect::<Vec<_>>(), 10_000 * 10_000 * 100);
            earns.extend((points.iter().sum::<i64>() > 0).then(|| self.earn(sale, points)));
        }
        let lines = cash.iter().map(|&cash| [cash, 0]).collect();
        self.kept.insert(sale.order.clone(), Kept { sale: sale.clone(), lines, earns, refunds: BTreeMap::new() });
        "accepted"
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
        let lines = points.into_iter().map(|points| [points, 0]).collect();
        Earn { lines, lot: (kept > 0).then_some(lot), points: kept, holder: sale.house, moves: Vec::new() }
    }

    pub(super) fn last_day(&self, day: BusinessDate) -> BusinessDate {
        match self.setup.life {
            Life::Days(days) => day + Days::new(days.into()),
            Life::EndOfMonth(months) => {
                let next = u32::try_from(day.year()).unwrap() * 12 + day.month0() + u32::from(months) + 1;
                let first = BusinessDate::from_ymd_opt((next / 12).try_into().unwrap(), next % 12 + 1, 1).unwrap();
                first.pred_opt().unwrap()
            }
            Life::Never => NEVER,
        }
    }

    fn first_day(&self, picked_up_at: Timestamp) -> BusinessDate {
        Zone::SHANGHAI.date_of(picked_up_at) + Days::new(u64::from(self.setup.pending_days) + 1)
    }

    fn picked_up(&mut self, order: &str, at: Timestamp) -> &'static str {
        let (first, today) = (self.first_day(at), self.today());
        let Some(kept) = self.kept.get_mut(order) else { return "unknown order" };
        match kept.sale.picked_up_at {
            Some(told) if told == at => return "duplicate",
            Some(_) => return "picked up already",
            None if at < kept.sale.ordered_at => return "before ordered",
            None => kept.sale.picked_up_at = Some(at),
        }
        for earn in &mut kept.earns {
            let Some(from) = earn.lot.filter(|lot| lot.1 == UNSCHEDULED && today <= lot.0) else { continue };
            let to = (from.0.max(first), first, from.2);
            let moved = self.wallets[earn.holder].schedule(earn.points, from, to);
            if moved > 0 {
                (earn.lot, earn.points) = (Some(to), moved);
            }
        }
        "accepted"
    }

    fn refunded(&mut self, news: &News) -> &'static str {
        let today = self.today();
        let News::Refunded { order, refund, amount, lines: named, .. } = news else { unreachable!() };
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
        kept.lines.iter_mut().zip(parts).for_each(|(line, part)| line[1] += part);
        let of_line = |((_, fen), [cash, refunded]): (&(usize, i64), &[i64; 2])| (*cash, cash * refunded / fen);
        let cash: Vec<(i64, i64)> = kept.sale.lines.iter().zip(&kept.lines).map(of_line).collect();
        for earn in &mut kept.earns {
            let due_of = |([points, clawed], (cash, back)): (&[i64; 2], &(i64, i64))| {
                (if back >= cash { *points } else { points * back / cash }) - clawed
            };
            let due: Vec<i64> = earn.lines.iter().zip(&cash).map(due_of).collect();
            let wallet = &mut self.wallets[earn.holder];
            let (own, mut taken) = wallet.claw_back(due.iter().sum(), earn.lot, self.setup.refund_policy, today);
            earn.points -= own;
            for (line, due) in earn.lines.iter_mut().zip(due) {
                line[1] += taken.min(due);
                taken -= taken.min(due);
            }
        }
        kept.refunds.insert(refund.clone(), news.clone());
        "accepted"
    }
}
