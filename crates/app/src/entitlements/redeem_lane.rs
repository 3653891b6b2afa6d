//! The lane of redemptions: all who redeem at the same time share one load, one write and one commit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use accounts::Role;
use db::{
    AuditLine, Tx,
    idempotency::{self, InputHash, Kept, Known},
    outbox,
};
use entitlements::{Grant, Shelf, Taker, events};
use kernel::{Actor, BusinessDate, Fault, Id, Points, kinds};
use ledger::{Cause, Posting, Wallet, events::PointsPosted};

use super::redeem_perk::{RedeemPerk, RedeemPerkRefusal};
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
}

/// What decisions look at, all of it locked.
struct Books {
    places: HashMap<Id<kinds::Person>, (Id<kinds::Household>, Role)>,
    wallets: BTreeMap<Id<kinds::Household>, Wallet>,
    shelves: BTreeMap<Id<kinds::Perk>, Shelf>,
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
        let places = accounts::store::lock_memberships(tx, &persons.into_iter().collect::<Vec<_>>()).await?;
        let households: BTreeSet<Id<kinds::Household>> = places.values().map(|(household, _)| *household).collect();
        let households: Vec<Id<kinds::Household>> = households.into_iter().collect();
        let wallets = crate::ledger::lock_wallets(tx, settings, &households).await?;
        let perks: BTreeSet<Id<kinds::Perk>> = all.iter().map(|asked| asked.redeem.perk).collect();
        let perks: Vec<Id<kinds::Perk>> = perks.into_iter().collect();
        let shelves = entitlements::store::lock_shelves(tx, &perks, &households).await?;
        let principals: Vec<String> = all.iter().map(|asked| asked.person.to_string()).collect();
        let keys = all.iter().zip(&principals);
        let keys: Vec<(&str, &str)> =
            keys.map(|(asked, principal)| (principal.as_str(), asked.redeem.idempotency_key.as_str())).collect();
        let kept = idempotency::list_kept(tx, OPERATION, &keys).await?;
        Ok(Self { places, wallets, shelves, kept, taken: HashMap::new() })
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
    let Some(&(household, role)) = books.places.get(&asked.person) else {
        return Ok(Err(RedeemPerkRefusal::NoHousehold));
    };
    let RedeemPerk { perk, idempotency_key } = &asked.redeem;
    if !books.shelves.contains_key(perk) {
        return Ok(Err(RedeemPerkRefusal::NoSuchPerk));
    }
    let input = InputHash::of(&[&perk.to_string()]);
    if let Some(again) = books.answer_again(asked, household, input)? {
        return Ok(again);
    }
    let (grant, posting) = match redeem(books, tx, asked, (household, role), today) {
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
    (household, role): (Id<kinds::Household>, Role),
    today: BusinessDate,
) -> Result<(Grant, Posting), RedeemPerkRefusal> {
    if role == Role::Child {
        return Err(RedeemPerkRefusal::NotAllowed);
    }
    let shelf = books.shelves.get_mut(&asked.redeem.perk).ok_or(RedeemPerkRefusal::NoSuchPerk)?;
    let wallet = books.wallets.get_mut(&household).expect("every household of the batch has its wallet locked");
    shelf.check(household)?;
    let grant_id = tx.new_id();
    let cause = Cause {
        id: tx.new_id(),
        reference: Id::<kinds::Grant>::to_string(&grant_id),
        actor: Actor::Member(asked.person),
        posted_at: tx.now(),
        business_date: today,
    };
    let posting = wallet.spend(cause, shelf.perk().price, today)?;
    let person = asked.person;
    let taker = Taker { grant: grant_id, posting: posting.cause.id, household, person, now: tx.now(), today };
    Ok((shelf.grant(taker)?, posting))
}

async fn record(tx: &mut Tx, books: &Books, decided: Decided) -> Result<(), Fault> {
    let Decided { grants, postings, answers } = decided;
    let perks: BTreeSet<Id<kinds::Perk>> = grants.iter().map(|grant| grant.perk).collect();
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
