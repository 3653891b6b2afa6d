//! What if a rule had been so: as a table for people, or as JSON.

use app::{
    App,
    ledger::{Replayed, ReviseEarnRule, RuleSimulation, SimulateRule},
};
use kernel::Points;
use ledger::PROGRAMME_RULE;
use serde_json::{Value, json};

use super::terms_of;
use crate::{Failure, cli, console};

/// Replays and prints.
pub(super) async fn simulate(app: &App, options: cli::SimulateEarnRule) -> Result<(), Failure> {
    let rule = (!options.new).then(|| options.rule.unwrap_or(PROGRAMME_RULE));
    let terms = terms_of(options.terms, options.from, Some(options.until));
    let simulate = SimulateRule { proposed: ReviseEarnRule { rule, terms }, from: options.from, until: options.until };
    let found = app.simulate_rule(&simulate).await?.map_err(|refusal| Failure::new(refusal.to_string()))?;
    if options.json {
        console::say(as_json(&simulate, &found));
    } else {
        table(&simulate, &found).iter().for_each(console::say);
    }
    Ok(())
}

fn as_json(simulate: &SimulateRule, found: &RuleSimulation) -> Value {
    let figures = |replayed: &Replayed| {
        json!({
            "orders": replayed.orders,
            "orders_changed": replayed.orders_changed,
            "now": replayed.now.get(),
            "proposed": replayed.proposed.get(),
            "change": replayed.change(),
        })
    };
    let with = |mut figures: Value, more: &[(&str, Value)]| {
        more.iter().for_each(|(name, value)| figures[*name] = value.clone());
        figures
    };
    let month = |month: &app::ledger::MonthReplayed| {
        let of = month.month.format("%Y-%m").to_string();
        with(figures(&month.replayed), &[("month", of.into()), ("posted", month.posted.get().into())])
    };
    let household = |changed: &app::ledger::HouseholdReplayed| {
        let (id, name) = (changed.household.to_string(), changed.name.to_string());
        with(figures(&changed.replayed), &[("household", id.into()), ("name", name.into())])
    };
    json!({
        "from": simulate.from.to_string(),
        "until": simulate.until.to_string(),
        "total": with(figures(&found.total), &[("posted", found.posted.get().into())]),
        "months": found.months.iter().map(month).collect::<Vec<_>>(),
        "households": found.households.iter().map(household).collect::<Vec<_>>(),
    })
}

fn table(simulate: &SimulateRule, found: &RuleSimulation) -> Vec<String> {
    let mut lines = vec![
        format!("Orders from {} to {}, replayed. Nothing was written.", simulate.from, simulate.until),
        String::new(),
        format!(
            "{:<10}{:>10}{:>10}{:>14}{:>14}{:>14}{:>14}",
            "", "orders", "changed", "posted", "now", "proposed", "change"
        ),
    ];
    for month in &found.months {
        lines.push(row(&month.month.format("%Y-%m").to_string(), Some(month.posted), &month.replayed));
    }
    lines.push(row("total", Some(found.posted), &found.total));
    if !found.households.is_empty() {
        lines.extend([String::new(), "The households for which most would change:".to_owned()]);
    }
    for changed in &found.households {
        lines.push(format!("{}  {} {}", row("", None, &changed.replayed), changed.household, changed.name));
    }
    lines
}

fn row(name: &str, posted: Option<Points>, replayed: &Replayed) -> String {
    let posted = posted.map_or_else(String::new, |points| points.to_string());
    format!(
        "{name:<10}{:>10}{:>10}{posted:>14}{:>14}{:>14}{:>+14}",
        replayed.orders,
        replayed.orders_changed,
        replayed.now.get(),
        replayed.proposed.get(),
        replayed.change()
    )
}
