/// Signs of a day of the lunar calendar (农历), as people write one: 正月初一, 腊月廿三, 闰四月, "lunar 1960-05-01".
const LUNAR: [&str; 13] =
    ["农历", "阴历", "旧历", "正月", "冬月", "腊月", "闰", "初", "廿", "卅", "除夕", "lunar", "Lunar"];

/// Whether a text that is no day of our calendar is one of the lunar calendar: whoever wrote it should be told so, and not that it is
/// malformed. It is not converted: which of two days of a leap month is meant, and in which year, only the person knows.
#[must_use]
pub fn is_lunar_day(text: &str) -> bool {
    LUNAR.iter().any(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::is_lunar_day;

    #[test]
    fn knows_how_people_write_lunar_days() {
        for text in ["正月初一", "腊月廿三", "一九五二年闰五月初四", "农历1952-05-04", "lunar 1952-05-04", "甲子年正月"]
        {
            assert!(is_lunar_day(text), "{text}");
        }
        for text in ["1952-05-04", "1952-02-30", "", "五月四日", "1952年5月4日"] {
            assert!(!is_lunar_day(text), "{text}");
        }
    }
}
