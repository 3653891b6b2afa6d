use ::accounts::{ErasureBasis as Basis, ErasureState as State};
use async_graphql::{Context, Enum, Object, SimpleObject};

use crate::schema::{
    nullable::{Nullable, nullable},
    scalars::Instant,
    session::{app, session},
};

/// How far an erasure is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(in crate::schema) enum ErasureState {
    /// Asked for; it can still be cancelled.
    Requested,
    /// You changed your mind.
    Cancelled,
    /// Nobody sees the data; what the law has kept lies sealed.
    Blocked,
    /// Nothing is left but an empty shell.
    Erased,
}

/// Why the rest is kept until it is deleted.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(in crate::schema) enum ErasureBasis {
    /// Only the days in which you may change your mind.
    CoolingOff,
    /// Records of transactions are kept three years (E-Commerce Law, article 31), with your name sealed beside them.
    Transactions,
}

impl From<Basis> for ErasureBasis {
    fn from(basis: Basis) -> Self {
        match basis {
            Basis::CoolingOff => Self::CoolingOff,
            Basis::Transactions => Self::Transactions,
        }
    }
}

impl From<ErasureBasis> for Basis {
    fn from(basis: ErasureBasis) -> Self {
        match basis {
            ErasureBasis::CoolingOff => Self::CoolingOff,
            ErasureBasis::Transactions => Self::Transactions,
        }
    }
}

/// Your wish to be forgotten (注销), and when which part of it comes true.
#[derive(SimpleObject)]
pub(in crate::schema) struct Erasure {
    /// How far it is.
    state: ErasureState,
    /// Why the rest is kept until `erasesAt`.
    basis: ErasureBasis,
    /// When you asked.
    requested_at: Instant,
    /// From then on it cannot be cancelled: you leave your household, and nobody sees your name, contacts or tags.
    blocks_at: Instant,
    /// From then on nothing is left but an empty shell that old statements name.
    erases_at: Instant,
}

impl From<::accounts::Erasure> for Erasure {
    fn from(erasure: ::accounts::Erasure) -> Self {
        let state = match erasure.state {
            State::Requested => ErasureState::Requested,
            State::Cancelled => ErasureState::Cancelled,
            State::Blocked => ErasureState::Blocked,
            State::Erased => ErasureState::Erased,
        };
        Self {
            state,
            basis: erasure.basis.into(),
            requested_at: Instant(erasure.requested_at),
            blocks_at: Instant(erasure.blocks_at),
            erases_at: Instant(erasure.erases_at),
        }
    }
}

#[derive(Default)]
pub(in crate::schema) struct ErasureQuery;

#[Object]
impl ErasureQuery {
    /// Your newest erasure, cancelled or not; null when you never asked for one.
    async fn my_erasure(&self, ctx: &Context<'_>) -> Nullable<Erasure> {
        nullable(async {
            let principal = session(ctx).signed_in()?;
            Ok(app(ctx).my_erasure(principal).await?.map(Erasure::from))
        })
        .await
    }
}
