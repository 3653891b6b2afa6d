use std::collections::HashMap;

use super::{
    Unit,
    product::SpokenProduct,
    sound::{key, likeness, syllables},
    words::dictionary,
};

/// Most choices a question offers.
pub const MAX_CHOICES: usize = 3;
/// How alike what was heard and a product's name must be for the product to be offered, of 100.
const OFFERED_FROM: u32 = 60;
/// The longest name that is looked for, in characters.
const LONGEST: usize = 12;

/// How surely a word names a product, of 100.
const BY_NAME: u8 = 100;
const BY_ALIAS: u8 = 98;
const BY_SOUND_AND_TONE: u8 = 92;
const BY_HEAD_WORD: u8 = 90;
const BY_SOUND: u8 = 84;
const BY_LAST_CHARACTER: u8 = 50;

/// The products an order can be of, ready to be found in speech. Built once for many orders.
#[derive(Debug)]
pub struct SpokenCatalogue {
    products: Vec<SpokenProduct>,
    by_word: HashMap<String, Named>,
    by_sound: HashMap<String, Vec<Spoken>>,
    longest: usize,
}

/// What a word may mean: products, and how surely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) products: Vec<usize>,
    pub(super) confidence: u8,
}

#[derive(Debug)]
struct Spoken {
    product: usize,
    toned: Vec<String>,
}

impl SpokenCatalogue {
    /// An index over these products.
    #[must_use]
    pub fn new(products: Vec<SpokenProduct>) -> Self {
        let mut this = Self { products, by_word: HashMap::new(), by_sound: HashMap::new(), longest: 1 };
        for product in 0..this.products.len() {
            let name = this.products[product].name.to_string();
            let aliases: Vec<String> = this.products[product].aliases.iter().map(ToString::to_string).collect();
            this.add(&name, product, BY_NAME);
            for alias in &aliases {
                this.add(alias, product, BY_ALIAS);
            }
            this.add_heads(&name, product);
            for word in std::iter::once(&name).chain(&aliases) {
                this.add_sound(word, product);
            }
        }
        this
    }

    /// The products, in the order they were given.
    #[must_use]
    pub fn products(&self) -> &[SpokenProduct] {
        &self.products
    }

    /// The longest word worth looking up, in characters.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// The head of a compound says what it is: 苹果 of 红富士苹果. Its last character alone only helps to ask.
    fn add_heads(&mut self, name: &str, product: usize) {
        let characters: Vec<char> = name.chars().collect();
        for start in 1..characters.len() {
            let head: String = characters[start..].iter().collect();
            if start + 1 == characters.len() {
                self.add(&head, product, BY_LAST_CHARACTER);
            } else if dictionary().has_word(&head) {
                self.add(&head, product, BY_HEAD_WORD);
            }
        }
    }

    fn add(&mut self, word: &str, product: usize, confidence: u8) {
        let length = word.chars().count();
        if length > LONGEST {
            return;
        }
        self.longest = self.longest.max(length);
        let named =
            self.by_word.entry(word.to_owned()).or_insert_with(|| Named { products: Vec::new(), confidence: 0 });
        // The surer meaning is the only one: 白菜 is what is called so, not all that ends so.
        if confidence > named.confidence {
            *named = Named { products: vec![product], confidence };
        } else if confidence == named.confidence && !named.products.contains(&product) {
            named.products.push(product);
        }
    }

    fn add_sound(&mut self, word: &str, product: usize) {
        let characters: Vec<char> = word.chars().collect();
        let Some(syllables) = syllables(&characters).filter(|syllables| syllables.len() >= 2) else { return };
        let toned = syllables.iter().map(|syllable| syllable.toned.clone()).collect();
        let spoken = self.by_sound.entry(key(&syllables)).or_default();
        if !spoken.iter().any(|spoken| spoken.product == product) {
            spoken.push(Spoken { product, toned });
        }
    }

    /// What a word names, written as the catalogue writes it.
    pub(super) fn named(&self, word: &str) -> Option<&Named> {
        self.by_word.get(word)
    }

    /// What a word names by its sound. A word of the dictionary is meant as it is written, unless even its tones agree.
    pub(super) fn sounding(&self, word: &[char]) -> Option<Named> {
        let syllables = syllables(word).filter(|syllables| syllables.len() >= 2)?;
        let spoken = self.by_sound.get(&key(&syllables))?;
        let toned: Vec<&str> = syllables.iter().map(|syllable| syllable.toned.as_str()).collect();
        let in_tone: Vec<usize> = spoken.iter().filter(|s| s.toned == toned).map(|s| s.product).collect();
        if !in_tone.is_empty() {
            return Some(Named { products: in_tone, confidence: BY_SOUND_AND_TONE });
        }
        let is_word = dictionary().has_word(&word.iter().collect::<String>());
        (!is_word).then(|| Named { products: spoken.iter().map(|s| s.product).collect(), confidence: BY_SOUND })
    }

    /// The products most like what was heard, at most [`MAX_CHOICES`], those first that are measured so.
    pub(super) fn likely(&self, heard: &str, unit: Option<Unit>) -> Vec<usize> {
        let heard: Vec<char> = heard.chars().collect();
        let mut found: Vec<(bool, u32, usize)> = Vec::new();
        for (index, product) in self.products.iter().enumerate() {
            let alike = std::iter::once(&product.name)
                .chain(&product.aliases)
                .map(|word| likeness(&heard, &word.as_str().chars().collect::<Vec<_>>()))
                .max()
                .unwrap_or_default();
            if alike >= OFFERED_FROM {
                found.push((unit.is_none_or(|unit| product.is_measured_in(unit)), alike, index));
            }
        }
        found.sort_by_key(|(fits, alike, index)| (!fits, u32::MAX - alike, *index));
        found.into_iter().map(|(_, _, index)| index).take(MAX_CHOICES).collect()
    }

    /// Of several products a word may mean, those to offer: measured so if any are, at most [`MAX_CHOICES`].
    pub(super) fn offered(&self, products: &[usize], unit: Option<Unit>) -> Vec<usize> {
        let fits = |index: &&usize| unit.is_none_or(|unit| self.products[**index].is_measured_in(unit));
        let fitting: Vec<usize> = products.iter().filter(fits).copied().collect();
        let offered = if fitting.is_empty() { products.to_vec() } else { fitting };
        offered.into_iter().take(MAX_CHOICES).collect()
    }
}
