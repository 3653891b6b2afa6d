use accounts::{HealthTag, StaffRole, StaffRoles};
use app::{
    App, StaffPrincipal,
    privacy::{ReadHealthTags, ReadHealthTagsRefusal},
    staff::NotAllowed,
};
use testkit::{TestApp, on_both_engines};

use super::{keep_tags, tags};
use crate::{
    staff::hire,
    world::{found, label},
};

/// Somebody of the staff, signed in with one role.
async fn staff(app: &App, name: &str, role: StaffRole) -> StaffPrincipal {
    let token = hire(app, name, StaffRoles::of([role]).unwrap()).await.sign_in(app).await;
    app.authenticate_staff(&token).await.unwrap().unwrap()
}

on_both_engines! {
    async fn support_reads_a_members_tags_with_a_reason_that_stays(world: TestApp) {
        let app = world.app();
        let (wang, li) = (found(app, "H-WANG").await, found(app, "H-LI").await);
        keep_tags(app, &wang, &[HealthTag::NoPeanuts]).await;
        let support = staff(app, "support-1", StaffRole::Support).await;
        let household = wang.household.unwrap().0;
        let read = ReadHealthTags { household, person: wang.person, reason: label("来电询问过敏") };

        assert_eq!(app.read_health_tags(&support, &read).await.unwrap(), Ok(tags(&[HealthTag::NoPeanuts])));
        let line = "audit_lines WHERE action = 'read_health_tags' AND actor_kind = 'staff' AND detail = '来电询问过敏'";
        assert_eq!(world.db().count(line).await, 1);

        for role in [StaffRole::Perks, StaffRole::Finance, StaffRole::Auditor, StaffRole::Admin] {
            let other = staff(app, &format!("other-{}", role.word()), role).await;
            let refused = app.read_health_tags(&other, &read).await.unwrap();
            assert_eq!(refused, Err(ReadHealthTagsRefusal::NotAllowed(NotAllowed)));
        }
        // Whom one helps must be known: another's household, and nobody, answer alike.
        for elsewhere in [
            ReadHealthTags { household: li.household.unwrap().0, ..read.clone() },
            ReadHealthTags { person: li.person, ..read.clone() },
            ReadHealthTags { person: kernel::Id::from_uuid(household.uuid()), ..read.clone() },
        ] {
            let refused = app.read_health_tags(&support, &elsewhere).await.unwrap();
            assert_eq!(refused, Err(ReadHealthTagsRefusal::NoSuchMember));
        }
        assert_eq!(world.db().count("audit_lines WHERE action = 'read_health_tags'").await, 1);
    }

    async fn support_finds_people_by_a_whole_contact_and_sees_stars(world: TestApp) {
        let app = world.app();
        let wang = found(app, "H-WANG").await;
        app.set_phone(&wang, Some(&"13955557777".parse().unwrap())).await.unwrap();
        let support = staff(app, "support-1", StaffRole::Support).await;
        let reason = label("来电");

        for contact in ["０086 139-5555-7777", "H-Wang-Owner@hearth.example"] {
            let contact = contact.parse().unwrap();
            let found = app.find_persons_by_contact(&support, &contact, &reason).await.unwrap().unwrap();
            assert_eq!(found.len(), 1, "{contact:?}");
            assert_eq!((found[0].person, found[0].household), (wang.person, wang.household.map(|(own, _)| own)));
            assert_eq!(found[0].contacts.mail.as_deref(), Some("h***@hearth.example"));
            assert_eq!(found[0].contacts.phone.as_deref(), Some("139****7777"));
        }
        let nobody = "13800138000".parse().unwrap();
        assert_eq!(app.find_persons_by_contact(&support, &nobody, &reason).await.unwrap(), Ok(vec![]));

        assert_eq!(world.db().count("audit_lines WHERE action = 'find_persons_by_contact'").await, 3);
        let told = "audit_lines WHERE detail LIKE '%13955557777%' OR subject LIKE '%@%'";
        assert_eq!(world.db().count(told).await, 0);
        let auditor = staff(app, "auditor-1", StaffRole::Auditor).await;
        assert_eq!(app.find_persons_by_contact(&auditor, &nobody, &reason).await.unwrap(), Err(NotAllowed));
    }
}
