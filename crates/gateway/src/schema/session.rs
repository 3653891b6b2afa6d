use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use ::accounts::HouseholdView;
use ::entitlements::{Perk, Stock};
use app::{App, Bearer, Principal, StaffPrincipal};
use async_graphql::{Context, Error};
use kernel::{Fault, Id, Locale, kinds};
use tokio::sync::{Mutex, OnceCell};

use crate::{
    identity::Identity,
    limits::Network,
    refusal::{ErrorCode, Refusal},
};

/// Perks by id, the absent ones remembered too.
type KnownPerks = HashMap<Id<kinds::Perk>, Option<(Perk, Stock)>>;

/// What a resolver tells the door about its answer, beside the answer itself.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    is_replay: AtomicBool,
    retry_after_seconds: AtomicU64,
}

impl Notes {
    /// Whether a mutation answered an earlier act again.
    pub(crate) fn is_replay(&self) -> bool {
        self.is_replay.load(Ordering::Relaxed)
    }

    /// After how many seconds a refused act may be tried again, where a use-case said so.
    pub(crate) fn retry_after_seconds(&self) -> Option<u64> {
        Some(self.retry_after_seconds.load(Ordering::Relaxed)).filter(|&seconds| seconds > 0)
    }
}

/// One request: who asks, in which language, and what was already loaded for it.
pub(crate) struct Session {
    bearer: Option<Bearer>,
    token: Option<String>,
    locale: Locale,
    network: IpAddr,
    notes: Arc<Notes>,
    household: OnceCell<HouseholdView>,
    perks: Mutex<KnownPerks>,
}

impl Session {
    /// A fresh request, and where its resolvers leave their notes.
    pub(crate) fn new(caller: Option<(Bearer, String)>, locale: Locale, notes: Arc<Notes>) -> Self {
        let (bearer, token) = caller.unzip();
        let network = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        Self { bearer, token, locale, network, notes, household: OnceCell::new(), perks: Mutex::default() }
    }

    /// The same, come from a network.
    pub(crate) fn at_network(self, network: Network) -> Self {
        Self { network: network.address(), ..self }
    }

    /// The member who is signed in, if one is. Somebody of the staff is none, whoever they are at home.
    pub(super) fn principal(&self) -> Option<&Principal> {
        match &self.bearer {
            Some(Bearer::Member(principal)) => Some(principal),
            Some(Bearer::Staff(_)) | None => None,
        }
    }

    /// The member who is signed in; strangers and the staff are refused.
    pub(super) fn signed_in(&self) -> Result<&Principal, Refusal> {
        match &self.bearer {
            Some(Bearer::Member(principal)) => Ok(principal),
            Some(Bearer::Staff(_)) => {
                Err(Refusal::new(ErrorCode::Forbidden, "this is for members: nobody acts as another"))
            }
            None => Err(Refusal::new(ErrorCode::Unauthenticated, "sign in first")),
        }
    }

    /// Who of the staff is signed in, if anybody.
    pub(super) fn staff(&self) -> Option<&StaffPrincipal> {
        match &self.bearer {
            Some(Bearer::Staff(principal)) => Some(principal),
            Some(Bearer::Member(_)) | None => None,
        }
    }

    /// Who of the staff is signed in; strangers and members are refused.
    pub(super) fn staff_signed_in(&self) -> Result<&StaffPrincipal, Refusal> {
        match &self.bearer {
            Some(Bearer::Staff(principal)) => Ok(principal),
            Some(Bearer::Member(_)) => Err(Refusal::new(ErrorCode::Forbidden, "this is for the operator's staff")),
            None => Err(Refusal::new(ErrorCode::Unauthenticated, "sign in first")),
        }
    }

    /// The token that came with the request.
    pub(super) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The first address of the network the request came from.
    pub(super) fn network(&self) -> IpAddr {
        self.network
    }

    pub(super) fn locale(&self) -> Locale {
        self.locale
    }

    pub(super) fn note_replay(&self) {
        self.notes.is_replay.store(true, Ordering::Relaxed);
    }

    /// Notes after how long a refused act may be tried again, for the header `Retry-After`.
    pub(super) fn note_retry_after(&self, seconds: u64) {
        self.notes.retry_after_seconds.fetch_max(seconds, Ordering::Relaxed);
    }

    /// The household of whoever is signed in, loaded once a request however many fields ask.
    pub(super) async fn own_household(&self, app: &App) -> Result<&HouseholdView, Error> {
        let load = async || {
            let principal = self.signed_in()?;
            let vanished = || Error::from(Fault::inconsistent("find the household somebody belongs to"));
            let (household, _) = principal.household.ok_or_else(vanished)?;
            app.find_household(principal, household).await?.ok_or_else(vanished)
        };
        self.household.get_or_try_init(load).await
    }

    /// A perk, loaded once a request however many grants are of it.
    pub(super) async fn perk(&self, app: &App, id: Id<kinds::Perk>) -> Result<Option<(Perk, Stock)>, Fault> {
        let mut known = self.perks.lock().await;
        if let Some(perk) = known.get(&id) {
            return Ok(perk.clone());
        }
        let perk = app.find_perk(id).await?;
        known.insert(id, perk.clone());
        Ok(perk)
    }
}

/// The use-cases.
pub(super) fn app<'a>(ctx: &Context<'a>) -> &'a App {
    ctx.data_unchecked::<App>()
}

/// The operator's identity provider, where people may sign in by it.
pub(super) fn identity<'a>(ctx: &Context<'a>) -> Option<&'a Identity> {
    ctx.data_unchecked::<Option<Arc<Identity>>>().as_deref()
}

/// The request.
pub(super) fn session<'a>(ctx: &Context<'a>) -> &'a Session {
    ctx.data_unchecked::<Session>()
}
