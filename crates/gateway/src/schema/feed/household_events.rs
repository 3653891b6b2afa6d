use std::{collections::VecDeque, time::Duration};

use app::{
    App,
    feed::{FeedRefusal, FollowHousehold},
};
use async_graphql::{Context, ID, Result, SimpleObject, Subscription};
use futures_util::{Stream, stream};
use kernel::{Id, kinds};
use tokio::time::Instant;

use super::{read_place, write_place};
use crate::{
    refusal::{ErrorCode, Refusal},
    schema::{
        ids,
        scalars::Instant as InstantScalar,
        session::{app, session},
    },
};

/// How often a feed is looked at while things happen.
const REST: Duration = Duration::from_secs(1);

/// How often it is looked at once nothing has happened for [`QUIET_AFTER`].
const LONG_REST: Duration = Duration::from_secs(3);

const QUIET_AFTER: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(in crate::schema) struct HouseholdEventsSubscription;

/// Something that happened in your household: what and about which things, no values. Ask for those what they are now.
#[derive(SimpleObject)]
struct HouseholdEvent {
    /// Its id: the same wherever the event is told.
    id: ID,
    /// Its place in the feed. Keep the newest, and go on after it: `householdEvents(after:)`.
    cursor: String,
    /// What happened, with the version of the fact: `entitlements.perk_redeemed.v1`. New kinds may come: pass over those you do not
    /// know.
    kind: String,
    /// When it happened.
    occurred_at: InstantScalar,
    /// The ids of what it is about, good for `node`: a grant and its perk, a line of the statement. May be empty.
    subject_ids: Vec<ID>,
}

/// Where somebody stands in a feed, and what was read and not yet told.
struct Follower {
    app: App,
    token: String,
    household: Id<kinds::Household>,
    after: i64,
    waiting: VecDeque<HouseholdEvent>,
    last_heard: Instant,
}

#[Subscription]
impl HouseholdEventsSubscription {
    /// What happens in your household from now on, or after a cursor: each event once and in one order, however often you go away
    /// and come back. It is told within about three seconds. Ends when you no longer belong to the household.
    async fn household_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Go on after this cursor: of the newest event you know, or from `householdEventsCursor`. Without it you \
                    hear of what happens from now on."
        )]
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<HouseholdEvent>> + use<>> {
        let session = session(ctx);
        let no_household = || Refusal::bad_input("NO_HOUSEHOLD", "you belong to no household");
        let (household, _) = session.signed_in()?.household.ok_or_else(no_household)?;
        let token = session.token().ok_or_else(signed_out)?.to_owned();
        let after = after.map(|cursor| read_place(household, &cursor)).transpose()?;
        let after = match after {
            Some(after) => after,
            None => app(ctx).find_feed_end(&token, household).await?.map_err(|_| signed_out())?,
        };
        let (waiting, last_heard) = (VecDeque::new(), Instant::now());
        let mut follower = Follower { app: app(ctx).clone(), token, household, after, waiting, last_heard };
        // The first look is made here: a cursor that names no place is refused before anything is streamed.
        follower.look().await?;
        Ok(stream::try_unfold(follower, Follower::next))
    }
}

impl Follower {
    /// The next event, however long it takes; `None` when there will be no other.
    async fn next(mut self) -> Result<Option<(HouseholdEvent, Self)>> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Ok(Some((event, self)));
            }
            let is_quiet = self.last_heard.elapsed() > QUIET_AFTER;
            tokio::time::sleep(if is_quiet { LONG_REST } else { REST }).await;
            if !self.look().await? {
                return Ok(None);
            }
        }
    }

    /// Reads what is new. False: this feed is not theirs any more.
    async fn look(&mut self) -> Result<bool> {
        // A full page may hold nothing members are told of, so it reads on while it gets ahead; each page is bounded.
        while self.waiting.is_empty() {
            let follow = FollowHousehold { token: &self.token, household: self.household, after: self.after };
            let page = match self.app.follow_household(follow).await? {
                Ok(page) => page,
                Err(FeedRefusal::NotAMember) => return Ok(false),
                Err(FeedRefusal::SignedOut) => return Err(signed_out().into()),
                Err(FeedRefusal::NoSuchPlace) => {
                    return Err(Refusal::bad_input("BAD_CURSOR", "the cursor is not one of this list").into());
                }
            };
            if page.last_no == self.after {
                return Ok(true);
            }
            self.after = page.last_no;
            self.last_heard = Instant::now();
            self.waiting = page.events.into_iter().map(|event| HouseholdEvent::of(self.household, event)).collect();
        }
        Ok(true)
    }
}

impl HouseholdEvent {
    fn of(household: Id<kinds::Household>, event: app::feed::HouseholdEvent) -> Self {
        Self {
            id: ids::write(event.id),
            cursor: write_place(household, event.no),
            kind: event.kind,
            occurred_at: InstantScalar(event.occurred_at),
            subject_ids: event.subjects.into_iter().map(ID).collect(),
        }
    }
}

fn signed_out() -> Refusal {
    Refusal::new(ErrorCode::Unauthenticated, "sign in first")
}
