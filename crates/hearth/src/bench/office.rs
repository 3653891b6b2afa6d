//! `bench office`: how long pages of the back office take with a whole order history behind them, beside one that reads nothing.

use std::time::Instant;

use accounts::{Password, StaffRole, StaffRoles};
use app::{
    App,
    ledger::{ReviseEarnRule, SimulateRule},
    staff::{CreateStaff, StaffSignIn},
};
use kernel::{BusinessDate, Rate};
use ledger::EarnTerms;

use super::{
    BenchArgs, Measured,
    figure::Figure,
    import,
    place::{Database, Place},
    process::{self, Running},
    sandbox,
    wire::Connection,
};
use crate::Failure;

/// Rounds unless told otherwise: pages take milliseconds.
const DEFAULT_ROUNDS: u16 = 30;

/// What stands beside each page.
const FLOOR: &str = "the page to sign in, which reads nothing";

/// A page, what its figures are called, and as which role it is asked for; `$H` is the household with the most points earned.
const PAGES: &[(&str, &str, StaffRole)] = &[
    ("office_today", "/office", StaffRole::Finance),
    ("office_household", "/office/households/$H", StaffRole::Finance),
    ("office_statement", "/office/households/$H/statement", StaffRole::Finance),
    ("office_adjust", "/office/households/$H/adjust", StaffRole::Finance),
    ("office_approvals", "/office/approvals", StaffRole::Finance),
    ("office_perks", "/office/perks", StaffRole::Perks),
    ("office_gatherings", "/office/gatherings", StaffRole::Perks),
    ("office_earn_rules", "/office/earn-rules", StaffRole::Finance),
    ("office_studies", "/office/studies", StaffRole::Perks),
    ("office_figures", "/office/pictures", StaffRole::Finance),
    ("office_payments", "/office/payments", StaffRole::Finance),
    ("office_parked", "/office/parked", StaffRole::Auditor),
    ("office_webhooks", "/office/webhooks", StaffRole::Auditor),
    ("office_deliveries", "/office/deliveries", StaffRole::Auditor),
    ("office_staff", "/office/staff", StaffRole::Auditor),
    ("office_audit", "/office/audit", StaffRole::Auditor),
    ("office_settings", "/office/settings", StaffRole::Auditor),
];

/// What those who ask sign in with; nobody but this process ever reaches the database.
const PASSWORD: &str = "a password of the bench";

/// Imports the history, and asks for every page in turns with the floor, over one connection each.
///
/// # Errors
/// A [`Failure`] of the files or the engine, or at the first page that is not shown.
pub async fn measure(args: &BenchArgs, place: &Place) -> Result<Vec<Measured>, Failure> {
    let database = place.create("office").await?;
    import::import(&database, &import::files(args, place)?, place).await?;
    let (tokens, household) = prepare(&database).await?;
    let mut serve = process::serve(place, &database)?;
    let address = serve.address.clone();
    let floor = get(&address, "/office/sign-in", "");
    serve.first_answer(&floor).await?;

    let mut all = Vec::new();
    for &(name, path, role) in PAGES {
        if !args.wants(&[name]) {
            continue;
        }
        let token = tokens.iter().find(|(of, _)| *of == role).map_or("", |(_, token)| token.as_str());
        let page = get(&address, &path.replace("$H", &household), token);
        let measured = Measured::new(name, place.engine(), "ms", FLOOR);
        all.push(in_turns(measured, &serve, &page, &floor, args.rounds.unwrap_or(DEFAULT_ROUNDS)).await?);
    }
    serve.stop().await?;
    place.remove(database).await?;
    Ok(all)
}

/// Asks for both once before it counts: the first look at the figures of the programme sums them, which the next ten minutes reuse.
async fn in_turns(
    mut measured: Measured,
    serve: &Running,
    page: &[u8],
    floor: &[u8],
    rounds: u16,
) -> Result<Measured, Failure> {
    let opened = Connection::open(&serve.address).await;
    let mut connection = opened.map_err(|error| Failure::because("could not connect to serve", error))?;
    timed(&mut connection, page).await?;
    timed(&mut connection, floor).await?;
    for _ in 0..rounds {
        let ours = timed(&mut connection, page).await?;
        measured.add_round(ours, timed(&mut connection, floor).await?);
    }
    Ok(measured)
}

async fn timed(connection: &mut Connection, request: &[u8]) -> Result<Figure, Failure> {
    let started = Instant::now();
    let status = connection.exchange(request).await?.status;
    if status != 200 {
        let line = String::from_utf8_lossy(request).lines().next().unwrap_or_default().to_owned();
        return Err(Failure::new(format!("{line} was answered with status {status}")));
    }
    Ok(Figure::millis(started.elapsed()))
}

/// Somebody of each role signed in, and the household with the most points earned.
async fn prepare(database: &Database) -> Result<(Vec<(StaffRole, String)>, String), Failure> {
    let (app, _) = sandbox::app(database.open().await?);
    let mut tokens = Vec::new();
    for role in [StaffRole::Perks, StaffRole::Finance, StaffRole::Auditor] {
        tokens.push((role, sign_in(&app, role).await?));
    }
    let household = largest_household(&app).await?;
    app.db().clone().close().await?;
    Ok((tokens, household))
}

async fn sign_in(app: &App, role: StaffRole) -> Result<String, Failure> {
    let roles = StaffRoles::of([role]).expect("one role is some");
    let name = format!("bench.{role}");
    let password = Password::parse(PASSWORD).map_err(|refusal| Failure::new(refusal.to_string()))?;
    let staff = CreateStaff { name: name.parse().expect("letters and a point are a name"), roles, password };
    let created = app.create_staff(&staff).await?.map_err(|refusal| Failure::new(refusal.to_string()))?;
    let code = created.recovery_codes.first().ok_or_else(|| Failure::new("nobody has a recovery code"))?.to_text();
    let signed_in = app.staff_sign_in(StaffSignIn { name, password: PASSWORD.to_owned(), code }).await?;
    Ok(signed_in.map_err(|refusal| Failure::new(refusal.to_string()))?.token.to_text())
}

/// Twice the rate over all days changes most for whoever earned most: a replay names them.
async fn largest_household(app: &App) -> Result<String, Failure> {
    let from = BusinessDate::from_ymd_opt(2000, 1, 1).expect("a day of the calendar");
    let until = app.settings().zone.date_of(app.db().clock().now());
    let name = "bench".parse().map_err(|error| Failure::because("bench", error))?;
    let proposed = ReviseEarnRule { rule: None, terms: EarnTerms::plain(name, Rate::ONE, from) };
    let found = app.simulate_rule(&SimulateRule { proposed, from, until }).await?;
    let found = found.map_err(|refusal| Failure::new(refusal.to_string()))?;
    let largest = found.households.first().ok_or_else(|| Failure::new("no household earned anything"))?;
    Ok(largest.household.to_string())
}

/// A page, as a browser asks for it over a bare connection.
fn get(address: &str, path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nCookie: hearth-office={token}\r\nAccept-Language: zh-CN\r\n\r\n")
        .into_bytes()
}
