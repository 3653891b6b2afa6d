//! What points buy, as the operator sets it from the shell.

use app::{App, Page, PageSize, entitlements::DefinePerk};
use entitlements::{Perk, PerkCode, Stock};
use kernel::Points;

use crate::{Failure, cli, console, deployment};

/// Puts a perk on the shelf, or changes it.
pub(crate) async fn define(app: &App, options: cli::DefinePerk) -> Result<(), Failure> {
    let define = DefinePerk {
        code: options.code,
        name_zh: options.name_zh,
        name_en: options.name_en,
        terms_zh: options.terms_zh,
        terms_en: options.terms_en,
        price: Points::new(i64::from(options.price)).unwrap_or_default(),
        limit_per_household: options.limit,
        valid_days: options.valid_days,
        stock_total: options.stock,
        is_open: !options.closed,
    };
    let perk = app.define_perk(&define).await?.map_err(|refusal| Failure::new(refusal.to_string()))?;
    deployment::keep_own_data(app).await?;
    console::say(format_args!("{} costs {} points, {} in all", perk.code, perk.price, define.stock_total));
    Ok(())
}

/// Puts more of a perk on the shelf.
pub(crate) async fn restock(app: &App, code: &PerkCode, more: u32) -> Result<(), Failure> {
    let stock = app.restock_perk(code, more).await?.map_err(|refusal| Failure::new(format!("{code}: {refusal}")))?;
    console::say(format_args!("{code}: {} left of {}", stock.left(), stock.total));
    Ok(())
}

/// Shows all perks.
pub(crate) async fn list(app: &App) -> Result<(), Failure> {
    let size = PageSize::new(i64::from(PageSize::MAX)).expect("the largest page is a page");
    let mut after = None;
    loop {
        let page = app.list_perks(Page::Forward { size, after }).await?;
        page.items.iter().for_each(|(perk, stock)| console::say(line(perk, *stock)));
        after = page.items.last().map(|(perk, _)| perk.id);
        if !page.has_more {
            return Ok(());
        }
    }
}

fn line(perk: &Perk, stock: Stock) -> String {
    let Perk { code, name_zh, name_en, price, limit_per_household, valid_days, is_open, .. } = perk;
    let (left, total) = (stock.left(), stock.total);
    let shelf = if *is_open { "" } else { ", closed" };
    format!(
        "{code}: {name_zh} / {name_en}, {price} points, {left} left of {total}, at most {limit_per_household} a household, stands \
         {valid_days} days{shelf}"
    )
}
