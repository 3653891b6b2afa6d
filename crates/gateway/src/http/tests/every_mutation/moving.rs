//! Households that merge, split, and undo it.

use accounts::{InvitationToken, Role};
use app::{
    App, Principal, Secret,
    accounts::{ChangeVersion, Invite},
};
use kernel::{IdempotencyKey, Locale};

use super::Door;

/// What the inputs of those acts name, and the tokens of who merges, splits, undoes a merge and undoes a split.
pub(super) struct Moving {
    pub(super) invited: String,
    pub(super) merge: String,
    pub(super) split: String,
    pub(super) merged: String,
    pub(super) founded: String,
    pub(super) tokens: [String; 4],
}

impl Moving {
    pub(super) async fn of(door: &Door) -> Self {
        let app = door.world.app();
        let (zheng, _) = owner(door, "H-5", "zheng").await;
        let (wu, wu_token) = owner(door, "H-6", "wu").await;
        let (invited, merge) = asked(app, &zheng, &wu, "wu").await;

        let (split, _, splitting) = offered(door, "H-7", ["feng", "chu"]).await;

        let (wei, _) = owner(door, "H-8", "wei").await;
        let (jiang, undoing_merge) = owner(door, "H-9", "jiang").await;
        let (token, version) = asked(app, &wei, &jiang, "jiang").await;
        let merged = jiang.household.unwrap().0.to_string();
        app.merge_households(&jiang, &token, &ChangeVersion::told(&version), &key()).await.unwrap().unwrap();

        let (version, shen, undoing_split) = offered(door, "H-10", ["han", "shen"]).await;
        let founded =
            app.split_household(&shen, &ChangeVersion::told(&version), &key()).await.unwrap().unwrap().household;
        let founded = founded.to_string();
        Self { invited, merge, split, merged, founded, tokens: [wu_token, splitting, undoing_merge, undoing_split] }
    }
}

fn key() -> IdempotencyKey {
    "a-key-of-the-past".parse().unwrap()
}

async fn signed_in(door: &Door, name: &str) -> (Principal, String) {
    let token = door.sign_in(name).await;
    (door.world.app().authenticate(&token).await.unwrap().unwrap(), token)
}

async fn owner(door: &Door, household: &str, name: &str) -> (Principal, String) {
    door.add_member(household, name, Role::Owner).await;
    signed_in(door, name).await
}

/// One asks another to bring their household along: the secret, and what the other sees.
async fn asked(app: &App, by: &Principal, whom: &Principal, name: &str) -> (String, String) {
    let address = format!("{name}@hearth.example").parse().unwrap();
    let invite = Invite { address, name: name.parse().unwrap(), locale: Locale::En };
    let invitation = app.invite_household(by, &invite).await.unwrap().unwrap();
    let secret = Secret::new(vec![7; Secret::MIN_BYTES]).unwrap();
    let token = InvitationToken::of(secret.bytes(), invitation).to_text();
    let version = app.preview_merge(whom, &token).await.unwrap().unwrap().version;
    (token, version.to_string())
}

/// An owner offers an adult a household of their own: what the adult sees, and their token.
async fn offered(door: &Door, household: &str, [owning, going]: [&str; 2]) -> (String, Principal, String) {
    let (by, _) = owner(door, household, owning).await;
    door.add_member(household, going, Role::Adult).await;
    let (adult, token) = signed_in(door, going).await;
    let app = door.world.app();
    app.offer_split(&by, adult.person, &[]).await.unwrap().unwrap();
    let version = app.preview_split(&adult).await.unwrap().unwrap().version;
    (version.to_string(), adult, token)
}
