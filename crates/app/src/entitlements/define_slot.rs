use accounts::StaffRole;
use db::{AuditLine, Tx};
use entitlements::{
    DeliverySlot, Perk, PerkCode, SlotTermsRefusal, Stock,
    store::{insert_slot, lock_perk_by_code, lock_slot_at, update_perk, update_slots},
};
use kernel::{Fault, Label, Timestamp};

use crate::{App, StaffPrincipal, staff::NotAllowed};

/// The staff puts a delivery slot on offer, or changes one.
#[derive(Debug, Clone)]
pub struct DefineSlot {
    /// The perk whose grants book it.
    pub perk: PerkCode,
    /// The name of the community it is for.
    pub community: Label,
    /// When delivering begins; a known one of the perk and the community is that slot.
    pub starts_at: Timestamp,
    /// When all is delivered.
    pub ends_at: Timestamp,
    /// From then on nobody books it or gives it back.
    pub cut_off_at: Timestamp,
    /// How many orders fit.
    pub capacity: u32,
    /// Whether it can be booked.
    pub is_open: bool,
    /// The version that whoever changes it saw; none: it is new.
    pub expected_version: Option<u32>,
}

/// Why a slot is not put on offer or changed. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DefineSlotRefusal {
    /// None of their roles keeps perks.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// Its times or its capacity make no sense.
    #[error(transparent)]
    Terms(#[from] SlotTermsRefusal),
    /// There is no perk of that code.
    #[error("there is no such perk")]
    NoSuchPerk,
    /// The perk is a seat at a gathering, or was granted without a slot before.
    #[error("the perk is redeemed without a slot")]
    OtherUse,
    /// There is no community of that name.
    #[error("there is no such community")]
    NoSuchCommunity,
    /// It is not as whoever changes it saw it, or there is one already.
    #[error("it is not as it was seen")]
    VersionConflict,
    /// Households booked it on these terms: its end and cut-off do not change any more.
    #[error("{taken} booked it on these terms")]
    Booked {
        /// How many.
        taken: u32,
    },
    /// It would have less room than is taken.
    #[error("{taken} booked it: it cannot have less room")]
    BelowTaken {
        /// How many.
        taken: u32,
    },
}

impl App {
    /// Puts a delivery slot on offer, or changes it as it was seen: for staff with the role perks. From its first slot on a perk is
    /// redeemed by booking one.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn define_slot(
        &self,
        principal: &StaffPrincipal,
        define: &DefineSlot,
    ) -> Result<Result<DeliverySlot, DefineSlotRefusal>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            if let Err(refusal) = principal.lock(&mut tx, &[StaffRole::Perks]).await? {
                return Ok(Err(refusal.into()));
            }
            self.define_slot_in(tx, define).await
        })
        .await
    }

    async fn define_slot_in(
        &self,
        mut tx: Tx,
        define: &DefineSlot,
    ) -> Result<Result<DeliverySlot, DefineSlotRefusal>, Fault> {
        let Some((perk, stock)) = lock_perk_by_code(&mut tx, &define.perk).await? else {
            return Ok(Err(DefineSlotRefusal::NoSuchPerk));
        };
        let Some(community) = accounts::store::find_community_by_name(&mut tx, &define.community).await? else {
            return Ok(Err(DefineSlotRefusal::NoSuchCommunity));
        };
        let known = lock_slot_at(&mut tx, perk.id, community, define.starts_at).await?;

        let slot = DeliverySlot {
            id: known.map_or_else(|| tx.new_id(), |known| known.id),
            perk: perk.id,
            community,
            starts_at: define.starts_at,
            ends_at: define.ends_at,
            ends_on: self.settings().zone.date_of(define.ends_at),
            cut_off_at: define.cut_off_at,
            capacity: define.capacity,
            taken: known.map_or(0, |known| known.taken),
            is_open: define.is_open,
            version: define.expected_version.unwrap_or(0).saturating_add(1),
        };
        if let Err(refusal) = check(define, (&perk, stock), known.as_ref(), &slot, tx.now()) {
            return Ok(Err(refusal));
        }

        record(&mut tx, perk, &slot, known.is_some()).await?;

        tx.commit().await?;
        Ok(Ok(slot))
    }
}

async fn record(tx: &mut Tx, perk: Perk, slot: &DeliverySlot, is_known: bool) -> Result<(), Fault> {
    if !perk.has_slots {
        update_perk(tx, &Perk { has_slots: true, ..perk.clone() }).await?;
    }
    if is_known {
        update_slots(tx, [slot].into_iter()).await?;
    } else {
        insert_slot(tx, slot).await?;
    }
    let (capacity, starts_at, version) = (slot.capacity, slot.starts_at, slot.version);
    let open = if slot.is_open { "open" } else { "closed" };
    let detail = format!("{}: {starts_at} for {capacity} orders, {open}, version {version}", perk.code);
    tx.audit(AuditLine { action: "define_slot", household: None, subject: slot.id.to_string(), detail });
    Ok(())
}

fn check(
    define: &DefineSlot,
    (perk, stock): (&Perk, Stock),
    known: Option<&DeliverySlot>,
    told: &DeliverySlot,
    now: Timestamp,
) -> Result<(), DefineSlotRefusal> {
    // Who holds a grant without a slot could neither use it nor understand why.
    if perk.gathering.is_some() || (!perk.has_slots && stock.taken + stock.offered > 0) {
        return Err(DefineSlotRefusal::OtherUse);
    }
    if known.map(|known| known.version) != define.expected_version {
        return Err(DefineSlotRefusal::VersionConflict);
    }
    told.check_terms(now)?;
    let Some(known) = known else { return Ok(()) };
    let taken = known.taken;
    if taken > 0 && (known.ends_at, known.cut_off_at) != (told.ends_at, told.cut_off_at) {
        return Err(DefineSlotRefusal::Booked { taken });
    }
    if told.capacity < taken { Err(DefineSlotRefusal::BelowTaken { taken }) } else { Ok(()) }
}
