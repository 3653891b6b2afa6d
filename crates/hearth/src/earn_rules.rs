//! What purchases earn, as the operator sets it from the shell.

use std::collections::BTreeMap;

use app::{App, ledger::ReviseEarnRule};
use kernel::{BusinessDate, Rate};
use ledger::EarnRule;

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
    let label = |text: &str| text.parse().map_err(|error| Failure::because(text, error));
    let multipliers: Result<_, Failure> =
        multipliers.into_iter().map(|(category, rate)| Ok((label(category)?, rate))).collect();
    let revise = ReviseEarnRule {
        name: label(name)?,
        points_per_yuan: Rate::ONE,
        multipliers: multipliers?,
        valid_from: FROM_THE_BEGINNING,
        valid_until: None,
    };
    app.ensure_earn_rule(&revise).await?.map_err(|refusal| Failure::new(refusal.to_string()))?;
    Ok(())
}

/// Adds the next version.
pub(crate) async fn revise(app: &App, options: cli::ReviseEarnRule) -> Result<(), Failure> {
    let today = app.settings().zone.date_of(app.db().clock().now());
    let revise = ReviseEarnRule {
        name: options.name,
        points_per_yuan: options.points_per_yuan,
        multipliers: options.multipliers.into_iter().collect(),
        valid_from: options.from.unwrap_or(today),
        valid_until: options.until,
    };
    let rule = app.revise_earn_rule(&revise).await?.map_err(|refusal| Failure::new(refusal.to_string()))?;
    deployment::keep_own_data(app).await?;
    console::say(line(&rule));
    Ok(())
}

/// Shows every version.
pub(crate) async fn list(app: &App) -> Result<(), Failure> {
    for rule in app.list_earn_rules().await? {
        console::say(line(&rule));
    }
    Ok(())
}

fn line(rule: &EarnRule) -> String {
    let until = rule.valid_until.map_or_else(|| "on".to_owned(), |last| format!("to {last}"));
    let mut line = format!(
        "version {}: {}, {} points per yuan, from {} {until}",
        rule.version, rule.name, rule.points_per_yuan, rule.valid_from
    );
    for (category, rate) in &rule.multipliers {
        line.push_str(&format!(", {category} ×{rate}"));
    }
    line
}

#[cfg(test)]
mod tests {
    use testkit::{TestApp, on_both_engines};

    use super::ensure_default;

    on_both_engines! {
        async fn two_first_starts_at_once_set_one_rule(app: TestApp) {
            let app = app.app();
            let (one, other) = tokio::join!(ensure_default(app), ensure_default(app));

            assert_eq!((one, other), (Ok(()), Ok(())));
            let versions: Vec<_> = app.list_earn_rules().await.unwrap().iter().map(|rule| (rule.id, rule.version)).collect();
            assert_eq!(versions, [(ledger::PROGRAMME_RULE, 1)]);
        }

        async fn a_first_rule_and_a_revision_at_once_are_two_versions_at_most(app: TestApp) {
            let revise = app::ledger::ReviseEarnRule {
                name: "双倍".parse().unwrap(),
                points_per_yuan: kernel::Rate::from_basis_points(20_000).unwrap(),
                multipliers: std::collections::BTreeMap::new(),
                valid_from: super::FROM_THE_BEGINNING,
                valid_until: None,
            };
            let (ensured, revised) = tokio::join!(ensure_default(app.app()), app.app().revise_earn_rule(&revise));

            ensured.unwrap();
            let revised = revised.unwrap().unwrap();
            let rules = app.app().list_earn_rules().await.unwrap();
            // Whoever is first, the operator's word stands last, and both are versions of one rule.
            assert_eq!(rules.last(), Some(&revised));
            let versions: Vec<_> = rules.iter().map(|rule| (rule.id, rule.version)).collect();
            assert_eq!(versions, [(ledger::PROGRAMME_RULE, 1), (ledger::PROGRAMME_RULE, 2)][..rules.len()]);
        }
    }
}
