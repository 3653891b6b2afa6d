use app::accounts::SplitPreview;
use async_graphql::{Context, Object, Result, SimpleObject};

use super::{Person, previews::MovingPoints};
use crate::schema::{
    nullable::{Nullable, nullable},
    scalars::{Instant, points},
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct SplitPreviewQuery;

/// What going to a household of your own by the offer would do. Everything that is not named stays.
#[derive(SimpleObject)]
#[graphql(name = "SplitPreview")]
struct Splitting {
    /// Give it to `splitHousehold`: whoever goes by it gets exactly this, or nothing when things changed meanwhile.
    version: String,
    /// Who offered it.
    from: Person,
    /// All who would go, you too.
    going: Vec<Person>,
    /// From this instant on it cannot be accepted.
    expires_at: Instant,
    /// How many stay.
    members_staying: i32,
    /// The points that move, with their days: those that you all brought and that are not set aside.
    moving: Vec<MovingPoints>,
    /// How many of them can be spent today.
    available: i32,
    /// How many of them wait for their first day.
    pending: i32,
    /// Points you brought that stay, because they are set aside for something unfinished.
    held_staying: i32,
    /// All points the household has afterwards.
    points_staying: i32,
    /// Points the household owes: that stays with it.
    owed_staying: i32,
    /// How many rights that still stand stay with the household.
    rights_staying: i32,
    /// How many invitations that you made into the household end.
    invitations_ending: i32,
}

#[Object]
impl SplitPreviewQuery {
    /// What going to a household of your own would do now, as the owner offered it to you; null when nobody did. Changes nothing.
    async fn preview_split(&self, ctx: &Context<'_>) -> Nullable<Splitting> {
        nullable(async {
            let previewed = app(ctx).preview_split(session(ctx).signed_in()?).await?;
            previewed.ok().map(|preview| splitting(&preview)).transpose()
        })
        .await
    }
}

fn splitting(preview: &SplitPreview) -> Result<Splitting> {
    Ok(Splitting {
        version: preview.version.to_string(),
        from: Person::new(preview.offer.offered_by),
        going: preview.offer.going.iter().map(|who| Person::new(*who)).collect(),
        expires_at: Instant(preview.offer.expires_at),
        members_staying: i32::try_from(preview.members_staying)?,
        moving: preview.moving.lots.iter().map(MovingPoints::of).collect::<Result<_>>()?,
        available: points(preview.available)?,
        pending: points(preview.pending)?,
        held_staying: points(preview.held)?,
        points_staying: points(preview.staying)?,
        owed_staying: points(preview.owed)?,
        rights_staying: i32::try_from(preview.rights_staying)?,
        invitations_ending: i32::try_from(preview.invitations_ending)?,
    })
}
