use std::time::Duration;

use app::App;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use poem::{Response, Route, endpoint, http::StatusCode};

use crate::{Failure, deployment};

/// How often the recorder folds what histograms collected, so that they stay small when nobody asks.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Starts counting, for the whole process.
///
/// # Errors
/// A [`Failure`] when something else in the process counts already.
pub(super) fn start_metrics() -> Result<PrometheusHandle, Failure> {
    let installed = PrometheusBuilder::new().install_recorder();
    let handle = installed.map_err(|error| Failure::because("could not start the metrics recorder", error))?;
    metrics::gauge!("hearth_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    let upkeep = handle.clone();
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(UPKEEP_EVERY);
        loop {
            ticks.tick().await;
            upkeep.run_upkeep();
        }
    });
    Ok(handle)
}

/// Adds what machines ask: `/healthz` (the process runs), `/readyz` (its database answers), `/metrics` (Prometheus text).
pub(super) fn mount(routes: Route, app: &App, metrics: PrometheusHandle) -> Route {
    let (asked, counted) = (app.clone(), app.clone());
    let ready = endpoint::make(move |_| {
        let app = asked.clone();
        async move { Ok::<_, poem::Error>(readiness(&app).await) }
    });
    let scraped = endpoint::make(move |_| {
        let (app, metrics) = (counted.clone(), metrics.clone());
        async move { Ok::<_, poem::Error>(text(StatusCode::OK, metrics.render() + &outbox_gauges(&app).await)) }
    });
    routes
        .at("/healthz", endpoint::make_sync(|_| text(StatusCode::OK, "ok\n".to_owned())))
        .at("/readyz", ready)
        .at("/metrics", scraped)
}

async fn readiness(app: &App) -> Response {
    match deployment::has_own_data(app).await {
        Ok(_) => text(StatusCode::OK, "ready\n".to_owned()),
        Err(fault) => {
            tracing::warn!(error = fault.chain(), "Not ready: the database does not answer");
            text(StatusCode::SERVICE_UNAVAILABLE, "not ready: the database does not answer\n".to_owned())
        }
    }
}

/// How many events wait and how many are parked, in Prometheus text; nothing when the database does not say.
///
/// Written here, not set in the recorder: that one would go on telling the last number it heard.
async fn outbox_gauges(app: &App) -> String {
    match app.count_outbox().await {
        Ok((waiting, parked)) => format!(
            "# TYPE hearth_outbox_waiting gauge\nhearth_outbox_waiting {waiting}\n\n\
             # TYPE hearth_outbox_parked gauge\nhearth_outbox_parked {parked}\n\n"
        ),
        Err(fault) => {
            tracing::warn!(error = fault.chain(), "The outbox could not be counted for the metrics");
            String::new()
        }
    }
}

fn text(status: StatusCode, body: String) -> Response {
    Response::builder()
        .status(status)
        .content_type("text/plain; charset=utf-8")
        .header("cache-control", "no-store")
        .body(body)
}

#[cfg(test)]
mod tests {
    use testkit::{TestApp, on_both_engines};

    use super::outbox_gauges;

    on_both_engines! {
        async fn tells_how_many_events_wait_and_how_many_are_parked(world: TestApp) {
            for (digit, settled, parked) in [(1, "NULL", "NULL"), (2, "NULL", "NULL"), (3, "NULL", "7"), (4, "7", "NULL")] {
                let id = format!("00000000-0000-7000-8000-00000000000{digit}");
                let id = match world.db().engine() {
                    testkit::Engine::Sqlite => format!("x'{}'", id.replace('-', "")),
                    testkit::Engine::Postgres => format!("'{id}'"),
                };
                let insert = format!(
                    "INSERT INTO outbox_events (id, kind, payload, occurred_at, due_at, attempts, settled_at, parked_at) \
                     VALUES ({id}, 'a_test', '{{}}', 1, 1, 0, {settled}, {parked})"
                );
                world.db().execute(&insert).await.unwrap();
            }

            assert_eq!(
                outbox_gauges(world.app()).await,
                "# TYPE hearth_outbox_waiting gauge\nhearth_outbox_waiting 2\n\n\
                 # TYPE hearth_outbox_parked gauge\nhearth_outbox_parked 1\n\n"
            );
        }

        async fn tells_no_number_it_does_not_know(world: TestApp) {
            world.db().execute("ALTER TABLE outbox_events RENAME TO gone").await.unwrap();

            assert_eq!(outbox_gauges(world.app()).await, "");
        }
    }
}
