use ::accounts::{Succession, SuccessionRefusal};
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use kernel::Label;

use super::query::not_allowed;
use crate::{
    refusal::Refusal,
    schema::{
        accounts::MemberRole,
        ids,
        nullable::{Nullable, nullable},
        scalars::points,
        session::{app, session},
    },
};

#[derive(Default)]
pub(in crate::schema) struct PreviewDeathQuery;

/// Who owns the household then.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum DeathSuccession {
    /// Whoever owns it now, or there is no household.
    Unchanged,
    /// The heir that was named.
    PassesToHeir,
    /// Nobody: who died owned it, and nobody is left who may.
    Vacant,
}

/// Why it cannot be recorded like this.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum DeathObstacle {
    /// Who died owned the household: name one of `heirs`.
    HeirNeeded,
    /// The heir is a child, who died, or no member.
    HeirCannotOwn,
    /// The household keeps its owner: name no heir.
    NothingToPassOn,
}

/// What recording a member's death would do. Nothing is moved: points, debt and rights stay with the household.
#[derive(SimpleObject)]
struct DeathPreview {
    /// Name it when you record the death: it is done exactly like this, or refused.
    version: String,
    /// Why it cannot be recorded like this; null when it can.
    obstacle: Option<DeathObstacle>,
    /// Who owns the household then; null while there is an obstacle.
    succession: Option<DeathSuccession>,
    /// The household; null when they belong to none.
    household: Option<DeathHousehold>,
    /// How many kin links end.
    kin_links_ending: i32,
}

/// The household of somebody who died: figures, nobody's name.
#[derive(SimpleObject)]
struct DeathHousehold {
    /// Which.
    household_id: ID,
    /// What they were in it.
    role: MemberRole,
    /// Who of the others may own it.
    heir_ids: Vec<ID>,
    /// How many others belong to it, and stay.
    members_staying: i32,
    /// All its points, which stay in it with their dates.
    points_staying: i32,
    /// How many of them who died had brought.
    points_contributed: i32,
    /// What it owes, which stays with it.
    owed: i32,
    /// How many rights that still stand stay with it.
    rights_staying: i32,
    /// How many invitations of theirs end.
    invitations_ending: i32,
}

#[Object]
impl PreviewDeathQuery {
    /// What recording a member's death would do, for support and admin; the audit log keeps who looked, and why. Null when nobody has that
    /// id, and when their death was recorded before. Who shall own the household from then on is named as the heir.
    async fn preview_death(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who died.")] person_id: ID,
        #[graphql(desc = "Who shall own the household, where who died owned it.")] heir_id: Option<ID>,
        #[graphql(desc = "Why you look, 1 to 120 characters. Name nobody in it.")] reason: String,
    ) -> Nullable<DeathPreview> {
        nullable(async {
            let principal = session(ctx).staff_signed_in()?;
            let Ok(reason) = reason.parse::<Label>() else {
                let refusal = Refusal::bad_input("BAD_REASON", "a reason has 1 to 120 characters that can be seen");
                return Err(refusal.into());
            };
            let Some(person) = ids::read(&person_id)? else { return Ok(None) };
            let heir = match heir_id {
                None => None,
                Some(heir) => match ids::read(&heir)? {
                    Some(heir) => Some(heir),
                    None => return Err(Refusal::bad_input("BAD_HEIR", "the heir's id is not a person's").into()),
                },
            };
            let preview = app(ctx).preview_death(principal, person, heir, &reason).await?.map_err(not_allowed)?;
            preview.ok().map(DeathPreview::new).transpose()
        })
        .await
    }
}

impl DeathPreview {
    fn new(preview: app::accounts::DeathPreview) -> Result<Self> {
        let (succession, obstacle) = match preview.succession {
            Ok(Succession::Unchanged) => (Some(DeathSuccession::Unchanged), None),
            Ok(Succession::PassesTo(_)) => (Some(DeathSuccession::PassesToHeir), None),
            Ok(Succession::Vacant) => (Some(DeathSuccession::Vacant), None),
            Err(SuccessionRefusal::HeirNeeded) => (None, Some(DeathObstacle::HeirNeeded)),
            Err(SuccessionRefusal::HeirCannotOwn) => (None, Some(DeathObstacle::HeirCannotOwn)),
            Err(SuccessionRefusal::NothingToPassOn) => (None, Some(DeathObstacle::NothingToPassOn)),
        };
        Ok(Self {
            version: preview.version.to_string(),
            obstacle,
            succession,
            household: preview.household.map(DeathHousehold::new).transpose()?,
            kin_links_ending: i32::try_from(preview.kin_links_ending)?,
        })
    }
}

impl DeathHousehold {
    fn new(household: app::accounts::HouseholdOfDead) -> Result<Self> {
        Ok(Self {
            household_id: ids::write(household.household),
            role: household.role.into(),
            heir_ids: household.heirs.into_iter().map(ids::write).collect(),
            members_staying: i32::try_from(household.members_staying)?,
            points_staying: points(household.points_staying)?,
            points_contributed: points(household.contributed)?,
            owed: points(household.owed)?,
            rights_staying: i32::try_from(household.rights_staying)?,
            invitations_ending: i32::try_from(household.invitations_ending)?,
        })
    }
}
