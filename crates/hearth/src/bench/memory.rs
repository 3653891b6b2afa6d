//! `bench memory`: what an idle `serve` holds, as Linux counts it.

use std::time::Duration;

use super::{
    BenchArgs, Measured,
    demo::Demo,
    figure::Figure,
    place::Place,
    process::{self, Running},
    wire,
};
use crate::Failure;

/// How long a server idles after its first answer before it is looked at.
const IDLE: Duration = Duration::from_secs(3);

/// Looks at both in turns, freshly started each round.
///
/// # Errors
/// A [`Failure`] of the engine, or where there is no `/proc` to look at.
pub async fn measure(args: &BenchArgs, place: &Place) -> Result<Measured, Failure> {
    let demo = Demo::fill(place, "memory").await?;
    let mut measured = Measured::new("memory", place.engine(), "MB", "a bare poem handler, idle");
    for _ in 0..args.rounds() {
        let mut serve = process::serve(place, &demo.database)?;
        let request = demo.balance_request(&serve.address)?;
        let mut bare = process::bare_handler(place).await?;
        let bare_request = wire::get(&bare.address);
        let (ours, beside) = (idle(&mut serve, &request).await?, idle(&mut bare, &bare_request).await?);
        measured.add_round(ours, beside);
        serve.stop().await?;
        bare.stop().await?;
    }
    place.remove(demo.database).await?;
    Ok(measured)
}

async fn idle(server: &mut Running, request: &[u8]) -> Result<Figure, Failure> {
    server.first_answer(request).await?;
    tokio::time::sleep(IDLE).await;
    let id = server.id().ok_or_else(|| Failure::new("a server ended while it was measured"))?;
    let status = std::fs::read_to_string(format!("/proc/{id}/status"));
    let status = status.map_err(|error| Failure::because("memory is measured on Linux only", error))?;
    let resident =
        kibibytes(&status, "VmRSS:").ok_or_else(|| Failure::new("the kernel does not say what is resident"))?;
    Ok(Figure::megabytes(resident))
}

/// A line such as `VmRSS:    12345 kB`.
pub(super) fn kibibytes(status: &str, line: &str) -> Option<u64> {
    let value = status.lines().find_map(|told| told.strip_prefix(line))?;
    value.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_what_the_kernel_says() {
        assert_eq!(super::kibibytes("VmPeak:\t 9 kB\nVmRSS:\t   12345 kB\n", "VmRSS:"), Some(12_345));
        assert_eq!(super::kibibytes("VmPeak:\t 9 kB\n", "VmRSS:"), None);
    }
}
