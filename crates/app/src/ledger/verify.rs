use std::collections::BTreeSet;

use db::{HouseholdRange, Snapshot};
use entitlements::StoredGrant;
use kernel::{Fault, Id, Timestamp, kinds};
use ledger::{BooksPage, Difference, Finding, SealMark, SealTold, Verification, VerifyReport};
use orders::StoredTender;

use super::seal_ledger::SEAL_LEDGER;
use crate::App;

mod pays;
mod rights;
mod tellings;
mod tenders;
mod votes;

use rights::Rights;
use tenders::Tenders;

impl App {
    /// Recomputes every wallet, lot, posting, hold and seal from transfers alone, holds grants, stocks, orders paid with points and
    /// idempotency keys against them, and says what differs. Takes no lock and changes nothing: everything is read from one state of
    /// the database.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn verify(&self) -> Result<VerifyReport, Fault> {
        self.verify_with(None).await
    }

    /// As [`App::verify`], and holds the books against a seal that was kept where nobody who can change the books can change it.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn verify_against(&self, kept: SealMark) -> Result<VerifyReport, Fault> {
        self.verify_with(Some(SealTold { mark: kept, place: "by what was kept" })).await
    }

    async fn verify_with(&self, kept: Option<SealTold>) -> Result<VerifyReport, Fault> {
        let now = self.db().clock().now();
        let mut snapshot = self.db().snapshot().await?;
        let seals = ledger::store::list_seals(&mut snapshot).await?;
        let verification = Verification::new(now, seals);
        let mut books = Books { verification, rights: Rights::default(), tenders: Tenders::default() };

        let mut page = Page::read_after(&mut snapshot, None).await?;
        while let Some(current) = page {
            let range = current.ledger.range();
            // While one page is judged on another thread, the next one is read.
            let judging = tokio::task::spawn_blocking(move || books.judge(current));
            page = Page::read_after(&mut snapshot, Some(range)).await?;
            books = judging.await.map_err(|_| Fault::inconsistent("judge a page of the books"))?;
        }
        books.check_keys(&mut snapshot, now).await?;
        let votes = self.check_votes(&mut snapshot).await?;
        books.verification.add_differences(votes);
        books.verification.add_differences(pays::check_pays(&mut snapshot).await?);
        books.finish(&mut snapshot, kept).await
    }
}

/// All that is stored about the households of a range.
struct Page {
    ledger: BooksPage,
    grants: Vec<Result<StoredGrant, Difference>>,
    tenders: Vec<Result<StoredTender, Difference>>,
    households: BTreeSet<Id<kinds::Household>>,
    with_orders: BTreeSet<Id<kinds::Household>>,
}

impl Page {
    async fn read_after(snapshot: &mut Snapshot, before: Option<HouseholdRange>) -> Result<Option<Self>, Fault> {
        let Some(range) = ledger::store::find_range_to_verify(snapshot, before).await? else { return Ok(None) };
        let ledger = ledger::store::list_books(snapshot, range).await?;
        let grants = entitlements::store::list_stored_grants(snapshot, range).await?.into_iter();
        let grants =
            grants.map(|grant| grant.map_err(|(id, why)| impossible(None, format!("grant gr_{id}"), why.to_string())));
        let tenders = orders::store::list_stored_tenders(snapshot, range).await?.into_iter();
        let tenders = tenders
            .map(|it| it.map_err(|(id, why)| impossible(None, format!("point tender of or_{id}"), why.to_string())));
        let households = accounts::store::list_households_of(snapshot, range).await?;
        let households = households.into_iter().collect();
        let with_orders = orders::store::list_households_of_orders(snapshot, range).await?.into_iter().collect();
        Ok(Some(Self { ledger, grants: grants.collect(), tenders: tenders.collect(), households, with_orders }))
    }
}

/// What is known so far.
struct Books {
    verification: Verification,
    rights: Rights,
    tenders: Tenders,
}

impl Books {
    fn judge(mut self, page: Page) -> Self {
        let wallets: BTreeSet<Id<kinds::Household>> = page.ledger.households_with_wallet().collect();
        let without_wallet = page
            .households
            .difference(&wallets)
            .map(|household| impossible(Some(*household), "household".to_owned(), "it has no wallet".to_owned()));
        let without_household = wallets.difference(&page.households).map(|household| {
            impossible(Some(*household), "wallet".to_owned(), "its household is not there".to_owned())
        });
        let ordered_by_nobody = page.with_orders.difference(&page.households).map(|household| {
            impossible(Some(*household), "orders".to_owned(), "their household is not there".to_owned())
        });
        let mut redemptions = self.verification.add_page(page.ledger);
        self.verification.add_differences(without_wallet.chain(without_household).chain(ordered_by_nobody));
        let mut grants = Vec::with_capacity(page.grants.len());
        for grant in page.grants {
            match grant {
                Ok(grant) => grants.push(grant),
                Err(unreadable) => self.verification.add_differences([unreadable]),
            }
        }
        let of_nobody = grants.iter().filter(|grant| !page.households.contains(&grant.household)).map(|grant| {
            impossible(Some(grant.household), rights::grant_row(grant.id), "its household is not there".to_owned())
        });
        self.verification.add_differences(of_nobody);
        self.verification.add_differences(self.tenders.check_page(&mut redemptions, page.tenders));
        self.verification.add_differences(self.rights.check_page(redemptions, grants));
        self
    }

    async fn check_keys(&mut self, snapshot: &mut Snapshot, now: Timestamp) -> Result<(), Fault> {
        let mut last = None;
        loop {
            let keys = db::list_kept_keys(snapshot, last.as_ref()).await?;
            self.verification.add_differences(keys.iter().filter_map(|key| self.rights.check_key(key)));
            match keys.into_iter().next_back() {
                Some(key) => last = Some(key),
                None => break,
            }
        }
        self.verification.add_differences(self.rights.check_grants_have_keys(now));
        self.rights.tellings().explain(snapshot).await?;
        if self.rights.tellings().is_explained() { Ok(()) } else { self.name_unexplained(snapshot).await }
    }

    /// Reads the keys again, for the names of those that lead to nothing.
    async fn name_unexplained(&mut self, snapshot: &mut Snapshot) -> Result<(), Fault> {
        let mut last = None;
        loop {
            let keys = db::list_kept_keys(snapshot, last.as_ref()).await?;
            self.verification.add_differences(keys.iter().filter_map(|key| self.rights.check_telling(key)));
            match keys.into_iter().next_back() {
                Some(key) => last = Some(key),
                None => return Ok(()),
            }
        }
    }

    /// What spans households: stocks, points that came back to others, earns and redemptions that others correct, and what the audit
    /// log tells of seals.
    async fn finish(mut self, snapshot: &mut Snapshot, kept: Option<SealTold>) -> Result<VerifyReport, Fault> {
        let astray = orders::store::list_refs_astray(snapshot).await?.into_iter();
        let astray =
            astray.map(|number| impossible(None, format!("order {number}"), "it leads to no order".to_owned()));
        self.verification.add_differences(astray);
        let stocks = entitlements::store::list_stored_stocks(snapshot).await?;
        let places = entitlements::store::count_open_places(snapshot).await?;
        self.verification.add_differences(self.rights.check_stocks(&stocks, &places));
        self.verification.add_differences(self.rights.check_moved());
        let mut elsewhere = self.verification.restored_elsewhere();
        self.verification.add_differences(self.tenders.check_restored(&mut elsewhere));
        self.verification.add_differences(self.rights.check_restored(elsewhere));
        let mut missing = Vec::new();
        for (household, posting, kind) in self.verification.corrected_elsewhere() {
            if ledger::store::find_no_of_kind(snapshot, household, posting, kind).await?.is_none() {
                missing.push((household, posting));
            }
        }
        let mut told = Vec::new();
        for (subject, detail) in db::list_audit_lines(snapshot, SEAL_LEDGER).await? {
            match detail.parse() {
                Ok(mark) => told.push(SealTold { mark, place: "in the audit log" }),
                Err(_) => {
                    let why = format!("it tells of no seal: {detail:?}");
                    self.verification.add_differences([impossible(None, format!("audit line of seal {subject}"), why)]);
                }
            }
        }
        Ok(self.verification.finish(&told, kept, &missing))
    }
}

fn impossible(household: Option<Id<kinds::Household>>, row: String, why: String) -> Difference {
    Difference { household, row, finding: Finding::Impossible(why) }
}
