//! A lost phone, and a colleague who leaves: what two admins do about how somebody gets in.

use accounts::{Authenticator, Verdict};
use app::{
    App, StaffPrincipal,
    approvals::{ActRefusal, ApprovalDecided, DecideApproval, DecideApprovalRefusal},
    staff::{
        AccessChange, AuthenticatorReplaced, ChangeStaffAccess, ChangeStaffAccessRefusal, NotAllowed,
        ReplaceAuthenticator, StaffSignIn, WrongStaffCredentials,
    },
};
use kernel::{Id, kinds};
use testkit::{TestApp, drop_at_every_await, on_both_engines};

use crate::{
    staff::{PASSWORD, hire},
    world::label,
};

fn change(staff: Id<kinds::Staff>, change: AccessChange, key: &str) -> ChangeStaffAccess {
    ChangeStaffAccess {
        staff,
        change,
        reason: label("call 17"),
        idempotency_key: format!("{key:0>16}").parse().unwrap(),
    }
}

async fn propose(app: &App, by: &StaffPrincipal, change: &ChangeStaffAccess) -> Id<kinds::Approval> {
    app.change_staff_access(by, change).await.unwrap().unwrap().approval.id
}

async fn approve(
    app: &App,
    by: &StaffPrincipal,
    approval: Id<kinds::Approval>,
    key: &str,
) -> Result<ApprovalDecided, DecideApprovalRefusal> {
    let idempotency_key = format!("{key:0>16}").parse().unwrap();
    app.decide_approval(by, &DecideApproval { approval, verdict: Verdict::Approve, idempotency_key }).await.unwrap()
}

async fn sign_in(app: &App, name: &str, code: &str) -> Option<StaffPrincipal> {
    let command = StaffSignIn { name: name.to_owned(), password: PASSWORD.to_owned(), code: code.to_owned() };
    let token = app.staff_sign_in(command).await.unwrap().ok()?.token.to_text();
    app.authenticate_staff(&token).await.unwrap()
}

async fn replace(
    app: &App,
    by: &StaffPrincipal,
    password: &str,
    code: &str,
) -> Result<AuthenticatorReplaced, WrongStaffCredentials> {
    let replace = ReplaceAuthenticator { password: password.to_owned(), code: code.to_owned() };
    app.replace_authenticator(by, replace).await.unwrap()
}

/// Two admins, and one of the staff.
async fn three(app: &App) -> (StaffPrincipal, StaffPrincipal, crate::staff::Hired) {
    let one = hire(app, "one", "admin".parse().unwrap()).await.principal(app).await;
    let two = hire(app, "two", "admin".parse().unwrap()).await.principal(app).await;
    (one, two, hire(app, "li", "finance".parse().unwrap()).await)
}

on_both_engines! {
    async fn a_lost_phone_is_replaced_by_two_admins_and_two_codes(world: TestApp) {
        let app = world.app();
        let (one, two, mut li) = three(app).await;
        let token = li.sign_in(app).await;
        let old_code = li.code(app);
        let reset = change(li.id, AccessChange::ResetSecondFactor, "1");
        let proposed = propose(app, &one, &reset).await;
        assert!(app.change_staff_access(&one, &reset).await.unwrap().unwrap().is_replay);
        assert!(matches!(approve(app, &one, proposed, "2").await, Err(DecideApprovalRefusal::NotDecided(_))), "one is no two");
        assert!(app.authenticate_staff(&token).await.unwrap().is_some(), "nothing happened yet");

        let decided = approve(app, &two, proposed, "2").await.unwrap();

        let again = approve(app, &two, proposed, "2").await.unwrap();
        assert_eq!((decided.recovery_codes.len(), again.recovery_codes.len(), again.is_replay), (2, 0, true), "shown once");
        assert_eq!(app.authenticate_staff(&token).await.unwrap(), None, "sessions died");
        assert_eq!(sign_in(app, "li", &old_code).await, None, "the lost phone is worthless");
        let [first, second] = &decided.recovery_codes[..] else { panic!("two") };
        let inside = sign_in(app, "li", &first.to_text()).await.expect("let in by the first");
        assert_eq!(sign_in(app, "li", &first.to_text()).await, None, "used up");
        let replaced = replace(app, &inside, PASSWORD, &second.to_text()).await.unwrap();
        assert_eq!(replaced.recovery_codes.len(), 10);
        assert_eq!(sign_in(app, "li", &second.to_text()).await, None);
        let phone = Authenticator::from_url(&replaced.authenticator_url).unwrap();
        let code = phone.code_at(app.db().clock().now());
        assert!(sign_in(app, "li", &code).await.is_some());
        assert!(sign_in(app, "li", &replaced.recovery_codes[0].to_text()).await.is_some());
        assert_eq!(world.db().count("staff_recovery_codes WHERE used_at IS NULL").await, 10 + 10 - 2 + 9);
        assert_eq!(world.db().count("audit_lines WHERE action = 'change_staff_access'").await, 1);
        let leaks = format!("{:?} {:?} {:?}", decided, replaced, reset);
        assert!(!leaks.contains(&first.to_text()) && !leaks.contains("secret="), "{leaks}");
    }

    async fn who_has_a_recovery_code_left_helps_themselves_and_guesses_count(world: TestApp) {
        let app = world.app();
        let (_, _, mut li) = three(app).await;
        let inside = li.principal(app).await;

        for (password, code) in [("wrong password!", li.code(app)), (PASSWORD, "000000x".to_owned())] {
            assert_eq!(replace(app, &inside, password, &code).await, Err(WrongStaffCredentials));
        }

        let replaced = replace(app, &inside, PASSWORD, &li.code(app)).await.unwrap();
        assert_eq!(app.find_staff(&inside).await.unwrap().unwrap().locked_until, None);
        for _ in 0..accounts::MAX_FAILED_STAFF_SIGN_INS {
            assert_eq!(replace(app, &inside, "wrong password!", "000000").await, Err(WrongStaffCredentials));
        }
        assert!(app.find_staff(&inside).await.unwrap().unwrap().locked_until.is_some(), "a stolen session is no place to guess");
        assert_eq!(sign_in(app, "li", &replaced.recovery_codes[0].to_text()).await, None, "locked out");
        world.clock().advance(accounts::STAFF_LOCK_OUT);
        assert!(sign_in(app, "li", &replaced.recovery_codes[0].to_text()).await.is_some());
    }

    async fn somebody_who_leaves_is_closed_and_then_erased_by_two_and_what_they_did_stays(world: TestApp) {
        let app = world.app();
        let (one, two, mut li) = three(app).await;
        let token = li.sign_in(app).await;
        let closing = propose(app, &one, &change(li.id, AccessChange::Close, "1")).await;
        let twice = propose(app, &two, &change(li.id, AccessChange::Close, "1")).await;

        let (closed, also) = tokio::join!(approve(app, &two, closing, "2"), approve(app, &one, twice, "2"));

        let gone = Err(DecideApprovalRefusal::NotDone(ActRefusal::ChangeStaffAccess(ChangeStaffAccessRefusal::NoSuchStaff)));
        assert!(closed.is_ok() ^ also.is_ok(), "{closed:?} {also:?}");
        assert!([closed.map(|_| ()), also.map(|_| ())].contains(&gone), "the second finds nobody");
        assert_eq!(app.authenticate_staff(&token).await.unwrap(), None);
        assert_eq!(sign_in(app, "li", &li.code(app)).await, None);
        for again in [AccessChange::Close, AccessChange::ResetSecondFactor] {
            let refused = app.change_staff_access(&one, &change(li.id, again, "3")).await.unwrap();
            assert_eq!(refused, Err(ChangeStaffAccessRefusal::NoSuchStaff));
        }
        let erasing = propose(app, &one, &change(li.id, AccessChange::Erase, "4")).await;
        approve(app, &two, erasing, "5").await.unwrap();

        let name = format!("erased-{}", li.id.uuid().simple());
        let kept = world.db().texts("SELECT name, password_hash FROM staff WHERE closed_at IS NOT NULL").await;
        assert_eq!(kept, [[name, "none".to_owned()]]);
        assert_eq!(world.db().count("staff_recovery_codes").await, 20);
        assert_eq!(world.db().count("staff WHERE name = 'li'").await, 0);
        assert_eq!(world.db().count("audit_lines WHERE action = 'staff_sign_in' AND actor_kind = 'staff'").await, 3);
        let refused = app.change_staff_access(&one, &change(li.id, AccessChange::Erase, "6")).await.unwrap();
        assert_eq!(refused, Err(ChangeStaffAccessRefusal::NoSuchStaff));
    }

    async fn only_admins_about_others_and_the_last_admin_stays(world: TestApp) {
        let app = world.app();
        let (one, two, mut li) = three(app).await;
        let finance = li.principal(app).await;
        let nobody = Id::from_uuid(one.session.uuid());
        for (by, staff, expected) in [
            (&finance, one.staff, ChangeStaffAccessRefusal::NotAllowed(NotAllowed)),
            (&one, one.staff, ChangeStaffAccessRefusal::AboutYourself),
            (&one, nobody, ChangeStaffAccessRefusal::NoSuchStaff),
        ] {
            let refused = app.change_staff_access(by, &change(staff, AccessChange::Close, "1")).await.unwrap();
            assert_eq!(refused, Err(expected));
        }
        // Each means the other: nobody decides about themselves, and a third is not there.
        let of_two = propose(app, &one, &change(two.staff, AccessChange::Close, "2")).await;
        let of_one = propose(app, &two, &change(one.staff, AccessChange::Close, "2")).await;
        assert_eq!(approve(app, &two, of_two, "3").await, Err(DecideApprovalRefusal::AboutYourself));
        assert_eq!(approve(app, &one, of_one, "3").await, Err(DecideApprovalRefusal::AboutYourself));
        assert_eq!(world.db().count("staff WHERE closed_at IS NULL").await, 3);
        let reused = app.change_staff_access(&one, &change(li.id, AccessChange::Close, "2")).await.unwrap();
        assert_eq!(reused, Err(ChangeStaffAccessRefusal::IdempotencyKeyReused));
    }

    async fn a_dropped_reset_happens_whole_or_not_at_all(world: TestApp) {
        let app = world.app();
        let (one, two, li) = three(app).await;
        let proposed = propose(app, &one, &change(li.id, AccessChange::ResetSecondFactor, "1")).await;
        let half = "SELECT 'half' WHERE ((SELECT count(*) FROM staff_recovery_codes) = 30) = \
             EXISTS (SELECT 1 FROM approvals WHERE state = 'approved')";

        drop_at_every_await(
            async |_| approve(app, &two, proposed, "2").await.map(|_| ()),
            async |_| assert_eq!(world.db().texts(half).await, Vec::<Vec<String>>::new()),
        )
        .await
        .output
        .unwrap();

        assert_eq!(world.db().count("staff_recovery_codes").await, 22);
    }
}
