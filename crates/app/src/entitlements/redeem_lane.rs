//! The lane of redemptions: all who redeem at the same time share one load, one write and one commit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use accounts::{SpendRight, Spender};
use chrono::Weekday;
use db::{
    AuditLine, Tx,
    idempotency::{self, InputHash, Kept, Known},
    outbox,
};
use entitlements::{Grant, Shelf, Taker, events};
use kernel::{Actor, BusinessDate, Fault, Id, Points, Zone, kinds};
use ledger::{Cause, Posting, Wallet, events::PointsPosted};

use super::{
    applicants::Applicants,
    redeem_perk::{RedeemPerk, RedeemPerkRefusal},
};
use crate::{
    App, Settings,
    lane::{Lane, Verb},
};

const OPERATION: &str = "redeem_perk";

/// Who asks for what.
#[derive(Debug)]
pub(crate) struct RedeemAsked {
    pub(super) person: Id<kinds::Person>,
    pub(super) redeem: RedeemPerk,
}

/// What became of it.
#[derive(Debug)]
pub(crate) enum Redeemed {
    /// The grant was given now.
    Now(Grant),
    /// It was given before, to the same key.
    Before { household: Id<kinds::Household>, grant: Id<kinds::Grant> },
}

type Answer = Result<Redeemed, RedeemPerkRefusal>;

/// The verb of the lane.
#[derive(Debug)]
pub(crate) struct RedeemPerks;

impl Verb for RedeemPerks {
    type Command = RedeemAsked;
    type Answer = Answer;

    const DOING: &'static str = "redeem a perk";
    const ACTOR: Actor = Actor::System;

    fn lane(app: &App) -> &Lane<Self> {
        app.redeems()
    }

    fn weight(_: &RedeemAsked) -> usize {
        1
    }

    async fn run(app: &App, mut tx: Tx, all: &[&RedeemAsked]) -> Result<Vec<Answer>, Fault> {
        let mut books = Books::load(&mut tx, app.settings(), all).await?;

        let today = app.settings().zone.date_of(tx.now());
        let mut decided = Decided::default();
        let mut answers = Vec::with_capacity(all.len());
        for asked in all {
            answers.push(decide(&mut books, &mut decided, &tx, asked, today)?);
        }

        // A batch that gives nothing lets go of its locks before answering.
        if decided.grants.is_empty() {
            tx.rollback().await?;
            return Ok(answers);
        }
        record(&mut tx, &books, decided).await?;

        tx.commit().await?;
        Ok(answers)
    }

    async fn are_blocked(tx: &mut Tx, all: &[&RedeemAsked]) -> Result<Vec<bool>, Fault> {
        let persons: Vec<Id<kinds::Person>> = all.iter().map(|asked| asked.person).collect();
        let places = accounts::store::find_households_of(tx, &persons).await?;
        let households: Vec<Id<kinds::Household>> = places.values().copied().collect();
        let wallets = ledger::store::list_locked_wallets(tx, &households).await?;
        if !wallets.is_empty() {
            let is_blocked = |asked: &&RedeemAsked| places.get(&asked.person).is_some_and(|it| wallets.contains(it));
            return Ok(all.iter().map(is_blocked).collect());
        }
        // Other batches take turns with the stock of a perk that many want: only when no wallet is to blame is it looked at.
        let perks: Vec<Id<kinds::Perk>> = all.iter().map(|asked| asked.redeem.perk).collect();
        let stocks = entitlements::store::list_locked_stocks(tx, &perks).await?;
        Ok(all.iter().map(|asked| stocks.contains(&asked.redeem.perk)).collect())
    }
}

/// What decisions look at, all of it locked.
struct Books {
    spenders: HashMap<Id<kinds::Person>, Spender>,
    /// What those with a weekly right spent this week, in this batch too.
    spent: Spent,
    wallets: BTreeMap<Id<kinds::Household>, Wallet>,
    shelves: BTreeMap<Id<kinds::Perk>, Shelf>,
    /// What the perks of the batch ask of the households.
    applicants: Applicants,
    kept: HashMap<(String, String), Kept>,
    /// Keys of this very batch, so that one used twice in it is recognised: for which perk, and the grant.
    taken: HashMap<(Id<kinds::Person>, String), Taken>,
}

/// For what a key was used in this batch.
type Taken = (Id<kinds::Perk>, Id<kinds::Grant>);

/// What a batch decided to write; a posting and a key for each grant.
#[derive(Default)]
struct Decided {
    grants: Vec<Grant>,
    postings: Vec<Posting>,
    answers: Vec<(idempotency::Key, InputHash, String)>,
}

impl Books {
    /// Locks and loads in the order of `db/src/tx.rs`: persons and households, wallets, perk stocks.
    async fn load(tx: &mut Tx, settings: &Settings, all: &[&RedeemAsked]) -> Result<Self, Fault> {
        let persons: BTreeSet<Id<kinds::Person>> = all.iter().map(|asked| asked.person).collect();
        let spenders = accounts::store::lock_spenders(tx, &persons.into_iter().collect::<Vec<_>>()).await?;
        let households: BTreeSet<Id<kinds::Household>> = spenders.values().map(|spender| spender.household).collect();
        let households: Vec<Id<kinds::Household>> = households.into_iter().collect();
        let wallets = crate::ledger::lock_wallets(tx, settings, &households).await?;
        let principals: Vec<String> = all.iter().map(|asked| asked.person.to_string()).collect();
        let keys = all.iter().zip(&principals);
        let keys: Vec<(&str, &str)> =
            keys.map(|(asked, principal)| (principal.as_str(), asked.redeem.idempotency_key.as_str())).collect();
        let kept = idempotency::list_kept(tx, OPERATION, &keys).await?;
        let spent = spent_this_week(tx, &spenders, settings.zone).await?;
        // Last, for other batches wait for the same few stocks.
        let perks: BTreeSet<Id<kinds::Perk>> = all.iter().map(|asked| asked.redeem.perk).collect();
        let perks: Vec<Id<kinds::Perk>> = perks.into_iter().collect();
        let shelves = entitlements::store::lock_shelves(tx, &perks, &households).await?;
        let applicants = Applicants::load(tx, shelves.values(), &households).await?;
        Ok(Self { spenders, spent, wallets, shelves, applicants, kept, taken: HashMap::new() })
    }

    /// What the key was answered before, or in this batch.
    fn answer_again(
        &self,
        asked: &RedeemAsked,
        household: Id<kinds::Household>,
        input: InputHash,
    ) -> Result<Option<Answer>, Fault> {
        let (person, key) = (asked.person, asked.redeem.idempotency_key.to_string());
        if let Some(&(perk, grant)) = self.taken.get(&(person, key.clone())) {
            let is_same = perk == asked.redeem.perk;
            let again = if is_same { Ok(Redeemed::Before { household, grant }) } else { Err(reused()) };
            return Ok(Some(again));
        }
        let Some(kept) = self.kept.get(&(person.to_string(), key)) else { return Ok(None) };
        Ok(Some(match kept.known(input) {
            Known::SameInput(answer) => {
                let grant = answer.parse().map_err(|_| Fault::inconsistent("read an idempotent answer"))?;
                Ok(Redeemed::Before { household, grant })
            }
            Known::OtherInput => Err(reused()),
        }))
    }
}

/// The input of redeeming a perk.
pub(crate) fn redeem_hash(perk: Id<kinds::Perk>) -> InputHash {
    InputHash::of(&[&perk.to_string()])
}

/// One statement for the batch, and none where nobody's right is counted by the week.
pub(super) async fn spent_this_week(
    tx: &mut Tx,
    spenders: &HashMap<Id<kinds::Person>, Spender>,
    zone: Zone,
) -> Result<Spent, Fault> {
    let today = zone.date_of(tx.now());
    let are_counted = spenders.iter().filter(|(_, spender)| matches!(spender.right(today), SpendRight::Weekly(_)));
    let counted: Vec<_> = are_counted.map(|(person, spender)| (spender.household, *person)).collect();
    if counted.is_empty() {
        return Ok(HashMap::new());
    }
    let monday = today.week(Weekday::Mon).first_day();
    entitlements::store::list_spent_since(tx, &counted, zone.start_of(monday)).await
}

/// What members spent this week.
pub(super) type Spent = HashMap<(Id<kinds::Household>, Id<kinds::Person>), Points>;

/// Whether a member may spend so much more today, by what they spent this week.
pub(super) fn check_right(
    spent: &Spent,
    spender: &Spender,
    spends: (Id<kinds::Person>, Points),
    today: BusinessDate,
) -> Result<(), RedeemPerkRefusal> {
    let (person, price) = spends;
    match spender.right(today) {
        SpendRight::Unlimited => Ok(()),
        SpendRight::None if spender.is_kept_as_child(today) => Err(RedeemPerkRefusal::NotAllowed),
        SpendRight::None => Err(RedeemPerkRefusal::NotEntrusted),
        SpendRight::Weekly(weekly) => {
            let spent = spent.get(&(spender.household, person)).copied().unwrap_or(Points::ZERO);
            // What was spent may be more than the right, where the owner lowered it within the week.
            let left = weekly.minus(spent).unwrap_or(Points::ZERO);
            if price <= left { Ok(()) } else { Err(RedeemPerkRefusal::WeeklyLimit { weekly, left }) }
        }
    }
}

fn reused() -> RedeemPerkRefusal {
    RedeemPerkRefusal::IdempotencyKeyReused
}

fn decide(
    books: &mut Books,
    decided: &mut Decided,
    tx: &Tx,
    asked: &RedeemAsked,
    today: BusinessDate,
) -> Result<Answer, Fault> {
    let Some(&spender) = books.spenders.get(&asked.person) else {
        return Ok(Err(RedeemPerkRefusal::NoHousehold));
    };
    let RedeemPerk { perk, idempotency_key } = &asked.redeem;
    if !books.shelves.contains_key(perk) {
        return Ok(Err(RedeemPerkRefusal::NoSuchPerk));
    }
    let input = redeem_hash(*perk);
    if let Some(again) = books.answer_again(asked, spender.household, input)? {
        return Ok(again);
    }
    let (grant, posting) = match redeem(books, tx, asked, &spender, today) {
        Ok(redeemed) => redeemed,
        Err(refusal) => return Ok(Err(refusal)),
    };

    books.taken.insert((asked.person, idempotency_key.to_string()), (*perk, grant.id));
    let (principal, key) = (asked.person.to_string(), idempotency_key.to_string());
    let key = idempotency::Key { principal, operation: OPERATION, key };
    decided.answers.push((key, input, grant.id.to_string()));
    decided.grants.push(grant);
    decided.postings.push(posting);
    Ok(Ok(Redeemed::Now(grant)))
}

/// The perk must be there to grant before a point is spent, and the points must be spent before it is granted. A refusal
/// leaves the books as they were.
fn redeem(
    books: &mut Books,
    tx: &Tx,
    asked: &RedeemAsked,
    spender: &Spender,
    today: BusinessDate,
) -> Result<(Grant, Posting), RedeemPerkRefusal> {
    let household = spender.household;
    let perk = books.shelves.get(&asked.redeem.perk).ok_or(RedeemPerkRefusal::NoSuchPerk)?.perk();
    let price = perk.price;
    if perk.has_slots {
        return Err(RedeemPerkRefusal::NeedsSlot);
    }
    check_right(&books.spent, spender, (asked.person, price), today)?;
    let shelf = books.shelves.get_mut(&asked.redeem.perk).ok_or(RedeemPerkRefusal::NoSuchPerk)?;
    let wallet = books.wallets.get_mut(&household).expect("every household of the batch has its wallet locked");
    let applicant = books.applicants.applicant(asked.person, spender, (tx.now(), today));
    shelf.check(&applicant)?;
    let grant_id = tx.new_id();
    let cause = Cause {
        id: tx.new_id(),
        reference: Id::<kinds::Grant>::to_string(&grant_id),
        actor: Actor::Member(asked.person),
        posted_at: tx.now(),
        business_date: today,
    };
    let posting = wallet.spend(cause, price, today)?;
    let grant = shelf.grant(Taker { grant: grant_id, posting: posting.cause.id, applicant })?;
    let spent = books.spent.entry((household, asked.person)).or_insert(Points::ZERO);
    *spent = spent.plus(price).expect("nobody spends more than a wallet may hold");
    Ok((grant, posting))
}

async fn record(tx: &mut Tx, books: &Books, decided: Decided) -> Result<(), Fault> {
    let Decided { grants, postings, answers } = decided;
    let perks: BTreeSet<Id<kinds::Perk>> = grants.iter().map(|grant| grant.perk).collect();
    for perk in &perks {
        entitlements::store::update_places(tx, books.shelves[perk].changed_places()).await?;
    }
    tx.gather();
    ledger::store::update_wallets(tx, books.wallets.values()).await?;
    ledger::store::insert_postings(tx, &postings).await?;
    entitlements::store::update_stocks(tx, perks.iter().map(|perk| &books.shelves[perk])).await?;
    entitlements::store::insert_grants(tx, &grants).await?;
    for (grant, posting) in grants.iter().zip(&postings) {
        outbox::append(tx, &PointsPosted::of(posting));
        outbox::append(tx, &events::PerkRedeemed::of(grant));
        let line = AuditLine {
            action: OPERATION,
            household: Some(grant.household),
            subject: grant.id.to_string(),
            detail: format!("{} for {} points", grant.perk, Points::get(grant.price)),
        };
        tx.audit_of(Actor::Member(grant.redeemed_by), line);
    }
    idempotency::insert_answers(tx, answers).await
}
