use ::ledger::Balance;
use async_graphql::{Context, Error, Object, Result};
use kernel::{BusinessDate, Fault, Id, kinds};
use tokio::sync::OnceCell;

use super::{StatementLine, contribution::PageLots, lot::Lot};
use crate::schema::{
    connection::{ConnectionOf, PageArguments, read_page, write_page},
    scalars::{LocalDate, points},
    session::{app, session},
};

pub(in crate::schema) struct AssetAccount {
    household: Id<kinds::Household>,
    asks_for_lots: bool,
    figures: OnceCell<Figures>,
}

struct Figures {
    balance: Balance,
    today: BusinessDate,
    /// None where nobody asks for them.
    lots: Vec<::ledger::Lot>,
}

impl AssetAccount {
    /// Loads nothing yet. Without lots the sums are enough: one row, where a household may have a lot for every day.
    pub(in crate::schema) fn new(household: Id<kinds::Household>, asks_for_lots: bool) -> Self {
        Self { household, asks_for_lots, figures: OnceCell::new() }
    }

    async fn figures(&self, ctx: &Context<'_>) -> Result<&Figures, Error> {
        self.figures.get_or_try_init(async || self.load(ctx).await).await
    }

    async fn load(&self, ctx: &Context<'_>) -> Result<Figures, Error> {
        let (app, principal) = (app(ctx), session(ctx).signed_in()?);
        let figures = if self.asks_for_lots {
            let account = app.find_asset_account(principal, self.household).await?;
            account.map(|account| Figures { balance: account.balance, today: account.today, lots: account.lots })
        } else {
            let balance = app.find_balance(principal, self.household).await?;
            balance.map(|(balance, today)| Figures { balance, today, lots: Vec::new() })
        };
        figures.ok_or_else(|| Fault::inconsistent("find the account of one's own household").into())
    }
}

/// A household's points (家账): what can be spent, what waits, what is set aside, what is owed.
///
/// The figures belong together: they are read at one instant, in one statement, when the first of them is asked for.
#[Object]
impl AssetAccount {
    /// Points that can be spent today.
    async fn available(&self, ctx: &Context<'_>) -> Result<i32> {
        points(self.figures(ctx).await?.balance.available)
    }

    /// Points that wait for the end of a return window, or for a pick-up.
    async fn pending(&self, ctx: &Context<'_>) -> Result<i32> {
        points(self.figures(ctx).await?.balance.pending)
    }

    /// Points set aside for something that is not finished. They do not lapse meanwhile.
    async fn held(&self, ctx: &Context<'_>) -> Result<i32> {
        points(self.figures(ctx).await?.balance.held)
    }

    /// Points owed to the program, because an order was refunded after its points were spent. The next points earned pay this
    /// first; until then nothing can be redeemed.
    async fn owed(&self, ctx: &Context<'_>) -> Result<i32> {
        points(self.figures(ctx).await?.balance.owed)
    }

    /// The day these figures are of: points become available and lapse by the day.
    async fn as_of(&self, ctx: &Context<'_>) -> Result<LocalDate> {
        Ok(LocalDate(self.figures(ctx).await?.today))
    }

    /// The points one by one as they will be spent: the earliest expiry first, then the oldest. Alike points share a lot, so
    /// there are never more than days times contributors: no pages.
    async fn lots(&self, ctx: &Context<'_>) -> Result<Vec<Lot>> {
        let figures = self.figures(ctx).await?;
        figures.lots.iter().map(|&lot| Lot::new(lot, figures.today)).collect()
    }

    /// Every change of the account, the newest first.
    async fn statement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the newest on, 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(desc = "Go on after this cursor; with `first`.")] after: Option<String>,
        #[graphql(desc = "How many up to the oldest, 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(desc = "Go back from this cursor; with `last`.")] before: Option<String>,
    ) -> Result<ConnectionOf<StatementLine>> {
        let list = format!("statement:{}", self.household);
        let page = read_page(&list, PageArguments { first, after, last, before }, |key| key.parse().ok())?;
        let postings = app(ctx).list_statement(session(ctx).signed_in()?, self.household, page).await?;
        let postings = postings.ok_or_else(|| Fault::inconsistent("list the statement of one's own household"))?;
        let lots = PageLots::of(&postings.items);
        let line = |posting| StatementLine::of_page(posting, &lots);
        Ok(write_page(
            &list,
            &page,
            postings,
            |posting| posting.no.to_string(),
            line,
            app::CountedList::Statement(self.household),
        ))
    }
}
