//! An owner lets a member go: they get what leaving would have given them, once, and nobody else may.

use accounts::{AcceptRefusal, InvitationToken, Role};
use app::{
    App, Principal, Secret,
    accounts::{
        AcceptInvitationRefusal, ChangeVersion, HouseholdLeft, InvitationAccepted, Invite, RemoveMember,
        RemoveMemberRefusal,
    },
};
use kernel::{Id, Locale, kinds};
use testkit::{Engine, TestApp, drop_at_every_await, on_both_engines};

use crate::world::{
    add_person, assert_verifies, balance, begin, earn, found, label, paid, points, principal, reference, set_rule,
};

const KEY: &str = "key-0123456789abcdef";

/// H-ONE with its owner, an adult who brought 300 of 380 points, and a child; the owner of H-TWO.
async fn neighbours(app: &App) -> [Principal; 4] {
    set_rule(app, "1", "2017-01-01", &[]).await;
    let owner = found(app, "H-ONE").await;
    let adult = add_person(app, "H-ONE", "adult", Role::Adult).await;
    let child = add_person(app, "H-ONE", "child", Role::Child).await;
    let other = found(app, "H-TWO").await;
    earn(app, "H-ONE", "80").await;
    let at = app.db().clock().now() - chrono::TimeDelta::days(20);
    let order = orders::OrderPaid {
        ordered_at: at,
        picked_up_at: Some(at),
        person_ref: Some(reference("adult")),
        ..paid("E-adult", "H-ONE", "2026-01-01T00:00:00", &[("", "300")])
    };
    app.import_orders(&[order], app::ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
    [owner, adult, child, other]
}

async fn remove(
    app: &App,
    by: &Principal,
    person: Id<kinds::Person>,
    version: &ChangeVersion,
    key: &str,
) -> Result<HouseholdLeft, RemoveMemberRefusal> {
    let remove = RemoveMember { person, version: version.clone(), idempotency_key: key.parse().unwrap() };
    app.remove_member(by, &remove).await.unwrap()
}

/// Invites a person into one's own household, who accepts.
async fn accept(app: &App, by: &Principal, person: &str) -> Result<InvitationAccepted, AcceptInvitationRefusal> {
    let address = format!("{person}@hearth.example").parse().unwrap();
    let invite = Invite { address, name: label(person), locale: Locale::En };
    let invitation = app.invite_member(by, &invite, Role::Adult).await.unwrap().unwrap();
    let secret = Secret::new(vec![7; Secret::MIN_BYTES]).unwrap();
    let token = InvitationToken::of(secret.bytes(), invitation).to_text();
    app.accept_invitation(&principal(app, person).await, &token).await.unwrap()
}

on_both_engines! {
    async fn a_removed_member_takes_along_what_they_brought_and_nothing_else(world: TestApp) {
        let app = world.app();
        let [owner, adult, ..] = neighbours(app).await;
        let preview = app.preview_removal(&owner, adult.person).await.unwrap().unwrap();
        assert_eq!((preview.available.get(), preview.staying.get()), (300, 80));

        let removed = remove(app, &owner, adult.person, &preview.version, KEY).await.unwrap();
        assert_eq!((removed.moved.get(), removed.is_replay), (300, false));
        let again = remove(app, &owner, adult.person, &preview.version, KEY).await.unwrap();
        assert_eq!(again, HouseholdLeft { is_replay: true, ..removed });
        assert_eq!(balance(app, &owner).await, [80, 0, 0, 0]);
        let gone = principal(app, "adult").await;
        assert_eq!((gone.household, balance(app, &gone).await), (Some((removed.founded, Role::Owner)), [300, 0, 0, 0]));
        let line = "audit_lines WHERE action = 'remove_member' AND actor_kind = 'member' AND detail LIKE '% with 300 points'";
        assert_eq!(world.db().count(line).await, 1);
        let reused = remove(app, &owner, owner.person, &preview.version, KEY).await;
        assert_eq!(reused, Err(RemoveMemberRefusal::IdempotencyKeyReused));
        assert_verifies(app).await;
    }

    async fn only_the_owner_removes_and_neither_a_child_nor_themselves(world: TestApp) {
        let app = world.app();
        let [owner, adult, child, other] = neighbours(app).await;
        let version = app.preview_removal(&owner, adult.person).await.unwrap().unwrap().version;
        let nobody = Id::from_uuid(other.household.unwrap().0.uuid());
        for (by, person, expected) in [
            (&adult, child.person, RemoveMemberRefusal::NotOwner),
            (&adult, owner.person, RemoveMemberRefusal::NotOwner),
            (&child, adult.person, RemoveMemberRefusal::NotOwner),
            (&other, adult.person, RemoveMemberRefusal::NoSuchMember),
            (&owner, other.person, RemoveMemberRefusal::NoSuchMember),
            (&owner, nobody, RemoveMemberRefusal::NoSuchMember),
            (&owner, owner.person, RemoveMemberRefusal::Yourself),
            (&owner, child.person, RemoveMemberRefusal::ChildStays),
        ] {
            assert_eq!(remove(app, by, person, &version, KEY).await, Err(expected));
            assert_eq!(app.preview_removal(by, person).await.unwrap().map(|_| ()), Err(expected));
        }
        // Somebody joined: what would move is the same, but the household is another one than was looked at.
        add_person(app, "H-ONE", "aunt", Role::Adult).await;
        assert_eq!(remove(app, &owner, adult.person, &version, KEY).await, Err(RemoveMemberRefusal::Stale));
        assert_eq!(principal(app, "adult").await.household, adult.household);
        assert_eq!(world.db().count("idempotency_keys WHERE operation = 'remove_member'").await, 0);
        assert_eq!(balance(app, &owner).await, [380, 0, 0, 0]);
    }

    async fn removed_and_leaving_at_once_a_member_goes_once(world: TestApp) {
        let app = world.app();
        let [owner, adult, ..] = neighbours(app).await;
        let seen = app.preview_removal(&owner, adult.person).await.unwrap().unwrap().version;
        let leaving = app.preview_leave(&adult).await.unwrap().unwrap().version;
        let other_key = format!("{KEY}-2");
        let leave_key = KEY.parse().unwrap();

        let (one, two, left) = tokio::join!(
            remove(app, &owner, adult.person, &seen, KEY),
            remove(app, &owner, adult.person, &seen, &other_key),
            async { app.leave_household(&adult, &leaving, &leave_key).await.unwrap() }
        );

        let done = usize::from(one.is_ok()) + usize::from(two.is_ok()) + usize::from(left.is_ok());
        assert_eq!(done, 1, "{one:?} {two:?} {left:?}");
        assert_eq!((balance(app, &owner).await, world.db().count("households").await), ([80, 0, 0, 0], 3));
        assert_eq!(balance(app, &principal(app, "adult").await).await, [300, 0, 0, 0]);
        assert_verifies(app).await;
    }

    async fn a_dropped_removal_happens_whole_or_not_at_all(world: TestApp) {
        let app = world.app();
        let [owner, adult, ..] = neighbours(app).await;
        let seen = app.preview_removal(&owner, adult.person).await.unwrap().unwrap().version;
        let half = "SELECT 'half' WHERE ((SELECT count(*) FROM households) = 3) <> \
             EXISTS (SELECT 1 FROM idempotency_keys WHERE operation = 'remove_member')";
        let completed = drop_at_every_await(
            async |_| remove(app, &owner, adult.person, &seen, KEY).await,
            async |_| assert_eq!(world.db().texts(half).await, Vec::<Vec<String>>::new()),
        )
        .await;
        assert_eq!(completed.output.unwrap().moved.get(), 300);
        assert_eq!(balance(app, &owner).await, [80, 0, 0, 0]);
        assert_verifies(app).await;
    }

    async fn who_was_removed_is_told_by_mail_once_and_joins_others_at_once_but_who_left_waits(world: TestApp) {
        let app = world.app();
        let [owner, adult, _, other] = neighbours(app).await;
        let leaver = add_person(app, "H-ONE", "leaver", Role::Adult).await;
        let preview = app.preview_removal(&owner, adult.person).await.unwrap().unwrap();
        remove(app, &owner, adult.person, &preview.version, KEY).await.unwrap();
        remove(app, &owner, adult.person, &preview.version, KEY).await.unwrap();
        let leaving = app.preview_leave(&leaver).await.unwrap().unwrap().version;
        app.leave_household(&leaver, &leaving, &KEY.parse().unwrap()).await.unwrap().unwrap();

        app.drain().await.unwrap();
        app.drain().await.unwrap();

        let mails = world.mails();
        let [mail] = &mails[..] else { panic!("{mails:?}") };
        let told = mail::MemberRemoved { household: label("H-ONE"), points: points(300) };
        assert_eq!((mail.to.as_str(), &mail.message), ("adult@hearth.example", &mail::Message::MemberRemoved(told)));
        let joined = accept(app, &other, "adult").await.unwrap();
        assert_eq!((joined.joined, joined.carried.get()), (other.household.map(|(id, _)| id), 300));
        let waits = accept(app, &other, "leaver").await.unwrap_err();
        assert!(matches!(waits, AcceptInvitationRefusal::NotAccepted(AcceptRefusal::LeftTooRecently { .. })), "{waits:?}");
        world.clock().advance(accounts::REJOIN_AFTER);
        assert_eq!(accept(app, &other, "leaver").await.unwrap().joined, other.household.map(|(id, _)| id));
        assert_verifies(app).await;
    }

    async fn who_lives_elsewhere_is_neither_locked_nor_told_from_who_is_not_there(world: TestApp) {
        let app = world.app();
        let [owner, adult, _, other] = neighbours(app).await;
        let version = app.preview_removal(&owner, adult.person).await.unwrap().unwrap().version;
        let nobody = Id::from_uuid(other.household.unwrap().0.uuid());
        let mut tx = begin(app).await;
        // Somebody else holds the stranger's row for as long as this takes; on SQLite there are no rows to wait for.
        if world.db().engine() == Engine::Sqlite {
            tx.rollback().await.unwrap();
        } else {
            accounts::store::lock_person(&mut tx, other.person).await.unwrap();
        }

        let answers = [
            remove(app, &owner, other.person, &version, KEY).await,
            remove(app, &owner, nobody, &version, KEY).await,
            remove(app, &adult, other.person, &version, KEY).await,
            remove(app, &adult, nobody, &version, KEY).await,
        ];

        assert_eq!(answers, [Err(RemoveMemberRefusal::NoSuchMember); 4]);
    }
}
