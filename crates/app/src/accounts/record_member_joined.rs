use accounts::{HouseholdRow, Imported, events::MemberJoined, judge_rows, store};
use db::{Tx, outbox};
use kernel::Fault;

use super::import_households::row_ids;
use crate::{
    App,
    orders::{EventRefusal, ToldAnswer},
};

impl App {
    /// Takes a person the operator's list grew by, by the rules of an import of one row, in the caller's transaction.
    pub(crate) async fn record_member_joined(
        &self,
        tx: &mut Tx,
        row: &HouseholdRow,
    ) -> Result<Result<ToldAnswer, EventRefusal>, Fault> {
        let books = store::lock_books(tx, std::slice::from_ref(row)).await?;

        let is_new_person = !books.persons.contains_key(&row.person);
        let judged = judge_rows(&books, &[(row.clone(), row_ids(tx))], self.settings().zone.date_of(tx.now()));
        match judged.answers.into_iter().next().expect("one answer for one row") {
            Ok(Imported::New) => {}
            Ok(Imported::Duplicate) => return Ok(Ok(ToldAnswer::Duplicate)),
            Err(refusal) => return Ok(Err(refusal.into())),
        }

        let founded = store::insert_books(tx, &judged.books).await?;
        ledger::store::insert_wallets(tx, &founded).await?;
        // A row may bring nothing but the household's name.
        let joined = judged.books.persons.get(&row.person).filter(|_| is_new_person);
        if let Some((person, (household, role))) = joined.and_then(|person| Some((person.id, person.household?))) {
            outbox::append(tx, &MemberJoined::new(household, person, role));
        }
        Ok(Ok(ToldAnswer::Accepted))
    }
}
