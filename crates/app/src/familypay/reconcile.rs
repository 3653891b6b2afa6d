use ::familypay::{
    MoneyMoved, Provider,
    store::{self, ReconciledDay},
    wechat::read_bill,
};
use chrono::NaiveTime;
use kernel::{Actor, BusinessDate, Fault, FaultKind, Zone};

use super::{PaymentProvider, look::may_read};
use crate::{App, StaffPrincipal, staff::NotAllowed};

/// When the books of yesterday are there: WeChat Pay's are after ten in the morning.
const READY_AT: NaiveTime = NaiveTime::from_hms_opt(10, 30, 0).expect("a time of day");

/// How many days back are made up for, after the process or the provider was away.
const DAYS_BACK: u64 = 7;

/// How many days staff are shown.
const DAYS_SHOWN: u64 = 14;

impl App {
    /// Compares the provider's books of each of the last days with ours, once a day after they are there; how many days that were.
    ///
    /// # Errors
    /// A [`Fault`]: of the database, or the provider's; the day is tried again.
    pub async fn reconcile_days(&self) -> Result<usize, Fault> {
        let now = self.settings().zone.local(self.db().clock().now());
        let (mut compared, mut missed) = (0, None);
        for back in (1..=DAYS_BACK).rev() {
            if back == 1 && now.time() < READY_AT {
                continue;
            }
            let Some(day) = now.date().checked_sub_days(chrono::Days::new(back)) else { continue };
            for provider in self.providers_with_books() {
                if store::is_reconciled(&self.reader(), provider, day).await? {
                    continue;
                }
                // Books that cannot be had of one day keep no other day's from being read.
                match self.reconcile_day(provider, day).await {
                    Ok(_) => compared += 1,
                    Err(fault) => missed = Some(fault),
                }
            }
        }
        missed.map_or(Ok(compared), Err)
    }

    /// Compares a provider's books of a day with ours and keeps what was found, in place of what was found before.
    ///
    /// # Errors
    /// A [`Fault`]: of the database, or when the books cannot be had or read; nothing is kept then.
    pub async fn reconcile_day(&self, provider: Provider, day: BusinessDate) -> Result<ReconciledDay, Fault> {
        let zone = self.zone_of_books(provider)?;
        let next =
            day.checked_add_days(chrono::Days::new(1)).ok_or_else(|| Fault::inconsistent("name the next day"))?;
        let span = (zone.start_of(day), zone.start_of(next));
        let theirs = match provider {
            Provider::Sandbox => store::find_sandbox_moved(&self.reader(), span).await?,
            Provider::WeChatPay => self.wechat_moved(day).await?,
        };
        let ours = store::find_money_moved(&self.reader(), provider, span, &theirs).await?;
        let found = ours.reconcile(&theirs);
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            let reconciled = ReconciledDay { provider, day, found: found.clone(), reconciled_at: tx.now() };
            store::upsert_reconciled_day(&mut tx, &reconciled).await?;
            tx.commit().await?;
            Ok(reconciled)
        })
        .await
    }

    /// What the providers' books of the last days came to, for staff who see postings.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_reconciled_days(
        &self,
        staff: &StaffPrincipal,
    ) -> Result<Result<Vec<ReconciledDay>, NotAllowed>, Fault> {
        if !may_read(staff) {
            return Ok(Err(NotAllowed));
        }
        store::list_reconciled_days(&self.reader(), DAYS_SHOWN).await.map(Ok)
    }

    /// From midnight to midnight where: WeChat Pay's books go by Beijing, whatever the operator's zone.
    fn zone_of_books(&self, provider: Provider) -> Result<Zone, Fault> {
        match provider {
            Provider::Sandbox => Ok(self.settings().zone),
            Provider::WeChatPay => {
                "Asia/Shanghai".parse().map_err(|_| Fault::inconsistent("find Beijing among the zones"))
            }
        }
    }

    async fn wechat_moved(&self, day: BusinessDate) -> Result<MoneyMoved, Fault> {
        let wechat = self.settings().wechat_pay.clone();
        let wechat = wechat.ok_or_else(|| Fault::new(FaultKind::Broken, "read a bill: WeChat Pay is not set up"))?;
        let bill = wechat.client(self.db().clock().as_ref()).bill(day).await;
        let bill = bill.map_err(|error| Fault::because(FaultKind::Broken, "download a bill of WeChat Pay", error))?;
        let Some(bill) = bill else { return Ok(MoneyMoved::default()) };
        read_bill(&bill).map_err(|error| Fault::because(FaultKind::Broken, "read a bill of WeChat Pay", error))
    }

    fn providers_with_books(&self) -> Vec<Provider> {
        let settings = self.settings();
        let sandbox = (settings.payments == PaymentProvider::Sandbox).then_some(Provider::Sandbox);
        let wechat = settings.wechat_pay.is_some().then_some(Provider::WeChatPay);
        sandbox.into_iter().chain(wechat).collect()
    }
}
