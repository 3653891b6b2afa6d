use accounts::SpendRight;
use entitlements::{CancelRefusal, Grant};
use kernel::{Fault, Id, Points, Timestamp, kinds};
use ledger::RestoreRefusal;

use super::{
    CancelGrantRefusal,
    cancelling::{Books, Which},
};
use crate::{App, Principal};

/// A member gives a right back that the household does not need.
#[derive(Debug, Clone, Copy)]
pub struct GiveBackGrant {
    /// Which.
    pub grant: Id<kinds::Grant>,
    /// How many points the member was shown that come back.
    pub expected: Points,
}

/// It is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantGivenBack {
    /// The grant, which stands no more.
    pub grant: Grant,
    /// How many points came back.
    pub returned: Points,
}

/// Why a grant is not given back. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GiveBackRefusal {
    /// The member's household has no such grant.
    #[error("there is no such grant")]
    NoSuchGrant,
    /// The member may not decide about the household's points.
    #[error("the member may not give it back")]
    NotAllowed,
    /// Only seats at gatherings and booked slots are given back by members; for others the operator decides.
    #[error("only seats at gatherings and booked slots are given back")]
    NotReturnable,
    /// The gathering began.
    #[error("the gathering began at {at}")]
    Begun {
        /// When.
        at: Timestamp,
    },
    /// The slot was cut off: somebody packs for it.
    #[error("the slot was cut off at {at}")]
    CutOff {
        /// When.
        at: Timestamp,
    },
    /// Another number of points would come back than the member was shown.
    #[error("{returns} points would come back")]
    ReturnChanged {
        /// How many.
        returns: Points,
    },
    /// It does not stand any more.
    #[error(transparent)]
    NotCancelled(#[from] CancelRefusal),
    /// The wallet says no.
    #[error(transparent)]
    NotRestored(#[from] RestoreRefusal),
}

impl App {
    /// Gives a booked slot back until its cut-off, for all its points; or a seat: all its points, a part or none come back, as the
    /// gathering's rule says at this instant, and whoever waits is
    /// offered it. The points return as [`App::cancel_grant`] returns them.
    ///
    /// # Errors
    /// A [`Fault`]; trying again is safe: a grant that was given back says so.
    pub async fn give_back_grant(
        &self,
        principal: &Principal,
        give_back: &GiveBackGrant,
    ) -> Result<Result<GrantGivenBack, GiveBackRefusal>, Fault> {
        db::retry_contention(async || self.give_back_grant_once(principal, give_back).await).await
    }

    async fn give_back_grant_once(
        &self,
        principal: &Principal,
        give_back: &GiveBackGrant,
    ) -> Result<Result<GrantGivenBack, GiveBackRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let spender = accounts::store::lock_spenders(&mut tx, &[principal.person]).await?.remove(&principal.person);
        let Some(spender) = spender else { return Ok(Err(GiveBackRefusal::NoSuchGrant)) };
        let which = Which::Grant(give_back.grant);
        let Some(mut books) = Books::load(&mut tx, self.settings(), spender.household, which).await? else {
            return Ok(Err(GiveBackRefusal::NoSuchGrant));
        };

        let may_decide = spender.right(self.settings().zone.date_of(tx.now())) != SpendRight::None;
        let returns = match returns(&books, may_decide, give_back.expected, tx.now()) {
            Ok(returns) => returns,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let postings = match books.cancel(&tx, self.settings(), 0, returns) {
            Ok(postings) => postings,
            Err(CancelGrantRefusal::NoSuchGrant) => return Ok(Err(GiveBackRefusal::NoSuchGrant)),
            Err(CancelGrantRefusal::NotCancelled(refusal)) => return Ok(Err(refusal.into())),
            Err(CancelGrantRefusal::NotRestored(refusal)) => return Ok(Err(refusal.into())),
        };

        books.record(&mut tx, &postings, "given back").await?;

        let grant = books.grants[0].grant;
        tx.commit().await?;
        Ok(Ok(GrantGivenBack { grant, returned: returns }))
    }
}

/// How many points giving a seat back returns now, if it can be.
fn returns(books: &Books, may_decide: bool, expected: Points, now: Timestamp) -> Result<Points, GiveBackRefusal> {
    let grant = &books.grants[0].grant;
    if !may_decide {
        return Err(GiveBackRefusal::NotAllowed);
    }
    if let Some(at) = grant.cancelled_at {
        return Err(CancelRefusal::AlreadyCancelled { at }.into());
    }
    if let Some(at) = grant.used_at {
        return Err(CancelRefusal::Used { at }.into());
    }
    let returns = match (books.slot_of(0), books.shelf.perk().gathering.as_ref()) {
        (Some(slot), _) if slot.cut_off_at <= now => return Err(GiveBackRefusal::CutOff { at: slot.cut_off_at }),
        (Some(_), _) => grant.price,
        (None, Some(gathering)) if gathering.has_begun(now) => {
            return Err(GiveBackRefusal::Begun { at: gathering.starts_at });
        }
        (None, Some(gathering)) => gathering.returns.of(grant.price, now),
        (None, None) => return Err(GiveBackRefusal::NotReturnable),
    };
    if returns == expected { Ok(returns) } else { Err(GiveBackRefusal::ReturnChanged { returns }) }
}
