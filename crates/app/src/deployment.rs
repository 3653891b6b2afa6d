//! What a deployment remembers of its own start. Not the business's: no audit line tells of it.

use db::deployment;
use kernel::{Actor, Fault};

use crate::App;

impl App {
    /// What was kept under a name.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_deployment_value(&self, name: &str) -> Result<Option<String>, Fault> {
        deployment::find_value(&self.reader(), name).await
    }

    /// Keeps a value under a name unless one is there. Two processes that start at once agree on the first one's.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn keep_deployment_value(&self, name: &str, value: &str) -> Result<(), Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::Operator).await?;
            deployment::insert_value(&mut tx, name, value).await?;
            tx.commit().await
        })
        .await
    }
}
