use chrono::TimeDelta;

/// The pauses after each failed try, as Standard Webhooks recommends: soon at first, at last a day; 75 hours and a half in all.
const PAUSES_SECONDS: [i64; 9] =
    [5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 14 * 3_600, 20 * 3_600, 24 * 3_600];

/// How often a message is tried before it is parked: once more than there are pauses.
pub const MAX_TRIES: u32 = 10;

/// How long to wait after the `tries`-th failed try; `None` after the last. `chance` moves it by up to a tenth either way, so that
/// what failed together does not come back together.
pub(super) fn pause_after(tries: u32, chance: u8) -> Option<TimeDelta> {
    let index = usize::try_from(tries.checked_sub(1)?).ok()?;
    let millis = PAUSES_SECONDS.get(index)? * 1_000;
    // Rounded towards zero; -128 to 127 of 1280 parts are a tenth less to a tenth more.
    let jitter = millis * (i64::from(chance) - 128) / 1_280;
    Some(TimeDelta::milliseconds(millis + jitter))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::{MAX_TRIES, pause_after};

    #[test]
    fn pauses_grow_for_days_and_then_end() {
        let whole: Vec<i64> = (1..MAX_TRIES).map(|tries| pause_after(tries, 128).unwrap().num_seconds()).collect();
        assert_eq!(whole, [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
        assert_eq!(pause_after(MAX_TRIES, 128), None);
        assert_eq!(pause_after(0, 128), None);
        assert_eq!(pause_after(u32::MAX, 0), None);
    }

    #[test]
    fn chance_moves_a_pause_by_a_tenth_at_most() {
        assert_eq!(pause_after(2, 0), Some(TimeDelta::seconds(270)));
        assert_eq!(pause_after(2, 255), Some(TimeDelta::milliseconds(329_765)));
    }
}
