use std::fmt;

use chrono::TimeDelta;
use kernel::{BusinessDate, EmailAddress, Id, Label, Locale, Timestamp, kinds};
use sha2::{Digest, Sha256};

use crate::{AddressHash, Relation, Role, TokenHash, keyed_hash::keyed_hash};

/// How long an invitation waits for an answer.
pub const INVITATION_LIFE: TimeDelta = TimeDelta::days(14);

/// Most invitations of a household that wait at the same time.
pub const MAX_OPEN_INVITATIONS: usize = 10;

/// Most invitations a household makes within a day, withdrawn ones included: each is a mail to somebody.
pub const MAX_INVITATIONS_PER_DAY: u64 = 20;

/// Who left a household joins another no sooner than so many days later.
pub const REJOIN_AFTER: TimeDelta = TimeDelta::days(30);

/// The secret of an invitation's link: 128 bits, derived from the deployment's secret and the invitation, so that neither a table
/// nor an event holds one.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationToken([u8; 16]);

impl InvitationToken {
    /// The token of an invitation: HMAC-SHA256 of its id, the first 128 bits.
    #[must_use]
    pub fn of(secret: &[u8], invitation: Id<kinds::Invitation>) -> Self {
        let hash = keyed_hash(secret, "invitation", invitation.uuid().as_bytes());
        Self(hash[..16].try_into().expect("a hash has 32 bytes"))
    }

    /// Reads the text form, 32 hexadecimal digits, as people copy it: blanks and dashes between them do no harm.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 100 {
            return None;
        }
        let digits: Vec<u8> = text.chars().filter(|c| !matches!(c, ' ' | '-')).map(hex_value).collect::<Option<_>>()?;
        let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] * 16 + pair[1]).collect();
        if digits.len() == 32 { bytes.try_into().ok().map(Self) } else { None }
    }

    /// The text form, in groups of four, for the mail and nobody else.
    #[must_use]
    pub fn to_text(&self) -> String {
        let groups = self.0.chunks(2).map(|pair| pair.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        groups.collect::<Vec<_>>().join("-")
    }

    /// What the database keeps. No key and no salt: 128 random bits cannot be guessed from their hash.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        Sha256::digest(self.0).into()
    }
}

fn hex_value(digit: char) -> Option<u8> {
    digit.to_digit(16).and_then(|value| u8::try_from(value).ok())
}

impl fmt::Debug for InvitationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvitationToken(…)")
    }
}

/// What somebody is invited to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitedAs {
    /// A member of the household; never its owner.
    Member(Role),
    /// The senior whose relative the inviter is.
    Senior(Relation),
    /// The relative of the inviter, who is the senior.
    Relative(Relation),
    /// An adult member who brings a whole household along: the one the invited person owns goes into the inviter's.
    Household,
}

/// How an invitation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationAnswer {
    /// Somebody who reads that mail said yes.
    Accepted,
    /// Somebody who reads that mail said no.
    Declined,
    /// The household took it back.
    Withdrawn,
    /// Nobody said anything for fourteen days.
    Lapsed,
}

impl InvitationAnswer {
    /// The word as stored: `accepted`, `declined`, `withdrawn`, `lapsed`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Lapsed => "lapsed",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Accepted, Self::Declined, Self::Withdrawn, Self::Lapsed];
        all.into_iter().find(|answer| answer.word() == word)
    }
}

/// Somebody was asked by mail to join a household, or to be linked as kin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id, which opens nothing.
    pub id: Id<kinds::Invitation>,
    /// The household of whoever invited.
    pub household: Id<kinds::Household>,
    /// As what.
    pub invited_as: InvitedAs,
    /// What the inviter calls the invited person; a person new to the operator gets this name. Forgotten when the invitation ends.
    pub name: Label,
    /// Where the mail goes; forgotten when the invitation ends.
    pub address: Option<EmailAddress>,
    /// The same, keyed: only who signs in by this address can accept.
    pub address_hash: AddressHash,
    /// The language of the mail.
    pub locale: Locale,
    /// Who invited.
    pub invited_by: Id<kinds::Person>,
    /// When.
    pub created_at: Timestamp,
    /// From this instant on it cannot be accepted, whether or not that was booked.
    pub expires_at: Timestamp,
    /// How it ended and when; `None` while it waits.
    pub answer: Option<(InvitationAnswer, Timestamp)>,
    /// Who answered.
    pub answered_by: Option<Id<kinds::Person>>,
}

impl Invitation {
    /// Whether it can still be accepted.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.answer.is_none() && now < self.expires_at
    }

    /// How it ended, by the dates; `None` while it waits.
    #[must_use]
    pub fn ended_as(&self, now: Timestamp) -> Option<InvitationAnswer> {
        let has_lapsed = self.answer.is_none() && now >= self.expires_at;
        self.answer.map(|(answer, _)| answer).or(has_lapsed.then_some(InvitationAnswer::Lapsed))
    }

    /// As it stands once it was answered: the address is forgotten.
    #[must_use]
    pub fn answered(self, answer: InvitationAnswer, by: Option<Id<kinds::Person>>, now: Timestamp) -> Self {
        Self { answer: Some((answer, now)), answered_by: by, address: None, ..self }
    }
}

/// Why nobody is invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InviteRefusal {
    /// Belongs to no household, or is a child; for members also a senior.
    #[error("the person may not invite")]
    NotAllowed,
    /// This address was invited as something else and has not answered.
    #[error("the address was invited as something else")]
    AlreadyInvited,
    /// As many wait for an answer as may, or as many were made today as may.
    #[error("too many invitations")]
    TooMany,
}

/// Whether one more invitation may be made, or which open one says the same already.
///
/// # Errors
/// [`InviteRefusal`].
pub fn judge_invite(
    inviter: Option<Role>,
    wanted: (InvitedAs, AddressHash, Id<kinds::Person>),
    open: &[Invitation],
    made_today: u64,
    now: Timestamp,
) -> Result<Option<Id<kinds::Invitation>>, InviteRefusal> {
    let (invited_as, address, person) = wanted;
    let may_invite = match (inviter, invited_as) {
        (Some(role), InvitedAs::Household) => role == Role::Owner,
        (Some(Role::Owner | Role::Adult), _) | (Some(Role::Senior), InvitedAs::Senior(_) | InvitedAs::Relative(_)) => {
            true
        }
        (Some(Role::Senior | Role::Child) | None, _) => false,
    };
    if !may_invite {
        return Err(InviteRefusal::NotAllowed);
    }
    let are_open = || open.iter().filter(|invitation| invitation.is_open(now));
    let is_member = |invited_as| matches!(invited_as, InvitedAs::Member(_) | InvitedAs::Household);
    let same = are_open().find(|known| {
        known.address_hash == address
            && is_member(known.invited_as) == is_member(invited_as)
            && (is_member(invited_as) || known.invited_by == person)
    });
    match same {
        Some(known) if known.invited_as == invited_as => Ok(Some(known.id)),
        Some(_) => Err(InviteRefusal::AlreadyInvited),
        None if are_open().count() >= MAX_OPEN_INVITATIONS || made_today >= MAX_INVITATIONS_PER_DAY => {
            Err(InviteRefusal::TooMany)
        }
        None => Ok(None),
    }
}

/// What whoever accepts looks like, all of it locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepting {
    /// The person.
    pub person: Id<kinds::Person>,
    /// The address the person signs in by.
    pub address_hash: Option<AddressHash>,
    /// The household the person belongs to now, and how many belong to it.
    pub place: Option<(Id<kinds::Household>, usize)>,
    /// When the person last left a household by their own act.
    pub left_at: Option<Timestamp>,
}

/// What accepting does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// It was accepted before by the same person: nothing more happens.
    Again,
    /// The person joins, leaving a household where nobody else is.
    Join {
        /// The role in the household joined.
        role: Role,
        /// The household that is left empty.
        from: Option<Id<kinds::Household>>,
    },
    /// Two persons are linked.
    Link {
        /// The senior.
        senior: Id<kinds::Person>,
        /// The relative.
        relative: Id<kinds::Person>,
        /// What the relative is to the senior.
        relation: Relation,
    },
}

/// Why an invitation is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AcceptRefusal {
    /// Wrong, ended, or sent to another address: all one, so that trying teaches nothing.
    #[error("there is no such invitation")]
    NoSuchInvitation,
    /// The person is a member of this household already.
    #[error("the person is a member already")]
    AlreadyMember,
    /// The person shares another household with others, and must leave it first.
    #[error("the person belongs to another household")]
    InAnotherHousehold,
    /// The person left a household not long ago.
    #[error("the person left a household less than {} days ago", REJOIN_AFTER.num_days())]
    LeftTooRecently {
        /// From when on it is possible.
        possible_at: Timestamp,
    },
    /// Nobody is their own relative.
    #[error("the person would be their own relative")]
    OwnRelative,
    /// Not the person alone is invited, but the household they own: it is merged, by a preview.
    #[error("the whole household of the person is invited")]
    InvitesHousehold,
}

impl AcceptRefusal {
    /// The first day on which it is possible, where that is what stands in the way.
    #[must_use]
    pub fn possible_on(self, zone: kernel::Zone) -> Option<BusinessDate> {
        match self {
            Self::LeftTooRecently { possible_at } => Some(zone.date_of(possible_at)),
            Self::NoSuchInvitation
            | Self::AlreadyMember
            | Self::InAnotherHousehold
            | Self::OwnRelative
            | Self::InvitesHousehold => None,
        }
    }
}

/// What accepting an invitation does.
///
/// # Errors
/// [`AcceptRefusal`].
pub fn judge_accept(
    invitation: &Invitation,
    accepting: &Accepting,
    now: Timestamp,
) -> Result<Acceptance, AcceptRefusal> {
    if accepting.address_hash != Some(invitation.address_hash) {
        return Err(AcceptRefusal::NoSuchInvitation);
    }
    if invitation.answer.is_some_and(|(answer, _)| answer == InvitationAnswer::Accepted)
        && invitation.answered_by == Some(accepting.person)
    {
        return Ok(Acceptance::Again);
    }
    if !invitation.is_open(now) {
        return Err(AcceptRefusal::NoSuchInvitation);
    }
    let (inviter, person) = (invitation.invited_by, accepting.person);
    match invitation.invited_as {
        InvitedAs::Household => Err(AcceptRefusal::InvitesHousehold),
        InvitedAs::Senior(_) | InvitedAs::Relative(_) if inviter == person => Err(AcceptRefusal::OwnRelative),
        InvitedAs::Senior(relation) => Ok(Acceptance::Link { senior: person, relative: inviter, relation }),
        InvitedAs::Relative(relation) => Ok(Acceptance::Link { senior: inviter, relative: person, relation }),
        InvitedAs::Member(role) => {
            let from = match accepting.place {
                Some((household, _)) if household == invitation.household => return Err(AcceptRefusal::AlreadyMember),
                Some((_, members)) if members > 1 => return Err(AcceptRefusal::InAnotherHousehold),
                place => place.map(|(household, _)| household),
            };
            let possible_at = accepting.left_at.map(|left_at| left_at + REJOIN_AFTER);
            match possible_at.filter(|&possible_at| now < possible_at) {
                Some(possible_at) => Err(AcceptRefusal::LeftTooRecently { possible_at }),
                None => Ok(Acceptance::Join { role, from }),
            }
        }
    }
}

#[cfg(test)]
mod tests;
