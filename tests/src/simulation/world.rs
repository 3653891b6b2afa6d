//! The product under simulation: three households and two perks of a run's own, and a fuse that crashes it between
//! statements.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use accounts::Role;
use app::{App, LotLife, Maturity, Principal, Secret, Settings, entitlements::DefinePerk, ledger::ReviseEarnRule};
use kernel::{Id, Rate, kinds};
use ledger::{EarnTerms, PROGRAMME_RULE, RefundPolicy};
use mail::Mailer;
use testkit::TestDb;

use super::commands::{CATEGORIES, HOUSES, Life, Setup};
use crate::world::{add_person, label, points};

/// Thrown between two statements: the process is gone.
#[derive(Debug)]
pub(super) struct Crashed;

/// Counts statements down to a crash; below zero it does nothing.
#[derive(Debug)]
pub(super) struct Fuse(AtomicI64);

impl Fuse {
    /// Crashes after that many more statements.
    pub(super) fn light(&self, statements: u32) {
        self.0.store(statements.into(), Ordering::SeqCst);
    }

    pub(super) fn put_out(&self) {
        self.0.store(-1, Ordering::SeqCst);
    }

    fn statement_done(&self) {
        if self.0.fetch_sub(1, Ordering::SeqCst) == 0 {
            // Not `panic!`: this is no fault of the product, and nobody should read about it.
            std::panic::resume_unwind(Box::new(Crashed));
        }
    }
}

pub(super) struct World<'d> {
    pub(super) app: App,
    pub(super) fuse: Arc<Fuse>,
    /// Per household its members, the owner first.
    pub(super) people: Vec<Vec<Principal>>,
    pub(super) perks: Vec<Id<kinds::Perk>>,
    /// What redemptions and holds became, by household, member, and key or owner.
    pub(super) grants: RefCell<BTreeMap<(usize, usize, String), Id<kinds::Grant>>>,
    pub(super) holds: RefCell<BTreeMap<(usize, String), Id<kinds::Hold>>>,
    pub(super) database: &'d TestDb,
    /// Whether statements and sums are looked at now, too.
    pub(super) is_thorough: bool,
    name: String,
    observed: db::Db,
    settings: Settings,
}

impl<'d> World<'d> {
    /// In a database that other runs may have used: nothing of a run meets anything of another, as long as their names
    /// differ.
    pub(super) async fn new(database: &'d TestDb, name: &str, setup: &Setup) -> Self {
        database.clock().set(testkit::start());
        let fuse = Arc::new(Fuse(AtomicI64::new(-1)));
        let watcher = Arc::clone(&fuse);
        let observed = database.db().clone().observed(move || watcher.statement_done());
        let settings = settings(setup);
        let app = start(&observed, &settings);
        let (people, perks, name) = (Vec::new(), Vec::new(), name.to_owned());
        let (grants, holds) = (RefCell::default(), RefCell::default());
        let mut world =
            Self { app, fuse, people, perks, grants, holds, database, is_thorough: true, name, observed, settings };
        for index in 0..setup.rules.len() {
            revise(&world.app, index, setup).await;
        }
        for house in 0..HOUSES {
            let mut members = Vec::new();
            for (member, role) in [(1, Role::Owner), (2, Role::Adult)] {
                let person = world.member_ref(house, member).unwrap();
                members.push(add_person(&world.app, &world.house_ref(house), &person, role).await);
            }
            world.people.push(members);
        }
        for (index, perk) in setup.perks.iter().enumerate() {
            let code = format!("{}-{index}", world.name.to_lowercase());
            world.perks.push(define(&world.app, &code, *perk).await);
        }
        world
    }

    /// Another process takes over: nothing it knows is older than the database.
    pub(super) fn restart(&mut self) {
        self.app = start(&self.observed, &self.settings);
    }

    pub(super) fn household(&self, house: usize) -> Id<kinds::Household> {
        self.people[house][0].household.unwrap().0
    }

    pub(super) fn house_ref(&self, house: usize) -> String {
        format!("{}-H-{house}", self.name)
    }

    /// The member's number; nobody's for 0.
    pub(super) fn member_ref(&self, house: usize, member: usize) -> Option<String> {
        (member > 0).then(|| format!("{}-P-{member}", self.house_ref(house)))
    }
}

fn start(observed: &db::Db, settings: &Settings) -> App {
    let mailer = Mailer::capture("hearth@hearth.example".parse().unwrap());
    App::new(observed.clone(), settings.clone(), Secret::new(vec![7; Secret::MIN_BYTES]).unwrap(), mailer)
}

fn settings(setup: &Setup) -> Settings {
    Settings {
        pending_days: setup.pending_days,
        maturity: if setup.matures_at_once { Maturity::AtOnce } else { Maturity::AfterPickUp },
        lot_life: match setup.life {
            Life::Days(days) => LotLife::Days(days),
            Life::EndOfMonth(months) => LotLife::EndOfMonth(months),
            Life::EndOfYear => LotLife::EndOfYear,
            Life::Never => LotLife::Never,
        },
        restore_grace_days: setup.grace_days,
        refund_policy: RefundPolicy::from_code(setup.refund_policy).unwrap(),
        ..Settings::default()
    }
}

/// The first rule is the programme's, every other one stands beside it.
pub(super) async fn revise(app: &App, index: usize, setup: &Setup) {
    let (rate, more) = setup.rules[index];
    let of = |basis_points: i64| Rate::from_basis_points(basis_points.try_into().unwrap()).unwrap();
    let plain = EarnTerms::plain(label("基本积分"), of(rate), "2017-01-01".parse().unwrap());
    let rules = app.list_earn_rules().await.unwrap();
    let second = rules.versions.iter().map(|version| version.id).find(|id| *id != PROGRAMME_RULE);
    let day_cap =
        setup.second_gives_a_day.filter(|_| index == 1).map(|most| ("household/day".parse().unwrap(), points(most)));
    let terms = EarnTerms {
        multipliers: CATEGORIES.iter().zip(more).map(|(category, more)| (label(category), of(more))).collect(),
        rounding: setup.rounding,
        stacking_order: index.try_into().unwrap(),
        is_exclusive: index == 0 && setup.first_is_exclusive,
        caps: day_cap.into_iter().collect(),
        ..plain
    };
    let rule = if index == 0 { Some(PROGRAMME_RULE) } else { second };
    app.revise_earn_rule(&ReviseEarnRule { rule, terms }).await.unwrap().unwrap();
}

async fn define(app: &App, code: &str, (price, stock, limit): (i64, usize, usize)) -> Id<kinds::Perk> {
    let define = DefinePerk {
        code: code.parse().unwrap(),
        name_zh: label("优先配送"),
        name_en: label("Priority delivery"),
        terms_zh: label("次日第一批送达"),
        terms_en: label("First on tomorrow's round"),
        price: points(price),
        limit_per_household: limit.try_into().unwrap(),
        valid_days: 30,
        stock_total: stock.try_into().unwrap(),
        is_open: true,
    };
    app.define_perk(&define).await.unwrap().unwrap().id
}
