use chrono::TimeDelta;
use kernel::{ExternalRef, Label, Timestamp};

use crate::{Study, StudyKind};

/// How a study ended after its result was announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// What was elected is sold.
    Launched(Launch),
    /// Nothing came of it, and why.
    Dropped {
        /// When.
        at: Timestamp,
        /// Why, for all to read.
        why: Label,
    },
}

/// An elected option that is sold as a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The option.
    pub option: String,
    /// The operator's number of the product.
    pub product_ref: ExternalRef,
    /// How many households' ballots were counted: as many chose it together, whatever each of them said.
    pub chosen_by: u64,
    /// When.
    pub launched_at: Timestamp,
}

/// Why a study is not ended so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndRefusal {
    /// Its result is not announced.
    #[error("its result is not announced yet")]
    NotPublished,
    /// It ended already.
    #[error("it was launched or dropped already")]
    AlreadyEnded,
    /// The option was not elected, or prices were asked about, which elect nothing.
    #[error("the option was not elected")]
    NotElected,
}

impl Launch {
    /// For how many days from the launch its orders are followed: its first month.
    pub const DAYS_FOLLOWED: i64 = 30;

    /// Of fewer households than this nothing is said apart from the others.
    pub const MIN_TOLD_APART: u64 = 5;

    /// The end of its first month, which no longer belongs to it.
    #[must_use]
    pub fn followed_until(&self) -> Timestamp {
        self.launched_at + TimeDelta::days(Self::DAYS_FOLLOWED)
    }
}

impl Study {
    /// Links what was elected to a product.
    ///
    /// # Errors
    /// [`EndRefusal`].
    pub fn launch(self, option: &str, product_ref: ExternalRef, now: Timestamp) -> Result<Self, EndRefusal> {
        let result = &self.ends()?.result;
        let is_elected = result["elected"].as_array().is_some_and(|elected| elected.iter().any(|it| it == option));
        if self.asked.kind == StudyKind::Price || !is_elected {
            return Err(EndRefusal::NotElected);
        }
        let chosen_by = result["ballots"]["received"].as_u64().ok_or(EndRefusal::NotElected)?;
        let launch = Launch { option: option.to_owned(), product_ref, chosen_by, launched_at: now };
        Ok(Self { ending: Some(Ending::Launched(launch)), ..self })
    }

    /// Says that nothing comes of it, and why.
    ///
    /// # Errors
    /// [`EndRefusal`].
    pub fn drop_for(self, why: Label, now: Timestamp) -> Result<Self, EndRefusal> {
        self.ends()?;
        Ok(Self { ending: Some(Ending::Dropped { at: now, why }), ..self })
    }

    /// What was launched of it, if anything was.
    #[must_use]
    pub fn launched(&self) -> Option<&Launch> {
        match &self.ending {
            Some(Ending::Launched(launch)) => Some(launch),
            Some(Ending::Dropped { .. }) | None => None,
        }
    }

    fn ends(&self) -> Result<&crate::Published, EndRefusal> {
        match (&self.published, &self.ending) {
            (None, _) => Err(EndRefusal::NotPublished),
            (Some(_), Some(_)) => Err(EndRefusal::AlreadyEnded),
            (Some(published), None) => Ok(published),
        }
    }
}
