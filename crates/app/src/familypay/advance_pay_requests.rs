use ::familypay::{
    PayRequestState,
    events::{PayRequestExpired, PayRequestReminded},
    store::{self, RequestPlace},
};
use db::{AuditLine, outbox};
use kernel::{Actor, Fault};

use super::{end::last_asked, settle_payment::let_go};
use crate::App;

/// Most requests looked at by one run of the clockwork.
const REQUESTS_PER_RUN: u64 = 100;

impl App {
    /// Ends requests nobody answered in time and sends the one reminder at half the time; how many changed. Each is told once, in the
    /// same commit.
    ///
    /// # Errors
    /// A [`Fault`] of the database; running it again is safe.
    pub async fn advance_pay_requests(&self) -> Result<usize, Fault> {
        let now = self.db().clock().now();
        let mut changed = 0;
        for place in store::list_due_requests(&self.reader(), now, REQUESTS_PER_RUN).await? {
            changed += usize::from(self.advance_pay_request(place).await?);
        }
        Ok(changed)
    }

    async fn advance_pay_request(&self, place: RequestPlace) -> Result<bool, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            let Some(mut book) = store::lock_request(&mut tx, place).await? else { return Ok(false) };

            let (expires, reminds) = (book.request.expire(tx.now()), book.request.remind(tx.now()));
            if !expires && !reminds {
                tx.rollback().await?;
                return Ok(false);
            }
            if expires {
                let_go(&mut tx, &mut book).await?;
            }

            store::update_request(&mut tx, &book).await?;
            match last_asked(&book) {
                Some(payer) if expires => outbox::append(&mut tx, &PayRequestExpired::of(&book.request, payer)),
                Some(payer) => outbox::append(&mut tx, &PayRequestReminded::of(&book.request, payer)),
                None => {}
            }
            let (household, subject) = (Some(place.household), place.request.to_string());
            let detail = if expires { PayRequestState::Expired.word() } else { "reminded" }.to_owned();
            tx.audit(AuditLine { action: "advance_pay_request", household, subject, detail });

            tx.commit().await?;
            Ok(true)
        })
        .await
    }
}
