//! What purchases earn, as the operator sets it from the shell.

mod simulate;

use std::collections::BTreeMap;

use app::{App, ledger::ReviseEarnRule};
use kernel::{BusinessDate, Label, Rate};
use ledger::{EarnRule, EarnRuleClosure, EarnTerms, PROGRAMME_RULE, Rounding};

use crate::{Failure, cli, console, deployment};

/// The first day of a rule that is to hold for all history that may be imported.
const FROM_THE_BEGINNING: BusinessDate = BusinessDate::from_ymd_opt(2000, 1, 1).expect("a day of the calendar");

/// Makes sure that there is a rule: without one an import would earn nothing, in silence. One point per yuan is what most
/// operators begin with.
///
/// # Errors
/// A [`Failure`] of the database.
pub async fn ensure_default(app: &App) -> Result<(), Failure> {
    revise_if_none(app, "每元一分", BTreeMap::new()).await
}

/// Defines the first rule, for all of history; leaves a database that has rules alone.
pub(crate) async fn revise_if_none(app: &App, name: &str, multipliers: BTreeMap<&str, Rate>) -> Result<(), Failure> {
    let label = |text: &str| text.parse::<Label>().map_err(|error| Failure::because(text, error));
    let multipliers: Result<_, Failure> =
        multipliers.into_iter().map(|(category, rate)| Ok((label(category)?, rate))).collect();
    let plain = EarnTerms::plain(label(name)?, Rate::ONE, FROM_THE_BEGINNING);
    let first = EarnTerms { multipliers: multipliers?, ..plain };
    app.ensure_earn_rule(&first).await?.map_err(|refusal| Failure::new(refusal.to_string()))?;
    Ok(())
}

/// Does what the command line says of earn rules.
pub(crate) async fn run(app: &App, rule: cli::EarnRule) -> Result<(), Failure> {
    match rule {
        cli::EarnRule::List => list(app).await,
        cli::EarnRule::Revise(options) => {
            let terms = terms(app, options.terms, options.days);
            revise(app, ReviseEarnRule { rule: Some(options.rule.unwrap_or(PROGRAMME_RULE)), terms }).await
        }
        cli::EarnRule::Add(options) => {
            let terms = terms(app, options.terms, options.days);
            revise(app, ReviseEarnRule { rule: None, terms }).await
        }
        cli::EarnRule::Simulate(options) => simulate::simulate(app, options).await,
    }
}

async fn revise(app: &App, revise: ReviseEarnRule) -> Result<(), Failure> {
    let rule = app.revise_earn_rule(&revise).await?.map_err(|refusal| Failure::new(refusal.to_string()))?;
    deployment::keep_own_data(app).await?;
    console::say(line(&rule));
    Ok(())
}

async fn list(app: &App) -> Result<(), Failure> {
    let rules = app.list_earn_rules().await?;
    for rule in &rules.versions {
        console::say(line(rule));
        let of_rule = |closure: &&EarnRuleClosure| closure.rule == rule.id && closure.version == rule.version;
        if let Some(closure) = rules.closures.iter().find(of_rule) {
            let closed_at = app.settings().zone.local(closure.closed_at).format("%Y-%m-%d %H:%M");
            console::say(format_args!("  closed on {closed_at} with {} points outstanding", closure.liability));
        }
    }
    Ok(())
}

/// From today on, unless said otherwise.
fn terms(app: &App, terms: cli::EarnRuleTerms, days: cli::EarnRuleDays) -> EarnTerms {
    let today = app.settings().zone.date_of(app.db().clock().now());
    terms_of(terms, days.from.unwrap_or(today), days.until)
}

fn terms_of(terms: cli::EarnRuleTerms, valid_from: BusinessDate, valid_until: Option<BusinessDate>) -> EarnTerms {
    EarnTerms {
        name: terms.name,
        points_per_yuan: terms.points_per_yuan,
        multipliers: terms.multipliers.into_iter().collect(),
        product_multipliers: terms.products.into_iter().collect(),
        other_multiplier: terms.others,
        rounding: terms.rounding.0,
        stacking_order: terms.stacking_order,
        is_exclusive: terms.exclusive,
        caps: terms.caps.into_iter().collect(),
        closes_at_liability: terms.closes_at,
        valid_from,
        valid_until,
    }
}

/// A version in one line; what is as plain as can be is left out.
fn line(rule: &EarnRule) -> String {
    let EarnTerms { name, points_per_yuan, valid_from, .. } = &rule.terms;
    let until = rule.terms.valid_until.map_or_else(|| "on".to_owned(), |last| format!("to {last}"));
    let mut line = format!(
        "{} version {}: {name}, {points_per_yuan} points per yuan, from {valid_from} {until}",
        rule.id, rule.version
    );
    let categories = rule.terms.multipliers.iter().map(|(category, rate)| format!("{category} ×{rate}"));
    let products = rule.terms.product_multipliers.iter().map(|(product, rate)| format!("product {product} ×{rate}"));
    let others =
        Some(rule.terms.other_multiplier).filter(|&rate| rate != Rate::ONE).map(|rate| format!("all else ×{rate}"));
    let rounding = match rule.terms.rounding {
        Rounding::SaleFloor => None,
        Rounding::LineFloor => Some("each line rounded down".to_owned()),
        Rounding::LineHalfUp => Some("each line rounded to the nearest".to_owned()),
    };
    let order = Some(rule.terms.stacking_order).filter(|&order| order > 0).map(|order| format!("stacked at {order}"));
    let exclusive = rule.terms.is_exclusive.then(|| "exclusive".to_owned());
    let caps = rule.terms.caps.iter().map(|(cap, most)| format!("at most {most} by {cap}"));
    let closes = rule.terms.closes_at_liability.map(|limit| format!("closes at {limit} points outstanding"));
    let said = categories
        .chain(products)
        .chain(others)
        .chain(rounding)
        .chain(order)
        .chain(exclusive)
        .chain(caps)
        .chain(closes);
    said.for_each(|said| line.push_str(&format!(", {said}")));
    line
}

#[cfg(test)]
mod tests;
