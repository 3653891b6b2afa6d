use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use crate::Failure;

/// Turns true when the process is asked to stop: SIGTERM from a supervisor, SIGINT from a terminal.
///
/// # Errors
/// A [`Failure`] when signals cannot be listened to.
pub(super) fn on_signal() -> Result<watch::Receiver<bool>, Failure> {
    let failed = |error| Failure::because("could not listen for signals", error);
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!(signal = name, "{name}: finishing open requests");
        sender.send_replace(true);
        // The sender stays: a closed channel would read as an error to whoever still waits.
        std::future::pending::<()>().await;
    });
    Ok(receiver)
}

/// Waits until the process is asked to stop.
pub(super) async fn asked(mut stop: watch::Receiver<bool>) {
    // An error means that nobody can ask any more, which only happens while the process ends.
    drop(stop.wait_for(|&is_asked| is_asked).await);
}
