mod ballot_thanked;
mod family_pay;
mod late;

use chrono::NaiveDate;
use kernel::{Locale, Points};

use super::{escape, render};
use crate::{
    HeldPointsLapsed, Invitation, LapseNotice, LapsingDay, MemberRemoved, Message, PerkRedeemed, PlaceOffered,
    SeatsReturned, SignInCode,
};

fn code() -> Message {
    Message::SignInCode(SignInCode { code: "048213".to_owned(), valid_minutes: 10 })
}

fn redeemed(perk: &str, price: i64) -> Message {
    Message::PerkRedeemed(PerkRedeemed {
        perk: perk.parse().unwrap(),
        price: Points::new(price).unwrap(),
        valid_until: NaiveDate::from_ymd_opt(2026, 12, 31).unwrap(),
    })
}

#[test]
fn words_a_sign_in_code_in_chinese() {
    let rendered = render(&code(), Locale::ZhCn);

    assert_eq!((rendered.sender.as_str(), rendered.subject.as_str()), ("家账", "您的登录验证码"));
    insta::assert_snapshot!(rendered.text, @r"
    登录家账

    您的验证码是：

        048213

    10 分钟内有效，只能用一次。请不要告诉任何人。
    如果不是您本人在登录，请不用理会这封邮件。
    ");
}

#[test]
fn words_a_sign_in_code_in_english() {
    let rendered = render(&code(), Locale::En);

    assert_eq!((rendered.sender.as_str(), rendered.subject.as_str()), ("Hearth", "Your sign-in code"));
    insta::assert_snapshot!(rendered.text, @r"
    Sign in to Hearth

    Your code is:

        048213

    It works once and for 10 minutes. Do not tell it to anyone.
    If you are not signing in, you can ignore this mail.
    ");
}

#[test]
fn words_a_redeemed_perk_in_chinese() {
    let rendered = render(&redeemed("优先配送", 1_500), Locale::ZhCn);

    assert_eq!(rendered.subject, "兑换成功：优先配送");
    insta::assert_snapshot!(rendered.text, @r"
    兑换成功

    您家用 1500 积分兑换了：

        优先配送

    有效期至 2026 年 12 月 31 日，含当日。
    如果不是您家人兑换的，请联系您的团长。
    ");
}

#[test]
fn words_a_redeemed_perk_in_english() {
    let rendered = render(&redeemed("Priority delivery", 1), Locale::En);

    assert_eq!(rendered.subject, "Redeemed: Priority delivery");
    insta::assert_snapshot!(rendered.text, @r"
    Redeemed

    For 1 point your household now has:

        Priority delivery

    Valid until 31 December 2026, that day included.
    If nobody in your household redeemed it, please tell your community leader.
    ");
}

fn lapsing(days: &[(u32, i64)]) -> Message {
    let day = |&(day, points): &(u32, i64)| LapsingDay {
        last_day: NaiveDate::from_ymd_opt(2026, 6, day).unwrap(),
        points: Points::new(points).unwrap(),
    };
    Message::LapseNotice(LapseNotice { days: days.iter().map(day).collect() })
}

#[test]
fn words_a_lapse_notice_in_chinese() {
    let rendered = render(&lapsing(&[(8, 60), (9, 1_220)]), Locale::ZhCn);

    assert_eq!(rendered.subject, "积分即将到期：1280 积分");
    insta::assert_snapshot!(rendered.text, @r"
    积分即将到期

    您家有一些积分快要到期，过期就不能用了：

        1280 积分

    最后可用日：2026 年 6 月 8 日 60 积分；2026 年 6 月 9 日 1220 积分（含当日）。
    积分可以兑换权益。如果已经用掉了，请不用理会这封邮件。
    ");
}

#[test]
fn words_a_lapse_notice_in_english() {
    let rendered = render(&lapsing(&[(8, 1), (9, 20)]), Locale::En);

    assert_eq!(rendered.subject, "Lapsing soon: 21 points");
    insta::assert_snapshot!(rendered.text, @r"
    Points lapse soon

    Your household has points that can be spent for a short while only:

        21 points

    Spend 1 point until 8 June 2026; 20 points until 9 June 2026, that day included.
    Points buy perks. If you have spent them already, you can ignore this mail.
    ");
}

fn invited(household: Option<&str>, link: Option<&str>) -> Message {
    Message::Invitation(Invitation {
        name: "奶奶".parse().unwrap(),
        inviter: "王小明".parse().unwrap(),
        household: household.map(|name| name.parse().unwrap()),
        brings_household: false,
        token: "0123-4567-89ab-cdef-0123-4567-89ab-cdef".to_owned(),
        link: link.map(str::to_owned),
        last_day: NaiveDate::from_ymd_opt(2026, 6, 15).unwrap(),
    })
}

#[test]
fn an_owner_reads_that_the_whole_household_is_asked_for() {
    let bring = |locale, link| {
        let Message::Invitation(invitation) = invited(Some("王家"), link) else {
            unreachable!("it is an invitation")
        };
        render(&Message::Invitation(Invitation { brings_household: true, ..invitation }), locale).text
    };

    let (zh, en) = (bring(Locale::ZhCn, None), bring(Locale::En, Some("https://shop.example/join#0123")));

    assert!(zh.contains("王小明请您带着您的家并入“王家”，两家合成一家"), "{zh}");
    assert!(zh.contains("0123-4567-89ab-cdef-0123-4567-89ab-cdef"), "{zh}");
    assert!(en.contains("asks you to bring your household into “王家”, so that both are one"), "{en}");
}

#[test]
fn words_an_invitation_for_a_grandmother_with_one_thing_to_tap() {
    let rendered = render(&invited(Some("王家"), Some("https://shop.example/join#0123")), Locale::ZhCn);

    assert_eq!(rendered.subject, "王小明邀请您");
    insta::assert_snapshot!(rendered.text, @r"
    奶奶，您好

    王小明请您加入“王家”这个家，一起攒积分、用积分。点下面的按钮，看清楚了再决定：

        https://shop.example/join#0123

    2026 年 6 月 15 日前（含当日）都可以答复，登录要用收到这封信的邮箱。不用花钱，也不会要您的密码。
    不认识这个人，或者不想加入，不用理会这封邮件，什么也不会发生。
    ");
    assert!(rendered.html.contains(">看看邀请</a>"), "{}", rendered.html);
    assert!(rendered.html.contains("href=\"https://shop.example/join#0123\""), "{}", rendered.html);
    assert!(!format!("{:?}", invited(None, None)).contains("0123"), "a secret is never printed");
}

#[test]
fn words_an_invitation_of_kin_in_english_with_a_code_to_type() {
    let rendered = render(&invited(None, None), Locale::En);

    assert_eq!(rendered.subject, "王小明 invites you");
    insta::assert_snapshot!(rendered.text, @r"
    Dear 奶奶

    王小明 would like to be linked with you as family, to look after each other. Each household keeps its own points. Sign in where you shop, choose “Family invitation” and enter this code:

        0123-4567-89ab-cdef-0123-4567-89ab-cdef

    You can answer until 15 June 2026, signing in by the address this mail came to. It costs nothing, and nobody will ask for a password.
    If you do not know this person, or do not want to, ignore this mail: nothing will happen.
    ");
}

#[test]
fn shows_the_same_words_large_in_html() {
    insta::assert_snapshot!(render(&code(), Locale::ZhCn).html, @r#"
    <!doctype html>
    <html lang="zh-CN">
    <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>登录家账</title></head>
    <body style="margin:0;padding:24px;background:#ffffff;color:#1a1a1a;font-family:sans-serif;font-size:20px;line-height:1.6">
    <h1 style="margin:0 0 16px;font-size:28px">登录家账</h1>
    <p style="margin:0">您的验证码是：</p>
    <p style="margin:16px 0;font-size:40px;font-weight:bold;letter-spacing:2px">048213</p>
    <p style="margin:0 0 8px">10 分钟内有效，只能用一次。请不要告诉任何人。</p>
    <p style="margin:0">如果不是您本人在登录，请不用理会这封邮件。</p>
    </body>
    </html>
    "#);
}

#[test]
fn a_name_cannot_bring_its_own_html() {
    let html = render(&redeemed("<img src=x onerror='a(\"b\")'> & co", 5), Locale::En).html;

    assert!(html.contains(">&lt;img src=x onerror=&#39;a(&quot;b&quot;)&#39;&gt; &amp; co</p>"), "{html}");
    assert!(!html.contains("<img"), "{html}");
    assert_eq!(escape("平安"), "平安");
}

#[test]
fn every_sentence_is_worded_in_both_languages() {
    let ids = |ftl: &str| -> Vec<String> {
        let lines = ftl.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
        lines.map(|line| line.split(" = ").next().unwrap().to_owned()).collect()
    };
    let chinese = ids(include_str!("../../locales/zh-CN/mail.ftl"));

    assert_eq!(chinese.len(), 135);
    assert_eq!(chinese, ids(include_str!("../../locales/en/mail.ftl")));
}

fn held_points_lapsed(points: i64) -> Message {
    let ended_at = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap().and_hms_opt(0, 5, 0).unwrap();
    Message::HeldPointsLapsed(HeldPointsLapsed { points: Points::new(points).unwrap(), ended_at })
}

#[test]
fn says_in_chinese_why_held_points_lapsed() {
    let rendered = render(&held_points_lapsed(600), Locale::ZhCn);

    assert_eq!(rendered.subject, "积分已失效：600 积分");
    insta::assert_snapshot!(rendered.text, @r"
    积分已失效

    您家有一些冻结的积分失效了：

        600 积分

    这些积分在冻结期间过了最后可用日；冻结于 2026 年 4 月 1 日 00:05 结束，没有用上，积分随之失效。
    如有疑问，请联系您的团长。
    ");
}

#[test]
fn says_in_english_why_held_points_lapsed() {
    let rendered = render(&held_points_lapsed(1), Locale::En);

    assert_eq!(rendered.subject, "Lapsed: 1 point");
    insta::assert_snapshot!(rendered.text, @r"
    Points lapsed

    Your household had set points aside. They have lapsed:

        1 point

    Their last day had come while they were set aside, and what they were set aside for ended on 1 April 2026 at 00:05 without them.
    If you expected otherwise, please ask your community leader.
    ");
}

fn member_removed(points: i64) -> Message {
    Message::MemberRemoved(MemberRemoved { household: "王家".parse().unwrap(), points: Points::new(points).unwrap() })
}

#[test]
fn tells_in_chinese_who_was_put_out_what_is_theirs() {
    let rendered = render(&member_removed(300), Locale::ZhCn);

    assert_eq!(rendered.subject, "您的家账有变化");
    insta::assert_snapshot!(rendered.text, @r"
    您有了自己的家账

    “王家”的户主已把您移出这个家。您带来的积分都跟着您走，您自己的家账里现在有：

        300 积分

    积分的有效期不变；那个家欠的积分与您无关。您随时可以加入别的家。
    如有疑问，请联系您的团长。
    ");
}

#[test]
fn tells_in_english_who_was_put_out_what_is_theirs() {
    let rendered = render(&member_removed(1), Locale::En);

    assert_eq!(rendered.subject, "Your household account has changed");
    insta::assert_snapshot!(rendered.text, @r"
    You have an account of your own

    The owner of “王家” has taken you out of that household. The points you brought come with you. Your own account begins with:

        1 point

    They last as long as before. Whatever that household owes is not yours. You can join another household at any time.
    If you have questions, please ask your community leader.
    ");
}

fn evening() -> chrono::NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 9, 5).unwrap().and_hms_opt(18, 30, 0).unwrap()
}

#[test]
fn says_in_both_languages_that_a_turn_has_come() {
    let offered = |perk: &str| {
        let (perk, price) = (perk.parse().unwrap(), Points::new(300).unwrap());
        Message::PlaceOffered(PlaceOffered { perk, price, ends_at: evening() })
    };
    let chinese = render(&offered("包饺子"), Locale::ZhCn);
    assert_eq!(chinese.subject, "轮到您家了：包饺子");
    insta::assert_snapshot!(chinese.text, @r"
    轮到您家了

    您家排队等候的，现在为您留着：

        包饺子

    保留到 2026 年 9 月 5 日 18:30。请在这之前兑换，过时就轮到下一家。
    需要 300 积分。如果不想要了，不用理会这封邮件。
    ");
    let english = render(&offered("Dumpling evening"), Locale::En);
    assert_eq!(english.subject, "Your turn: Dumpling evening");
    insta::assert_snapshot!(english.text, @r"
    Your turn has come

    What your household waited for is kept for you:

        Dumpling evening

    Until 18:30 on 5 September 2026. Redeem it before then, or it goes to whoever is next.
    It costs 300 points. If you do not want it any more, you need not do anything.
    ");
}

#[test]
fn says_in_both_languages_that_a_gathering_was_called_off() {
    let returned = |points: i64| {
        let (gathering, points) = ("包饺子".parse().unwrap(), Points::new(points).unwrap());
        Message::SeatsReturned(SeatsReturned { gathering, starts_at: evening(), points })
    };
    let chinese = render(&returned(300), Locale::ZhCn);
    assert_eq!(chinese.subject, "活动取消：包饺子");
    insta::assert_snapshot!(chinese.text, @r"
    活动取消

    原定 2026 年 9 月 5 日 18:30 的活动取消了：

        包饺子

    您家为它兑换的 300 积分已全部退回。
    非常抱歉，下次再聚。
    ");
    insta::assert_snapshot!(render(&returned(0), Locale::En).text, @r"
    Called off

    What was planned for 5 September 2026 at 18:30 does not take place:

        包饺子

    Your household was on the waiting list, and paid nothing.
    We are sorry. There will be another one.
    ");
}
