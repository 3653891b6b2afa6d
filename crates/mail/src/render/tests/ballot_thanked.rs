use kernel::{Locale, Points};

use super::render;
use crate::{BallotThanked, Message};

#[test]
fn says_in_both_languages_what_neighbours_chose_and_that_the_reader_took_part() {
    let thanked = |points: i64| {
        Message::BallotThanked(BallotThanked {
            study: "下一款酱上哪一种".parse().unwrap(),
            chosen: "低糖芝麻酱".parse().unwrap(),
            chosen_by: 312,
            points: Points::new(points).unwrap(),
        })
    };
    let chinese = render(&thanked(20), Locale::ZhCn);
    assert_eq!(chinese.subject, "邻居选出的低糖芝麻酱上架了");
    insta::assert_snapshot!(chinese.text, @r"
    大家一起选出来的

    之前问过大家：下一款酱上哪一种。邻居们选出的，现在可以买到了：

        低糖芝麻酱

    您家的一票，是 312 户中的一票。
    感谢参与，不论选了什么，您家都得到 20 积分。
    ");
    insta::assert_snapshot!(render(&thanked(0), Locale::En).text, @r"
    You chose it together

    You were asked: 下一款酱上哪一种. What neighbours chose can be bought now:

        低糖芝麻酱

    Your family's ballot was one of 312.
    Thank you for taking part.
    ");
}
