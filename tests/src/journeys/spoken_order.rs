//! An old woman says what she wants, and hears it read back with its price, or is asked.

use accounts::HealthTag;
use app::orders::OfferProductsRefusal;
use orders::Offer;
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::{
    use_cases::privacy::keep_tags,
    world::{found, label, reference, yuan},
};

fn offer(product_ref: &str, name: &str, unit: &str, price: &str) -> Offer {
    Offer {
        product_ref: reference(product_ref),
        name: label(name),
        unit: label(unit),
        price: yuan(price),
        packs: Vec::new(),
        aliases: Vec::new(),
        warns: Vec::new(),
        stock_thousandths: None,
        cut_off_minute: None,
    }
}

fn catalogue() -> Vec<Offer> {
    let eggs = Offer { packs: vec![label("30个")], ..offer("E01", "鸡蛋", "板", "37.00") };
    let honey = Offer { warns: vec![label("low_sugar")], ..offer("N03", "蜂蜜", "瓶", "35.00") };
    let fuji = offer("F03", "红富士苹果", "斤", "7.80");
    vec![offer("F01", "橘子", "斤", "9.90"), eggs, fuji, offer("F04", "青苹果", "斤", "8.80"), honey]
}

async fn draft(door: &Door<'_>, token: &str, transcript: &str) -> Value {
    let ask = "mutation($input: DraftOrderFromSpeechInput!) { draftOrderFromSpeech(input: $input) { draft { \
               lines { product { productRef unit } quantity amount { amountMinor } confidencePercent } \
               questions { kind heard products { name } amounts } \
               warnings { productRef healthTag } total { amountMinor } sentence } userErrors { code field } } }";
    let input = json!({ "input": { "transcript": transcript } });
    door.graphql(Some(token), ask, input).await["draftOrderFromSpeech"].take()
}

on_both_engines! {
    async fn two_jin_of_oranges_and_a_tray_of_eggs_are_read_back_with_their_price(world: TestApp) {
        world.app().offer_products(&catalogue()).await.unwrap().unwrap();
        found(world.app(), "H-WANG").await;
        let door = Door::open(&world).await;
        let token = door.sign_in("h-wang-owner@hearth.example").await;

        let said = draft(&door, &token, "两斤橘子,一板鸡旦").await;

        assert_eq!(said["userErrors"], json!([]));
        let draft = &said["draft"];
        assert_eq!(draft["total"], json!({ "amountMinor": "5680" }));
        assert_eq!(draft["sentence"], "2 斤 of 橘子, 1 板 of 鸡蛋, ¥56.80 in all. Is that right?");
        assert_eq!(
            draft["lines"],
            json!([
                { "product": { "productRef": "F01", "unit": "斤" }, "quantity": "2", "amount": { "amountMinor": "1980" }, "confidencePercent": 100 },
                { "product": { "productRef": "E01", "unit": "板" }, "quantity": "1", "amount": { "amountMinor": "3700" }, "confidencePercent": 92 },
            ])
        );
        assert_eq!((&draft["questions"], &draft["warnings"]), (&json!([]), &json!([])));
        assert_eq!(world.db().count("orders").await, 0, "nothing is ordered");
    }

    async fn what_is_not_certain_is_asked_back_with_its_choices(world: TestApp) {
        world.app().offer_products(&catalogue()).await.unwrap().unwrap();
        found(world.app(), "H-WANG").await;
        let door = Door::open(&world).await;
        let token = door.sign_in("h-wang-owner@hearth.example").await;

        let said = draft(&door, &token, "两斤苹果,十个鸡蛋").await;

        assert_eq!(said["draft"]["lines"], json!([]));
        assert_eq!(
            said["draft"]["questions"],
            json!([
                { "kind": "WHICH", "heard": "苹果", "products": [{ "name": "红富士苹果" }, { "name": "青苹果" }], "amounts": [] },
                { "kind": "HOW_MUCH", "heard": "", "products": [{ "name": "鸡蛋" }], "amounts": ["1", "2", "3"] },
            ])
        );
        let nothing = draft(&door, &token, "I want apples").await;
        assert_eq!(nothing["draft"]["questions"][0]["kind"], "AGAIN");
        let endless = draft(&door, &token, &"两斤橘子".repeat(2_500)).await;
        assert_eq!(endless["draft"], json!(null));
        assert_eq!(endless["userErrors"], json!([{ "code": "TRANSCRIPT_TOO_LONG", "field": ["input", "transcript"] }]));
    }

    async fn only_ones_own_health_tags_warn_and_take_nothing_away(world: TestApp) {
        world.app().offer_products(&catalogue()).await.unwrap().unwrap();
        let wang = found(world.app(), "H-WANG").await;
        found(world.app(), "H-LI").await;
        keep_tags(world.app(), &wang, &[HealthTag::LowSugar]).await;
        let door = Door::open(&world).await;
        let wang = door.sign_in("h-wang-owner@hearth.example").await;
        let li = door.sign_in("h-li-owner@hearth.example").await;

        let said = draft(&door, &wang, "一瓶蜂蜜").await;
        assert_eq!(said["draft"]["warnings"], json!([{ "productRef": "N03", "healthTag": "LOW_SUGAR" }]));
        assert_eq!(said["draft"]["total"], json!({ "amountMinor": "3500" }));
        assert_eq!(draft(&door, &li, "一瓶蜂蜜").await["draft"]["warnings"], json!([]));
    }

    async fn a_catalogue_is_put_up_whole_or_not_at_all(world: TestApp) {
        let app = world.app();
        app.offer_products(&catalogue()).await.unwrap().unwrap();
        let twice = vec![offer("A", "梨", "斤", "1.00"), offer("A", "枣", "斤", "1.00")];
        let free = vec![offer("A", "梨", "斤", "0")];
        let pack = vec![Offer { packs: vec![label("一大箱")], ..offer("A", "梨", "斤", "1.00") }];
        let tag = vec![Offer { warns: vec![label("diabetes")], ..offer("A", "梨", "斤", "1.00") }];
        let many: Vec<Offer> = (0..2_001).map(|n| offer(&format!("A{n}"), "梨", "斤", "1.00")).collect();
        for (bad, refusal) in [
            (twice, OfferProductsRefusal::Twice(reference("A"))),
            (free, OfferProductsRefusal::Free(reference("A"))),
            (pack, OfferProductsRefusal::BadPack(reference("A"))),
            (tag, OfferProductsRefusal::UnknownHealthTag { product: reference("A"), word: "diabetes".to_owned() }),
            (many, OfferProductsRefusal::TooMany),
        ] {
            assert_eq!(app.offer_products(&bad).await.unwrap(), Err(refusal));
        }
        let wang = found(app, "H-WANG").await;
        let oranges = async || app.draft_order_from_speech(&wang, "两斤橘子").await.unwrap().unwrap().total;
        assert_eq!(oranges().await, yuan("19.80"), "what was on offer stays");

        // Two at the same time: one whole catalogue is left, and never a mixture.
        let other = vec![offer("F01", "橘子", "斤", "8.00"), offer("X", "梨", "斤", "1.00")];
        let (catalogue, app) = (catalogue(), app.clone());
        let (one, two) = futures_util::future::join(app.offer_products(&catalogue), app.offer_products(&other)).await;
        assert_eq!((one.unwrap(), two.unwrap()), (Ok(()), Ok(())));
        let left = world.db().count("offers").await;
        let expected = if oranges().await == yuan("16.00") { 2 } else { 5 };
        assert_eq!(left, expected);
    }
}
