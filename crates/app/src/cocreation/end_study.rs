use accounts::StaffRole;
use cocreation::{EndRefusal, Study, events::StudyLaunched, store};
use db::{AuditLine, Tx, outbox};
use kernel::{ExternalRef, Fault, Id, Label, kinds};

use crate::{App, StaffPrincipal, staff::NotAllowed};

/// One of the staff says how a study ends whose result is announced.
#[derive(Debug, Clone)]
pub struct EndStudy {
    /// Which study.
    pub study: Id<kinds::Study>,
    /// How.
    pub ends: EndsAs,
}

/// How a study is to end.
#[derive(Debug, Clone)]
pub enum EndsAs {
    /// An elected option is sold as a product.
    Launched {
        /// The option's id.
        option: String,
        /// The operator's number of the product.
        product: ExternalRef,
    },
    /// Nothing comes of it.
    Dropped {
        /// Why, for all to read.
        why: Label,
    },
}

/// Why a study does not end so. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndStudyRefusal {
    /// Only whoever keeps perks and the lab.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such study.
    #[error("there is no such study")]
    NoSuchStudy,
    /// The catalogue has no product of that number.
    #[error("there is no such product")]
    NoSuchProduct,
    /// Another study chose the product.
    #[error("another study chose the product")]
    ProductChosen,
    /// The study says no.
    #[error(transparent)]
    NotEnded(#[from] EndRefusal),
}

impl App {
    /// Launches what a study elected, or drops it, once. Who took part in what is launched is thanked afterwards.
    ///
    /// # Errors
    /// A [`Fault`]; trying again is safe: a study that ended says so.
    pub async fn end_study(
        &self,
        principal: &StaffPrincipal,
        end: &EndStudy,
    ) -> Result<Result<Study, EndStudyRefusal>, Fault> {
        db::retry_contention(async || self.end_study_once(principal, end).await).await
    }

    async fn end_study_once(
        &self,
        principal: &StaffPrincipal,
        end: &EndStudy,
    ) -> Result<Result<Study, EndStudyRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        if let Err(refusal) = principal.lock(&mut tx, &[StaffRole::Perks]).await? {
            return Ok(Err(refusal.into()));
        }
        let Some((study, _)) = store::lock_study(&mut tx, end.study).await? else {
            return Ok(Err(EndStudyRefusal::NoSuchStudy));
        };
        let is_known = match &end.ends {
            EndsAs::Launched { product, .. } => !orders::store::list_products(&mut tx, &[product]).await?.is_empty(),
            EndsAs::Dropped { .. } => true,
        };
        // A race for one product is told apart by the unique index, and tried again.
        let is_chosen = match &end.ends {
            EndsAs::Launched { product, .. } => store::find_study_of_product(&self.reader(), product).await?.is_some(),
            EndsAs::Dropped { .. } => false,
        };

        let ended = match &end.ends {
            EndsAs::Launched { option, product } => study.launch(option, product.clone(), tx.now()),
            EndsAs::Dropped { why } => study.drop_for(why.clone(), tx.now()),
        };
        let study = match ended {
            Err(refusal) => return Ok(Err(refusal.into())),
            Ok(_) if !is_known => return Ok(Err(EndStudyRefusal::NoSuchProduct)),
            Ok(_) if is_chosen => return Ok(Err(EndStudyRefusal::ProductChosen)),
            Ok(study) => study,
        };

        record(&mut tx, &study, &end.ends).await?;

        tx.commit().await?;
        Ok(Ok(study))
    }

    /// The study whose winner a product is, if it is one. Anyone may look.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_study_of_product(&self, product: &ExternalRef) -> Result<Option<Study>, Fault> {
        store::find_study_of_product(&self.reader(), product).await
    }
}

async fn record(tx: &mut Tx, study: &Study, ends: &EndsAs) -> Result<(), Fault> {
    store::update_ended(tx, study).await?;
    let (action, detail) = match ends {
        EndsAs::Launched { option, product } => ("launch_study", format!("{option} as {product}")),
        EndsAs::Dropped { why } => ("drop_study", why.to_string()),
    };
    if let Some(launch) = study.launched() {
        outbox::append(tx, &StudyLaunched::of(study.id, launch));
    }
    tx.audit(AuditLine { action, household: None, subject: study.id.to_string(), detail });
    Ok(())
}
