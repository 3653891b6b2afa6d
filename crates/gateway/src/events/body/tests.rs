use accounts::{HouseholdRow, Role};
use app::orders::EventTold;
use kernel::{Currency, ExternalRef, Money, Points, Timestamp};
use orders::{OrderCancelled, OrderPaid, OrderPaidLine, OrderPickedUp, OrderRefunded, RefundLine};
use proptest::prelude::{any, prop, proptest};

use super::{BodyRefusal, EventRefusal, Told, read};

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn fen(minor: i64) -> Money {
    Money::from_minor(minor, Currency::Cny).unwrap()
}

fn one(text: &str) -> Result<(ExternalRef, EventTold), EventRefusal> {
    let mut told = read(text.as_bytes(), now()).expect("the frame is right");
    assert_eq!(told.len(), 1);
    told.remove(0).event
}

const PAID: &str = r#"{"id":"ev-1","type":"order.paid","data":{"orderRef":"A-1","householdRef":"H-7","personRef":"P-3",
    "community":"杨浦一村","channel":"小程序","orderedAt":"2026-11-23T18:30:00.1239+08:00","amountMinor":12860,
    "cashMinor":12000,"pointsTendered":860,"itemsCount":2,"lines":[{"productRef":"pear","quantity":2,"amountMinor":12860}]}}"#;

#[test]
fn reads_a_paid_order() {
    let expected = OrderPaid {
        order_ref: "A-1".parse().unwrap(),
        household_ref: "H-7".parse().unwrap(),
        person_ref: Some("P-3".parse().unwrap()),
        community: Some("杨浦一村".parse().unwrap()),
        channel: Some("小程序".parse().unwrap()),
        ordered_at: "2026-11-23T10:30:00.123Z".parse().unwrap(),
        picked_up_at: None,
        amount: fen(12_860),
        cash: fen(12_000),
        points_tendered: Points::new(860).unwrap(),
        items_count: 2,
        lines: vec![OrderPaidLine {
            product_ref: Some("pear".parse().unwrap()),
            category: None,
            quantity: 2,
            amount: fen(12_860),
        }],
    };
    assert_eq!(one(PAID), Ok(("ev-1".parse().unwrap(), EventTold::Paid(expected))));
}

#[test]
fn reads_pick_ups_and_refunds() {
    let picked_up =
        r#"{"id":"e","type":"order.picked_up","data":{"orderRef":"A","pickedUpAt":"2026-11-23T10:00:00Z"}}"#;
    let fact = EventTold::PickedUp(OrderPickedUp {
        order_ref: "A".parse().unwrap(),
        picked_up_at: "2026-11-23T10:00:00Z".parse().unwrap(),
    });
    assert_eq!(one(picked_up).map(|(_, told)| told), Ok(fact));

    let refunded = r#"{"id":"e","type":"order.refunded","data":{"orderRef":"A","refundRef":"R",
        "refundedAt":"2026-11-23T10:00:00Z","amountMinor":500,"lines":[{"lineNo":1,"amountMinor":500}]}}"#;
    let fact = EventTold::Refunded(OrderRefunded {
        order_ref: "A".parse().unwrap(),
        refund_ref: "R".parse().unwrap(),
        refunded_at: "2026-11-23T10:00:00Z".parse().unwrap(),
        amount: fen(500),
        lines: vec![RefundLine { line_no: 1, amount: fen(500) }],
    });
    assert_eq!(one(refunded).map(|(_, told)| told), Ok(fact));
}

#[test]
fn reads_cancellations_and_new_members() {
    let cancelled =
        r#"{"id":"e","type":"order.cancelled","data":{"orderRef":"A","cancelledAt":"2026-11-23T10:00:00Z"}}"#;
    let fact = EventTold::Cancelled(OrderCancelled {
        order_ref: "A".parse().unwrap(),
        cancelled_at: "2026-11-23T10:00:00Z".parse().unwrap(),
    });
    assert_eq!(one(cancelled).map(|(_, told)| told), Ok(fact));

    let joined = |more: &str| {
        let data = format!(r#"{{"householdRef":"H-7","personRef":"P-3","name":"王兰","role":"senior"{more}}}"#);
        one(&format!(r#"{{"id":"e","type":"member.joined","data":{data}}}"#)).map(|(_, told)| told)
    };
    let row = HouseholdRow {
        household: "H-7".parse().unwrap(),
        household_name: None,
        community: None,
        person: "P-3".parse().unwrap(),
        person_name: "王兰".parse().unwrap(),
        role: Role::Senior,
        born_on: None,
        email: None,
        leads: None,
        kin: None,
    };
    assert_eq!(joined(""), Ok(EventTold::MemberJoined(row.clone())));
    let more = r#","householdName":"王家","community":"玉兰里","bornOn":"1952-02-29","email":"Lan@Hearth.example""#;
    let told = HouseholdRow {
        household_name: Some("王家".parse().unwrap()),
        community: Some("玉兰里".parse().unwrap()),
        born_on: Some("1952-02-29".parse().unwrap()),
        email: Some("lan@hearth.example".parse().unwrap()),
        ..row
    };
    assert_eq!(joined(more), Ok(EventTold::MemberJoined(told)));
    for bad in [
        r#","bornOn":"1953-02-29""#,
        r#","bornOn":"1899-12-31""#,
        r#","bornOn":"1952-2-9""#,
        r#","bornOn":"+1952-02-09""#,
        r#","email":"nobody""#,
        r#","phone":"13800000000""#,
        r#","householdName":"\u202eabc""#,
    ] {
        assert!(matches!(joined(bad), Err(EventRefusal::BadData(_))), "{bad}");
    }
    for lunar in ["正月初一", "一九五二年闰五月初四", "lunar 1952-05-04"] {
        let refused = joined(&format!(r#","bornOn":"{lunar}""#)).unwrap_err();
        assert_eq!((refused.code(), &refused), ("LUNAR_DAY", &EventRefusal::LunarDay("bornOn".to_owned())), "{lunar}");
    }
    let nobody =
        one(r#"{"id":"e","type":"member.joined","data":{"householdRef":"H","personRef":"P","name":"","role":"boss"}}"#);
    assert!(matches!(nobody, Err(EventRefusal::BadData(_))));
}

#[test]
fn one_bad_event_rejects_only_itself() {
    let batch = format!(r#"{{"events":[{PAID},{{"id":"bad","type":"order.paid","data":{{}}}},7,{PAID}]}}"#);
    let told = read(batch.as_bytes(), now()).unwrap();
    let ids: Vec<Option<&str>> = told.iter().map(|told| told.id.as_deref()).collect();
    assert_eq!(ids, [Some("ev-1"), Some("bad"), None, Some("ev-1")]);
    let taken: Vec<bool> = told.iter().map(|told| told.event.is_ok()).collect();
    assert_eq!(taken, [true, false, false, true]);
}

#[test]
fn names_what_is_wrong_with_an_event() {
    let paid = |from: &str, to: &str| {
        assert!(PAID.contains(from), "{from}");
        one(&PAID.replace(from, to)).expect_err("refused")
    };
    for (from, to, code) in [
        (r#""order.paid""#, r#""order.vanished""#, "UNKNOWN_TYPE"),
        (r#""ev-1""#, r#""""#, "MALFORMED_EVENT"),
        (r#""ev-1""#, r#""a b""#, "MALFORMED_EVENT"),
        (r#""ev-1""#, "7", "MALFORMED_EVENT"),
        (r#""orderRef":"A-1""#, r#""orderRef":"A-1","orderRef":"A-2""#, "BAD_DATA"),
        (r#""itemsCount":2"#, r#""itemsCount":2,"points":1000"#, "BAD_DATA"),
        (r#""itemsCount":2"#, r#""itemsCount":-2"#, "BAD_DATA"),
        (r#""amountMinor":12860,"#, r#""amountMinor":-1,"#, "BAD_DATA"),
        (r#""amountMinor":12860,"#, r#""amountMinor":128.6,"#, "BAD_DATA"),
        (r#""amountMinor":12860,"#, r#""amountMinor":"12860","#, "BAD_DATA"),
        (r#""amountMinor":12860,"#, r#""amountMinor":9223372036854775807,"#, "BAD_DATA"),
        (r#""cashMinor":12000"#, r#""cashMinor":1e99"#, "BAD_DATA"),
        ("2026-11-23T18:30:00.1239+08:00", "2026-11-23T18:30:00", "BAD_DATA"),
        ("2026-11-23T18:30:00.1239+08:00", "2026-02-30T18:30:00Z", "BAD_DATA"),
        ("2026-11-23T18:30:00.1239+08:00", "2099-01-01T00:00:00Z", "BAD_DATA"),
        ("2026-11-23T18:30:00.1239+08:00", "1969-12-31T23:59:59Z", "BAD_DATA"),
        ("杨浦一村", "杨浦\u{202e}一村", "BAD_DATA"),
        ("杨浦一村", r"a\u0000b", "BAD_DATA"),
    ] {
        assert_eq!(paid(from, to).code(), code, "{to}");
    }
    assert_eq!(
        paid(r#""amountMinor":12860,"#, r#""amountMinor":-1,"#).to_string(),
        "amountMinor is not between 0 and 10000000000 fen"
    );
}

#[test]
fn takes_objects_only_at_every_level() {
    let frame = r#"[null,"ev-1","order.paid",{"orderRef":"A-1"}]"#;
    assert!(matches!(read(frame.as_bytes(), now()), Err(BodyRefusal::Malformed(_))));

    let data = r#"{"orderRef":"A","pickedUpAt":"2026-11-23T10:00:00Z"}"#;
    let event = format!(r#"{{"events":[["e","order.picked_up",{data}]]}}"#);
    let malformed = "invalid type: sequence, expected a JSON object at line 1 column 0";
    assert_eq!(one(&event), Err(EventRefusal::Malformed(malformed.to_owned())));

    for event in [
        r#"{"id":"e","type":"order.picked_up","data":["A","2026-11-23T10:00:00Z"]}"#.to_owned(),
        r#"{"id":"e","type":"order.refunded","data":{"orderRef":"A","refundRef":"R",
            "refundedAt":"2026-11-23T10:00:00Z","amountMinor":500,"lines":[[1,500]]}}"#
            .to_owned(),
        PAID.replace(r#"{"productRef":"pear","quantity":2,"amountMinor":12860}"#, r#"["pear",null,2,12860]"#),
    ] {
        let refusal = one(&event).expect_err("refused");
        assert_eq!(refusal.code(), "BAD_DATA", "{event}");
        assert!(refusal.to_string().contains("invalid type: sequence, expected a JSON object"), "{refusal}");
    }
}

#[test]
fn refuses_a_wrong_frame_whole() {
    let malformed = |text: &str| matches!(read(text.as_bytes(), now()), Err(BodyRefusal::Malformed(_)));
    for text in ["", "[]", "null", r#"{"events":{}}"#, r#"{"events":[],"more":1}"#, r#"{"events":[],"events":[]}"#] {
        assert!(malformed(text), "{text}");
    }
    assert!(matches!(read(br#"{"events":[],"id":"x"}"#, now()), Err(BodyRefusal::Both)));
    let many = format!(r#"{{"events":[{}]}}"#, vec!["1"; 501].join(","));
    assert!(matches!(read(many.as_bytes(), now()), Err(BodyRefusal::TooManyEvents)));
    let most = format!(r#"{{"events":[{}]}}"#, vec!["1"; 500].join(","));
    assert_eq!(read(most.as_bytes(), now()).map(|told| told.len()).unwrap_or_default(), 500);
}

#[test]
fn never_panics_whatever_the_bytes() {
    proptest!(|(bytes in prop::collection::vec(any::<u8>(), 0..500))| {
        let _: Option<Vec<Told>> = read(&bytes, now()).ok();
    });
}
