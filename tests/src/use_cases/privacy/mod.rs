//! What people decide over their own data, under races and with canaries.

mod canaries;
mod consents;
mod contacts;
mod erasures;
mod exports;
mod health_tags;
mod pruning;
mod staff_reads;

pub(crate) use exports::export_of;

use std::collections::BTreeSet;

use accounts::{ConsentChannel, HealthTag, HouseholdRow, Purpose, Role};
use app::{
    App, ImportMode, Principal,
    privacy::{GiveConsent, SetHealthTags},
};
use kernel::{Id, kinds};

use crate::world::{label, principal, reference};

fn consent_to(purpose: Purpose) -> GiveConsent {
    GiveConsent { person: None, purpose, policy_version: 1, channel: ConsentChannel::App }
}

fn consent_for(person: Id<kinds::Person>, purpose: Purpose) -> GiveConsent {
    GiveConsent { person: Some(person), ..consent_to(purpose) }
}

fn tags(tags: &[HealthTag]) -> BTreeSet<HealthTag> {
    tags.iter().copied().collect()
}

/// Consents and sets tags, as the person.
pub(crate) async fn keep_tags(app: &App, principal: &Principal, of: &[HealthTag]) {
    app.give_consent(principal, &consent_to(Purpose::HealthTags)).await.unwrap().unwrap();
    let set = SetHealthTags { person: None, tags: tags(of) };
    app.set_health_tags(principal, &set).await.unwrap().unwrap();
}

/// A person of a given name and day of birth.
async fn add(app: &App, household: &str, person: &str, name: &str, role: Role, born_on: &str) -> Principal {
    let row = HouseholdRow {
        household: reference(household),
        household_name: None,
        community: None,
        person: reference(person),
        person_name: label(name),
        role,
        born_on: born_on.parse().ok(),
        email: Some(format!("{}@hearth.example", person.to_lowercase()).parse().unwrap()),
        leads: None,
        kin: None,
    };
    let answers = app.import_households(vec![row], ImportMode::Commit).await.unwrap();
    assert_eq!(answers, [Ok(accounts::Imported::New)]);
    principal(app, person).await
}
