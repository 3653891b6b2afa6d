//! Draws a list of commands from a seed, before anything runs.

use chrono::TimeDelta;
use kernel::{Timestamp, Zone};
use ledger::Rounding;

use super::{
    chance::Chance,
    commands::{CATEGORIES, Command, Crash, HOUSES, Life, MEMBERS, News, Sale, Setup, Step},
};

/// How many sales each list begins with, so that there is something to spend.
const FIRST_SALES: usize = 5;

/// Refund policies; the one that makes debts, more often.
const POLICIES: [&str; 5] = ["debt", "debt", "debt", "within_balance", "only_pending"];

const LIVES: [Life; 6] =
    [Life::Days(5), Life::Days(20), Life::Days(365), Life::EndOfMonth(0), Life::EndOfYear, Life::Never];

/// Everything a seed says.
pub(super) fn draw(seed: u64, commands: usize) -> (Setup, Vec<Step>) {
    let mut chance = Chance::new(seed);
    let more_for_fruit = (*chance.pick(&[5_000, 20_000]), [0, 10_000, 0]);
    let setup = Setup {
        pending_days: *chance.pick(&[0, 0, 1, 7]),
        matures_at_once: chance.one_in(5),
        life: *chance.pick(&LIVES),
        grace_days: *chance.pick(&[0, 3, 30]),
        refund_policy: POLICIES[chance.below(POLICIES.len())],
        rules: vec![(*chance.pick(&[10_000, 20_000, 7_500]), [10_000, 15_000, 0]), more_for_fruit],
        rounding: *chance.pick(&[Rounding::SaleFloor, Rounding::SaleFloor, Rounding::LineFloor, Rounding::LineHalfUp]),
        first_is_exclusive: chance.one_in(4),
        second_gives_a_day: *chance.pick(&[None, Some(40), Some(150)]),
        perks: (0..2)
            .map(|_| (chance.between(5, 120), *chance.pick(&[3, 60, 60]), *chance.pick(&[2, 30, 30])))
            .collect(),
    };
    let (sales, done) = (Vec::new(), Vec::new());
    let mut script = Script { seed, chance, now: testkit::start(), sales, done, drawn: 0 };
    let steps = (0..commands).map(|_| script.step()).collect();
    (setup, steps)
}

/// What is being written down, and what was already.
struct Script {
    seed: u64,
    chance: Chance,
    now: Timestamp,
    sales: Vec<Sale>,
    done: Vec<Command>,
    drawn: usize,
}

impl Script {
    fn step(&mut self) -> Step {
        let command = self.command();
        let crash = match self.chance.below(8) {
            0 => Crash::AfterStatement(u32::try_from(self.chance.below(28)).unwrap()),
            1 => Crash::AtPoll(1 + u32::try_from(self.chance.below(40)).unwrap()),
            _ => Crash::No,
        };
        Step { command, crash }
    }

    fn command(&mut self) -> Command {
        let command = match self.chance.below(100) {
            _ if self.sales.len() < FIRST_SALES => self.paid(),
            0..12 => self.paid(),
            12..20 => self.picked_up(),
            20..34 => self.refunded(),
            34..48 => self.redeem(),
            48..54 => self.cancel(),
            54..60 => self.hold(),
            60..66 => self.end_hold(),
            66..68 => Command::EndHolds,
            68..73 => self.decide(),
            73..78 => self.move_points(),
            78..81 => Command::Lapse,
            81 => Command::Drain,
            82 => Command::Verify,
            83 => Command::Revise { rate: *self.chance.pick(&[10_000, 20_000, 5_000, 0]) },
            84..90 => return self.clock(),
            90 => Command::Import((0..1 + self.chance.below(3)).map(|_| self.sale()).collect()),
            91..94 => return Command::Together((0..2 + self.chance.below(2)).map(|_| self.hot()).collect()),
            _ => self.again(),
        };
        self.done.push(command.clone());
        command
    }

    /// A name nothing else has.
    fn name(&mut self, prefix: &str) -> String {
        self.drawn += 1;
        format!("{prefix}{}-{}", self.seed, self.drawn)
    }

    /// What many might do at once.
    fn hot(&mut self) -> Command {
        let command = match self.chance.below(10) {
            0 => self.paid(),
            1 => self.refunded(),
            2 => self.cancel(),
            3 => self.hold(),
            4 => self.end_hold(),
            5 => self.move_points(),
            6 => Command::Lapse,
            _ => self.redeem(),
        };
        self.done.push(command.clone());
        command
    }

    fn tell(&mut self, house: usize, news: News) -> Command {
        Command::Tell { event: self.name("ev-"), house, news }
    }

    fn paid(&mut self) -> Command {
        let sale = self.sale();
        self.tell(sale.house, News::Paid(sale))
    }

    fn sale(&mut self) -> Sale {
        let chance = &mut self.chance;
        let lines: Vec<(usize, i64)> =
            (0..1 + chance.below(3)).map(|_| (chance.below(CATEGORIES.len()), chance.between(1, 20_000))).collect();
        let amount = lines.iter().map(|(_, fen)| fen).sum();
        let ordered_at = self.now - TimeDelta::minutes(chance.between(0, 8_000));
        let is_picked_up = chance.one_in(2);
        let sale = Sale {
            order: String::new(),
            house: chance.below(HOUSES),
            member: chance.below(MEMBERS),
            ordered_at,
            picked_up_at: is_picked_up.then(|| ordered_at + TimeDelta::minutes(chance.between(-20, 600))),
            cash: if chance.one_in(3) { chance.between(0, amount) } else { amount },
            lines,
        };
        let sale = Sale { order: self.name("D-"), ..sale };
        self.sales.push(sale.clone());
        sale
    }

    /// One of the newest sales, mostly; now and then one nobody told of.
    fn some_sale(&mut self) -> Option<Sale> {
        let newest = self.sales.len().min(10);
        let is_known = newest > 0 && !self.chance.one_in(40);
        is_known.then(|| self.sales[self.sales.len() - 1 - self.chance.below(newest)].clone())
    }

    fn picked_up(&mut self) -> Command {
        let waiting = self.sales.iter().rfind(|sale| sale.picked_up_at.is_none()).cloned();
        let sale = if self.chance.one_in(4) { self.some_sale() } else { waiting };
        let ordered_at = sale.as_ref().map_or(self.now, |sale| sale.ordered_at);
        let at = ordered_at + TimeDelta::minutes(self.chance.between(-60, 1_500));
        let (order, house) = of(sale);
        self.tell(house, News::PickedUp { order, at })
    }

    fn refunded(&mut self) -> Command {
        let sale = self.some_sale();
        let lines = sale.as_ref().map_or(vec![(0, 100)], |sale| sale.lines.clone());
        let mut named: Vec<(u32, i64)> = Vec::new();
        for (index, (_, fen)) in lines.iter().enumerate() {
            let part = match self.chance.below(6) {
                0 => 0,
                1..=3 => *fen,
                // Now and then more than was paid.
                4 => self.chance.between(1, fen + fen / 20 + 1),
                _ => self.chance.between(1, fen / 2 + 1),
            };
            named.extend((part > 0).then(|| (u32::try_from(index + 1).unwrap(), part)));
        }
        let amount = named.iter().map(|(_, fen)| fen).sum();
        let lines = if self.chance.one_in(4) { Vec::new() } else { named };
        let refund = self.name("R-");
        let (order, house) = of(sale);
        self.tell(house, News::Refunded { order, refund, at: self.now, amount, lines })
    }

    fn redeem(&mut self) -> Command {
        let key = self.name("key-0123456789-");
        let house = self.chance.below(HOUSES);
        Command::Redeem { house, member: 1 + self.chance.below(MEMBERS - 1), perk: self.chance.below(2), key }
    }

    /// One of the newest done that `is` asks for.
    fn done_before(&mut self, is: impl Fn(&Command) -> bool) -> Option<Command> {
        let found: Vec<&Command> = self.done.iter().rev().filter(|command| is(command)).take(8).collect();
        (!found.is_empty()).then(|| (*self.chance.pick(&found)).clone())
    }

    fn cancel(&mut self) -> Command {
        match self.done_before(|command| matches!(command, Command::Redeem { .. })) {
            Some(Command::Redeem { house, member, key, .. }) => Command::Cancel { house, member, key },
            _ => Command::Cancel { house: 0, member: 1, key: "key-0123456789-unknown".to_owned() },
        }
    }

    fn hold(&mut self) -> Command {
        let owner = self.name("seat ");
        let ends_at = self.now + TimeDelta::seconds(self.chance.between(-20_000, 400_000));
        Command::Hold { house: self.chance.below(HOUSES), owner, points: self.chance.between(1, 80), ends_at }
    }

    fn end_hold(&mut self) -> Command {
        let (house, owner) = match self.done_before(|command| matches!(command, Command::Hold { .. })) {
            Some(Command::Hold { house, owner, .. }) => (house, owner),
            _ => (0, "seat unknown".to_owned()),
        };
        if self.chance.one_in(2) { Command::Capture { house, owner } } else { Command::Release { house, owner } }
    }

    fn decide(&mut self) -> Command {
        let (house, key) = (self.chance.below(HOUSES), self.name("key-0123456789-"));
        match self.chance.below(4) {
            0 => Command::Adjust { house, points: self.chance.between(1, 60), key },
            1 => Command::Adjust { house, points: -self.chance.between(1, 200), key },
            _ => Command::Forgive { house, points: *self.chance.pick(&[1, 1, 2, 30]), key },
        }
    }

    fn move_points(&mut self) -> Command {
        if self.chance.one_in(3)
            && let Some(Command::Move { from, key, .. }) =
                self.done_before(|command| matches!(command, Command::Move { .. }))
        {
            return Command::Undo { from, key };
        }
        let from = self.chance.below(HOUSES);
        let to = if self.chance.one_in(20) { from } else { (from + 1 + self.chance.below(HOUSES - 1)) % HOUSES };
        let member = (!self.chance.one_in(3)).then(|| self.chance.below(MEMBERS));
        Command::Move { from, to, member, key: self.name("key-0123456789-") }
    }

    fn clock(&mut self) -> Command {
        let step = match self.chance.below(12) {
            0 => TimeDelta::minutes(-self.chance.between(1, 600)),
            1 => TimeDelta::days(self.chance.between(4, 30)),
            // To the last millisecond or the first one of a local day.
            2 | 3 => {
                let tomorrow = Zone::SHANGHAI.date_of(self.now).succ_opt().unwrap();
                let midnight = Zone::SHANGHAI.start_of(tomorrow);
                midnight - self.now - TimeDelta::milliseconds(self.chance.between(0, 1))
            }
            4..8 => TimeDelta::minutes(self.chance.between(1, 900)),
            _ => TimeDelta::days(self.chance.between(1, 3)),
        };
        self.now += step;
        Command::Clock { to: self.now }
    }

    /// Something done before is asked for again: in the same words, or under the same key in other words.
    fn again(&mut self) -> Command {
        let Some(command) = self.done_before(|_| true) else { return Command::Lapse };
        if self.chance.one_in(3) { command } else { self.in_other_words(command) }
    }

    fn in_other_words(&mut self, command: Command) -> Command {
        let minute = TimeDelta::minutes(1);
        match command {
            Command::Tell { event, house, news } => {
                let event = if self.chance.one_in(2) { event } else { self.name("ev-") };
                let news = match news {
                    News::Paid(mut sale) => {
                        match self.chance.below(3) {
                            0 => sale.picked_up_at = Some(sale.ordered_at + minute * 30),
                            1 => sale.lines[0].1 += 1,
                            _ => sale.cash /= 2,
                        }
                        News::Paid(sale)
                    }
                    News::PickedUp { order, at } => News::PickedUp { order, at: at + minute },
                    News::Refunded { order, refund, at, amount, lines } => {
                        News::Refunded { order, refund, at: at + minute, amount, lines }
                    }
                };
                Command::Tell { event, house, news }
            }
            Command::Redeem { house, member, perk, key } => Command::Redeem { house, member, perk: 1 - perk, key },
            Command::Hold { house, owner, points, ends_at } => {
                Command::Hold { house, owner, points, ends_at: ends_at + minute }
            }
            Command::Forgive { house, points, key } => Command::Forgive { house, points: points + 1, key },
            Command::Adjust { house, points, key } => Command::Adjust { house, points: -points, key },
            Command::Move { from, to, member, key } => match member {
                None => Command::Move { from, to, member: Some(1), key },
                Some(_) => Command::Move { from, to: (to + 1) % HOUSES, member, key },
            },
            Command::Import(mut sales) => {
                sales.iter_mut().for_each(|sale| sale.picked_up_at = Some(sale.ordered_at + minute * 5));
                Command::Import(sales)
            }
            other => other,
        }
    }
}

/// The order of a sale and its household; for none, an order nobody told of.
fn of(sale: Option<Sale>) -> (String, usize) {
    sale.map_or(("D-unknown".to_owned(), 0), |sale| (sale.order, sale.house))
}
