//! Acts two of the staff must agree on: who, when, once.

use accounts::{APPROVAL_LIFE, ApprovalState, DecideRefusal, StaffRoles, Verdict};
use app::{
    App, Principal, StaffPrincipal,
    approvals::{ActRefusal, ApprovalDecided, DecideApproval, DecideApprovalRefusal},
    ledger::{
        Acted, AdjustPoints, AdjustPointsRefusal, Adjustment, ReverseAdjustment, ReverseAdjustmentRefusal,
        StaffAdjustRefusal,
    },
    staff::{ChangeStaffRoles, ChangeStaffRolesRefusal, NotAllowed},
};
use chrono::TimeDelta;
use kernel::{Clock, Id, kinds};
use ledger::AdjustRefusal;
use testkit::{Engine, Fixture, TestApp, on_both_engines};

use crate::{
    staff::{Hired, hire},
    world::{assert_verifies, balance, found, label, points},
};

const KEY: &str = "key-0123456789abcdef";

/// A household without points, two of finance, one of support.
struct World {
    test: TestApp,
    wang: Principal,
    li: Hired,
    zhao: Hired,
    support: StaffPrincipal,
}

impl Fixture for World {
    async fn on(engine: Engine) -> Self {
        let test = TestApp::new(engine).await;
        let app = test.app();
        let wang = found(app, "H-WANG").await;
        let li = hire(app, "li", roles("finance")).await;
        let zhao = hire(app, "zhao", roles("finance")).await;
        let support = hire(app, "sun", roles("support")).await.principal(app).await;
        Self { test, wang, li, zhao, support }
    }
}

fn roles(words: &str) -> StaffRoles {
    words.parse().unwrap()
}

impl World {
    fn app(&self) -> &App {
        self.test.app()
    }

    fn household(&self) -> Id<kinds::Household> {
        self.wang.household.unwrap().0
    }

    fn give(&self, n: i64, key: &str) -> AdjustPoints {
        AdjustPoints {
            household: self.household(),
            adjustment: Adjustment::Credit,
            points: points(n),
            reason: label("late delivery"),
            idempotency_key: key.parse().unwrap(),
        }
    }

    async fn adjust(&self, by: &StaffPrincipal, adjust: &AdjustPoints) -> Result<Acted, StaffAdjustRefusal> {
        self.app().adjust_points_by_staff(by, adjust).await.unwrap().map(|acted| acted.acted)
    }

    /// A proposal of the first of finance that waits.
    async fn propose(&self, by: &StaffPrincipal, n: i64, key: &str) -> Id<kinds::Approval> {
        match self.adjust(by, &self.give(n, key)).await.unwrap() {
            Acted::Waiting(approval) => approval.id,
            Acted::Done(posting) => panic!("{} waits for nobody", posting.points),
        }
    }

    async fn decide(
        &self,
        by: &StaffPrincipal,
        approval: Id<kinds::Approval>,
        verdict: Verdict,
        key: &str,
    ) -> Result<ApprovalDecided, DecideApprovalRefusal> {
        let decide = DecideApproval { approval, verdict, idempotency_key: key.parse().unwrap() };
        self.app().decide_approval(by, &decide).await.unwrap()
    }

    async fn available(&self) -> i64 {
        balance(self.app(), &self.wang).await[0]
    }

    async fn set_roles(&self, name: &str, words: &str) {
        let sql = format!("UPDATE staff SET roles = '{words}' WHERE name = '{name}'");
        assert_eq!(self.test.db().execute(&sql).await, Ok(1));
    }
}

fn key(n: u32) -> String {
    format!("{KEY}-{n}")
}

on_both_engines! {
    async fn at_the_limit_finance_acts_at_once_and_beyond_it_a_second_decides(world: World) {
        let mut world = world;
        let (li, zhao) = (world.li.principal(world.test.app()).await, world.zhao.principal(world.test.app()).await);

        let Acted::Done(posting) = world.adjust(&li, &world.give(1_000, KEY)).await.unwrap() else { panic!("at once") };
        assert_eq!((posting.cause.actor, world.available().await), (li.actor(), 1_000));
        // Somebody else's equal key is another act.
        let Acted::Done(_) = world.adjust(&zhao, &world.give(1_000, KEY)).await.unwrap() else { panic!("at once") };
        assert_eq!(world.available().await, 2_000);

        let approval = world.propose(&li, 1_001, &key(1)).await;
        assert_eq!(world.available().await, 2_000);
        let decided = world.decide(&zhao, approval, Verdict::Approve, KEY).await.unwrap();
        assert_eq!(decided.approval.state(world.test.clock().now()), ApprovalState::Decided(Verdict::Approve));
        assert_eq!(world.available().await, 3_001);
        let outcome = decided.approval.decision.unwrap().outcome.unwrap();
        assert!(outcome.starts_with("po_"), "{outcome}");
        assert_verifies(world.app()).await;
    }

    async fn whatever_support_wants_waits(world: World) {
        let mut world = world;
        let li = world.li.principal(world.test.app()).await;
        let approval = world.propose(&world.support, 1, KEY).await;
        let refused = world.decide(&world.support, approval, Verdict::Approve, KEY).await;
        assert_eq!(refused, Err(DecideApprovalRefusal::NotAllowed(NotAllowed)));

        assert!(world.decide(&li, approval, Verdict::Approve, KEY).await.is_ok());
        assert_eq!(world.available().await, 1);
    }

    async fn one_person_is_not_two(world: World) {
        let mut world = world;
        let li = world.li.principal(world.test.app()).await;
        // Also with a second session: it is the person that counts.
        let again = world.li.principal(world.test.app()).await;
        let approval = world.propose(&li, 5_000, KEY).await;

        for (by, verdict) in [(&li, Verdict::Approve), (&again, Verdict::Approve), (&li, Verdict::Reject)] {
            let refused = world.decide(by, approval, verdict, KEY).await;
            assert_eq!(refused, Err(DecideApprovalRefusal::NotDecided(DecideRefusal::SamePerson)));
        }
        assert_eq!(world.available().await, 0);
        assert_eq!(world.test.db().count("approvals WHERE state = 'pending'").await, 1);
    }

    async fn roles_are_those_of_the_moment_of_deciding(world: World) {
        let mut world = world;
        let (li, zhao) = (world.li.principal(world.test.app()).await, world.zhao.principal(world.test.app()).await);
        let approval = world.propose(&li, 5_000, KEY).await;

        world.set_roles("zhao", "support,auditor").await;
        let refused = world.decide(&zhao, approval, Verdict::Approve, KEY).await;
        assert_eq!(refused, Err(DecideApprovalRefusal::NotAllowed(NotAllowed)));
        world.set_roles("zhao", "finance").await;
        world.set_roles("li", "perks").await;
        let refused = world.decide(&zhao, approval, Verdict::Approve, KEY).await;
        assert_eq!(refused, Err(DecideApprovalRefusal::ProposerMayNoLonger));
        world.app().close_staff(&"zhao".parse().unwrap()).await.unwrap().unwrap();
        let refused = world.decide(&zhao, approval, Verdict::Reject, KEY).await;
        assert_eq!(refused, Err(DecideApprovalRefusal::NotAllowed(NotAllowed)));
        let refused = world.adjust(&li, &world.give(1, &key(2))).await;
        assert_eq!(refused, Err(StaffAdjustRefusal::NotAllowed(NotAllowed)));
        assert_eq!(world.available().await, 0);
    }

    async fn what_nobody_decided_in_a_week_is_over(world: World) {
        let mut world = world;
        let li = world.li.principal(world.test.app()).await;
        let approval = world.propose(&li, 5_000, KEY).await;
        world.test.clock().advance(APPROVAL_LIFE);
        let zhao = world.zhao.principal(world.test.app()).await;

        let refused = world.decide(&zhao, approval, Verdict::Approve, KEY).await;
        assert_eq!(refused, Err(DecideApprovalRefusal::NotDecided(DecideRefusal::Expired)));
        assert_eq!(world.available().await, 0);

        let anew = world.propose(&li, 5_000, &key(1)).await;
        world.test.clock().advance(APPROVAL_LIFE - TimeDelta::milliseconds(1));
        assert!(world.decide(&zhao, anew, Verdict::Approve, KEY).await.is_ok());
        assert_eq!(world.available().await, 5_000);
    }

    async fn of_two_presses_at_once_one_has_an_effect(world: World) {
        let mut world = world;
        let (li, zhao) = (world.li.principal(world.test.app()).await, world.zhao.principal(world.test.app()).await);
        let qian = hire(world.app(), "qian", roles("finance")).await.principal(world.test.app()).await;
        let approval = world.propose(&li, 5_000, KEY).await;
        let press = |by: StaffPrincipal, key: String| {
            let app = world.app().clone();
            let decide = DecideApproval { approval, verdict: Verdict::Approve, idempotency_key: key.parse().unwrap() };
            tokio::spawn(async move { app.decide_approval(&by, &decide).await.unwrap() })
        };

        let presses = [press(zhao, key(1)), press(qian, key(1)), press(zhao, key(2)), press(qian, key(1))];
        let (mut fresh, mut replayed, mut late) = (0, 0, 0);
        for press in presses {
            match press.await.unwrap() {
                Ok(ApprovalDecided { is_replay: false, .. }) => fresh += 1,
                Ok(ApprovalDecided { is_replay: true, .. }) => replayed += 1,
                Err(refusal) => {
                    assert_eq!(refusal, DecideApprovalRefusal::NotDecided(DecideRefusal::AlreadyDecided));
                    late += 1;
                }
            }
        }

        assert_eq!((fresh, fresh + replayed + late), (1, 4));
        assert_eq!(world.available().await, 5_000);
        assert_eq!(world.test.db().count("postings WHERE kind = 'adjust'").await, 1);
        assert_verifies(world.app()).await;
    }

    async fn the_same_key_answers_again_and_changes_nothing(world: World) {
        let mut world = world;
        let (li, zhao) = (world.li.principal(world.test.app()).await, world.zhao.principal(world.test.app()).await);
        let approval = world.propose(&li, 5_000, KEY).await;
        assert_eq!(world.propose(&li, 5_000, KEY).await, approval);
        let other = world.adjust(&li, &world.give(5_001, KEY)).await;
        let reused = StaffAdjustRefusal::NotAdjusted(AdjustPointsRefusal::IdempotencyKeyReused);
        assert_eq!(other, Err(reused));
        assert_eq!(world.test.db().count("approvals").await, 1);

        let first = world.decide(&zhao, approval, Verdict::Approve, KEY).await.unwrap();
        let second = world.decide(&zhao, approval, Verdict::Approve, KEY).await.unwrap();
        assert_eq!((first.is_replay, second.is_replay, &second.approval), (false, true, &first.approval));
        let reused = world.decide(&zhao, approval, Verdict::Reject, KEY).await;
        assert_eq!(reused, Err(DecideApprovalRefusal::IdempotencyKeyReused));
        let fresh = world.decide(&zhao, approval, Verdict::Approve, &key(1)).await;
        assert_eq!(fresh, Err(DecideApprovalRefusal::NotDecided(DecideRefusal::AlreadyDecided)));
        assert_eq!(world.available().await, 5_000);
    }

    async fn what_is_rejected_or_withdrawn_moves_nothing(world: World) {
        let mut world = world;
        let (li, zhao) = (world.li.principal(world.test.app()).await, world.zhao.principal(world.test.app()).await);
        let rejected = world.propose(&li, 5_000, &key(1)).await;
        let withdrawn = world.propose(&li, 5_000, &key(2)).await;

        assert!(world.decide(&zhao, rejected, Verdict::Reject, &key(1)).await.is_ok());
        let refused = world.decide(&zhao, withdrawn, Verdict::Withdraw, &key(2)).await;
        assert_eq!(refused, Err(DecideApprovalRefusal::NotDecided(DecideRefusal::NotYours)));
        assert!(world.decide(&li, withdrawn, Verdict::Withdraw, &key(2)).await.is_ok());
        for approval in [rejected, withdrawn] {
            let late = world.decide(&zhao, approval, Verdict::Approve, &key(3)).await;
            assert_eq!(late, Err(DecideApprovalRefusal::NotDecided(DecideRefusal::AlreadyDecided)));
        }
        assert_eq!(world.available().await, 0);
        let unknown = world.test.app().db().ids().next_id(world.test.clock().now());
        let refused = world.decide(&zhao, unknown, Verdict::Approve, &key(5)).await;
        assert_eq!(refused, Err(DecideApprovalRefusal::NoSuchApproval));
    }

    async fn what_cannot_be_done_waits_on(world: World) {
        let mut world = world;
        let (li, zhao) = (world.li.principal(world.test.app()).await, world.zhao.principal(world.test.app()).await);
        let take = AdjustPoints { adjustment: Adjustment::Debit, ..world.give(1_500, KEY) };
        let Acted::Waiting(approval) = world.adjust(&li, &take).await.unwrap() else { panic!("it waits") };

        let refused = world.decide(&zhao, approval.id, Verdict::Approve, KEY).await;
        let too_few = AdjustPointsRefusal::NotAdjusted(AdjustRefusal::TooFew { free: points(0) });
        assert_eq!(refused, Err(DecideApprovalRefusal::NotDone(ActRefusal::AdjustPoints(too_few))));
        for n in [1, 2] {
            world.adjust(&li, &world.give(1_000, &key(n))).await.unwrap();
        }
        assert!(world.decide(&zhao, approval.id, Verdict::Approve, KEY).await.is_ok());
        assert_eq!(world.available().await, 500);
    }

    async fn an_act_changed_behind_the_rules_is_not_carried_out(world: World) {
        let mut world = world;
        let (li, zhao) = (world.li.principal(world.test.app()).await, world.zhao.principal(world.test.app()).await);
        let approval = world.propose(&li, 5_000, KEY).await;
        let changed = world.test.db().execute("UPDATE approvals SET payload = REPLACE(payload, '5000', '9000')").await;
        assert_eq!(changed, Ok(1));

        let decide = DecideApproval { approval, verdict: Verdict::Approve, idempotency_key: KEY.parse().unwrap() };
        let fault = world.app().decide_approval(&zhao, &decide).await.unwrap_err();
        assert_eq!(fault.to_string(), "could not carry out an act that is not what was proposed");
        assert_eq!(world.available().await, 0);
    }

    async fn an_adjustment_is_reversed_once_by_the_same_rule(world: World) {
        let mut world = world;
        let (li, zhao) = (world.li.principal(world.test.app()).await, world.zhao.principal(world.test.app()).await);
        let Acted::Done(small) = world.adjust(&li, &world.give(400, &key(1))).await.unwrap() else { panic!("at once") };
        let big = world.propose(&li, 5_000, &key(2)).await;
        let big = world.decide(&zhao, big, Verdict::Approve, KEY).await.unwrap().approval.decision.unwrap().outcome;
        let reverse = |posting, key: &str| ReverseAdjustment {
            household: world.household(),
            posting,
            reason: label("given by mistake"),
            idempotency_key: key.parse().unwrap(),
        };
        let act = async |by: &StaffPrincipal, reverse: &ReverseAdjustment| {
            world.app().reverse_adjustment(by, reverse).await.unwrap().map(|acted| acted.acted)
        };

        let refused = act(&world.support, &reverse(small.cause.id, KEY)).await;
        assert_eq!(refused, Err(ReverseAdjustmentRefusal::NotAllowed(NotAllowed)));
        let Acted::Done(reversal) = act(&li, &reverse(small.cause.id, KEY)).await.unwrap() else { panic!("at once") };
        assert_eq!((reversal.net_points(), world.available().await), (-400, 5_000));
        assert_eq!(act(&li, &reverse(small.cause.id, KEY)).await, Ok(Acted::Done(reversal.clone())));
        let again = act(&zhao, &reverse(small.cause.id, &key(3))).await;
        assert_eq!(again, Err(ReverseAdjustmentRefusal::AlreadyReversed));
        let back = act(&zhao, &reverse(reversal.cause.id, &key(4))).await;
        assert_eq!(back, Err(ReverseAdjustmentRefusal::NoSuchAdjustment));

        let big = big.unwrap().parse().unwrap();
        let Acted::Waiting(waits) = act(&li, &reverse(big, &key(5))).await.unwrap() else { panic!("it waits") };
        let alone = world.decide(&li, waits.id, Verdict::Approve, &key(6)).await;
        assert_eq!(alone, Err(DecideApprovalRefusal::NotDecided(DecideRefusal::SamePerson)));
        assert!(world.decide(&zhao, waits.id, Verdict::Approve, &key(6)).await.is_ok());
        assert_eq!(world.available().await, 0);
        assert_eq!(world.test.db().count("postings WHERE kind = 'adjust'").await, 4);
        assert_verifies(world.app()).await;
    }

    async fn two_admins_change_roles_and_sessions_end(world: World) {
        let mut world = world;
        let app = world.test.app();
        let first = hire(app, "wu", roles("admin")).await.principal(app).await;
        let second = hire(app, "zheng", roles("admin")).await.principal(app).await;
        let token = world.li.sign_in(app).await;
        let li = app.authenticate_staff(&token).await.unwrap().unwrap();
        let change = |staff, words: &str, key: &str| ChangeStaffRoles {
            staff,
            roles: roles(words),
            reason: label("moved to support"),
            idempotency_key: key.parse().unwrap(),
        };
        let propose = async |by: &StaffPrincipal, change: &ChangeStaffRoles| {
            app.change_staff_roles(by, change).await.unwrap().map(|proposed| proposed.approval.id)
        };

        let refused = propose(&li, &change(li.staff, "admin", KEY)).await;
        assert_eq!(refused, Err(ChangeStaffRolesRefusal::NotAllowed(NotAllowed)));
        let same = propose(&first, &change(li.staff, "finance", KEY)).await;
        assert_eq!(same, Err(ChangeStaffRolesRefusal::NothingChanges));
        let approval = propose(&first, &change(li.staff, "support,auditor", KEY)).await.unwrap();
        assert_eq!(propose(&first, &change(li.staff, "support,auditor", KEY)).await, Ok(approval));
        let outdated = propose(&first, &change(li.staff, "perks", &key(1))).await.unwrap();
        let alone = world.decide(&first, approval, Verdict::Approve, KEY).await;
        assert_eq!(alone, Err(DecideApprovalRefusal::NotDecided(DecideRefusal::SamePerson)));
        assert!(app.authenticate_staff(&token).await.unwrap().is_some());

        assert!(world.decide(&second, approval, Verdict::Approve, KEY).await.is_ok());
        assert_eq!(app.authenticate_staff(&token).await.unwrap(), None);
        assert_eq!(world.li.principal(app).await.roles, roles("support,auditor"));
        let stale = world.decide(&second, outdated, Verdict::Approve, &key(2)).await;
        let changed = ActRefusal::ChangeStaffRoles(ChangeStaffRolesRefusal::RolesChanged);
        assert_eq!(stale, Err(DecideApprovalRefusal::NotDone(changed)));

        // Nobody decides about themselves.
        let about = propose(&first, &change(second.staff, "admin,finance", &key(3))).await.unwrap();
        let own = world.decide(&second, about, Verdict::Approve, &key(3)).await;
        assert_eq!(own, Err(DecideApprovalRefusal::AboutYourself));
    }

    async fn who_reads_no_approvals_learns_of_none_whether_it_is_there_but_takes_back_their_own(world: World) {
        let mut world = world;
        let li = world.li.principal(world.test.app()).await;
        let approval = world.propose(&li, 5_000, KEY).await;
        let nobody: Id<kinds::Approval> = Id::from_uuid(world.household().uuid());
        let perks = hire(world.app(), "qian", roles("perks")).await.principal(world.app()).await;

        for id in [approval, nobody] {
            for (verdict, expected) in [
                (Verdict::Approve, DecideApprovalRefusal::NotAllowed(NotAllowed)),
                (Verdict::Reject, DecideApprovalRefusal::NotAllowed(NotAllowed)),
                (Verdict::Withdraw, DecideApprovalRefusal::NoSuchApproval),
            ] {
                assert_eq!(world.decide(&perks, id, verdict, KEY).await, Err(expected), "{verdict:?}");
            }
        }
        assert_eq!(world.test.db().execute("UPDATE staff SET roles = 'perks' WHERE name = 'li'").await, Ok(1));
        let li = world.li.principal(world.test.app()).await;
        assert!(world.decide(&li, approval, Verdict::Withdraw, KEY).await.is_ok());
    }
}
