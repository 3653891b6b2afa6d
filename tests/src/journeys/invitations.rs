//! Invitations: into a household, and between kin of two; each made by one side and accepted by the other.

use accounts::Role;
use chrono::TimeDelta;
use mail::Message;
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::world::{add_person, assert_verifies, define_perk, earn, found, set_rule};

const INVITE: &str =
    "mutation($input: InviteMemberInput!) { inviteMember(input: $input) { invitationId userErrors { code field } } }";
const INVITE_KIN: &str =
    "mutation($input: InviteKinInput!) { inviteKin(input: $input) { invitationId userErrors { code } } }";
const ACCEPT: &str = "mutation($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { \
     householdId pointsBrought possibleOn owed userErrors { code } } }";
const DECLINE: &str =
    "mutation($input: DeclineInvitationInput!) { declineInvitation(input: $input) { isDeclined userErrors { code } } }";
const WITHDRAW: &str = "mutation($input: WithdrawInvitationInput!) { withdrawInvitation(input: $input) { isWithdrawn userErrors { code } } }";
const SEE: &str =
    "query($token: String!) { invitation(token: $token) { kind inviterName householdName role side relation } }";
const MEMBERS: &str = "{ me { name role household { name members { role person { name } } invitations { id name role kind } } \
     kin { name side relation person { id name household { id } } } } }";

/// The secrets of all invitations mailed to an address, the newest last.
pub(super) fn tokens(world: &TestApp, address: &str) -> Vec<String> {
    let mails = world.mails();
    let to = mails.iter().filter(|mail| mail.to.as_str() == address);
    to.filter_map(|mail| match &mail.message {
        Message::Invitation(invitation) => Some(invitation.token.clone()),
        Message::SignInCode(_)
        | Message::FamilyPay(_)
        | Message::PerkRedeemed(_)
        | Message::LapseNotice(_)
        | Message::HeldPointsLapsed(_)
        | Message::MemberRemoved(_)
        | Message::BallotThanked(_)
        | Message::PlaceOffered(_)
        | Message::SlotMissed(_)
        | Message::SeatsReturned(_) => None,
    })
    .collect()
}

pub(super) async fn invite(world: &TestApp, door: &Door<'_>, token: &str, address: &str, role: &str) -> String {
    let input = json!({ "address": address, "name": "奶奶", "role": role });
    let invited = door.graphql(Some(token), INVITE, json!({ "input": input })).await;
    assert_eq!(invited["inviteMember"]["userErrors"], json!([]));
    world.app().drain().await.unwrap();
    tokens(world, address).pop().unwrap()
}

pub(super) async fn accept(door: &Door<'_>, token: &str, secret: &str) -> Value {
    door.graphql(Some(token), ACCEPT, json!({ "input": { "token": secret } })).await["acceptInvitation"].take()
}

fn refused(code: &str) -> Value {
    json!([{ "code": code }])
}

on_both_engines! {
    async fn a_grandmother_nobody_knew_reads_a_mail_signs_in_and_belongs(world: TestApp) {
        let app = world.app();
        found(app, "H-WANG").await;
        let door = Door::open(&world).await;
        let owner = door.sign_in("h-wang-owner@hearth.example").await;
        let address = "nainai@hearth.example";

        let secret = invite(&world, &door, &owner, address, "SENIOR").await;

        // Once more changes nothing: the same invitation, no second mail.
        assert_eq!(invite(&world, &door, &owner, address, "SENIOR").await, secret);
        assert_eq!(tokens(&world, address).len(), 1);
        let seen = door.graphql(None, SEE, json!({ "token": secret.to_uppercase() })).await;
        assert_eq!(seen["invitation"], json!({ "kind": "MEMBER", "inviterName": "H-WANG-owner", "householdName": "H-WANG",
            "role": "SENIOR", "side": null, "relation": null }));
        // The mail neither shows the address nor stays in the database with it once it is answered.
        assert_eq!(world.db().count("invitations WHERE email IS NOT NULL").await, 1);
        let nainai = door.sign_in(address).await;
        let joined = accept(&door, &nainai, &secret).await;
        assert_eq!((&joined["userErrors"], &joined["pointsBrought"]), (&json!([]), &json!(0)));
        assert_eq!(accept(&door, &nainai, &secret).await, joined, "accepting again answers the same");

        let shown = door.graphql(Some(&nainai), MEMBERS, json!({})).await["me"].take();
        assert_eq!((&shown["name"], &shown["role"], &shown["household"]["name"]), (&json!("奶奶"), &json!("SENIOR"), &json!("H-WANG")));
        assert_eq!(shown["household"]["members"].as_array().unwrap().len(), 2);
        assert_eq!(shown["household"]["invitations"], Value::Null, "a senior invites no members");
        assert_eq!(world.db().count("invitations WHERE email IS NOT NULL").await, 0);
        assert_eq!(world.db().count("memberships WHERE left_at IS NULL").await, 2);
        assert_verifies(app).await;
    }

    async fn an_address_nobody_invited_still_signs_nobody_in(world: TestApp) {
        let app = world.app();
        found(app, "H-WANG").await;
        let door = Door::open(&world).await;
        let owner = door.sign_in("h-wang-owner@hearth.example").await;
        let ask = "mutation { requestSignInCode(input: { address: \"x@hearth.example\" }) { userErrors { code } } }";
        let asked = door.graphql(None, ask, json!({})).await;
        let mails = world.mails().len();

        // The answer is the same as for an invited address; but no mail goes out, and nobody comes to be.
        assert_eq!(asked, json!({ "requestSignInCode": { "userErrors": [] } }));
        app.drain().await.unwrap();
        assert_eq!(world.mails().len(), mails);
        let secret = invite(&world, &door, &owner, "y@hearth.example", "ADULT").await;
        let none = door.graphql(None, DECLINE, json!({ "input": { "token": secret } })).await;
        assert_eq!(none["declineInvitation"], json!({ "isDeclined": true, "userErrors": [] }));
        let again = door.graphql(None, "mutation { requestSignInCode(input: { address: \"y@hearth.example\" }) { userErrors { code } } }", json!({})).await;
        assert_eq!(again, json!({ "requestSignInCode": { "userErrors": [] } }));
        let mails = world.mails().len();
        app.drain().await.unwrap();
        assert_eq!(world.mails().len(), mails, "who said no is not written to again");
        assert_eq!(world.db().count("persons").await, 1);
    }

    async fn a_daughter_elsewhere_is_linked_to_her_mother_once_she_agrees(world: TestApp) {
        let app = world.app();
        found(app, "H-WANG").await;
        found(app, "H-LI").await;
        let door = Door::open(&world).await;
        let (mother, daughter) =
            (door.sign_in("h-wang-owner@hearth.example").await, door.sign_in("h-li-owner@hearth.example").await);
        let input = json!({ "address": "h-wang-owner@hearth.example", "name": "妈妈", "invites": "SENIOR", "relation": "DAUGHTER" });

        let invited = door.graphql(Some(&daughter), INVITE_KIN, json!({ "input": input })).await;
        assert_eq!(invited["inviteKin"]["userErrors"], json!([]));
        app.drain().await.unwrap();
        let secret = tokens(&world, "h-wang-owner@hearth.example").pop().unwrap();
        let seen = door.graphql(None, SEE, json!({ "token": secret })).await;
        assert_eq!(seen["invitation"], json!({ "kind": "KIN", "inviterName": "H-LI-owner", "householdName": null,
            "role": null, "side": "SENIOR", "relation": "DAUGHTER" }));
        // Not by herself: the mail went to her mother.
        assert_eq!(accept(&door, &daughter, &secret).await["userErrors"], refused("NO_SUCH_INVITATION"));
        assert_eq!(world.db().count("kin_links").await, 0);
        assert_eq!(accept(&door, &mother, &secret).await["userErrors"], json!([]));

        let hers = door.graphql(Some(&daughter), MEMBERS, json!({})).await["me"]["kin"].take();
        assert_eq!((&hers[0]["name"], &hers[0]["side"], &hers[0]["relation"]), (&json!("H-WANG-owner"), &json!("SENIOR"), &json!("DAUGHTER")));
        assert_eq!(hers[0]["person"]["household"], Value::Null, "a link shows no household");
        let mothers = door.graphql(Some(&mother), MEMBERS, json!({})).await["me"]["kin"].take();
        assert_eq!((&mothers[0]["name"], &mothers[0]["side"]), (&json!("H-LI-owner"), &json!("RELATIVE")));
        let end = "mutation($input: EndKinLinkInput!) { endKinLink(input: $input) { isEnded userErrors { code } } }";
        let input = json!({ "input": { "personId": hers[0]["person"]["id"] } });
        assert_eq!(door.graphql(Some(&daughter), end, input.clone()).await["endKinLink"]["isEnded"], json!(true));
        assert_eq!(door.graphql(Some(&daughter), end, input).await["endKinLink"]["userErrors"], refused("NO_SUCH_KIN"));
        assert_eq!(world.db().count("kin_links").await, 0);
    }

    async fn an_unused_invitation_lapses_after_fourteen_days_whether_or_not_anybody_booked_it(world: TestApp) {
        let app = world.app();
        found(app, "H-WANG").await;
        let door = Door::open(&world).await;
        let owner = door.sign_in("h-wang-owner@hearth.example").await;
        let secret = invite(&world, &door, &owner, "n@hearth.example", "ADULT").await;
        let newcomer = door.sign_in("n@hearth.example").await;

        world.clock().advance(TimeDelta::days(14));

        assert_eq!(door.graphql(None, SEE, json!({ "token": secret })).await["invitation"], Value::Null);
        assert_eq!(accept(&door, &newcomer, &secret).await["userErrors"], refused("NO_SUCH_INVITATION"));
        assert_eq!(world.db().count("invitations WHERE answer IS NULL").await, 1);
        assert_eq!(app.lapse_invitations().await.unwrap(), 1);
        assert_eq!(app.lapse_invitations().await.unwrap(), 0);
        assert_eq!(world.db().count("invitations WHERE answer = 'lapsed' AND email IS NULL").await, 1);
        let again = invite(&world, &door, &owner, "n@hearth.example", "ADULT").await;
        assert_eq!(accept(&door, &newcomer, &again).await["userErrors"], json!([]));
    }

    async fn an_invitation_is_withdrawn_by_its_household_and_by_nobody_else(world: TestApp) {
        let app = world.app();
        found(app, "H-WANG").await;
        found(app, "H-LI").await;
        add_person(app, "H-WANG", "senior", Role::Senior).await;
        let door = Door::open(&world).await;
        let owner = door.sign_in("h-wang-owner@hearth.example").await;
        let (other, senior) = (door.sign_in("h-li-owner@hearth.example").await, door.sign_in("senior@hearth.example").await);
        let secret = invite(&world, &door, &owner, "n@hearth.example", "ADULT").await;
        let shown = door.graphql(Some(&owner), MEMBERS, json!({})).await["me"]["household"]["invitations"].take();
        let input = json!({ "input": { "invitationId": shown[0]["id"] } });

        for token in [&other, &senior] {
            let refusal = door.graphql(Some(token), WITHDRAW, input.clone()).await;
            assert_eq!(refusal["withdrawInvitation"]["userErrors"], refused("NO_SUCH_INVITATION"));
        }
        assert_eq!(world.db().count("invitations WHERE answer IS NULL").await, 1);
        let done = json!({ "isWithdrawn": true, "userErrors": [] });
        for _ in 0..2 {
            assert_eq!(door.graphql(Some(&owner), WITHDRAW, input.clone()).await["withdrawInvitation"], done);
        }
        let newcomer = door.graphql(None, DECLINE, json!({ "input": { "token": secret } })).await;
        assert_eq!(newcomer["declineInvitation"]["userErrors"], refused("NO_SUCH_INVITATION"));
    }

    async fn one_household_at_a_time_and_who_lives_alone_brings_the_points(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        found(app, "H-WANG").await;
        for household in ["H-LI", "H-ZHAO", "H-OWES"] {
            found(app, household).await;
        }
        add_person(app, "H-LI", "child", Role::Child).await;
        earn(app, "H-WANG", "500").await;
        earn(app, "H-ZHAO", "200").await;
        let perk = define_perk(app, 50, 10, 5).await.id.to_string();
        let door = Door::open(&world).await;
        let owner = door.sign_in("h-wang-owner@hearth.example").await;
        let (li, zhao) = (door.sign_in("h-li-owner@hearth.example").await, door.sign_in("h-zhao-owner@hearth.example").await);

        let secret = invite(&world, &door, &owner, "h-li-owner@hearth.example", "ADULT").await;
        assert_eq!(accept(&door, &li, &secret).await["userErrors"], refused("IN_ANOTHER_HOUSEHOLD"));
        let secret = invite(&world, &door, &owner, "h-zhao-owner@hearth.example", "ADULT").await;
        // A right that stands would be lost.
        door.redeem(&zhao, &perk, "key-0123456789-1").await;
        assert_eq!(accept(&door, &zhao, &secret).await["userErrors"], refused("RIGHTS_STAND"));
        assert_eq!(door.account(&zhao).await.1, [150, 0, 0, 0]);
        world.clock().advance(TimeDelta::days(13));
        assert_eq!(accept(&door, &zhao, &secret).await["userErrors"], refused("RIGHTS_STAND"));
        world.clock().advance(TimeDelta::days(30));
        let owner = door.sign_in("h-wang-owner@hearth.example").await;
        let zhao = door.sign_in("h-zhao-owner@hearth.example").await;
        let secret = invite(&world, &door, &owner, "h-zhao-owner@hearth.example", "ADULT").await;
        let joined = accept(&door, &zhao, &secret).await;
        assert_eq!((&joined["userErrors"], &joined["pointsBrought"]), (&json!([]), &json!(150)));

        let zhao = door.sign_in("h-zhao-owner@hearth.example").await;
        assert_eq!(door.account(&zhao).await.1, [650, 0, 0, 0]);
        assert_verifies(app).await;
    }

    async fn refuses_what_is_no_address_no_name_and_the_eleventh(world: TestApp) {
        let app = world.app();
        found(app, "H-WANG").await;
        add_person(app, "H-WANG", "senior", Role::Senior).await;
        let door = Door::open(&world).await;
        let (owner, senior) =
            (door.sign_in("h-wang-owner@hearth.example").await, door.sign_in("senior@hearth.example").await);
        let invite = async |token: &str, address: &str, name: &str| {
            let input = json!({ "address": address, "name": name, "role": "ADULT" });
            door.graphql(Some(token), INVITE, json!({ "input": input })).await["inviteMember"].take()
        };
        let field = |code: &str, field: &str| json!([{ "code": code, "field": ["input", field] }]);

        assert_eq!(invite(&owner, "nobody", "n").await["userErrors"], field("BAD_ADDRESS", "address"));
        for name in ["", "a\u{202E}b", &"长".repeat(121)] {
            assert_eq!(invite(&owner, "n@hearth.example", name).await["userErrors"], field("BAD_NAME", "name"));
        }
        let by_senior = invite(&senior, "n@hearth.example", "n").await;
        assert_eq!(by_senior["userErrors"], json!([{ "code": "NOT_ALLOWED", "field": null }]));
        for n in 0..10 {
            assert_eq!(invite(&owner, &format!("n{n}@hearth.example"), "n").await["userErrors"], json!([]));
        }
        let eleventh = invite(&owner, "n10@hearth.example", "n").await;
        assert_eq!(eleventh["userErrors"], json!([{ "code": "TOO_MANY_INVITATIONS", "field": null }]));
        // Somebody known, even of one's own household, is answered just as anybody.
        assert_eq!(world.db().count("invitations").await, 10);
    }
}
