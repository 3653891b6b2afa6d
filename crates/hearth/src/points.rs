//! Points given, taken, waived and moved by decision, as the operator does it from the shell.

use app::{
    App,
    ledger::{self as acts, Adjustment, PointsMoved},
};
use kernel::{Actor, Id, IdempotencyKey, kinds};
use ledger::{Contributor, Posting};

use crate::{
    Failure,
    cli::{self, HouseholdNamed},
    console,
};

/// Does what the command line says of points.
pub(crate) async fn run(app: &App, act: cli::Points) -> Result<(), Failure> {
    match act {
        cli::Points::Adjust(options) => adjust(app, options).await,
        cli::Points::Forgive(options) => forgive(app, options).await,
        cli::Points::Move(options) => move_points(app, options).await,
        cli::Points::UndoMove(options) => undo_move(app, options).await,
    }
}

/// The household that is meant.
///
/// # Errors
/// A [`Failure`] when nobody has that number.
pub(crate) async fn household(app: &App, named: &HouseholdNamed) -> Result<Id<kinds::Household>, Failure> {
    match named {
        HouseholdNamed::Id(id) => Ok(*id),
        HouseholdNamed::Number(number) => {
            let found = app.find_household_by_ref(number).await?;
            found.ok_or_else(|| Failure::new(format!("there is no household {number}")))
        }
    }
}

async fn adjust(app: &App, options: cli::AdjustPoints) -> Result<(), Failure> {
    let (adjustment, points) = match (options.give, options.take) {
        (Some(points), _) => (Adjustment::Credit, points),
        (None, Some(points)) => (Adjustment::Debit, points),
        (None, None) => return Err(Failure::new("say how many points to give or to take")),
    };
    let act = acts::AdjustPoints {
        household: household(app, &options.household).await?,
        adjustment,
        points,
        reason: options.decision.reason,
        idempotency_key: key(app, options.decision.key),
    };
    let posting = app.adjust_points(&act).await?.map_err(|refusal| Failure::new(refusal.to_string()))?;
    say(&posting, &act.idempotency_key);
    Ok(())
}

async fn forgive(app: &App, options: cli::ForgivePoints) -> Result<(), Failure> {
    let act = acts::ForgiveDebt {
        household: household(app, &options.household).await?,
        points: options.points,
        reason: options.decision.reason,
        idempotency_key: key(app, options.decision.key),
    };
    let posting = app.forgive_debt(&act).await?.map_err(|refusal| Failure::new(refusal.to_string()))?;
    say(&posting, &act.idempotency_key);
    Ok(())
}

async fn move_points(app: &App, options: cli::MovePoints) -> Result<(), Failure> {
    let contributor = match options.contributor {
        None => None,
        Some(number) => {
            let person = app.find_person_by_ref(&number).await?;
            let person = person.ok_or_else(|| Failure::new(format!("there is no person {number}")))?;
            Some(Contributor::Person(person))
        }
    };
    let act = acts::MovePoints {
        from: household(app, &options.from).await?,
        to: household(app, &options.to).await?,
        contributor,
        reason: options.decision.reason,
        idempotency_key: key(app, options.decision.key),
    };
    let moved = app.move_points(&act).await?.map_err(|refusal| Failure::new(refusal.to_string()))?;
    say_both(&moved, &act.idempotency_key);
    Ok(())
}

async fn undo_move(app: &App, options: cli::UndoMove) -> Result<(), Failure> {
    let from = household(app, &options.from).await?;
    let undone = app.undo_move(from, &options.key, &options.reason).await?;
    let moved = undone.map_err(|refusal| Failure::new(refusal.to_string()))?;
    say_both(&moved, &options.key);
    Ok(())
}

/// Takes a grant back.
pub(crate) async fn cancel_grant(app: &App, options: cli::CancelGrant) -> Result<(), Failure> {
    let household = household(app, &options.household).await?;
    let cancelled = app.cancel_grant(Actor::Operator, household, options.grant, &options.reason).await?;
    let postings = cancelled.map_err(|refusal| Failure::new(refusal.to_string()))?;
    postings.iter().for_each(|posting| console::say(line(posting)));
    Ok(())
}

/// The key that was given, or a new one.
fn key(app: &App, given: Option<IdempotencyKey>) -> IdempotencyKey {
    let new = || {
        let id = app.db().ids().next_id::<()>(app.db().clock().now());
        id.uuid().simple().to_string().parse().expect("32 hexadecimal digits are a key")
    };
    given.unwrap_or_else(new)
}

fn say(posting: &Posting, key: &IdempotencyKey) {
    console::say(line(posting));
    console::say(format_args!("key {key}: with it the same command changes nothing more"));
}

fn say_both(moved: &PointsMoved, key: &IdempotencyKey) {
    console::say(line(&moved.out));
    say(&moved.into, key);
}

fn line(posting: &Posting) -> String {
    let Posting { household, balance_after, owed_after, .. } = posting;
    let (kind, id, net) = (posting.kind.code(), posting.cause.id, posting.net_points());
    format!("{household}: {kind} {net:+} points, balance {balance_after}, owed {owed_after}, {id}")
}
