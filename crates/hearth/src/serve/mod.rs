//! `hearth serve` and `hearth work`: what runs, and how it stops.

pub(crate) mod acceptor;
mod health;
mod stop;
mod where_to_look;

use std::{sync::Arc, time::Duration};

use app::App;
use gateway::{GatewayOptions, PrivateAddresses, Sockets, WebhookWorker};
use poem::{Route, Server};
use tokio::sync::watch;

use crate::{Failure, cli, config::Config, console, demo, demo_staff, deployment, deployment::Deployment, earn_rules};

/// How long open requests may take once stopping began.
const DRAIN: Duration = Duration::from_secs(7);

/// How long everything may take once stopping began; closing the database comes on top, and all of it stays within 10 s.
const STOPS_WITHIN: Duration = Duration::from_millis(8_500);

/// How long closing the database may take.
const CLOSES_WITHIN: Duration = Duration::from_secs(1);

/// How long a silent connection is kept. A little above what proxies keep theirs, so that it is they who close.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// Serves until told to stop.
///
/// # Errors
/// A [`Failure`] naming what kept it from starting, or that the background work ended by itself.
pub async fn serve(config: &Config, options: cli::Serve) -> Result<(), Failure> {
    // The address first: whoever started a second Hearth by mistake learns it before anything is touched.
    let acceptor = acceptor::bind(config.listen).await?;
    let deployment = Deployment::open(config).await?;
    let app = &deployment.app;
    begin_data(app, config).await?;
    let metrics = health::start_metrics()?;
    let sockets = Sockets::default();
    let routes = health::mount(routes(&deployment, config, sockets.clone()).await?, app, metrics);

    let stop = stop::on_signal()?;
    where_to_look::print(&deployment, config, acceptor.address().unwrap_or(config.listen)).await?;
    let server = Server::new_with_acceptor(acceptor).idle_timeout(IDLE_TIMEOUT);
    let served = server.run_with_graceful_shutdown(routes, stop::asked(stop.clone()), Some(DRAIN));
    let served = async { served.await.map_err(|error| Failure::because("could not go on serving", error)) };
    // An open socket is no open request to the server: it is told to close, and waited for, beside it.
    let closed = async {
        stop::asked(stop.clone()).await;
        sockets.close().await;
        Ok(())
    };
    let ended = if options.no_worker {
        within_limit(&stop, async { tokio::try_join!(served, closed).map(|_| ()) }).await
    } else {
        within_limit(&stop, async {
            tokio::try_join!(served, closed, work_until(app, config.webhook_private_addresses, &stop)).map(|_| ())
        })
        .await
    };
    close(deployment).await;
    ended
}

/// Does the background work until told to stop.
///
/// # Errors
/// A [`Failure`] naming what kept it from starting.
pub async fn work(config: &Config) -> Result<(), Failure> {
    let deployment = Deployment::open(config).await?;
    let stop = stop::on_signal()?;
    console::say("The background work runs: mails, webhooks, reactions, lapses. Ctrl-C stops it.");
    let ended = within_limit(&stop, work_until(&deployment.app, config.webhook_private_addresses, &stop)).await;
    close(deployment).await;
    ended
}

/// What a database holds from its first start on: the demo, or the default earn rule.
async fn begin_data(app: &App, config: &Config) -> Result<(), Failure> {
    // A demo among the operator's own households would be made-up customers in their books; one begun is finished.
    let wants_demo = config.has_demo && (demo::is_begun(app).await? || !deployment::has_own_data(app).await?);
    if wants_demo && !demo::is_filled(app).await? {
        console::note("Filling in the demo neighbourhood (once; HEARTH_DEMO=off leaves it out) …");
        demo::fill(app).await?;
    } else if !config.has_demo {
        deployment::keep_own_data(app).await?;
    }
    demo_staff::keep(app, config).await?;
    earn_rules::ensure_default(app).await
}

async fn routes(deployment: &Deployment, config: &Config, sockets: Sockets) -> Result<Route, Failure> {
    let options = GatewayOptions {
        event_keys: deployment.secrets.event_keys.clone(),
        production: config.is_production,
        trusted_proxies: config.trusted_proxies.clone(),
        cost_bucket: config.cost_bucket,
        identity: config.identity.clone(),
        transcription: config.transcription.clone(),
        allowed_origins: config.allowed_origins.clone(),
        private_addresses: config.webhook_private_addresses,
        sockets,
        ..GatewayOptions::default()
    };
    let app = &deployment.app;
    let demo_people = if demo::is_filled(app).await? { where_to_look::demo_people()? } else { Vec::new() };
    let proxies = config.trusted_proxies.clone();
    let peer_of = move |request: &poem::Request| {
        let (network, is_encrypted) = gateway::peer_of(request, &proxies);
        web::Peer { network, is_encrypted }
    };
    let private = config.webhook_private_addresses;
    let web = web::WebOptions {
        demo_people,
        is_production: config.is_production,
        peer_of: Some(Arc::new(peer_of)),
        is_webhook_allowed: Some(Arc::new(move |url: &str| private.allow(url))),
    };
    Ok(gateway::routes(app.clone(), &options).nest("/", web::routes(app, web)))
}

/// A worker that ends unasked would leave mails unsent in silence: the whole process ends, for its supervisor to see.
async fn work_until(app: &App, private: PrivateAddresses, stop: &watch::Receiver<bool>) -> Result<(), Failure> {
    // Beside each other: no mail waits for somebody's server.
    let webhooks = WebhookWorker::new(app.clone(), private);
    tokio::join!(app.work(stop.clone()), webhooks.work(stop.clone()));
    if *stop.borrow() { Ok(()) } else { Err(Failure::new("the background work ended by itself")) }
}

/// Lets `running` end; once stopping began, for a bounded time. An event the worker leaves unfinished is claimed again later.
async fn within_limit(
    stop: &watch::Receiver<bool>,
    running: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let limit = async {
        stop::asked(stop.clone()).await;
        tokio::time::sleep(STOPS_WITHIN).await;
    };
    tokio::select! {
        ended = running => ended,
        () = limit => {
            tracing::warn!("Not everything ended in time; stopping all the same");
            Ok(())
        }
    }
}

async fn close(deployment: Deployment) {
    let db = deployment.app.db().clone();
    match tokio::time::timeout(CLOSES_WITHIN, db.close()).await {
        Ok(Ok(())) => tracing::info!("Stopped"),
        Ok(Err(fault)) => tracing::warn!(error = fault.chain(), "Stopped, but the database did not close cleanly"),
        Err(_) => {
            tracing::warn!("Stopped; the database took too long to close and recovers by itself at the next start")
        }
    }
}
