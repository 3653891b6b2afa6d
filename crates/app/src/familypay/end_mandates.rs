use ::familypay::{Mandate, events::MandateRevoked, store};
use db::{AuditLine, Tx, outbox};
use kernel::{Fault, Id, kinds};

/// Takes back, in the transaction of what ends them, those of a person's mandates that `ends` names: nobody pays any more for somebody they
/// are not linked to. What was charged before stays paid. The person counts as who took them back.
pub(crate) async fn end_mandates(
    tx: &mut Tx,
    person: Id<kinds::Person>,
    ends: impl Fn(&Mandate) -> bool,
) -> Result<(), Fault> {
    let standing = store::lock_mandates_of(tx, person).await?;
    let now = tx.now();
    for mut mandate in standing.into_iter().filter(|mandate| ends(mandate)) {
        mandate
            .revoke(person, now)
            .map_err(|refusal| Fault::because(kernel::FaultKind::Broken, "end a mandate that stands", refusal))?;
        store::update_mandate_revoked(tx, &mandate, person).await?;
        outbox::append(tx, &MandateRevoked::of(&mandate, person));
        let (subject, detail) = (mandate.id.to_string(), "its link ended".to_owned());
        tx.audit(AuditLine { action: "revoke_mandate", household: None, subject, detail });
    }
    Ok(())
}
