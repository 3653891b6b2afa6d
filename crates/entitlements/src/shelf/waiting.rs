use chrono::TimeDelta;
use kernel::{Id, Timestamp, kinds};

use super::{GrantRefusal, Shelf};
use crate::{Applicant, MAX_WAITING, OFFER_MINUTES, Offer, PlaceOutcome, WaitingPlace};

/// Why somebody gets no place on the waiting list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoinRefusal {
    /// They may not have it, whether or not there is one.
    #[error(transparent)]
    NotGranted(#[from] GrantRefusal),
    /// There is one for them: they can redeem it now.
    #[error("there is one to redeem")]
    NotSoldOut,
    /// As many wait as may.
    #[error("{} wait already, no more may", MAX_WAITING)]
    ListFull,
}

impl Shelf {
    /// Gives a household the last place on the waiting list; the one it has, if it waits already.
    ///
    /// # Errors
    /// [`JoinRefusal`]; the book is then unchanged.
    pub fn join(&mut self, place: Id<kinds::WaitingPlace>, applicant: &Applicant) -> Result<WaitingPlace, JoinRefusal> {
        match self.check(applicant) {
            Err(GrantRefusal::SoldOut { .. }) => {}
            Err(refusal) => return Err(refusal.into()),
            Ok(()) => return Err(JoinRefusal::NotSoldOut),
        }
        let is_theirs = |place: &&WaitingPlace| {
            let is_over = place.offer.is_some_and(|offer| offer.ends_at <= applicant.now);
            place.household == applicant.household && place.is_open() && !is_over
        };
        if let Some(place) = self.places.iter().find(is_theirs) {
            return Ok(*place);
        }
        if self.stock.waiting >= MAX_WAITING {
            return Err(JoinRefusal::ListFull);
        }

        self.stock.waiting += 1;
        self.stock.last_number += 1;
        let place = WaitingPlace {
            id: place,
            perk: self.perk.id,
            number: self.stock.last_number,
            household: applicant.household,
            came_by: applicant.household,
            person: applicant.person,
            joined_at: applicant.now,
            offer: None,
            ended: None,
        };
        self.places.push(place);
        Ok(place)
    }

    /// Ends the places of a household, with what is kept for them; which they were.
    pub fn leave(
        &mut self,
        household: Id<kinds::Household>,
        outcome: PlaceOutcome,
        now: Timestamp,
    ) -> Vec<WaitingPlace> {
        let is_theirs = |place: &WaitingPlace| place.household == household && place.is_open();
        let theirs: Vec<usize> = (0..self.places.len()).filter(|&place| is_theirs(&self.places[place])).collect();
        theirs.into_iter().map(|place| self.end_place(place, outcome, now)).collect()
    }

    /// Ends offers whose end has come, and all places once the perk has closed; which they were. Looks at the places it was given.
    pub fn end_due_places(&mut self, now: Timestamp) -> Vec<WaitingPlace> {
        // One that is merely shut for a while makes nobody lose their place.
        let is_closed = self.perk.window.is_over(now);
        let mut ended = Vec::new();
        for index in 0..self.places.len() {
            let place = self.places[index];
            let is_due = place.offer.is_some_and(|offer| offer.ends_at <= now);
            match (place.is_open(), is_closed, is_due) {
                (true, true, _) => ended.push(self.end_place(index, PlaceOutcome::Closed, now)),
                (true, false, true) => ended.push(self.end_place(index, PlaceOutcome::Lapsed, now)),
                (false, _, _) | (true, false, false) => {}
            }
        }
        ended
    }

    /// Keeps what is left for those who are next, by number; who they are. Looks at the places it was given.
    pub fn offer_places(&mut self, now: Timestamp) -> Vec<WaitingPlace> {
        if !self.perk.is_open || self.perk.window.is_over(now) {
            return Vec::new();
        }
        let ends_at = now + TimeDelta::minutes(OFFER_MINUTES);
        let ends_at = self.perk.window.closes_at.map_or(ends_at, |closes_at| ends_at.min(closes_at));
        let mut offered = Vec::new();
        for index in 0..self.places.len() {
            let place = &mut self.places[index];
            if self.stock.left() == 0 {
                break;
            }
            if place.is_open() && place.offer.is_none() {
                place.offer = Some(Offer { made_at: now, ends_at });
                let place = *place;
                self.stock.offered += 1;
                self.stock.waiting = self.stock.waiting.checked_sub(1).expect("a place that waits was counted");
                self.changed.push(place);
                offered.push(place);
            }
        }
        offered
    }

    pub(super) fn end_place(&mut self, index: usize, outcome: PlaceOutcome, now: Timestamp) -> WaitingPlace {
        let place = &mut self.places[index];
        place.ended = Some((outcome, now));
        let place = *place;
        let counted = if place.offer.is_some() { &mut self.stock.offered } else { &mut self.stock.waiting };
        *counted = counted.checked_sub(1).expect("an open place was counted");
        self.changed.retain(|changed| changed.id != place.id);
        self.changed.push(place);
        place
    }
}
