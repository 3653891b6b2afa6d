use kernel::{Id, Points};
use uuid::Uuid;

use super::{Buyer, CapHolder, CapPeriod, CapScope, CapUses, EarnCap, cap_keys};
use crate::{EarnRule, EarnRules, EarnTerms};

fn id<K>(n: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(n))
}

fn buyer(household: u128, member: Option<u128>, date: &str) -> Buyer {
    Buyer { household: id(household), member: member.map(id), date: date.parse().unwrap() }
}

fn capped(rule: u128, caps: &[&str]) -> EarnRule {
    let plain = EarnTerms::plain("基本积分".parse().unwrap(), kernel::Rate::ONE, "2026-02-01".parse().unwrap());
    let caps = caps.iter().map(|cap| (cap.parse().unwrap(), Points::new(10).unwrap())).collect();
    EarnRule { id: id(rule), version: 1, terms: EarnTerms { caps, ..plain } }
}

#[test]
fn a_cap_is_read_as_it_is_written() {
    for scope in CapScope::ALL {
        for period in CapPeriod::ALL {
            let cap = EarnCap { scope, period };
            let is_one = period != CapPeriod::Order || scope == CapScope::Household;
            assert_eq!(cap.to_string().parse().ok(), is_one.then_some(cap), "{cap}");
        }
    }
    for text in ["", "member", "member/", "/day", "Member/day", "member/week", "member/day/", "member day"] {
        assert!(text.parse::<EarnCap>().is_err(), "{text}");
    }
}

#[test]
fn a_count_is_kept_for_whom_and_for_the_time_its_cap_says() {
    let wang = buyer(1, Some(7), "2026-03-31");
    let household = CapHolder::Household(id(1));
    let member = CapHolder::Member(id(1), Some(id(7)));
    for (cap, holder, start) in [
        ("member/day", member, "2026-03-31"),
        ("member/month", member, "2026-03-01"),
        ("member/ever", member, "1970-01-01"),
        ("household/day", household, "2026-03-31"),
        ("household/month", household, "2026-03-01"),
        ("household/ever", household, "1970-01-01"),
        ("programme/day", CapHolder::Programme, "2026-03-31"),
        ("programme/month", CapHolder::Programme, "2026-03-01"),
        ("programme/ever", CapHolder::Programme, "1970-01-01"),
    ] {
        let key = cap.parse::<EarnCap>().unwrap().key(id(5), wang).unwrap();
        assert_eq!((key.holder, key.period_start), (holder, start.parse().unwrap()), "{cap}");
        assert_eq!(key.rule, id(5));
    }
    assert_eq!("household/order".parse::<EarnCap>().unwrap().key(id(5), wang), None);
}

#[test]
fn a_sale_that_names_no_member_counts_as_one_more_member() {
    let cap: EarnCap = "member/day".parse().unwrap();
    let key = |member| cap.key(id(5), buyer(1, member, "2026-03-31")).unwrap();

    assert_ne!(key(None), key(Some(7)));
    assert_eq!(key(None).holder, CapHolder::Member(id(1), None));
}

#[test]
fn asks_for_every_count_the_buyers_may_fall_under_and_for_none_without_caps() {
    let buyers = [buyer(1, Some(7), "2026-03-30"), buyer(1, None, "2026-03-31"), buyer(2, None, "2026-01-31")];
    let rules = |versions| EarnRules { versions, closures: Vec::new() };

    assert_eq!(cap_keys(&rules(vec![capped(5, &[])]), buyers).len(), 0);
    assert_eq!(cap_keys(&rules(vec![capped(5, &["household/order"])]), buyers).len(), 0);
    // Two days of one household; the third sale was before the rule.
    assert_eq!(cap_keys(&rules(vec![capped(5, &["household/day"])]), buyers).len(), 2);
    assert_eq!(cap_keys(&rules(vec![capped(5, &["household/month", "member/ever"])]), buyers).len(), 3);
    assert_eq!(cap_keys(&rules(vec![capped(5, &["programme/ever"]), capped(6, &["programme/day"])]), buyers).len(), 3);
}

#[test]
fn counts_up_and_remembers_what_is_to_be_written() {
    let key = "household/ever".parse::<EarnCap>().unwrap().key(id(5), buyer(1, None, "2026-03-31")).unwrap();
    let mut uses = CapUses::default();
    uses.add_row(key, Points::new(3).unwrap());
    assert_eq!(uses.changed().collect::<Vec<_>>(), []);

    uses.add(&[(key, Points::new(4).unwrap())]);
    assert_eq!(uses.used(key), Points::new(7).unwrap());
    assert_eq!(uses.changed().collect::<Vec<_>>(), [(key, Points::new(7).unwrap())]);
}
