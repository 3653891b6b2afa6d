use cocreation::{
    Launch, Study,
    events::{BallotThanked, StudyLaunched},
    store,
};
use db::{
    AuditLine,
    outbox::{self, ClaimedEvent},
};
use kernel::{Actor, Fault, FaultKind, Id, Label, Points, kinds};
use mail::{Mail, MailKey, Message};

use crate::{
    App,
    ledger::{AdjustPointsRefusal, Adjustment, current_id},
};

/// Most households looked for at once.
const HOUSEHOLDS_PER_LOOK: u64 = 100;

/// The reactions' names in receipts and mail keys.
pub(crate) const THANK_VOTERS: &str = "thank_voters";
pub(crate) const MAIL_BALLOT_THANKED: &str = "mail_ballot_thanked";

impl App {
    /// Thanks every household that took part in what was launched, with the same points: a transaction each, which tells it in the
    /// same commit. Run again after it died anywhere it goes on with those that are left.
    pub(crate) async fn thank_voters(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: StudyLaunched = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read a study_launched event", error))?;
        let impossible = || Fault::inconsistent("find what a study_launched event tells of");
        let id = told.study_id.parse().map_err(|_| impossible())?;
        let (study, _) = store::find_study(&self.reader(), id).await?.ok_or_else(impossible)?;
        let launch = study.launched().ok_or_else(impossible)?;

        // One that cannot be thanked keeps nobody else waiting, and is what the event is parked for.
        let (mut after, mut failed) = (None, None);
        loop {
            let voters = store::list_voters(&self.reader(), id, after, HOUSEHOLDS_PER_LOOK).await?;
            let Some(last) = voters.last().copied() else { break };
            after = Some(last);
            for voter in voters {
                let thanked = db::retry_contention(async || self.thank_voter(voter, &study, launch).await).await;
                failed = thanked.err().or(failed);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Thanks one household of the panel, once: what it is called now, where it went into another since.
    async fn thank_voter(&self, voter: Id<kinds::Household>, study: &Study, launch: &Launch) -> Result<(), Fault> {
        let mut tx = self.begin(Actor::System).await?;
        let household = current_id(&mut tx, voter).await?;
        if store::find_thanks(&mut tx, voter, study.id).await?.is_some() {
            return tx.rollback().await;
        }

        let mut points = self.settings().thanks_points;
        if !points.is_zero() {
            let reference = format!("thanks {} {voter}", study.id);
            let given =
                self.adjust_points_in(&mut tx, household, Adjustment::Credit, points, &reason(), reference).await?;
            match given {
                Ok(_) => {}
                // A wallet that holds no more is thanked in words.
                Err(AdjustPointsRefusal::NotAdjusted(_)) => points = Points::ZERO,
                Err(other) => return Err(Fault::because(FaultKind::Broken, "thank a household for its ballot", other)),
            }
        }

        store::insert_thanks(&mut tx, voter, study.id, points).await?;
        outbox::append(&mut tx, &BallotThanked::of(household, study.id, launch, points));
        let (subject, detail) = (study.id.to_string(), format!("{points} points to {voter} for taking part"));
        tx.audit(AuditLine { action: THANK_VOTERS, household: Some(household), subject, detail });

        tx.commit().await
    }

    /// Tells the household's owner that its ballot was one of those that chose a product. Runs at least once; the mail's key tells
    /// repeats apart.
    pub(crate) async fn mail_ballot_thanked(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: BallotThanked = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read a ballot_thanked event", error))?;
        let impossible = || Fault::inconsistent("read a ballot_thanked event");
        let household = self.current_household(told.household_id.parse().map_err(|_| impossible())?).await?;
        let owner = accounts::store::find_household_owner(&self.reader(), household).await?;
        let Some((to, locale)) = owner.and_then(::accounts::PersonView::mailbox) else { return Ok(()) };
        let study = store::find_study(&self.reader(), told.study_id.parse().map_err(|_| impossible())?).await?;
        let (study, _) = study.ok_or_else(impossible)?;
        let launch = study.launched().ok_or_else(impossible)?;
        let option = study.asked.options.iter().find(|option| option.id == launch.option).ok_or_else(impossible)?;

        let message = Message::BallotThanked(mail::BallotThanked {
            study: locale.choose(&study.asked.title_zh, &study.asked.title_en).clone(),
            chosen: locale.choose(&option.name_zh, &option.name_en).clone(),
            chosen_by: launch.chosen_by,
            points: Points::new(told.points).ok_or_else(impossible)?,
        });
        let key = MailKey { event: event.id, reaction: MAIL_BALLOT_THANKED, person: None };
        self.mailer().send(&Mail { to, locale, key, message, sent_at: event.occurred_at }).await
    }
}

fn reason() -> Label {
    "参与共创的谢礼 / thanks for taking part in a study".parse().expect("a reason of our own is a label")
}
