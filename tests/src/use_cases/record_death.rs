//! A member died: two of the staff record it exactly as it was previewed, and nothing of the household is lost.

use accounts::{
    DecideRefusal, HealthTag, InvitationToken, Relation, Role, Succession, SuccessionRefusal, Verdict,
    events::{KinUnlinked, MemberLeft, OwnershipHandedOver},
};
use app::{
    App, Principal, Secret, StaffPrincipal,
    accounts::{
        Death, DeathPreview, Invite, KinSide, NoDeath, RecordDeath, RecordDeathRefusal, RequestSignInCode,
        SignInWithAssertion, SignInWithAssertionRefusal,
    },
    approvals::{ActRefusal, ApprovalDecided, DecideApproval, DecideApprovalRefusal},
    staff::NotAllowed,
};
use db::outbox::Event;
use kernel::{Id, Locale, kinds};
use testkit::{Engine, Fixture, TestApp, drop_at_every_await, on_both_engines};

use super::privacy::keep_tags;
use crate::{
    staff::hire,
    world::{
        add_person, assert_verifies, balance, earn, found, label, paid, principal, reference, set_rule, sign_in_owner,
        yuan,
    },
};

const KEY: &str = "key-0123456789abcdef";

/// H-WANG with its owner, who brought 300 of 380 points, a senior and a child; H-LI; two of support and an admin.
struct World {
    test: TestApp,
    owner: Principal,
    senior: Principal,
    child: Principal,
    li: Principal,
    sun: StaffPrincipal,
    zhou: StaffPrincipal,
    admin: StaffPrincipal,
}

impl Fixture for World {
    async fn on(engine: Engine) -> Self {
        let test = TestApp::new(engine).await;
        let app = test.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let owner = found(app, "H-WANG").await;
        let senior = add_person(app, "H-WANG", "senior", Role::Senior).await;
        let child = add_person(app, "H-WANG", "child", Role::Child).await;
        let li = found(app, "H-LI").await;
        earn(app, "H-WANG", "80").await;
        let at = app.db().clock().now() - chrono::TimeDelta::days(20);
        let order = orders::OrderPaid {
            ordered_at: at,
            picked_up_at: Some(at),
            person_ref: Some(reference("H-WANG-owner")),
            ..paid("E-owner", "H-WANG", "2026-01-01T00:00:00", &[("", "300")])
        };
        app.import_orders(&[order], app::ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
        let sun = hire(app, "sun", "support".parse().unwrap()).await.principal(app).await;
        let zhou = hire(app, "zhou", "support".parse().unwrap()).await.principal(app).await;
        let admin = hire(app, "wu", "admin".parse().unwrap()).await.principal(app).await;
        Self { test, owner, senior, child, li, sun, zhou, admin }
    }
}

impl World {
    fn app(&self) -> &App {
        self.test.app()
    }

    async fn preview(&self, who: &Principal, heir: Option<&Principal>) -> DeathPreview {
        let heir = heir.map(|heir| heir.person);
        let preview = self.app().preview_death(&self.sun, who.person, heir, &label("called")).await.unwrap();
        preview.unwrap().unwrap()
    }

    async fn death(&self, who: &Principal, heir: Option<&Principal>) -> Death {
        let version = self.preview(who, heir).await.version;
        let died_on = "2020-02-29".parse().unwrap();
        Death { person: who.person, heir: heir.map(|heir| heir.person), died_on, version }
    }

    async fn record(
        &self,
        by: &StaffPrincipal,
        death: Death,
        key: &str,
    ) -> Result<Id<kinds::Approval>, RecordDeathRefusal> {
        let record = RecordDeath { death, reason: label("certificate 17"), idempotency_key: key.parse().unwrap() };
        self.app().record_death(by, &record).await.unwrap().map(|proposed| proposed.approval.id)
    }

    async fn approve(
        &self,
        by: &StaffPrincipal,
        approval: Id<kinds::Approval>,
        key: &str,
    ) -> Result<ApprovalDecided, DecideApprovalRefusal> {
        let decide = DecideApproval { approval, verdict: Verdict::Approve, idempotency_key: key.parse().unwrap() };
        self.app().decide_approval(by, &decide).await.unwrap()
    }

    /// Both of support agree that somebody died.
    async fn bury(&self, who: &Principal, heir: Option<&Principal>) {
        let approval = self.record(&self.sun, self.death(who, heir).await, KEY).await.unwrap();
        self.approve(&self.zhou, approval, KEY).await.unwrap();
    }

    async fn events(&self, kind: &str) -> u64 {
        self.test.db().count(&format!("outbox_events WHERE kind = '{kind}'")).await
    }

    async fn died(&self) -> u64 {
        self.test.db().count("persons WHERE died_on IS NOT NULL").await
    }
}

fn key(n: u32) -> String {
    format!("{KEY}-{n}")
}

fn to(address: &str) -> Invite {
    Invite { address: address.parse().unwrap(), name: label("somebody"), locale: Locale::ZhCn }
}

/// The owner's kin in H-LI, an invitation nobody answered, health tags, and a phone number.
async fn tie(world: &World) {
    let (app, owner) = (world.app(), &world.owner);
    let invited = to("h-li-owner@hearth.example");
    let kin = app.invite_kin(owner, &invited, KinSide::Relative, Relation::Daughter).await.unwrap().unwrap();
    let secret = Secret::new(vec![7; Secret::MIN_BYTES]).unwrap();
    let token = InvitationToken::of(secret.bytes(), kin).to_text();
    app.accept_invitation(&world.li, &token).await.unwrap().unwrap();
    app.invite_member(owner, &to("nobody@hearth.example"), Role::Adult).await.unwrap().unwrap();
    keep_tags(app, owner, &[HealthTag::NoPeanuts]).await;
    app.set_phone(owner, Some(&"13955557777".parse().unwrap())).await.unwrap();
}

on_both_engines! {
    async fn a_death_ends_what_the_preview_said_and_leaves_the_rest(world: World) {
        let app = world.app();
        tie(&world).await;
        let given = app::familypay::GiveMandate { senior: world.owner.person, per_order: yuan("60"), per_month: yuan("90") };
        app.give_mandate(&world.li, &given).await.unwrap().unwrap();
        let token = sign_in_owner(&world.test, "H-WANG").await;

        let preview = world.preview(&world.owner, Some(&world.senior)).await;
        let household = preview.household.clone().unwrap();
        assert_eq!(preview.succession, Ok(Succession::PassesTo(world.senior.person)));
        assert_eq!((household.members_staying, household.heirs.as_slice()), (2, [world.senior.person].as_slice()));
        assert_eq!((household.points_staying.get(), household.contributed.get(), household.owed.get()), (380, 300, 0));
        assert_eq!((household.invitations_ending, preview.kin_links_ending), (1, 1));
        let death = world.death(&world.owner, Some(&world.senior)).await;
        let approval = world.record(&world.sun, death.clone(), KEY).await.unwrap();
        assert_eq!(world.record(&world.sun, death.clone(), KEY).await, Ok(approval), "told again");
        let reused = Death { died_on: "2020-02-28".parse().unwrap(), ..death };
        assert_eq!(world.record(&world.sun, reused, KEY).await, Err(RecordDeathRefusal::IdempotencyKeyReused));
        let alone = world.approve(&world.sun, approval, &key(1)).await;
        assert_eq!(alone, Err(DecideApprovalRefusal::NotDecided(DecideRefusal::SamePerson)));
        assert_eq!((world.died().await, app.authenticate(&token).await.unwrap().is_some()), (0, true));

        world.approve(&world.admin, approval, &key(2)).await.unwrap();

        assert_eq!(app.authenticate(&token).await.unwrap(), None);
        let heir = principal(app, "senior").await;
        assert_eq!(heir.household.map(|(_, role)| role), Some(Role::Owner));
        assert_eq!(principal(app, "H-WANG-owner").await.household, None);
        assert_eq!(balance(app, &heir).await, [380, 0, 0, 0]);
        for gone in ["kin_links", "mandates WHERE revoked_at IS NULL", "health_tags", "data_exports", "invitations WHERE answer IS NULL", "persons WHERE phone IS NOT NULL"] {
            assert_eq!(world.test.db().count(gone).await, 0, "{gone}");
        }
        let kept = "persons WHERE name = 'H-WANG-owner' AND died_on IS NOT NULL AND email IS NULL AND born_on IS NULL";
        assert_eq!(world.test.db().count(kept).await, 1);
        for (kind, told) in [(MemberLeft::KIND, 1), (OwnershipHandedOver::KIND, 1), (KinUnlinked::KIND, 1)] {
            assert_eq!(world.events(kind).await, told, "{kind}");
        }
        let line = "audit_lines WHERE action = 'record_death' AND actor_kind = 'staff' AND detail LIKE 'died 2020-02-29, %: certificate 17'";
        assert_eq!(world.test.db().count(line).await, 1);
        assert_eq!(world.test.db().count("audit_lines WHERE action = 'preview_death' AND detail = 'called'").await, 2);
        assert_verifies(app).await;
    }

    async fn nobody_signs_in_as_somebody_who_died(world: World) {
        let app = world.app();
        world.bury(&world.senior, None).await;

        let mails = world.test.mails().len();
        let request = RequestSignInCode { address: "senior@hearth.example".parse().unwrap(), locale: Locale::En };
        app.request_sign_in_code(request).await.unwrap().unwrap();
        app.drain().await.unwrap();
        assert_eq!(world.test.mails().len(), mails);
        let vouched = SignInWithAssertion {
            person: reference("senior"),
            assertion_id: "a-1".to_owned(),
            ends_at: app.db().clock().now() + chrono::TimeDelta::minutes(5),
            locale: kernel::Locale::ZhCn,
        };
        let refused = app.sign_in_with_assertion(&vouched).await.unwrap();
        assert_eq!(refused.map(|_| ()), Err(SignInWithAssertionRefusal::UnknownPerson));
        assert_eq!(world.test.db().count("sessions").await, 0);
        assert_eq!(principal(app, "H-WANG-owner").await.household, world.owner.household);
    }

    async fn what_cannot_be_is_named_and_changes_nothing(world: World) {
        let finance = hire(world.app(), "li", "finance".parse().unwrap()).await.principal(world.app()).await;
        let (owner, senior, child) = (&world.owner, &world.senior, &world.child);
        let death = world.death(owner, Some(senior)).await;
        let without_heir = world.death(owner, None).await;
        let nobody = Death { person: Id::from_uuid(world.li.household.unwrap().0.uuid()), ..death.clone() };
        for (by, death, expected) in [
            (&finance, death.clone(), RecordDeathRefusal::NotAllowed(NotAllowed)),
            (&world.sun, nobody, NoDeath::NoSuchPerson.into()),
            (&world.sun, Death { died_on: "2099-01-01".parse().unwrap(), ..death.clone() }, RecordDeathRefusal::NotYet),
            (&world.sun, without_heir, SuccessionRefusal::HeirNeeded.into()),
            (&world.sun, world.death(owner, Some(child)).await, SuccessionRefusal::HeirCannotOwn.into()),
            (&world.sun, world.death(owner, Some(&world.li)).await, SuccessionRefusal::HeirCannotOwn.into()),
            (&world.sun, world.death(senior, Some(owner)).await, SuccessionRefusal::NothingToPassOn.into()),
            (&world.sun, Death { version: world.preview(senior, None).await.version, ..death }, RecordDeathRefusal::Stale),
        ] {
            assert_eq!(world.record(by, death, KEY).await, Err(expected));
        }
        let looked = world.app().preview_death(&finance, owner.person, None, &label("x")).await.unwrap();
        assert_eq!(looked, Err(NotAllowed));
        assert_eq!((world.test.db().count("approvals").await, world.died().await), (0, 0));

        world.bury(senior, None).await;
        let again = world.app().preview_death(&world.sun, senior.person, None, &label("x")).await.unwrap().unwrap();
        assert_eq!(again, Err(NoDeath::AlreadyRecorded));
    }

    async fn a_household_that_changed_since_is_looked_at_again(world: World) {
        let approval = world.record(&world.sun, world.death(&world.owner, Some(&world.senior)).await, KEY).await.unwrap();
        // Points that come meanwhile are no reason: they stay, however many there are.
        let order = paid("E-late", "H-WANG", "2026-01-01T00:00:00", &[("", "20")]);
        world.app().import_orders(&[order], app::ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
        add_person(world.app(), "H-WANG", "aunt", Role::Adult).await;

        let stale = world.approve(&world.zhou, approval, &key(1)).await;
        assert_eq!(stale, Err(DecideApprovalRefusal::NotDone(ActRefusal::RecordDeath(RecordDeathRefusal::Stale))));
        assert_eq!((world.died().await, world.events(MemberLeft::KIND).await), (0, 0));
        assert_eq!(principal(world.app(), "H-WANG-owner").await.household, world.owner.household);

        let approval = world.record(&world.sun, world.death(&world.owner, Some(&world.senior)).await, &key(2)).await.unwrap();
        assert!(world.approve(&world.zhou, approval, &key(3)).await.is_ok());
    }

    async fn the_points_of_the_last_member_stay_and_lapse_by_their_dates(world: World) {
        let app = world.app();
        earn(app, "H-LI", "200").await;
        let preview = world.preview(&world.li, None).await;
        assert_eq!((preview.succession, preview.household.unwrap().members_staying), (Ok(Succession::Vacant), 0));

        world.bury(&world.li, None).await;
        let kept = "SELECT CAST(SUM(balance) AS TEXT) FROM wallets WHERE balance = 200";
        assert_eq!(world.test.db().texts(kept).await, [["200"]]);
        assert_eq!(app.find_person(&world.li).await.unwrap().and_then(|person| person.household), None);
        // The order system may not know yet: what it tells still finds the household.
        let order = paid("E-late", "H-LI", "2026-01-01T00:00:00", &[("", "20")]);
        app.import_orders(&[order], app::ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
        let earned = "postings WHERE kind = 'earn' AND household_id IN (SELECT household_id FROM household_refs WHERE external_ref = 'H-LI')";
        assert_eq!(world.test.db().count(earned).await, 2);
        assert_verifies(app).await;
    }

    async fn of_two_who_approve_at_once_one_has_an_effect(world: World) {
        let death = world.death(&world.owner, Some(&world.senior)).await;
        let approval = world.record(&world.sun, death.clone(), KEY).await.unwrap();
        let twin = world.record(&world.zhou, death, KEY).await.unwrap();
        let (one, two) = (key(1), key(2));

        let (zhou, admin, other) = tokio::join!(
            world.approve(&world.zhou, approval, &one),
            world.approve(&world.admin, approval, &one),
            world.approve(&world.admin, twin, &two)
        );

        let answers = [zhou, admin, other];
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        let recorded = ActRefusal::RecordDeath(NoDeath::AlreadyRecorded.into());
        assert!(answers.iter().filter_map(|answer| answer.as_ref().err()).all(|refusal| {
            *refusal == DecideApprovalRefusal::NotDone(recorded)
                || *refusal == DecideApprovalRefusal::NotDecided(DecideRefusal::AlreadyDecided)
        }));
        assert_eq!((world.died().await, world.events(MemberLeft::KIND).await), (1, 1));
        assert_eq!(world.events(OwnershipHandedOver::KIND).await, 1);
        assert_verifies(world.app()).await;
    }

    async fn a_dropped_approval_happens_whole_or_not_at_all(world: World) {
        tie(&world).await;
        let approval = world.record(&world.sun, world.death(&world.owner, Some(&world.senior)).await, KEY).await.unwrap();
        let half = "SELECT 'half' FROM approvals WHERE (state = 'approved') <> \
             EXISTS (SELECT 1 FROM persons WHERE died_on IS NOT NULL AND active_household_id IS NULL) OR \
             (state = 'approved') <> NOT EXISTS (SELECT 1 FROM kin_links) OR \
             (state = 'approved') <> NOT EXISTS (SELECT 1 FROM health_tags)";
        let completed = drop_at_every_await(
            async |n| world.approve(&world.zhou, approval, &key(n)).await.map(|_| ()),
            async |_| assert_eq!(world.test.db().texts(half).await, Vec::<Vec<String>>::new()),
        )
        .await;
        let decided = DecideApprovalRefusal::NotDecided(DecideRefusal::AlreadyDecided);
        assert!(matches!(completed.output, Ok(())) || completed.output == Err(decided));
        assert_eq!((world.died().await, world.events(MemberLeft::KIND).await), (1, 1));
        assert_verifies(world.app()).await;
    }
}
