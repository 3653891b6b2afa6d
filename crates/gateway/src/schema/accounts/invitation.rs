use ::accounts::InvitedAs;
use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use super::{
    Person,
    kin::{KinRelation, KinSide},
    person::MemberRole,
};
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::Instant,
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct InvitationQuery;

/// What an invitation is to.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum InvitationKind {
    /// To belong to a household.
    Member,
    /// To be linked as kin.
    Kin,
    /// To bring a whole household along: `previewMerge` shows what that means, and `mergeHouseholds` accepts it.
    Household,
}

/// An invitation that waits for an answer, as the household that made it sees it.
#[derive(SimpleObject)]
pub(super) struct Invitation {
    /// Its id, to withdraw it by. It opens nothing.
    id: ID,
    /// What it is to.
    kind: InvitationKind,
    /// What the inviter calls the person.
    name: String,
    /// As what the person would belong to the household; null for kin.
    role: Option<MemberRole>,
    /// What the relative would be to the senior; null for a member.
    relation: Option<KinRelation>,
    /// Who invited.
    invited_by: Person,
    /// When.
    created_at: Instant,
    /// From this instant on it cannot be accepted.
    expires_at: Instant,
}

/// An invitation as whoever has its link sees it, before deciding.
#[derive(SimpleObject)]
struct InvitationSeen {
    /// What it is to.
    kind: InvitationKind,
    /// The name of who invites.
    inviter_name: String,
    /// The name of the household of who invites; null for kin.
    household_name: Option<String>,
    /// As what you would belong to the household; null for kin.
    role: Option<MemberRole>,
    /// Which side of the kin link you would be; null for a member.
    side: Option<KinSide>,
    /// What the relative would be to the senior; null for a member.
    relation: Option<KinRelation>,
    /// From this instant on it cannot be accepted.
    expires_at: Instant,
}

const fn kind(invited_as: InvitedAs) -> InvitationKind {
    match invited_as {
        InvitedAs::Member(_) => InvitationKind::Member,
        InvitedAs::Senior(_) | InvitedAs::Relative(_) => InvitationKind::Kin,
        InvitedAs::Household => InvitationKind::Household,
    }
}

fn parts(invited_as: InvitedAs) -> (Option<MemberRole>, Option<KinSide>, Option<KinRelation>) {
    match invited_as {
        InvitedAs::Member(role) => (Some(role.into()), None, None),
        InvitedAs::Household => (Some(MemberRole::Adult), None, None),
        InvitedAs::Senior(relation) => (None, Some(KinSide::Senior), Some(relation.into())),
        InvitedAs::Relative(relation) => (None, Some(KinSide::Relative), Some(relation.into())),
    }
}

impl From<::accounts::Invitation> for Invitation {
    fn from(invitation: ::accounts::Invitation) -> Self {
        let (role, _, relation) = parts(invitation.invited_as);
        Self {
            id: ids::write(invitation.id),
            kind: kind(invitation.invited_as),
            name: invitation.name.to_string(),
            role,
            relation,
            invited_by: Person::new(invitation.invited_by),
            created_at: Instant(invitation.created_at),
            expires_at: Instant(invitation.expires_at),
        }
    }
}

#[Object]
impl InvitationQuery {
    /// What the link of a mail invites to, for whoever has it. Null when the secret is wrong, and just the same when the invitation has
    /// ended.
    async fn invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The secret from the mail, 32 hexadecimal digits; blanks and dashes do no harm.")]
        token: String,
    ) -> Nullable<InvitationSeen> {
        nullable(async {
            let Some(seen) = app(ctx).find_invitation(&token).await? else { return Ok(None) };
            let invited_as = seen.invitation.invited_as;
            let (role, side, relation) = parts(invited_as);
            let is_member = matches!(invited_as, InvitedAs::Member(_) | InvitedAs::Household);
            Ok(Some(InvitationSeen {
                kind: kind(invited_as),
                inviter_name: seen.inviter.to_string(),
                household_name: is_member.then(|| seen.household.to_string()),
                role,
                side,
                relation,
                expires_at: Instant(seen.invitation.expires_at),
            }))
        })
        .await
    }
}

/// The open invitations of one's own household.
pub(super) async fn open_invitations(
    ctx: &Context<'_>,
    household: kernel::Id<kernel::kinds::Household>,
) -> async_graphql::Result<Option<Vec<Invitation>>> {
    let open = app(ctx).list_open_invitations(session(ctx).signed_in()?, household).await?;
    Ok(open.map(|open| open.into_iter().map(Invitation::from).collect()))
}
