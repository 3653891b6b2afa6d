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
    let app = app.clone();
    let ready = endpoint::make(move |_| {
        let app = app.clone();
        async move { Ok::<_, poem::Error>(readiness(&app).await) }
    });
    routes
        .at("/healthz", endpoint::make_sync(|_| text(StatusCode::OK, "ok\n".to_owned())))
        .at("/readyz", ready)
        .at("/metrics", endpoint::make_sync(move |_| text(StatusCode::OK, metrics.render())))
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

fn text(status: StatusCode, body: String) -> Response {
    Response::builder()
        .status(status)
        .content_type("text/plain; charset=utf-8")
        .header("cache-control", "no-store")
        .body(body)
}
