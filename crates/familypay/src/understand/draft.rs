//! What is left of an order after all that was said, corrected and taken back.

use super::{
    Household, Quantity,
    catalogue::{MAX_CHOICES, SpokenCatalogue},
    measure::{Amount, Measure},
    pairs::{Step, Thing},
    tokens::Basket,
    words::Change,
};

/// How sure a line must be to stand without a question, of 100.
pub const SURE_FROM: u8 = 80;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    Sure {
        product: usize,
        quantity: Quantity,
        confidence: u8,
        heard: String,
    },
    /// Disputed when two amounts were said, which a third repeats at best.
    HowMuch {
        product: usize,
        choices: Vec<Quantity>,
        confidence: u8,
        heard: String,
        is_disputed: bool,
    },
    /// Open when no amount was said of it yet, so that a name after it says which was meant: 牛奶,要纯牛奶.
    Which {
        heard: String,
        choices: Vec<usize>,
        is_open: bool,
    },
}

impl Entry {
    /// The same, asked back however surely it was heard.
    pub(super) fn asked(self) -> Self {
        match self {
            Self::Sure { product, quantity, confidence, heard } => {
                Self::HowMuch { product, choices: vec![quantity], confidence, heard, is_disputed: true }
            }
            asked @ (Self::HowMuch { .. } | Self::Which { .. }) => asked,
        }
    }

    fn product(&self) -> Option<usize> {
        match self {
            Self::Sure { product, .. } | Self::HowMuch { product, .. } => Some(*product),
            Self::Which { .. } => None,
        }
    }
}

pub(super) struct Drafting<'a> {
    catalogue: &'a SpokenCatalogue,
    household: &'a Household,
    entries: Vec<Entry>,
    /// The entry a bare 再来一斤 would mean.
    last: Option<usize>,
    change: Option<Change>,
}

impl<'a> Drafting<'a> {
    pub(super) fn new(catalogue: &'a SpokenCatalogue, household: &'a Household) -> Self {
        Self { catalogue, household, entries: Vec::new(), last: None, change: None }
    }

    pub(super) fn entries(mut self, steps: Vec<Step>) -> Vec<Entry> {
        for step in steps {
            self.apply(step);
        }
        self.entries
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Take { thing, amount, is_certain } => {
                let entry = self.judge(&thing, amount.as_ref(), is_certain);
                self.take(entry, amount.is_some());
            }
            Step::Amount(amount) => self.amend(&amount),
            Step::Change(Change::RemoveAll) => self.clear(),
            Step::Change(Change::RemoveLast) => self.remove_last(),
            Step::Change(change) => self.change = Some(change),
            Step::Basket(basket) => self.basket(basket),
            Step::Target(thing) => {
                self.last = self.entries.iter().position(|entry| self.is_meant(&thing, entry));
            }
            Step::Drop(thing) => {
                let kept = self.entries.iter().filter(|entry| !self.is_meant(&thing, entry)).cloned().collect();
                self.entries = kept;
                self.last = self.entries.len().checked_sub(1);
            }
        }
    }

    /// What a thing and its amount come to by themselves.
    fn judge(&self, thing: &Thing, amount: Option<&Amount>, is_certain: bool) -> Entry {
        let heard = thing.heard.clone();
        let unit = amount.and_then(Amount::unit);
        let Some(named) = &thing.named else {
            let choices = self.catalogue.likely(&heard, unit);
            return Entry::Which { heard, choices, is_open: false };
        };
        match named.products.as_slice() {
            [product] if named.confidence >= SURE_FROM => {
                let amount = amount.filter(|_| is_certain);
                self.measured(*product, amount, named.confidence, heard)
            }
            several => {
                Entry::Which { heard, choices: self.catalogue.offered(several, unit), is_open: amount.is_none() }
            }
        }
    }

    fn measured(&self, product: usize, amount: Option<&Amount>, confidence: u8, heard: String) -> Entry {
        let quantity = |measure: &Measure| self.catalogue.products()[product].quantity(measure);
        let choices = match amount {
            Some(Amount::Exact(measure)) => match quantity(measure) {
                Some(quantity) => return Entry::Sure { product, quantity, confidence, heard },
                None => Vec::new(),
            },
            Some(Amount::Between(a, b)) => [quantity(a), quantity(b)].into_iter().flatten().collect(),
            Some(Amount::Vague(_)) | None => Vec::new(),
        };
        let choices = if choices.is_empty() { usual_amounts() } else { choices };
        Entry::HowMuch { product, choices, confidence, heard, is_disputed: false }
    }

    fn take(&mut self, entry: Entry, has_amount: bool) {
        if let (None, Some(last), Some(new)) = (self.change, self.last, entry.product())
            && matches!(&self.entries[last], Entry::Which { choices, is_open: true, .. } if choices.contains(&new))
        {
            return self.set(last, entry);
        }
        let known = entry.product().and_then(|new| self.entries.iter().position(|e| e.product() == Some(new)));
        match (self.change.take(), known) {
            (Some(Change::Add), Some(at)) => self.merge(at, entry, true),
            (None, Some(at)) => self.merge(at, entry, false),
            (Some(Change::Correct), Some(at)) => self.set(at, entry),
            (Some(Change::Replace | Change::Correct), _) => match self.last {
                Some(last) => {
                    let entry = if has_amount { entry } else { self.inherited(last, entry) };
                    self.set(last, entry);
                }
                None => self.push(entry),
            },
            (_, None) => self.push(entry),
            (Some(Change::Remove | Change::RemoveLast | Change::RemoveAll), Some(at)) => self.set(at, entry),
        }
    }

    /// The same product a second time: more of it when it was said so, else nobody knows which was meant.
    fn merge(&mut self, at: usize, entry: Entry, is_more: bool) {
        let Entry::Sure { product, quantity: new, confidence, heard } = entry else {
            // 橘子两斤, 橘子: named again without an amount, it is as it was.
            self.last = Some(at);
            return;
        };
        let merged = match &self.entries[at] {
            Entry::Sure { quantity: old, confidence: before, .. } => {
                let confidence = confidence.min(*before);
                match (old.plus(new).filter(|sum| self.is_sensible(product, *sum)), is_more) {
                    (Some(quantity), true) => Entry::Sure { product, quantity, confidence, heard },
                    (sum, _) => {
                        let mut choices = vec![*old, new];
                        choices.extend(sum);
                        choices.dedup();
                        choices.truncate(MAX_CHOICES);
                        Entry::HowMuch { product, choices, confidence, heard, is_disputed: true }
                    }
                }
            }
            Entry::HowMuch { is_disputed: true, .. } => return,
            Entry::HowMuch { .. } | Entry::Which { .. } => Entry::Sure { product, quantity: new, confidence, heard },
        };
        self.set(at, merged);
    }

    fn is_sensible(&self, product: usize, quantity: Quantity) -> bool {
        let product = &self.catalogue.products()[product];
        quantity.thousandths() <= product.most_thousandths()
    }

    /// 橘子换成橙子: as much of the new as there was of the old, when both are sold by the same word.
    fn inherited(&self, last: usize, entry: Entry) -> Entry {
        let products = self.catalogue.products();
        match (&self.entries[last], &entry) {
            (Entry::Sure { product: old, quantity, .. }, Entry::HowMuch { product, confidence, heard, .. })
                if products[*old].unit == products[*product].unit =>
            {
                Entry::Sure { product: *product, quantity: *quantity, confidence: *confidence, heard: heard.clone() }
            }
            _ => entry,
        }
    }

    /// An amount by itself belongs to what came last, if it was said what it does to that.
    fn amend(&mut self, amount: &Amount) {
        let change = self.change.take();
        let last = self.last.and_then(|at| self.entries.get(at).cloned().map(|entry| (at, entry)));
        match (change, last) {
            (Some(change), Some((at, Entry::Sure { product, confidence, heard, .. }))) => {
                let entry = self.measured(product, Some(amount), confidence, heard);
                match change {
                    Change::Add if matches!(entry, Entry::Sure { .. }) => self.merge(at, entry, true),
                    _ => self.set(at, entry),
                }
            }
            (Some(_), Some((at, Entry::HowMuch { product, confidence, heard, .. }))) => {
                let entry = self.measured(product, Some(amount), confidence, heard);
                self.set(at, entry);
            }
            (Some(_), Some((_, Entry::Which { .. }))) => {}
            // A second amount for the same thing: nobody knows which was meant.
            (None, Some((at, Entry::Sure { product, confidence, heard, .. }))) => {
                let entry = self.measured(product, Some(amount), confidence, heard);
                self.merge(at, entry, false);
            }
            (Some(_), None) | (None, _) => {
                if !matches!(amount, Amount::Vague(None)) {
                    self.push(Entry::Which { heard: String::new(), choices: Vec::new(), is_open: false });
                }
            }
        }
    }

    fn basket(&mut self, basket: Basket) {
        let lines = match basket {
            Basket::Usual => self.household.usual.as_slice(),
            Basket::Named(index) => self.household.nicknames[index].lines.as_slice(),
        };
        let found: Vec<Entry> = lines
            .iter()
            .filter_map(|line| {
                let product = self.catalogue.products().iter().position(|p| p.product_ref == line.product_ref)?;
                let heard = self.catalogue.products()[product].name.to_string();
                Some(Entry::Sure { product, quantity: line.quantity, confidence: 100, heard })
            })
            .collect();
        // A basket that is not known, or no longer sold as it was, is asked for by its parts.
        if found.is_empty() || found.len() < lines.len() {
            self.push(Entry::Which { heard: "老样子".to_owned(), choices: Vec::new(), is_open: false });
        }
        for entry in found {
            self.take(entry, true);
        }
    }

    fn is_meant(&self, thing: &Thing, entry: &Entry) -> bool {
        let products = thing.named.as_ref().map(|named| named.products.as_slice()).unwrap_or_default();
        match entry {
            Entry::Sure { product, .. } | Entry::HowMuch { product, .. } => products.contains(product),
            Entry::Which { heard, choices, .. } => {
                *heard == thing.heard || choices.iter().any(|choice| products.contains(choice))
            }
        }
    }

    fn push(&mut self, entry: Entry) {
        self.last = Some(self.entries.len());
        self.entries.push(entry);
    }

    fn set(&mut self, at: usize, entry: Entry) {
        self.entries[at] = entry;
        self.last = Some(at);
    }

    fn clear(&mut self) {
        self.entries.clear();
        self.last = None;
        self.change = None;
    }

    fn remove_last(&mut self) {
        if let Some(last) = self.last.filter(|last| *last < self.entries.len()) {
            self.entries.remove(last);
        }
        self.last = self.entries.len().checked_sub(1);
    }
}

/// What is offered when nothing is known of the amount.
fn usual_amounts() -> Vec<Quantity> {
    [1000, 2000, 3000].into_iter().filter_map(Quantity::from_thousandths).collect()
}
