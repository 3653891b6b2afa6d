use accounts::{
    OFFER_LIFE, OwnershipOffer, Role,
    events::{OwnershipHandedOver, OwnershipOffered},
    may_own, store,
};
use db::{AuditLine, Tx, outbox};
use kernel::{Fault, Id, Points, kinds};

use super::change_version::ChangeVersion;
use crate::{App, Principal};

/// Why a household is not offered. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfferOwnershipRefusal {
    /// The person owns no household.
    #[error("only the owner offers the household")]
    NotOwner,
    /// Nobody of this id belongs to the household.
    #[error("there is no such member")]
    NoSuchMember,
    /// A child cannot own a household, and an owner does already.
    #[error("only an adult or a senior can become the owner")]
    CannotOwn,
}

/// Why a household is not accepted. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AcceptOwnershipRefusal {
    /// Nothing was offered to this person, or not any more.
    #[error("there is no such offer")]
    NoSuchOffer,
    /// The household changed since the preview: look again.
    #[error("the preview is out of date")]
    Stale,
}

/// What accepting the ownership would do: one becomes the owner, the other an adult member, and everything else stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnershipPreview {
    /// Names this very state; accepting takes it back.
    pub version: ChangeVersion,
    /// The offer.
    pub offer: OwnershipOffer,
    /// How many belong to the household, and stay.
    pub members: usize,
    /// All points of the household, which stay.
    pub points: Points,
    /// What the household owes: the new owner answers for it.
    pub owed: Points,
}

/// What a decision looks at, all of it locked.
struct Books {
    household: Id<kinds::Household>,
    members: Vec<(Id<kinds::Person>, Role)>,
    offer: Option<OwnershipOffer>,
}

impl App {
    /// Offers one's household to another member, in place of any offer before. It waits fourteen days.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn offer_ownership(
        &self,
        principal: &Principal,
        to: Id<kinds::Person>,
    ) -> Result<Result<OwnershipOffer, OfferOwnershipRefusal>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            let Some(books) = load(&mut tx, principal.person).await? else {
                return Ok(Err(OfferOwnershipRefusal::NotOwner));
            };

            let role_of = |who| books.members.iter().find(|(person, _)| *person == who).map(|(_, role)| *role);
            if role_of(principal.person) != Some(Role::Owner) {
                return Ok(Err(OfferOwnershipRefusal::NotOwner));
            }
            match role_of(to) {
                None => return Ok(Err(OfferOwnershipRefusal::NoSuchMember)),
                Some(role) if !may_own(role) => return Ok(Err(OfferOwnershipRefusal::CannotOwn)),
                Some(_) => {}
            }
            if let Some(same) = books.offer.filter(|offer| offer.is_open_to(to, &books.members, tx.now())) {
                return Ok(Ok(same));
            }
            let (offered_at, expires_at) = (tx.now(), tx.now() + OFFER_LIFE);
            let household = books.household;
            let offer =
                OwnershipOffer { household, offered_by: principal.person, offered_to: to, offered_at, expires_at };

            store::update_ownership_offer(&mut tx, &offer).await?;
            outbox::append(&mut tx, &OwnershipOffered::of(&offer));
            note(&mut tx, &offer, "offer_ownership");

            tx.commit().await?;
            Ok(Ok(offer))
        })
        .await
    }

    /// What accepting the household that was offered would do. Changes nothing.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn preview_ownership(
        &self,
        principal: &Principal,
    ) -> Result<Result<OwnershipPreview, AcceptOwnershipRefusal>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            let preview = load_offered(&mut tx, principal.person).await?;
            tx.rollback().await?;
            Ok(preview.ok_or(AcceptOwnershipRefusal::NoSuchOffer))
        })
        .await
    }

    /// Becomes the owner by a preview; who offered is an adult member from now on.
    ///
    /// # Errors
    /// A [`Fault`] of the database; after one, look whether it is done before trying again.
    pub async fn accept_ownership(
        &self,
        principal: &Principal,
        version: &ChangeVersion,
    ) -> Result<Result<OwnershipOffer, AcceptOwnershipRefusal>, Fault> {
        let accepted = db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            let Some(preview) = load_offered(&mut tx, principal.person).await? else {
                return Ok(Err(AcceptOwnershipRefusal::NoSuchOffer));
            };

            if preview.version != *version {
                return Ok(Err(AcceptOwnershipRefusal::Stale));
            }
            let offer = preview.offer;

            store::update_owner(&mut tx, offer.household, offer.offered_by, offer.offered_to).await?;
            store::delete_ownership_offer(&mut tx, offer.household).await?;
            outbox::append(&mut tx, &OwnershipHandedOver::of(&offer));
            note(&mut tx, &offer, "accept_ownership");

            tx.commit().await?;
            Ok(Ok(offer))
        })
        .await?;
        // After the commit: roles must not be believed from before it.
        self.sessions().invalidate_all();
        Ok(accepted)
    }

    /// To whom one's own household is offered now, for its members to see.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_ownership_offer(&self, principal: &Principal) -> Result<Option<OwnershipOffer>, Fault> {
        let Some((household, _)) = principal.household else { return Ok(None) };
        let now = self.db().clock().now();
        let offer = store::find_ownership_offer(&self.reader(), household).await?;
        Ok(offer.filter(|offer| now < offer.expires_at))
    }
}

/// Locks the person, the household, its members and its offer.
async fn load(tx: &mut Tx, person: Id<kinds::Person>) -> Result<Option<Books>, Fault> {
    let Some(household) = store::lock_person(tx, person).await?.household else { return Ok(None) };
    store::lock_households(tx, &[household]).await?;
    let members = store::lock_members(tx, household).await?;
    let offer = store::lock_ownership_offer(tx, household).await?;
    Ok(Some(Books { household, members, offer }))
}

/// As [`load`], where the household is offered to this person; with its wallet.
async fn load_offered(tx: &mut Tx, person: Id<kinds::Person>) -> Result<Option<OwnershipPreview>, Fault> {
    let Some(books) = load(tx, person).await? else { return Ok(None) };
    let is_open = |offer: &OwnershipOffer| offer.is_open_to(person, &books.members, tx.now());
    let Some(offer) = books.offer.filter(is_open) else { return Ok(None) };
    let wallets = ledger::store::lock_wallets(tx, &[books.household]).await?;
    let wallet = &wallets[&books.household];
    let members = books.members.iter().map(|(person, role)| format!("{person} {role}")).collect::<Vec<_>>();
    let version = ChangeVersion::of(&[
        "ownership",
        &offer.household.to_string(),
        &offer.offered_by.to_string(),
        &offer.offered_to.to_string(),
        &offer.offered_at.timestamp_millis().to_string(),
        &members.join(","),
    ]);
    let (points, owed) = (wallet.total(), wallet.owed());
    Ok(Some(OwnershipPreview { version, offer, members: books.members.len(), points, owed }))
}

fn note(tx: &mut Tx, offer: &OwnershipOffer, action: &'static str) {
    tx.audit(AuditLine {
        action,
        household: Some(offer.household),
        subject: offer.offered_to.to_string(),
        detail: format!("offered by {}", offer.offered_by),
    });
}
