//! The words that carry no product: what is said around an order, and what changes it.

use std::sync::OnceLock;

use jieba_rs::Jieba;

use super::measure::starts_with_any;

/// What a phrase does to what was said before it, or to what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// 再来: more of it.
    Add,
    /// 换成, 改成: another product, or another amount, instead.
    Replace,
    /// 不对: what follows is right, what came last was wrong.
    Correct,
    /// 不要: not what follows, or not what came before.
    Remove,
    /// 不要了, 算了: by itself it takes back what came last.
    RemoveLast,
    /// 都不要了: nothing at all.
    RemoveAll,
}

const CHANGES: &[(Change, &[&str])] = &[
    (
        Change::RemoveAll,
        &[
            "都不要了",
            "全不要了",
            "全都不要了",
            "什么都不要了",
            "啥都不要了",
            "都算了",
            "全部取消",
            "都取消",
            "从头来",
            "重新来",
        ],
    ),
    (Change::RemoveLast, &["不要了", "不用了", "不买了", "算了吧", "算了", "先不要了", "就不要了"]),
    (Change::Remove, &["不要", "别要", "别拿", "不买", "不拿", "去掉", "取消", "不用"]),
    (
        Change::Replace,
        &["换成", "改成", "还是换成", "还是换", "还是改成", "还是要", "换", "改", "改为", "换为", "改要"],
    ),
    (Change::Correct, &["不对", "哦不", "噢不", "不是", "错了", "说错了", "弄错了", "搞错了", "我说错了"]),
    (Change::Add, &["再加", "再来", "再要", "再拿", "再多来", "多来", "再添", "再加上", "多要", "多拿", "再称"]),
];

/// The household's usual basket, and how people ask for it.
pub(super) const USUAL: &[&str] = &["照老样子", "老样子", "老规矩"];

/// 橘子或者橙子: one of the two, and it was not said which.
pub(super) const OR: &[&str] = &["或者", "或是", "或", "要么", "还是"];

/// What is said of something that was bought before, and of what somebody else bought, asked, or would take if something else were so. A
/// transcript that has one of these may order nothing, or not this …
const DOUBTS: &[&str] = &[
    "坏",
    "烂",
    "退",
    "赔",
    "投诉",
    "发霉",
    "长毛",
    "馊",
    "少了",
    "没送",
    "送错",
    "不新鲜",
    "要是没有",
    "如果没有",
    "没有的话",
    "没有就",
    "不算",
    "什么时候",
    "怎么还",
    "还没到",
    "没到",
    "到了吗",
    "到了没",
    "订的",
    "记得",
    "买了",
    "要了",
    "拿了",
    "送了",
];
/// … unless it says that none of that is so: 别拿坏的, 不要了.
const NONE_OF_THAT: &[char] = &['别', '不', '没'];

/// Whether something was said that leaves it open whether this is an order at all. 不是 by itself corrects; in the middle of a sentence it
/// sets one thing against another, and which of them is wanted takes more than words.
pub(super) fn is_doubtful(text: &[char]) -> bool {
    (0..text.len()).any(|at| {
        let says_doubt = starts_with_any(&text[at..], DOUBTS).is_some()
            && !text[at.saturating_sub(3)..at].iter().any(|before| NONE_OF_THAT.contains(before));
        let sets_against = starts_with_any(&text[at..], &["不是"]).is_some()
            && text.get(at + 2).is_some_and(|next| next.is_alphanumeric());
        says_doubt || sets_against
    })
}

/// 各两斤: of each of what was just named.
pub(super) const EACH: &[&str] = &["各来", "各要", "各拿", "每样来", "每样要", "每样", "每种", "各", "都来", "都要"];

/// What asks for something: after one of these an unknown word is a thing.
const ASKING: &[&str] = &[
    "给我来",
    "给我拿",
    "我要",
    "我想要",
    "想要",
    "想吃",
    "我想吃",
    "想买",
    "要",
    "买",
    "来",
    "拿",
    "称",
    "整",
    "弄",
    "打",
    "送",
    "带",
    "需要",
    "订",
    "来个",
    "要个",
    "再买",
    "还要",
    "帮我买",
    "帮我拿",
    "帮我带",
    "给我称",
    "给我整",
    "给我弄",
    "给我送",
];

/// What is said besides: it neither is a product nor names one.
const CHATTER: &[&str] = &[
    "我",
    "你",
    "您",
    "他",
    "她",
    "咱",
    "咱们",
    "我们",
    "给",
    "给我",
    "帮",
    "帮我",
    "的",
    "了",
    "吧",
    "啊",
    "呢",
    "呀",
    "哦",
    "噢",
    "嗯",
    "哎",
    "唉",
    "喂",
    "哎呀",
    "那个",
    "这个",
    "那",
    "这",
    "就",
    "还",
    "还有",
    "和",
    "跟",
    "与",
    "以及",
    "然后",
    "再",
    "也",
    "都",
    "约",
    "约莫",
    "谢谢",
    "谢谢啊",
    "麻烦",
    "麻烦你",
    "姑娘",
    "闺女",
    "小伙子",
    "师傅",
    "老板",
    "同志",
    "妈",
    "妈妈",
    "爸",
    "奶奶",
    "爷爷",
    "老伴",
    "老头子",
    "老太婆",
    "儿子",
    "女儿",
    "孙子",
    "孙女",
    "孩子",
    "家里",
    "今天",
    "明天",
    "后天",
    "晚上",
    "早上",
    "中午",
    "下午",
    "新鲜的",
    "新鲜点的",
    "新鲜",
    "好的",
    "大的",
    "小的",
    "甜的",
    "甜一点的",
    "甜点的",
    "嫩的",
    "便宜的",
    "好一点的",
    "大一点的",
    "小一点的",
    "别的不要了",
    "其他不要了",
    "其它不要了",
    "别的不用了",
    "就这些",
    "就这样",
    "就行",
    "就行了",
    "就好",
    "够了",
    "行了",
    "可以",
    "东西",
    "好像",
    "是",
    "啥",
    "什么",
    "有",
    "没",
    "没有",
    "吃",
    "喝",
    "来",
    "去",
    "用",
    "做",
    "想",
    "那啥",
    "那个啥",
    "大概",
    "左右",
    "另外",
    "顺便",
    "一共",
    "先",
    "家",
    "里",
    "呗",
    "嘛",
    "很",
    "挺",
    "太",
    "真",
    "特别",
    "非常",
    "蛮",
    "不错",
    "上次那个",
    "上次",
    "上回",
    "样子",
    "儿",
    "斤两",
    "东西呢",
    "照",
    "还是",
    "一起",
];

pub(super) fn change_at(text: &[char]) -> Option<(Change, usize)> {
    CHANGES
        .iter()
        .filter_map(|(change, words)| starts_with_any(text, words).map(|length| (*change, length)))
        .max_by_key(|(_, length)| *length)
}

pub(super) fn asking_at(text: &[char]) -> Option<usize> {
    starts_with_any(text, ASKING)
}

pub(super) fn chatter_at(text: &[char]) -> Option<usize> {
    starts_with_any(text, CHATTER)
}

/// The dictionary; loaded when the first order is spoken, because a process that hears none need not hold it.
pub(super) fn dictionary() -> &'static Jieba {
    static DICTIONARY: OnceLock<Jieba> = OnceLock::new();
    DICTIONARY.get_or_init(Jieba::new)
}

/// What a word that is no product is, as far as an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something one might buy, or part of its name.
    Thing,
    /// A name, a time, a verb: chatter.
    Rest,
}

pub(super) fn kind(word: &str) -> Kind {
    let tags = dictionary().tag(word, false);
    let last = tags.last().map_or("x", |tag| tag.tag);
    let is_thing = match last {
        "nr" | "ns" | "nt" => false,
        other => other.starts_with('n') || other == "x" || other == "g" || other == "b" || other == "l",
    };
    if is_thing { Kind::Thing } else { Kind::Rest }
}
