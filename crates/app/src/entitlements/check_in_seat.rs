use accounts::StaffRole;
use db::{AuditLine, Tx, outbox};
use entitlements::{Gathering, Grant, Perk, events::GrantUsed};
use kernel::{Fault, Id, Timestamp, kinds};

use super::seat_pass::{PassUse, SeatPass};
use crate::{
    App, Principal, StaffPrincipal,
    ledger::{current_id, lock_known_wallets},
};

/// Who stands at the door.
#[derive(Debug, Clone, Copy)]
pub enum DoorKeeper {
    /// Somebody of the staff, with the role perks.
    Staff(StaffPrincipal),
    /// A leader of the community the gathering is for, or of any where it is for all.
    Leader(Principal),
}

/// Somebody came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatCheckedIn {
    /// The seat.
    pub grant: Grant,
    /// The perk whose grants are the gathering's seats.
    pub perk: Perk,
}

/// Why nobody came in. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckInRefusal {
    /// They keep no doors: none of their roles does, or they lead no community of the gathering.
    #[error("they keep no doors here")]
    NotAllowed,
    /// The code is none of a seat.
    #[error("there is no such seat")]
    NoSuchSeat,
    /// The seat was given back, or the gathering called off.
    #[error("the seat was cancelled at {at}")]
    Cancelled {
        /// When.
        at: Timestamp,
    },
    /// Somebody came in with it before.
    #[error("somebody came in with it at {at}")]
    CheckedIn {
        /// When.
        at: Timestamp,
    },
    /// The doors open two hours before the gathering begins, and close when it is over.
    #[error("the doors are open from two hours before {starts_at} until it is over")]
    DoorsClosed {
        /// When it begins.
        starts_at: Timestamp,
    },
}

/// How long before a gathering its doors open.
const DOORS_OPEN_MINUTES: i64 = 120;

impl App {
    /// Lets whoever shows the code of a seat in, once.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe: it then says when somebody came in.
    pub async fn check_in_seat(
        &self,
        keeper: &DoorKeeper,
        code: &str,
    ) -> Result<Result<SeatCheckedIn, CheckInRefusal>, Fault> {
        let Some(pass) = SeatPass::parse(code, self.secret(), PassUse::CheckIn) else {
            return Ok(Err(CheckInRefusal::NoSuchSeat));
        };
        db::retry_contention(async || self.check_in_once(keeper, pass).await).await
    }

    async fn check_in_once(
        &self,
        keeper: &DoorKeeper,
        pass: SeatPass,
    ) -> Result<Result<SeatCheckedIn, CheckInRefusal>, Fault> {
        let mut tx = self.begin(keeper.actor()).await?;
        if let DoorKeeper::Staff(principal) = keeper {
            let locked = principal.lock(&mut tx, &[StaffRole::Perks]).await?;
            if locked.is_err() {
                return Ok(Err(CheckInRefusal::NotAllowed));
            }
        }
        let led = keeper.lock_led(&mut tx).await?;
        let Some((mut grant, mut perk)) = self.lock_seat(&mut tx, pass).await? else {
            return Ok(Err(CheckInRefusal::NoSuchSeat));
        };
        if !keeper.keeps_door_of(&perk, &led) {
            return Ok(Err(CheckInRefusal::NotAllowed));
        }

        let gathering = perk.gathering.as_mut().ok_or_else(|| Fault::inconsistent("check in at what is none"))?;
        if let Err(refusal) = check(&grant, gathering, tx.now()) {
            return Ok(Err(refusal));
        }
        grant.used_at = Some(tx.now());

        // From the first one on it is known who stayed away.
        if gathering.first_check_in_at.is_none() {
            gathering.first_check_in_at = Some(tx.now());
            entitlements::store::update_gathering(&mut tx, perk.id, gathering).await?;
        }
        entitlements::store::update_grant_used(&mut tx, &grant).await?;
        outbox::append(&mut tx, &GrantUsed::of(&grant));
        let (subject, household) = (grant.id.to_string(), Some(grant.household));
        tx.audit(AuditLine { action: "check_in_seat", household, subject, detail: perk.code.to_string() });

        tx.commit().await?;
        Ok(Ok(SeatCheckedIn { grant, perk }))
    }

    /// Locks the wallet of whoever has the seat now, and with it the seat.
    async fn lock_seat(&self, tx: &mut Tx, pass: SeatPass) -> Result<Option<(Grant, Perk)>, Fault> {
        let household: Id<kinds::Household> = current_id(tx, pass.household).await?;
        if lock_known_wallets(tx, self.settings(), &[household]).await?.is_none() {
            return Ok(None);
        }
        let Some(grant) = entitlements::store::lock_grant(tx, household, pass.grant).await? else { return Ok(None) };
        let shelf = entitlements::store::lock_shelves(tx, &[grant.perk], &[]).await?.remove(&grant.perk);
        let perk = shelf.ok_or_else(|| Fault::inconsistent("find the perk of a grant"))?.perk().clone();
        Ok(perk.gathering.is_some().then_some((grant, perk)))
    }
}

impl DoorKeeper {
    fn actor(&self) -> kernel::Actor {
        match self {
            Self::Staff(principal) => principal.actor(),
            Self::Leader(principal) => principal.actor(),
        }
    }

    /// The communities a leader leads now; held, so that whoever ceases to lead this moment comes before or after.
    async fn lock_led(&self, tx: &mut Tx) -> Result<Vec<Id<kinds::Community>>, Fault> {
        match self {
            Self::Staff(_) => Ok(Vec::new()),
            Self::Leader(principal) => accounts::store::lock_led_communities(tx, principal.person).await,
        }
    }

    fn keeps_door_of(&self, perk: &Perk, led: &[Id<kinds::Community>]) -> bool {
        match self {
            Self::Staff(_) => true,
            Self::Leader(_) => perk.audience.community.map_or(!led.is_empty(), |community| led.contains(&community)),
        }
    }
}

fn check(grant: &Grant, gathering: &Gathering, now: Timestamp) -> Result<(), CheckInRefusal> {
    if let Some(at) = grant.cancelled_at.or(gathering.called_off_at) {
        return Err(CheckInRefusal::Cancelled { at });
    }
    if let Some(at) = grant.used_at {
        return Err(CheckInRefusal::CheckedIn { at });
    }
    let opens_at = gathering.starts_at - chrono::TimeDelta::minutes(DOORS_OPEN_MINUTES);
    if now < opens_at || now >= gathering.ends_at {
        return Err(CheckInRefusal::DoorsClosed { starts_at: gathering.starts_at });
    }
    Ok(())
}
