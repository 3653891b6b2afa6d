//! The lane of ballots: all who vote at the same time share one load, one write and one commit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use accounts::Role;
use cocreation::{Book, Cast, StudyState, events::BallotAccepted, store};
use db::{AuditLine, Tx, outbox};
use kernel::{Actor, Fault, Id, kinds};

use super::cast_ballot::{BallotCast, CastBallot, CastBallotRefusal};
use crate::{
    App,
    lane::{Lane, Verb},
};

/// Who says what.
#[derive(Debug)]
pub(crate) struct BallotAsked {
    pub(super) person: Id<kinds::Person>,
    pub(super) cast: CastBallot,
}

type Answer = Result<BallotCast, CastBallotRefusal>;

/// The verb of the lane.
#[derive(Debug)]
pub(crate) struct CastBallots;

impl Verb for CastBallots {
    type Command = BallotAsked;
    type Answer = Answer;

    const DOING: &'static str = "cast a ballot";
    const ACTOR: Actor = Actor::System;

    fn lane(app: &App) -> &Lane<Self> {
        app.ballots()
    }

    fn weight(_: &BallotAsked) -> usize {
        1
    }

    async fn run(app: &App, mut tx: Tx, all: &[&BallotAsked]) -> Result<Vec<Answer>, Fault> {
        let mut books = Books::load(app, &mut tx, all).await?;

        let answers: Vec<Answer> = all.iter().map(|asked| decide(app, &mut books, &tx, asked)).collect();

        if answers.iter().all(|answer| !answer.as_ref().is_ok_and(|cast| !cast.is_unchanged)) {
            tx.rollback().await?;
            return Ok(answers);
        }
        record(&mut tx, &books).await?;

        tx.commit().await?;
        Ok(answers)
    }

    async fn are_blocked(tx: &mut Tx, all: &[&BallotAsked]) -> Result<Vec<bool>, Fault> {
        let studies: Vec<Id<kinds::Study>> = all.iter().map(|asked| asked.cast.study).collect();
        let locked = store::list_locked_chains(tx, &studies).await?;
        Ok(all.iter().map(|asked| locked.contains(&asked.cast.study)).collect())
    }
}

/// What decisions look at, all of it locked.
struct Books {
    members: HashMap<Id<kinds::Person>, (Id<kinds::Household>, Role)>,
    studies: BTreeMap<Id<kinds::Study>, Book>,
}

impl Books {
    /// Locks and loads in the order of `db/src/tx.rs`: memberships, then chains of studies.
    async fn load(app: &App, tx: &mut Tx, all: &[&BallotAsked]) -> Result<Self, Fault> {
        let persons: BTreeSet<Id<kinds::Person>> = all.iter().map(|asked| asked.person).collect();
        let persons: Vec<Id<kinds::Person>> = persons.into_iter().collect();
        let members = accounts::store::lock_memberships(tx, &persons).await?;
        let households: BTreeSet<Id<kinds::Household>> = members.values().map(|(household, _)| *household).collect();
        let households: Vec<Id<kinds::Household>> = households.into_iter().collect();
        let studies: BTreeSet<Id<kinds::Study>> = all.iter().map(|asked| asked.cast.study).collect();
        let studies: Vec<Id<kinds::Study>> = studies.into_iter().collect();
        let studies = store::lock_books(tx, &app.ballot_key(), &studies, &households).await?;
        Ok(Self { members, studies })
    }
}

fn decide(app: &App, books: &mut Books, tx: &Tx, asked: &BallotAsked) -> Answer {
    let &(household, role) = books.members.get(&asked.person).ok_or(CastBallotRefusal::NoHousehold)?;
    let book = books.studies.get_mut(&asked.cast.study).ok_or(CastBallotRefusal::NoSuchStudy)?;
    if book.study().state(book.chain(), tx.now()) == StudyState::Draft {
        return Err(CastBallotRefusal::NoSuchStudy);
    }
    if role == Role::Child {
        return Err(CastBallotRefusal::NotAllowed);
    }
    let cast = book.cast(&app.ballot_key(), household, asked.person, &asked.cast.said, tx.now())?;
    Ok(match cast {
        Cast::New(receipt) => BallotCast { receipt, is_unchanged: false },
        Cast::Same(receipt) => BallotCast { receipt, is_unchanged: true },
    })
}

async fn record(tx: &mut Tx, books: &Books) -> Result<(), Fault> {
    for book in books.studies.values() {
        store::insert_written(tx, book).await?;
        let turnout = book.chain().map_or(0, |chain| chain.turnout);
        for receipt in &book.written().receipts {
            outbox::append(tx, &BallotAccepted::of(receipt, turnout));
            let line = AuditLine {
                action: "cast_ballot",
                household: Some(receipt.household),
                subject: receipt.study.to_string(),
                detail: format!("entry {}", receipt.entry_no),
            };
            tx.audit_of(Actor::Member(receipt.person), line);
        }
    }
    Ok(())
}
