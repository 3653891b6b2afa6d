use kernel::{Locale, Points};

use super::evening;
use crate::{Message, SlotMissed, render::render};

#[test]
fn says_in_both_languages_that_an_order_came_late_and_what_is_back() {
    let missed = |apology: i64| {
        let (perk, points) = ("优先配送".parse().unwrap(), Points::new(200).unwrap());
        Message::SlotMissed(SlotMissed { perk, starts_at: evening(), points, apology: Points::new(apology).unwrap() })
    };
    let chinese = render(&missed(50), Locale::ZhCn);
    assert_eq!(chinese.subject, "我们送晚了，积分已退回");
    insta::assert_snapshot!(chinese.text, @r"
    我们送晚了

    您家的订单没能在约好的 2026 年 9 月 5 日 18:30 那一档送到：

        优先配送

    为它用的 200 积分已全部退回，另送 50 积分表示歉意。
    对不起，让您久等了。
    ");
    insta::assert_snapshot!(render(&missed(0), Locale::En).text, @r"
    We were late

    An order of your household did not come in its slot of 5 September 2026 at 18:30:

        优先配送

    All of the 200 points it cost are back.
    We are sorry that you waited.
    ");
}
