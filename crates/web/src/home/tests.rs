use app::Settings;
use kernel::Locale;

use super::{DemoPerson, Facts};
use crate::WebOptions;

fn person(household: &str, community: &str, person: &str) -> DemoPerson {
    let [household, community, person] = [household, community, person].map(str::to_owned);
    DemoPerson { household, community, person, address: "a@hearth.example".to_owned() }
}

fn facts(is_production: bool) -> Facts {
    let demo_people = vec![
        person("王家", "玉兰里社区", "王奶奶"),
        person("陈家", "", "陈晨"),
        person("李家", "桂花园社区", "<b>李</b>"),
        person("王家", "玉兰里社区", "王爷爷"),
    ];
    Facts::of(&Settings::default(), WebOptions { demo_people, is_production, ..WebOptions::default() })
}

#[test]
fn says_the_same_in_both_languages() {
    let zh_cn = facts(false).render(Locale::ZhCn);
    let en = facts(false).render(Locale::En);

    assert!(zh_cn.contains("<html lang=\"zh-CN\">") && en.contains("<html lang=\"en\">"));
    for part in
        ["王奶奶", "王爷爷", "a@hearth.example", "/graphiql", "/schema.graphql", "/v1/events", "Asia/Shanghai", "365"]
    {
        assert!(zh_cn.contains(part) && en.contains(part), "{part}");
    }
    assert!(zh_cn.contains("3 户人家里，下面 4 位可以登录"), "{zh_cn}");
    assert!(en.contains("Of 3 households, these 4 people can sign in"), "{en}");
}

#[test]
fn shows_names_as_text() {
    let page = facts(false).render(Locale::En);
    assert!(page.contains("&#60;b&#62;李") && !page.contains("<b>李"), "{page}");
}

#[test]
fn those_who_live_elsewhere_come_last() {
    let communities: Vec<_> =
        facts(false).groups.into_iter().map(|group| (group.community, group.people.len())).collect();
    assert_eq!(communities, [("玉兰里社区".to_owned(), 2), ("桂花园社区".to_owned(), 1), (String::new(), 1)]);
}

#[test]
fn without_a_demo_there_is_no_word_of_it_and_in_production_none_of_graphiql() {
    let page = Facts::of(&Settings::default(), WebOptions::default()).render(Locale::ZhCn);
    assert!(!page.contains("演示"));
    assert!(!facts(true).render(Locale::En).contains("/graphiql"));
}
