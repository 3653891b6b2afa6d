use db::outbox::feed::{self, FedEvent};
use kernel::{Actor, Fault, Id, Timestamp, kinds};

use super::told::{is_told, subjects};
use crate::App;

/// Most events of one answer.
const MAX_EVENTS: u64 = 100;

/// Somebody wants to hear what happens in a household.
#[derive(Clone, Copy)]
pub struct FollowHousehold<'a> {
    /// The token of a session: looked at each time, for it may end while somebody follows.
    pub token: &'a str,
    /// The household.
    pub household: Id<kinds::Household>,
    /// The last event heard of, by its number; 0 before the first.
    pub after: i64,
}

/// Something that happened in a household: ids and no values, for whoever is told looks up what they may see of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseholdEvent {
    /// Its number in the household's feed.
    pub no: i64,
    /// Its id.
    pub id: Id<kinds::Event>,
    /// What happened, and the version of the fact: `ledger.points_posted.v1`.
    pub kind: String,
    /// When.
    pub occurred_at: Timestamp,
    /// Text ids of what it is about.
    pub subjects: Vec<String>,
}

/// Part of a household's feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedPage {
    /// What happened, in order. Numbers may be missing: of some events members are not told.
    pub events: Vec<HouseholdEvent>,
    /// Up to which number this page reaches: where to read on.
    pub last_no: i64,
}

/// Why nobody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FeedRefusal {
    /// The token is not, or no longer, good.
    #[error("nobody is signed in with this token")]
    SignedOut,
    /// The person does not, or no longer, belong to the household.
    #[error("the household is not that of whoever is signed in")]
    NotAMember,
    /// There is no event with that number yet: the place is made up, or the database was set back since.
    #[error("there is no such place in the feed")]
    NoSuchPlace,
}

impl App {
    /// What happened in a household after a place in its feed: at most a hundred events, none when there is nothing new.
    ///
    /// # Errors
    /// [`FeedRefusal`]; a [`Fault`] of the database.
    pub async fn follow_household(&self, follow: FollowHousehold<'_>) -> Result<Result<FeedPage, FeedRefusal>, Fault> {
        if let Err(refusal) = self.check_follower(follow.token, follow.household).await? {
            return Ok(Err(refusal));
        }
        self.number_events(follow.household).await?;
        let reader = self.reader();
        let events = feed::list_events(&reader, follow.household, follow.after, MAX_EVENTS).await?;
        if events.is_empty() && feed::find_last_no(&reader, follow.household).await? < follow.after {
            return Ok(Err(FeedRefusal::NoSuchPlace));
        }
        let last_no = events.last().map_or(follow.after, |event| event.no);
        let told = events.into_iter().filter(|event| is_told(&event.kind)).map(HouseholdEvent::from);
        Ok(Ok(FeedPage { events: told.collect(), last_no }))
    }

    /// The place after everything that has happened in a household until now; 0 when nothing has.
    ///
    /// # Errors
    /// [`FeedRefusal`]; a [`Fault`] of the database.
    pub async fn find_feed_end(
        &self,
        token: &str,
        household: Id<kinds::Household>,
    ) -> Result<Result<i64, FeedRefusal>, Fault> {
        if let Err(refusal) = self.check_follower(token, household).await? {
            return Ok(Err(refusal));
        }
        self.number_events(household).await?;
        Ok(Ok(feed::find_last_no(&self.reader(), household).await?))
    }

    async fn check_follower(
        &self,
        token: &str,
        household: Id<kinds::Household>,
    ) -> Result<Result<(), FeedRefusal>, Fault> {
        let principal = self.authenticate(token).await?;
        Ok(match principal {
            None => Err(FeedRefusal::SignedOut),
            Some(principal) if principal.belongs_to(household) => Ok(()),
            Some(_) => Err(FeedRefusal::NotAMember),
        })
    }

    /// Numbers what is committed and has no number. Most often there is nothing, and then nothing is locked.
    async fn number_events(&self, household: Id<kinds::Household>) -> Result<(), Fault> {
        while feed::find_unnumbered(&self.reader(), household).await? {
            db::retry_contention(async || {
                let mut tx = self.begin(Actor::System).await?;
                let last_no = feed::lock_feed(&mut tx, household).await?;
                feed::update_numbers(&mut tx, household, last_no).await?;
                tx.commit().await
            })
            .await?;
        }
        Ok(())
    }
}

impl From<FedEvent> for HouseholdEvent {
    fn from(event: FedEvent) -> Self {
        let subjects = subjects(&event.kind, &event.payload);
        Self { no: event.no, id: event.id, kind: event.kind, occurred_at: event.occurred_at, subjects }
    }
}
