//! Reading what is typed into fields that many forms have.

use kernel::{Label, Timestamp, Zone};

/// A text of 1 to 120 characters.
pub(super) fn label(text: &str) -> Option<Label> {
    text.parse().ok()
}

/// A whole number of at most nine digits, without a sign.
pub(super) fn whole(text: &str) -> Option<u32> {
    let is_plain = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    Some(text).filter(|_| is_plain).and_then(|text| text.parse().ok())
}

/// An instant on the operator's clock, to the minute: as the browser's own field writes it, or with a blank between.
pub(super) fn instant(zone: Zone, text: &str) -> Option<Timestamp> {
    let local = format!("{}:00", text.replace(' ', "T"));
    local.parse().ok().map(|local| zone.instant_of(local))
}

/// An instant as the browser's own field reads it.
pub(super) fn local(zone: Zone, at: Timestamp) -> String {
    zone.local(at).format("%Y-%m-%dT%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use kernel::Zone;

    use super::{instant, local, whole};

    #[test]
    fn reads_numbers_without_sign_or_fraction() {
        assert_eq!(
            [whole("30"), whole("0"), whole(""), whole("-1"), whole("1.5")],
            [Some(30), Some(0), None, None, None]
        );
        assert_eq!(whole("1234567890"), None);
    }

    #[test]
    fn a_minute_is_read_on_the_operators_clock_as_it_is_shown() {
        let at = instant(Zone::SHANGHAI, "2026-12-31T20:30").unwrap();
        assert_eq!(at.to_rfc3339(), "2026-12-31T12:30:00+00:00");
        assert_eq!(instant(Zone::SHANGHAI, "2026-12-31 20:30"), Some(at));
        assert_eq!(local(Zone::SHANGHAI, at), "2026-12-31T20:30");
        for odd in ["", "2026-12-31", "2026-13-01T00:00", "2026-12-31T20:30:15", "tomorrow"] {
            assert_eq!(instant(Zone::SHANGHAI, odd), None, "{odd}");
        }
    }
}
