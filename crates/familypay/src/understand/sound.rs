//! How characters sound, because speech recognition writes what it hears: 鸡旦 for 鸡蛋.

use pinyin::ToPinyin;

/// One syllable: as it is spelled, with its tone, and as it is slurred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Syllable {
    pub(super) plain: String,
    pub(super) toned: String,
    pub(super) slurred: String,
}

/// The syllables of a text; `None` when any character has none.
pub(super) fn syllables(characters: &[char]) -> Option<Vec<Syllable>> {
    characters
        .iter()
        .map(|character| {
            let pinyin = character.to_pinyin()?;
            Some(Syllable {
                plain: pinyin.plain().to_owned(),
                toned: pinyin.with_tone_num_end().to_owned(),
                slurred: slur(pinyin.plain()),
            })
        })
        .collect()
}

/// The syllables one after another, without tones: what two words share that a recogniser confuses.
pub(super) fn key(syllables: &[Syllable]) -> String {
    syllables.iter().map(|syllable| syllable.plain.as_str()).collect::<Vec<_>>().join(" ")
}

/// What many speakers, and most recognisers, do not keep apart: zh and z, ch and c, sh and s, n and l, ng and n.
fn slur(plain: &str) -> String {
    let head = [("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l")]
        .into_iter()
        .find_map(|(long, short)| plain.strip_prefix(long).map(|rest| format!("{short}{rest}")))
        .unwrap_or_else(|| plain.to_owned());
    head.strip_suffix("ng").map_or(head.clone(), |stem| format!("{stem}n"))
}

/// How alike two words are, from 0 to 100, syllable by syllable at the best place of the shorter in the longer.
pub(super) fn likeness(heard: &[char], name: &[char]) -> u32 {
    let (short, long) = if heard.len() <= name.len() { (heard, name) } else { (name, heard) };
    if short.is_empty() {
        return 0;
    }
    let best = (0..=long.len() - short.len())
        .map(|start| short.iter().zip(&long[start..]).map(|(a, b)| character_likeness(*a, *b)).sum::<u32>())
        .max()
        .unwrap_or_default();
    best / u32::try_from(long.len()).unwrap_or(u32::MAX)
}

fn character_likeness(a: char, b: char) -> u32 {
    if a == b {
        return 100;
    }
    let (Some(a), Some(b)) = (syllables(&[a]), syllables(&[b])) else { return 0 };
    if a[0].plain == b[0].plain {
        90
    } else if a[0].slurred == b[0].slurred {
        75
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::{key, likeness, syllables};

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn words_that_sound_alike_share_a_key() {
        let key = |text: &str| key(&syllables(&chars(text)).expect("Chinese"));
        assert_eq!(key("鸡旦"), key("鸡蛋"));
        assert_ne!(key("橙汁"), key("橙子"));
        assert_eq!(syllables(&chars("a蛋")), None);
    }

    #[test]
    fn likeness_is_by_syllable() {
        for (heard, name, likeness_expected) in
            [("橙汁", "橙子", 87), ("橘子", "橘子", 100), ("香交", "香蕉", 95), ("米", "酒", 0), ("苹果", "青苹果", 66)]
        {
            assert_eq!(likeness(&chars(heard), &chars(name)), likeness_expected, "{heard} {name}");
        }
    }
}
