//! `bench balance`: a household's balance over GraphQL, beside a bare handler, under the same load.

use std::{sync::Arc, time::Duration};

use super::{
    BenchArgs, Measured, bare,
    demo::Demo,
    load::{Exchange, Load},
    place::Place,
    process::{self, Running},
    wire,
};
use crate::Failure;

/// Connections at once.
const CONNECTIONS: usize = 64;

/// How long both run before the first round counts.
const WARM_UP: Duration = Duration::from_secs(1);

/// Runs both in turns, the servers in processes of their own.
///
/// # Errors
/// A [`Failure`] of the engine, or at the first wrong answer.
pub async fn measure(args: &BenchArgs, place: &Place) -> Result<Measured, Failure> {
    let demo = Demo::fill(place, "balance").await?;
    let mut serve = process::serve(place, &demo.database)?;
    let bare = process::bare_handler(place).await?;
    let ours = balance_load(&demo, &mut serve).await?;
    let beside = bare_load(&bare);

    let mut measured = Measured::new("balance", place.engine(), "requests/s", "a bare poem handler returning 20 bytes");
    ours.run(WARM_UP).await?;
    beside.run(WARM_UP).await?;
    let length = Duration::from_secs(args.seconds.into());
    for _ in 0..args.rounds() {
        measured.add_round(ours.run(length).await?, beside.run(length).await?);
    }

    serve.stop().await?;
    bare.stop().await?;
    place.remove(demo.database).await?;
    Ok(measured)
}

/// Every household's query. What each must answer is asked for once before.
async fn balance_load(demo: &Demo, serve: &mut Running) -> Result<Load, Failure> {
    let address = serve.address.clone();
    let mut exchanges = Vec::new();
    for session in &demo.sessions {
        let request = session.balance_request(&address);
        let body = serve.first_answer(&request).await?;
        exchanges.push(Exchange { expected: balance_of(&body)?, request });
    }
    Ok(Load { address, exchanges: exchanges.into(), connections: CONNECTIONS })
}

fn bare_load(bare: &Running) -> Load {
    let exchange = Exchange { request: wire::get(&bare.address), expected: bare::ANSWER.as_bytes().to_vec() };
    Load { address: bare.address.clone(), exchanges: Arc::new([exchange]), connections: CONNECTIONS }
}

/// The part of an answer that says the balance; behind it stands what the caller may still spend, which changes.
fn balance_of(body: &[u8]) -> Result<Vec<u8>, Failure> {
    let text = String::from_utf8_lossy(body);
    let balance = text.split_once(r#","extensions""#).map_or(&*text, |(data, _)| data);
    if balance.starts_with(r#"{"data":{"household":{"assetAccount":{"available":"#) {
        return Ok(balance.as_bytes().to_vec());
    }
    Err(Failure::new(format!("the balance query was answered with {text}")))
}

#[cfg(test)]
mod tests {
    use super::balance_of;

    #[test]
    fn takes_only_a_balance_for_a_balance() {
        let body = br#"{"data":{"household":{"assetAccount":{"available":7}}},"extensions":{"cost":{}}}"#;
        assert_eq!(balance_of(body).unwrap(), br#"{"data":{"household":{"assetAccount":{"available":7}}}"#);
        assert!(balance_of(br#"{"data":{"household":null}}"#).is_err());
    }
}
