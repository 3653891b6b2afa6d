use app::accounts::{MergePreview, MergeRefusal};
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use ledger::MoveRefusal;

use super::previews::MovingPoints;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::points,
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct MergePreviewQuery;

/// Why merging is not possible now.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum MergeObstacle {
    /// You own no household.
    NotOwner,
    /// You belong to this household already.
    SameHousehold,
    /// Your household owes points, and those it goes to never agreed to that: its next points pay it first.
    OwesPoints,
    /// Some points of your household are set aside for something unfinished.
    PointsHeld,
    /// Both households together would have more points than can be shown.
    TooManyPoints,
}

/// What bringing your household into another would do, or what stands in the way. Everybody of yours goes along, and every point and
/// right; afterwards the other household is yours too, and you are an adult of it.
#[derive(SimpleObject, Default)]
#[graphql(name = "MergePreview")]
struct Merging {
    /// Why you cannot merge now; null when you can. The rest is null then.
    obstacle: Option<MergeObstacle>,
    /// Give it to `mergeHouseholds`: whoever merges by it gets exactly this, or nothing when things changed meanwhile.
    version: Option<String>,
    /// Your household, which ends: its id stands for the other from then on, and `undoMerge` takes it.
    household_id: Option<ID>,
    /// The name of the other household, which lives on.
    into_name: Option<String>,
    /// How many members go along, you too.
    members_moving: Option<i32>,
    /// How many of them are children. Whoever looks after the children of the other household looks after them then, too: its owner and
    /// its adults consent for them and say what they may spend.
    children_moving: Option<i32>,
    /// How many belong to the other household.
    members_there: Option<i32>,
    /// The points that move, with their days.
    moving: Option<Vec<MovingPoints>>,
    /// How many of them can be spent today.
    available: Option<i32>,
    /// How many of them wait for their first day.
    pending: Option<i32>,
    /// Points your household owes: none, since a household that owes points goes into no other.
    owed_moving: Option<i32>,
    /// Points the other household owes: everybody together owes them afterwards.
    owed_there: Option<i32>,
    /// How many rights that still stand go along. A perk's limit counts those of both households then.
    rights_moving: Option<i32>,
    /// How many invitations of your household end.
    invitations_ending: Option<i32>,
    /// Whether an offer of your household to another owner ends.
    offer_ending: Option<bool>,
}

#[Object]
impl MergePreviewQuery {
    /// What bringing your household into the one that invited it would do now: what moves, what ends. Null when the secret is wrong, the
    /// invitation has ended, or it was sent to another address than the one you sign in by. Changes nothing.
    async fn preview_merge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The secret from the mail, 32 hexadecimal digits; blanks and dashes do no harm.")]
        token: String,
    ) -> Nullable<Merging> {
        nullable(async {
            let previewed = app(ctx).preview_merge(session(ctx).signed_in()?, &token).await?;
            let obstacle = |obstacle| Ok(Some(Merging { obstacle: Some(obstacle), ..Merging::default() }));
            match previewed {
                Ok(preview) => merging(&preview).map(Some),
                Err(MergeRefusal::NotOwner) => obstacle(MergeObstacle::NotOwner),
                Err(MergeRefusal::SameHousehold) => obstacle(MergeObstacle::SameHousehold),
                Err(MergeRefusal::OwesPoints { .. }) => obstacle(MergeObstacle::OwesPoints),
                Err(MergeRefusal::NotMoved(MoveRefusal::PointsHeld { .. })) => obstacle(MergeObstacle::PointsHeld),
                Err(MergeRefusal::NotMoved(_)) => obstacle(MergeObstacle::TooManyPoints),
                Err(MergeRefusal::NoSuchInvitation | MergeRefusal::Stale | MergeRefusal::IdempotencyKeyReused) => {
                    Ok(None)
                }
            }
        })
        .await
    }
}

fn merging(preview: &MergePreview) -> Result<Merging> {
    let moving = preview.moving.lots.iter().map(MovingPoints::of);
    Ok(Merging {
        obstacle: None,
        version: Some(preview.version.to_string()),
        household_id: Some(ids::write(preview.household)),
        into_name: Some(preview.into_name.to_string()),
        members_moving: Some(i32::try_from(preview.members_moving)?),
        children_moving: Some(i32::try_from(preview.children_moving)?),
        members_there: Some(i32::try_from(preview.members_there)?),
        moving: Some(moving.collect::<Result<_>>()?),
        available: Some(points(preview.available)?),
        pending: Some(points(preview.pending)?),
        owed_moving: Some(points(preview.moving.owed)?),
        owed_there: Some(points(preview.owed_there)?),
        rights_moving: Some(i32::try_from(preview.rights_moving)?),
        invitations_ending: Some(i32::try_from(preview.invitations_ending)?),
        offer_ending: Some(preview.offer_ending),
    })
}
