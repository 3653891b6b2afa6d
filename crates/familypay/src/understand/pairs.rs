//! Which amount belongs to which product: 两斤橘子, 橘子两斤, 橘子两斤鸡蛋一板.

use super::{
    catalogue::{Named, SpokenCatalogue},
    measure::Amount,
    tokens::{Basket, Token},
    words::{Change, Kind},
};

/// Something somebody named: a product, several it may be, or nothing we have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thing {
    pub(super) heard: String,
    pub(super) named: Option<Named>,
    /// Whether it was asked for, rather than talked of. A product always is.
    is_asked: bool,
}

/// One step of an order, in the order of speech.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// So much of a thing, if it was said how much; not certain when the amount may belong to its neighbour.
    Take {
        thing: Thing,
        amount: Option<Amount>,
        is_certain: bool,
    },
    /// An amount without a thing.
    Amount(Amount),
    /// What the next step does to what was said before.
    Change(Change),
    Basket(Basket),
    /// What the change that follows is about.
    Target(Thing),
    /// A thing that is not wanted.
    Drop(Thing),
}

#[derive(Debug, Clone)]
enum Piece {
    Thing(Thing),
    Amount(Amount),
    Each,
    Or,
    Break,
    Done(Step),
}

const ALONE: u32 = 20;
const ASKED_ALONE: u32 = 12;
const AFTER_CHANGE: u32 = 3;
const OVER_BREAK: u32 = 4;
const OVER_ADDING: u32 = 1;
const BEHIND: u32 = 1;
const UNFITTING: u32 = 8;
const UNKNOWN: u32 = 3;
/// Two ways to hear it that differ by no more are both possible.
const DOUBTFUL: u32 = 2;
const IMPOSSIBLE: u32 = u32::MAX / 4;

/// The steps of an order.
pub(super) fn steps(catalogue: &SpokenCatalogue, tokens: Vec<Token>) -> Vec<Step> {
    let pieces = targeted(dropped(each(alternatives(pieces(tokens)))));
    Pairing::new(catalogue, &pieces).steps()
}

fn pieces(tokens: Vec<Token>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut is_asked = false;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let was_asked = std::mem::take(&mut is_asked);
        pieces.push(match token {
            Token::Product { heard, named } => Piece::Thing(Thing { heard, named: Some(named), is_asked: true }),
            // 橘子很甜, 来五斤: what is only said of a thing does not stand between it and its amount.
            Token::Other { kind: Kind::Rest, .. }
                if !matches!(pieces.last(), Some(Piece::Amount(_)))
                    && !matches!(tokens.peek(), Some(Token::Amount(_))) =>
            {
                continue;
            }
            Token::Other { heard, kind } => {
                Piece::Thing(Thing { heard, named: None, is_asked: was_asked && kind == Kind::Thing })
            }
            Token::Amount(amount) => Piece::Amount(amount),
            Token::Change(change) => {
                is_asked = change == Change::Add;
                Piece::Done(Step::Change(change))
            }
            Token::Basket(basket) => Piece::Done(Step::Basket(basket)),
            Token::Each => Piece::Each,
            Token::Or => Piece::Or,
            Token::Break => Piece::Break,
            Token::Asking => {
                is_asked = true;
                continue;
            }
            Token::Chatter => {
                is_asked = was_asked;
                continue;
            }
        });
    }
    pieces
}

/// 橘子或者橙子: one thing that may be either. An 或者 elsewhere is a way of speaking.
fn alternatives(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let mut pieces = pieces.into_iter().peekable();
    while let Some(piece) = pieces.next() {
        if !matches!(piece, Piece::Or) {
            found.push(piece);
            continue;
        }
        let Some(Piece::Thing(one)) = found.last_mut() else { continue };
        // The amount of the other is for the other alone.
        pieces.next_if(|next| matches!(next, Piece::Amount(_)));
        let Some(Piece::Thing(other)) = pieces.next_if(|next| matches!(next, Piece::Thing(_))) else { continue };
        let products = |thing: &Thing| thing.named.as_ref().map(|named| named.products.clone()).unwrap_or_default();
        let mut either = products(one);
        either.extend(products(&other));
        one.heard = format!("{}或者{}", one.heard, other.heard);
        one.named = Some(Named { products: either, confidence: 0 });
    }
    found
}

/// 土豆、茄子各一斤: the amount for each of the things before it that have none.
fn each(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let mut pieces = pieces.into_iter().peekable();
    while let Some(piece) = pieces.next() {
        if !matches!(piece, Piece::Each) {
            found.push(piece);
            continue;
        }
        let Some(Piece::Amount(amount)) = pieces.next_if(|next| matches!(next, Piece::Amount(_))) else { continue };
        let mut at = found.len();
        while at > 0 {
            at -= 1;
            let has_own = at > 0 && matches!(found[at - 1], Piece::Amount(_));
            match &found[at] {
                Piece::Thing(thing) if !has_own => {
                    let (thing, amount) = (thing.clone(), Some(amount.clone()));
                    found[at] = Piece::Done(Step::Take { thing, amount, is_certain: true });
                }
                Piece::Break => {}
                Piece::Thing(_) | Piece::Amount(_) | Piece::Each | Piece::Or | Piece::Done(_) => break,
            }
        }
    }
    found
}

/// 不要苹果了, 苹果不要了: the thing that goes, with the amount beside it.
fn dropped(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let mut pieces = pieces.into_iter().peekable();
    while let Some(piece) = pieces.next() {
        let Piece::Done(Step::Change(change @ (Change::Remove | Change::RemoveLast))) = &piece else {
            found.push(piece);
            continue;
        };
        let mut ahead = pieces.clone();
        // 不要三斤橘子: with its amount.
        ahead.next_if(|next| matches!(next, Piece::Amount(_)));
        if *change == Change::Remove
            && let Some(Piece::Thing(thing)) = ahead.next_if(|next| matches!(next, Piece::Thing(_)))
        {
            pieces = ahead;
            found.push(Piece::Done(Step::Drop(thing)));
        } else if let Some(thing) = pop_thing(&mut found) {
            found.push(Piece::Done(Step::Drop(thing)));
        } else if *change == Change::RemoveLast {
            found.push(piece);
        }
    }
    found
}

/// Takes the thing that was said last, without a pause since, and its amount.
fn pop_thing(found: &mut Vec<Piece>) -> Option<Thing> {
    let behind = matches!(found.last(), Some(Piece::Amount(_)));
    let at = found.len().checked_sub(if behind { 2 } else { 1 })?;
    let Some(Piece::Thing(thing)) = found.get(at) else { return None };
    let thing = thing.clone();
    found.truncate(at);
    if !behind && matches!(found.last(), Some(Piece::Amount(_))) {
        found.pop();
    }
    Some(thing)
}

/// 橘子换成橙子, 鸡蛋改成两板: the thing before the change is what it is about, unless it has its own amount.
fn targeted(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    for piece in pieces {
        let has_own = found.len() >= 2 && matches!(found[found.len() - 2], Piece::Amount(_));
        if matches!(piece, Piece::Done(Step::Change(Change::Replace)))
            && !has_own
            && let Some(Piece::Thing(thing)) = found.last()
        {
            let target = Piece::Done(Step::Target(thing.clone()));
            found.pop();
            found.push(target);
        }
        found.push(piece);
    }
    found
}

/// The cheapest way to give each amount to a thing beside it.
struct Pairing<'a> {
    catalogue: &'a SpokenCatalogue,
    pieces: &'a [Piece],
    /// Where the things and amounts are.
    nodes: Vec<usize>,
}

impl<'a> Pairing<'a> {
    fn new(catalogue: &'a SpokenCatalogue, pieces: &'a [Piece]) -> Self {
        let is_node = |piece: &Piece| matches!(piece, Piece::Thing(_) | Piece::Amount(_));
        let nodes = pieces.iter().enumerate().filter(|(_, piece)| is_node(piece)).map(|(at, _)| at).collect();
        Self { catalogue, pieces, nodes }
    }

    fn steps(&self) -> Vec<Step> {
        let (cost, seconds) = self.cheapest(None);
        // By the piece a step is said at: the later one of a pair.
        let mut steps = Vec::new();
        for (at, piece) in self.pieces.iter().enumerate() {
            if let Piece::Done(step) = piece {
                steps.push(step.clone());
                continue;
            }
            let Some(node) = self.nodes.iter().position(|found| *found == at) else { continue };
            if seconds.contains(&node) {
                let is_certain = self.cheapest(Some(node)).0 > cost + DOUBTFUL;
                steps.extend(self.pair(node).map(|(thing, amount)| Step::Take {
                    thing: thing.clone(),
                    amount: Some(amount.clone()),
                    is_certain,
                }));
            } else if !seconds.contains(&(node + 1)) {
                steps.extend(self.alone(piece));
            }
        }
        steps
    }

    fn alone(&self, piece: &Piece) -> Option<Step> {
        match piece {
            Piece::Thing(thing) => {
                thing.is_asked.then(|| Step::Take { thing: thing.clone(), amount: None, is_certain: true })
            }
            Piece::Amount(amount) => Some(Step::Amount(amount.clone())),
            Piece::Each | Piece::Or | Piece::Break | Piece::Done(_) => None,
        }
    }

    /// The least cost, and the second nodes of the pairs it has; without the pair that ends at `forbidden`.
    fn cheapest(&self, forbidden: Option<usize>) -> (u32, Vec<usize>) {
        let mut best: Vec<(u32, bool)> = vec![(0, false)];
        for node in 0..self.nodes.len() {
            let alone = best[node].0 + self.cost_alone(node);
            let paired = match node.checked_sub(1) {
                Some(before) if forbidden != Some(node) => best[before].0 + self.cost_paired(node),
                _ => IMPOSSIBLE,
            };
            best.push(if paired < alone { (paired, true) } else { (alone, false) });
        }
        let mut seconds = Vec::new();
        let mut node = self.nodes.len();
        while node > 0 {
            let is_pair = best[node].1;
            if is_pair {
                seconds.push(node - 1);
            }
            node -= if is_pair { 2 } else { 1 };
        }
        (best[self.nodes.len()].0, seconds)
    }

    fn cost_alone(&self, node: usize) -> u32 {
        let at = self.nodes[node];
        match &self.pieces[at] {
            Piece::Thing(thing) => match (&thing.named, thing.is_asked) {
                (Some(_), _) => ALONE,
                (None, true) => ASKED_ALONE,
                (None, false) => 0,
            },
            Piece::Amount(_) => {
                let before = self.pieces[..at].iter().rev().find(|piece| !matches!(piece, Piece::Break));
                let is_change = matches!(before, Some(Piece::Done(Step::Change(_))));
                if is_change { AFTER_CHANGE } else { ALONE }
            }
            Piece::Each | Piece::Or | Piece::Break | Piece::Done(_) => 0,
        }
    }

    /// The thing and the amount of a node and the one before it.
    fn pair(&self, node: usize) -> Option<(&Thing, &Amount)> {
        match (&self.pieces[self.nodes[node.checked_sub(1)?]], &self.pieces[self.nodes[node]]) {
            (Piece::Thing(thing), Piece::Amount(amount)) | (Piece::Amount(amount), Piece::Thing(thing)) => {
                Some((thing, amount))
            }
            _ => None,
        }
    }

    fn cost_paired(&self, node: usize) -> u32 {
        let Some((thing, amount)) = self.pair(node) else { return IMPOSSIBLE };
        let (first, second) = (self.nodes[node - 1], self.nodes[node]);
        let mut cost = if matches!(self.pieces[first], Piece::Thing(_)) { BEHIND } else { 0 };
        for between in &self.pieces[first + 1..second] {
            cost += match between {
                Piece::Break => OVER_BREAK,
                Piece::Done(Step::Change(Change::Add)) => OVER_ADDING,
                Piece::Thing(_) | Piece::Amount(_) | Piece::Each | Piece::Or | Piece::Done(_) => return IMPOSSIBLE,
            };
        }
        let fits = |products: &[usize]| {
            amount.unit().is_none_or(|unit| products.iter().any(|p| self.catalogue.products()[*p].is_measured_in(unit)))
        };
        match &thing.named {
            Some(named) if fits(&named.products) => cost,
            Some(_) => cost + UNFITTING,
            None => cost + UNKNOWN,
        }
    }
}
