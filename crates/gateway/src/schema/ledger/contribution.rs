use std::{collections::HashMap, sync::Arc};

use ::ledger::{Contributor, Posting};
use async_graphql::{Context, Result, SimpleObject};
use kernel::{Fault, Id, Points, kinds};
use tokio::sync::OnceCell;

use crate::schema::{
    accounts::Person,
    scalars::points,
    session::{app, session},
};

/// Points of one use by whoever had brought them.
#[derive(SimpleObject)]
pub(in crate::schema) struct Contribution {
    /// Who brought them; null when the household did as a whole.
    person: Option<Person>,
    /// How many.
    points: i32,
}

/// Who brought the points of every lot that the lines of one page drew from: asked for once, when the first line wants to know.
#[derive(Clone)]
pub(in crate::schema) struct PageLots {
    lots: Arc<[Id<kinds::Lot>]>,
    contributors: Arc<OnceCell<HashMap<Id<kinds::Lot>, Contributor>>>,
}

impl PageLots {
    pub(in crate::schema) fn of(postings: &[Posting]) -> Self {
        let lots = postings.iter().flat_map(Posting::drawn).map(|(lot, _)| lot).collect();
        Self { lots, contributors: Arc::default() }
    }

    /// What each contributor gave to a posting of the page, in the order it was drawn.
    pub(super) async fn contributions(&self, ctx: &Context<'_>, posting: &Posting) -> Result<Vec<Contribution>> {
        let principal = session(ctx).signed_in()?;
        let load = || app(ctx).list_contributors(principal, self.lots.iter().copied());
        let contributors = self.contributors.get_or_try_init(load).await?;
        let mut given: Vec<(Contributor, Points)> = Vec::new();
        for (lot, drawn) in posting.drawn() {
            let who = contributors.get(&lot).ok_or_else(|| Fault::inconsistent("find the lot a posting drew from"))?;
            match given.iter_mut().find(|(known, _)| known == who) {
                Some((_, sum)) => {
                    *sum = sum.plus(drawn).map_err(|_| Fault::inconsistent("sum the points of a posting"))?
                }
                None => given.push((*who, drawn)),
            }
        }
        let contribution = |(who, sum): (Contributor, Points)| {
            let person = match who {
                Contributor::Household => None,
                Contributor::Person(person) => Some(Person::new(person)),
            };
            Ok(Contribution { person, points: points(sum)? })
        };
        given.into_iter().map(contribution).collect()
    }
}
