//! Use-cases about studies: asked by the operator, answered by households, counted for all to see.

mod advance_study;
mod ballot_lane;
mod cast_ballot;
mod close_studies;
mod draft_study;
mod draft_study_by_staff;
mod end_study;
mod export_publication;
mod find_study;
mod follow_launch;
mod open_study;
mod publish_study;
mod thank_voters;
mod view_studies;

pub(crate) use advance_study::ADVANCERS_OF_STUDIES;
pub use advance_study::{AdvanceStudy, AdvanceStudyRefusal, StudyStep, StudyStepProposed};
pub(crate) use ballot_lane::CastBallots;
pub use cast_ballot::{BallotCast, CastBallot, CastBallotRefusal};
pub use draft_study_by_staff::DraftByStaffRefusal;
pub use end_study::{EndStudy, EndStudyRefusal, EndsAs};
pub use export_publication::ExportPublicationRefusal;
pub use find_study::{MAX_STUDIES, StudyView};
pub use follow_launch::{LaunchSales, Sold};
pub use open_study::OpenStudyRefusal;
pub use publish_study::{MIN_COUNTED, PublishStudyRefusal};
pub(crate) use thank_voters::{MAIL_BALLOT_THANKED, THANK_VOTERS};
pub use view_studies::StudyForStaff;

use cocreation::BallotKey;

use crate::App;

impl App {
    /// What pseudonyms and entries of ballots are keyed with.
    pub(crate) fn ballot_key(&self) -> BallotKey {
        BallotKey::of_secret(self.secret().bytes())
    }
}
