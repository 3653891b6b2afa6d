use std::{
    collections::{BTreeMap, HashMap},
    ops::AddAssign,
};

use ::orders::{
    Order,
    store::{OrderPosition, list_order_positions, list_orders_at},
};
use chrono::Datelike;
use kernel::{BusinessDate, Fault, Id, Label, Points, Zone, kinds};
use ledger::{CapUses, EarnRules, plan_earns};

use super::{
    revise_earn_rule::{ReviseEarnRule, ReviseEarnRuleRefusal, next_version},
    sale::sale_of,
};
use crate::App;

/// What if a rule had been so on days that are over?
#[derive(Debug, Clone)]
pub struct SimulateRule {
    /// The rule, as it would be revised or added: its own first and last day say for which of the days it holds.
    pub proposed: ReviseEarnRule,
    /// The first business date whose orders are replayed.
    pub from: BusinessDate,
    /// The last one.
    pub until: BusinessDate,
}

impl SimulateRule {
    /// Most orders one simulation replays: as many positions are kept in memory, 40 bytes each.
    pub const MAX_ORDERS: usize = 2_000_000;

    /// How many households are named.
    pub const HOUSEHOLDS: usize = 10;
}

/// Why a rule is not simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SimulateRuleRefusal {
    /// The rule could not be revised like this either.
    #[error(transparent)]
    Proposed(#[from] ReviseEarnRuleRefusal),
    /// The last day is before the first.
    #[error("the last day to replay is before the first")]
    NoDays,
    /// More than [`SimulateRule::MAX_ORDERS`].
    #[error("more than {} orders: replay fewer days at once", SimulateRule::MAX_ORDERS)]
    TooManyOrders,
}

/// What a simulation found. Nothing of it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSimulation {
    /// Over all orders.
    pub total: Replayed,
    /// What the earns of these days really gave when they were posted, by the rules of then.
    pub posted: Points,
    /// Month by month; months without an order or an earn are left out.
    pub months: Vec<MonthReplayed>,
    /// The households for which most would change, most first; at most [`SimulateRule::HOUSEHOLDS`].
    pub households: Vec<HouseholdReplayed>,
}

/// What orders earn when they are told again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    /// How many orders.
    pub orders: u64,
    /// How many of them earn more or less by the proposed rule.
    pub orders_changed: u64,
    /// What they earn by the rules there are.
    pub now: Points,
    /// What they earn with the proposed one among them.
    pub proposed: Points,
}

/// A month of a simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthReplayed {
    /// Its first day.
    pub month: BusinessDate,
    /// Its orders.
    pub replayed: Replayed,
    /// What its earns really gave.
    pub posted: Points,
}

/// A household of a simulation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseholdReplayed {
    /// Which one.
    pub household: Id<kinds::Household>,
    /// What it is called.
    pub name: Label,
    /// Its orders.
    pub replayed: Replayed,
}

/// How many positions are read at once.
const POSITIONS_PER_PAGE: u32 = 10_000;

/// How many orders are in memory at once.
const ORDERS_PER_PAGE: usize = 500;

impl App {
    /// Replays the orders of some days by the rules there are, and again with a proposed one among them. Writes nothing. The
    /// operator's own act.
    ///
    /// Orders are told in the order in which they were paid. Caps count from the first day replayed, with nothing used up before.
    /// Rules that closed are closed here too; whether the proposed one would close is not foretold.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn simulate_rule(
        &self,
        simulate: &SimulateRule,
    ) -> Result<Result<RuleSimulation, SimulateRuleRefusal>, Fault> {
        let rules = ledger::store::list_earn_rules(&self.reader()).await?;
        let mut replay = match Replay::prepare(rules, simulate, self.db().ids().next_id(self.db().clock().now())) {
            Ok(replay) => replay,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(positions) = self.list_positions(simulate).await? else {
            return Ok(Err(SimulateRuleRefusal::TooManyOrders));
        };

        let zone = self.settings().zone;
        for page in positions.chunks(ORDERS_PER_PAGE) {
            let orders = list_orders_at(&self.reader(), page).await?;
            orders.iter().for_each(|order| replay.tell(order, zone));
        }

        let posted = ledger::store::list_points_earned_by_day(&self.reader(), simulate.from, simulate.until).await?;
        let households = self.named(replay.most_changed()).await?;
        Ok(Ok(replay.finish(&posted, households)))
    }

    /// Where the orders lie, by the time they were paid. `None`: there are too many.
    async fn list_positions(&self, simulate: &SimulateRule) -> Result<Option<Vec<OrderPosition>>, Fault> {
        let zone = self.settings().zone;
        let day_after = simulate.until.succ_opt().unwrap_or(BusinessDate::MAX);
        let (from, until) = (zone.start_of(simulate.from), zone.start_of(day_after));
        let mut positions: Vec<OrderPosition> = Vec::new();
        loop {
            let after = positions.last().copied();
            let page = list_order_positions(&self.reader(), from, until, after, POSITIONS_PER_PAGE).await?;
            if page.is_empty() {
                break;
            }
            positions.extend(page);
            if positions.len() > SimulateRule::MAX_ORDERS {
                return Ok(None);
            }
        }
        positions.sort_unstable();
        Ok(Some(positions))
    }

    async fn named(&self, households: Vec<(Id<kinds::Household>, Replayed)>) -> Result<Vec<HouseholdReplayed>, Fault> {
        let mut named = Vec::with_capacity(households.len());
        for (household, replayed) in households {
            let view = ::accounts::store::find_household(&self.reader(), household).await?;
            let view = view.ok_or_else(|| Fault::inconsistent("find the household of an order"))?;
            named.push(HouseholdReplayed { household, name: view.name, replayed });
        }
        Ok(named)
    }
}

/// A replay on its way: two programmes side by side, each with its own count of caps.
struct Replay {
    now: (EarnRules, CapUses),
    proposed: (EarnRules, CapUses),
    months: BTreeMap<BusinessDate, Replayed>,
    households: HashMap<Id<kinds::Household>, Replayed>,
}

impl Replay {
    fn prepare(
        rules: EarnRules,
        simulate: &SimulateRule,
        new_id: Id<kinds::EarnRule>,
    ) -> Result<Self, SimulateRuleRefusal> {
        if simulate.until < simulate.from {
            return Err(SimulateRuleRefusal::NoDays);
        }
        let mut proposed = rules.clone();
        proposed.versions.push(next_version(&rules, &simulate.proposed, new_id)?);
        Ok(Self {
            now: (rules, CapUses::default()),
            proposed: (proposed, CapUses::default()),
            months: BTreeMap::new(),
            households: HashMap::new(),
        })
    }

    fn tell(&mut self, order: &Order, zone: Zone) {
        let sale = sale_of(order, zone);
        let earn = |(rules, uses): &mut (EarnRules, CapUses)| {
            let plan = plan_earns(rules, &sale, uses);
            uses.add(&plan.uses);
            plan.points()
        };
        let (now, proposed) = (earn(&mut self.now), earn(&mut self.proposed));
        let replayed = Replayed { orders: 1, orders_changed: u64::from(now != proposed), now, proposed };
        *self.months.entry(first_of_month(sale.buyer.date)).or_default() += replayed;
        *self.households.entry(order.household).or_default() += replayed;
    }

    /// By how much changes, then by id, so that equal ones do not change places.
    fn most_changed(&self) -> Vec<(Id<kinds::Household>, Replayed)> {
        let changed = self.households.iter().filter(|(_, replayed)| replayed.change() != 0);
        let mut changed: Vec<_> = changed.map(|(&household, &replayed)| (household, replayed)).collect();
        changed.sort_by_key(|(household, replayed)| (std::cmp::Reverse(replayed.change().unsigned_abs()), *household));
        changed.truncate(SimulateRule::HOUSEHOLDS);
        changed
    }

    fn finish(self, posted_by_day: &[(BusinessDate, Points)], households: Vec<HouseholdReplayed>) -> RuleSimulation {
        let mut posted: BTreeMap<BusinessDate, Points> = BTreeMap::new();
        for &(day, points) in posted_by_day {
            let sum = posted.entry(first_of_month(day)).or_default();
            *sum = sum_of(*sum, points);
        }
        let mut total = Replayed::default();
        self.months.values().for_each(|&replayed| total += replayed);
        let mut months = self.months;
        for &month in posted.keys() {
            months.entry(month).or_default();
        }
        let month = |(month, replayed)| MonthReplayed {
            month,
            replayed,
            posted: posted.get(&month).copied().unwrap_or_default(),
        };
        RuleSimulation {
            total,
            posted: posted.values().copied().fold(Points::ZERO, sum_of),
            months: months.into_iter().map(month).collect(),
            households,
        }
    }
}

impl Replayed {
    /// How many points more, or below zero less, the proposed rule gives.
    #[must_use]
    pub fn change(&self) -> i64 {
        self.proposed.get() - self.now.get()
    }
}

impl AddAssign for Replayed {
    fn add_assign(&mut self, other: Self) {
        self.orders += other.orders;
        self.orders_changed += other.orders_changed;
        self.now = sum_of(self.now, other.now);
        self.proposed = sum_of(self.proposed, other.proposed);
    }
}

fn first_of_month(date: BusinessDate) -> BusinessDate {
    date.with_day(1).expect("every month has a first day")
}

fn sum_of(one: Points, other: Points) -> Points {
    one.plus(other).expect("the points of some days fit, as each order's are bounded")
}
