//! Households merge, split, part and come back in any order while they buy, spend and are refunded: a reference of a few sums holds
//! after every step, and the books recompute at the end. Replayable: the dice are seeded.

use accounts::{InvitationToken, Role};
use app::{App, Principal, Secret, accounts::Invite, orders::EventTold};
use kernel::{Currency, Id, IdempotencyKey, Locale, Money, kinds};
use orders::{OrderRefunded, RefundLine};
use testkit::{TestApp, on_both_engines};

use crate::world::{
    add_person, assert_verifies, define_perk, event, found, label, local, paid, principal, redeem, reference, set_rule,
};

const NUMBERS: [&str; 4] = ["H-0", "H-1", "H-2", "H-3"];
const STEPS: u64 = 300;
const PRICE: i64 = 10;

/// SplitMix64's multiplier is enough of a die for a test.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(sides).unwrap()).unwrap()
    }
}

/// What happened so far, and what must follow from it.
#[derive(Default)]
struct Reference {
    /// Earned, less spent, less taken back.
    points: i64,
    /// Orders told: the number, whose, and how much of them was not refunded.
    orders: Vec<(String, i64)>,
    merged: Vec<Id<kinds::Household>>,
    split: Vec<Id<kinds::Household>>,
    done: [u32; 6],
}

struct Walk<'w> {
    app: &'w App,
    dice: Dice,
    people: Vec<String>,
    perk: Id<kinds::Perk>,
    reference: Reference,
    step: u64,
}

fn token(invitation: Id<kinds::Invitation>) -> String {
    let secret = Secret::new(vec![7; Secret::MIN_BYTES]).unwrap();
    InvitationToken::of(secret.bytes(), invitation).to_text()
}

impl Walk<'_> {
    fn key(&self) -> IdempotencyKey {
        format!("{:0>16}", self.step).parse().unwrap()
    }

    async fn somebody(&mut self) -> Principal {
        let who = self.dice.roll(self.people.len());
        principal(self.app, &self.people[who]).await
    }

    /// Somebody who owns a household.
    async fn owner(&mut self) -> Principal {
        let first = self.dice.roll(self.people.len());
        for name in self.people.iter().cycle().skip(first).take(self.people.len()) {
            let who = principal(self.app, name).await;
            if who.household.is_some_and(|(_, role)| role == Role::Owner) {
                return who;
            }
        }
        panic!("every household has an owner")
    }

    async fn turn(&mut self, world: &TestApp) {
        match self.dice.roll(16) {
            0 | 1 => self.merge().await,
            2..=4 => self.undo_merge().await,
            5..=7 => self.split().await,
            8..=10 => self.undo_split().await,
            11 | 12 => self.buy().await,
            13 => self.refund(world).await,
            14 => self.spend().await,
            _ => world.clock().advance(chrono::TimeDelta::hours(40)),
        }
    }

    async fn name_of(&self, person: &Principal) -> String {
        for name in &self.people {
            if principal(self.app, name).await.person == person.person {
                return name.clone();
            }
        }
        panic!("everybody has a name")
    }

    async fn merge(&mut self) {
        let (asking, accepting) = (self.owner().await, self.owner().await);
        let name = self.name_of(&accepting).await;
        let address = format!("{}@hearth.example", name.to_lowercase());
        let invite = Invite { address: address.parse().unwrap(), name: label("x"), locale: Locale::En };
        let Ok(invitation) = self.app.invite_household(&asking, &invite).await.unwrap() else { return };
        let token = token(invitation);
        let Ok(preview) = self.app.preview_merge(&accepting, &token).await.unwrap() else { return };
        let merged =
            self.app.merge_households(&accepting, &token, &preview.version, &self.key()).await.unwrap().unwrap();
        assert_eq!((merged.household, merged.moved), (asking.household.unwrap().0, preview.moving.points()));
        self.reference.merged.push(preview.household);
        self.reference.done[0] += 1;
    }

    async fn undo_merge(&mut self) {
        let who = self.somebody().await;
        for merged in self.reference.merged.iter().rev().take(4) {
            let undone = self.app.undo_merge(&who, *merged, &self.key()).await.unwrap();
            if undone.is_ok() {
                self.reference.done[1] += 1;
                return;
            }
        }
    }

    async fn split(&mut self) {
        let (offering, to, with) = (self.owner().await, self.somebody().await, self.somebody().await);
        let with = if self.dice.roll(2) == 0 { vec![] } else { vec![with.person] };
        if self.app.offer_split(&offering, to.person, &with).await.unwrap().is_err() {
            return;
        }
        let preview = self.app.preview_split(&to).await.unwrap().unwrap();
        let gone = self.app.split_household(&to, &preview.version, &self.key()).await.unwrap().unwrap();
        assert_eq!(gone.moved, preview.moving.points());
        self.reference.split.push(gone.household);
        self.reference.done[2] += 1;
    }

    async fn undo_split(&mut self) {
        let who = self.owner().await;
        for founded in self.reference.split.iter().rev().take(4) {
            let undone = self.app.undo_split(&who, *founded, &self.key()).await.unwrap();
            if undone.is_ok() {
                self.reference.done[3] += 1;
                return;
            }
        }
    }

    /// By a number or by a person of wherever that number leads to by now; picked up at once or never.
    async fn buy(&mut self) {
        let number = NUMBERS[self.dice.roll(NUMBERS.len())];
        let yuan = i64::try_from(self.dice.roll(60)).unwrap() + 1;
        let order = format!("O-{}", self.step);
        let mut sale = paid(&order, number, "2026-01-01T00:00:00", &[("", &yuan.to_string())]);
        sale.ordered_at = local("2026-05-01T10:00:00");
        sale.picked_up_at = (self.dice.roll(3) > 0).then_some(sale.ordered_at);
        let home = self.app.find_household_by_ref(&reference(number)).await.unwrap().unwrap();
        let buyer = self.dice.roll(self.people.len());
        let place = principal(self.app, &self.people[buyer]).await.household.unwrap().0;
        sale.person_ref = (place == home).then(|| reference(&self.people[buyer]));
        let told = [event(&format!("paid-{}", self.step), EventTold::Paid(sale))];
        self.app.record_order_events(&told).await.unwrap()[0].as_ref().unwrap();
        self.reference.points += yuan;
        self.reference.orders.push((order, yuan));
    }

    async fn refund(&mut self, world: &TestApp) {
        if self.reference.orders.is_empty() {
            return;
        }
        let which = self.dice.roll(self.reference.orders.len());
        let (order, left) = self.reference.orders.swap_remove(which);
        let amount = Money::from_minor(left * 100, Currency::Cny).unwrap();
        let refunded = OrderRefunded {
            order_ref: reference(&order),
            refund_ref: reference(&format!("R-{}", self.step)),
            refunded_at: kernel::Clock::now(world.clock()),
            amount,
            lines: vec![RefundLine { line_no: 1, amount }],
        };
        let told = [event(&format!("back-{}", self.step), EventTold::Refunded(refunded))];
        self.app.record_order_events(&told).await.unwrap()[0].as_ref().unwrap();
        self.reference.points -= left;
        self.reference.done[4] += 1;
    }

    async fn spend(&mut self) {
        let who = self.somebody().await;
        let spent = self.app.redeem_perk(&who, &redeem(self.perk, self.key().as_str())).await.unwrap();
        if spent.is_ok() {
            self.reference.points -= PRICE;
            self.reference.done[5] += 1;
        }
    }

    /// The sums, the people, and where the numbers lead.
    async fn look(&self, world: &TestApp) {
        let step = self.step;
        let net = world.db().texts("SELECT CAST(SUM(balance - owed) AS TEXT) FROM wallets").await[0][0].clone();
        assert_eq!(net, self.reference.points.to_string(), "after step {step}");
        let here = "memberships WHERE left_at IS NULL";
        let people = u64::try_from(self.people.len()).unwrap();
        assert_eq!(world.db().count(here).await, people, "after step {step}: one household each");
        let lived_in = format!("(SELECT DISTINCT household_id FROM {here}) h");
        let owners = format!("{here} AND role = 'owner'");
        assert_eq!(world.db().count(&owners).await, world.db().count(&lived_in).await, "after step {step}: one owner");
        let astray = format!("household_refs r WHERE r.household_id NOT IN (SELECT household_id FROM {here})");
        assert_eq!(world.db().count(&astray).await, 0, "after step {step}: no number leads where nobody is");
        let stranded =
            format!("wallets WHERE balance + owed > 0 AND household_id NOT IN (SELECT household_id FROM {here})");
        assert_eq!(world.db().count(&stranded).await, 0, "after step {step}: no point is where nobody is");
    }
}

async fn walk(world: &TestApp, seed: u64) {
    let app = world.app();
    set_rule(app, "1", "2017-01-01", &[]).await;
    let mut people = Vec::new();
    for number in NUMBERS {
        found(app, number).await;
        people.push(format!("{number}-owner"));
        for (name, role) in [("adult", Role::Adult), ("senior", Role::Senior)] {
            let name = format!("{number}-{name}");
            add_person(app, number, &name, role).await;
            people.push(name);
        }
    }
    let perk = define_perk(app, PRICE, 10_000, 10_000).await.id;
    let mut walk = Walk { app, dice: Dice(seed), people, perk, reference: Reference::default(), step: 0 };
    while walk.step < STEPS {
        walk.turn(world).await;
        walk.look(world).await;
        walk.step += 1;
    }
    assert!(walk.reference.done.iter().all(|&count| count > 0), "{:?}", walk.reference.done);
    assert_verifies(app).await;
}

on_both_engines! {
    async fn no_point_and_nobody_is_lost_by_seed_1(world: TestApp) {
        walk(&world, 1).await;
    }

    async fn no_point_and_nobody_is_lost_by_seed_2(world: TestApp) {
        walk(&world, 2).await;
    }

    async fn no_point_and_nobody_is_lost_by_seed_3(world: TestApp) {
        walk(&world, 3).await;
    }
}
