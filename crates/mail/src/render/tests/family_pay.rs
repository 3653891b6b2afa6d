use chrono::NaiveDate;
use kernel::{Currency, Locale, Money};

use super::super::render;
use crate::{FamilyPay, FamilyPayKind, Message};

#[test]
fn words_everything_about_family_payments_in_both_languages() {
    for kind in FamilyPayKind::ALL {
        for locale in [Locale::ZhCn, Locale::En] {
            let told = Message::FamilyPay(FamilyPay {
                kind,
                senior: "王奶奶".parse().unwrap(),
                payer: "李敏".parse().unwrap(),
                amount: Money::parse("56.80", Currency::Cny).unwrap(),
                goods: "橘子、鸡蛋".to_owned(),
                until: NaiveDate::from_ymd_opt(2026, 3, 2).unwrap().and_hms_opt(21, 30, 0),
                link: None,
                token: "0123456789abcdef0123456789abcdef".to_owned(),
            });
            let text = render(&told, locale).text;
            let opens = matches!(kind, FamilyPayKind::Asked | FamilyPayKind::Reminded);
            assert!(text.contains("¥56.80") && text.contains("橘子、鸡蛋"), "{text}");
            assert_eq!(text.contains("0123456789abcdef"), opens, "only who can still pay gets the secret: {text}");
        }
    }
}

#[test]
fn words_a_request_to_pay_in_chinese() {
    let asked = Message::FamilyPay(FamilyPay {
        kind: FamilyPayKind::Asked,
        senior: "王奶奶".parse().unwrap(),
        payer: "李敏".parse().unwrap(),
        amount: Money::parse("56.80", Currency::Cny).unwrap(),
        goods: "橘子、鸡蛋".to_owned(),
        until: NaiveDate::from_ymd_opt(2026, 3, 2).unwrap().and_hms_opt(21, 30, 0),
        link: Some("https://hearth.example/pay/0123".to_owned()),
        token: "0123".to_owned(),
    });
    let rendered = render(&asked, Locale::ZhCn);

    assert_eq!(rendered.subject, "王奶奶想请您帮忙付款");
    insta::assert_snapshot!(rendered.text, @r"
    王奶奶想请您帮忙付款

    王奶奶想买橘子、鸡蛋，请您付： ¥56.80

        https://hearth.example/pay/0123

    03-02 21:30 前都可以付，也可以请别人付。
    不方便也没关系，点“请别人付”就好。
    ");
}
