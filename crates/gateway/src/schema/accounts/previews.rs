//! What an act on a household would do, told before it is done.

use ::ledger::{LotKey, UNSCHEDULED};
use app::accounts::{LeavePreview, LeaveRefusal, OwnershipPreview, RemoveMemberRefusal};
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use kernel::Points;

use super::Person;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::{Instant, LocalDate, points},
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct PreviewsQuery;

/// Points that would move, alike in their days.
#[derive(SimpleObject)]
pub(super) struct MovingPoints {
    /// How many.
    points: i32,
    /// The first day on which they can be spent; null while the order they come from is not picked up. It stays the same.
    available_from: Option<LocalDate>,
    /// The last day on which they can be spent. It stays the same.
    expires_on: LocalDate,
}

/// Why leaving, or being removed, is not possible now.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum DepartureObstacle {
    /// You belong to no household, or nobody else does.
    NothingToLeave,
    /// A child does not leave alone, nor is one removed.
    NotAllowed,
    /// You own the household: offer it to another, and leave once it is accepted.
    OwnerStays,
    /// A removal: they came with a household that merged with yours less than seven days ago, and may still part again.
    CameByMerge,
}

/// What leaving your household, or having to, would do; or what stands in the way.
#[derive(SimpleObject, Default)]
#[graphql(name = "LeavePreview")]
struct Leaving {
    /// Why you cannot leave now; null when you can. The rest is null then.
    obstacle: Option<DepartureObstacle>,
    /// Give it to `leaveHousehold` or `removeMember`: whoever leaves by it gets exactly this, or nothing when things changed meanwhile.
    version: Option<String>,
    /// The points that move to a household of your own, with their days: those you brought and that are not set aside.
    moving: Option<Vec<MovingPoints>>,
    /// How many of them can be spent today.
    available: Option<i32>,
    /// How many of them wait for their first day.
    pending: Option<i32>,
    /// Points you brought that stay, because they are set aside for something unfinished.
    held_staying: Option<i32>,
    /// All points the household has afterwards.
    points_staying: Option<i32>,
    /// Points the household owes: that stays with it.
    owed_staying: Option<i32>,
    /// How many rights that still stand stay with the household.
    rights_staying: Option<i32>,
    /// How many invitations you made into the household end.
    invitations_ending: Option<i32>,
    /// How many of your requests to pay wait for a payer, and are called off.
    pay_requests_ending: Option<i32>,
    /// The first day on which you could join another household.
    rejoin_on: Option<LocalDate>,
}

/// What accepting the household that was offered to you would do: you become its owner and who offered it an adult member. Members,
/// points and rights stay where they are.
#[derive(SimpleObject)]
#[graphql(name = "OwnershipPreview")]
struct Ownership {
    /// Give it to `acceptOwnership`.
    version: String,
    /// Who offered it, and would be an adult member.
    from: Person,
    /// From this instant on it cannot be accepted.
    expires_at: Instant,
    /// How many belong to the household, you too.
    members: i32,
    /// All its points.
    points: i32,
    /// What it owes.
    owed: i32,
}

#[Object]
impl PreviewsQuery {
    /// What leaving your household would do now: what moves, what stays, what ends. Changes nothing.
    async fn preview_leave(&self, ctx: &Context<'_>) -> Nullable<Leaving> {
        nullable(async {
            let previewed = app(ctx).preview_leave(session(ctx).signed_in()?).await?;
            let obstacle = |obstacle| Leaving { obstacle: Some(obstacle), ..Leaving::default() };
            Ok(Some(match previewed {
                Ok(preview) => leaving(&preview)?,
                Err(LeaveRefusal::NotAllowed) => obstacle(DepartureObstacle::NotAllowed),
                Err(LeaveRefusal::OwnerStays) => obstacle(DepartureObstacle::OwnerStays),
                Err(LeaveRefusal::NothingToLeave | LeaveRefusal::Stale | LeaveRefusal::IdempotencyKeyReused) => {
                    obstacle(DepartureObstacle::NothingToLeave)
                }
            }))
        })
        .await
    }

    /// What removing a member of your household would do now, for its owner: they get a household of their own and what they brought, as if
    /// they had left. Null when you own none, or it has no such member. Changes nothing.
    async fn preview_removal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The member.")] person_id: ID,
    ) -> Nullable<Leaving> {
        nullable(async {
            let principal = session(ctx).signed_in()?;
            let Some(person) = ids::read(&person_id)? else { return Ok(None) };
            let obstacle = |obstacle| Ok(Some(Leaving { obstacle: Some(obstacle), ..Leaving::default() }));
            match app(ctx).preview_removal(principal, person).await? {
                Ok(preview) => leaving(&preview).map(Some),
                Err(RemoveMemberRefusal::ChildStays) => obstacle(DepartureObstacle::NotAllowed),
                Err(RemoveMemberRefusal::Yourself) => obstacle(DepartureObstacle::OwnerStays),
                Err(RemoveMemberRefusal::CameByMerge) => obstacle(DepartureObstacle::CameByMerge),
                Err(
                    RemoveMemberRefusal::NotOwner
                    | RemoveMemberRefusal::NoSuchMember
                    | RemoveMemberRefusal::Stale
                    | RemoveMemberRefusal::IdempotencyKeyReused,
                ) => Ok(None),
            }
        })
        .await
    }

    /// What accepting the household that was offered to you would do now; null when none is. Changes nothing.
    async fn preview_ownership(&self, ctx: &Context<'_>) -> Nullable<Ownership> {
        nullable(async {
            let previewed = app(ctx).preview_ownership(session(ctx).signed_in()?).await?;
            previewed.ok().map(|preview| ownership(&preview)).transpose()
        })
        .await
    }
}

impl MovingPoints {
    pub(super) fn of((key, moving): &(LotKey, Points)) -> Result<Self> {
        Ok(Self {
            points: points(*moving)?,
            available_from: (key.available_from != UNSCHEDULED).then_some(LocalDate(key.available_from)),
            expires_on: LocalDate(key.expires_on),
        })
    }
}

fn leaving(preview: &LeavePreview) -> Result<Leaving> {
    let moving = preview.moving.lots.iter().map(MovingPoints::of);
    Ok(Leaving {
        obstacle: None,
        version: Some(preview.version.to_string()),
        moving: Some(moving.collect::<Result<_>>()?),
        available: Some(points(preview.available)?),
        pending: Some(points(preview.pending)?),
        held_staying: Some(points(preview.held)?),
        points_staying: Some(points(preview.staying)?),
        owed_staying: Some(points(preview.owed)?),
        rights_staying: Some(i32::try_from(preview.rights_staying)?),
        invitations_ending: Some(i32::try_from(preview.invitations_ending)?),
        pay_requests_ending: Some(i32::try_from(preview.pay_requests_ending)?),
        rejoin_on: Some(LocalDate(preview.rejoin_on)),
    })
}

fn ownership(preview: &OwnershipPreview) -> Result<Ownership> {
    Ok(Ownership {
        version: preview.version.to_string(),
        from: Person::new(preview.offer.offered_by),
        expires_at: Instant(preview.offer.expires_at),
        members: i32::try_from(preview.members)?,
        points: points(preview.points)?,
        owed: points(preview.owed)?,
    })
}
