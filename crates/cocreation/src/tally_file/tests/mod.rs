//! Files that are counted, and files that are refused by name.

mod published;

use serde_json::{Value, json};

use super::{TallyFile, TallyRefusal, count};

fn counted(file: &Value) -> Result<Value, TallyRefusal> {
    let file = TallyFile::parse(&file.to_string())?;
    count(&file.definition, &file.ballots)
}

fn file(definition: &Value, ballots: &Value) -> Value {
    json!({ "format": "hearth-tally/1", "definition": definition, "ballots": ballots })
}

/// The code of the refusal, and the number of the ballot it is about.
fn refusal(definition: &Value, ballots: &Value) -> String {
    let refusal = counted(&file(definition, ballots)).unwrap_err().to_string();
    refusal.split(": ").take(if refusal.contains("ballot") { 2 } else { 1 }).collect::<Vec<_>>().join(": ")
}

#[test]
fn counts_a_ranking_by_schulze_with_the_runoff_beside_it() {
    let definition = json!({ "method": "schulze", "options": ["芝麻酱", "花生酱", "无"], "quorum": 6, "seed": "2026" });
    let ballots = json!([
        { "count": 3, "ranking": ["芝麻酱", ["花生酱", "无"]] },
        { "count": 2, "ranking": ["花生酱"] },
        { "blank": true },
    ]);

    let result = counted(&file(&definition, &ballots)).unwrap();

    assert_eq!(result["ballots"], json!({ "received": 6, "blank": 1, "valid": 5 }));
    assert_eq!(result["quorum"], json!({ "needed": 6, "is_met": true }));
    assert_eq!((&result["elected"], &result["winners"]), (&json!(["芝麻酱"]), &json!(["芝麻酱"])));
    assert_eq!((&result["is_tie"], &result["tie_broken_by"]), (&json!(false), &json!(null)));
    assert_eq!(result["detail"]["pairwise"]["芝麻酱"], json!({ "芝麻酱": 0, "花生酱": 3, "无": 3 }));
    assert_eq!(result["detail"]["places"], json!([["芝麻酱"], ["花生酱"], ["无"]]));
    assert_eq!(result["detail"]["runoff_beside"]["winner"], "芝麻酱");
}

#[test]
fn a_tie_is_told_whole_and_broken_by_the_rule() {
    let definition = json!({ "method": "single_choice", "options": ["A", "B", "C", "D"], "seed": "seed" });
    let ballots = json!([{ "choice": "B" }, { "choice": "C" }, { "choice": "D" }]);

    let result = counted(&file(&definition, &ballots)).unwrap();

    // printf 'seed\0C' | sha256sum is the lowest of the three.
    assert_eq!((&result["elected"], &result["winners"]), (&json!(["C"]), &json!(["B", "C", "D"])));
    assert_eq!(result["tie_broken_by"], "lowest SHA-256 of seed and option");
    assert_eq!(result["detail"]["sums"], json!({ "A": 0, "B": 1, "C": 1, "D": 1 }));
}

#[test]
fn every_method_counts_a_file() {
    let votes = json!(["A", "B", "C"]);
    let cases = [
        ("approval", json!([{ "approved": ["B", "C"] }, { "approved": ["B"] }]), json!(["B"])),
        ("instant_runoff", json!([{ "ranking": ["B", "C"] }]), json!(["B"])),
        (
            "star",
            json!([{ "scores": { "A": 5, "B": 1 } }, { "scores": { "B": 5 } }, { "scores": { "A": 3 } }]),
            json!(["A"]),
        ),
        ("sequential_pav", json!([{ "approved": ["C"] }]), json!(["C"])),
        ("exact_pav", json!([{ "approved": ["C"] }]), json!(["C"])),
        ("meek_stv", json!([{ "ranking": ["B", "A"] }]), json!(["B"])),
        ("scottish_stv", json!([{ "ranking": ["B", "A"] }]), json!(["B"])),
        ("quadratic", json!([{ "votes": { "A": 6, "C": 8 } }]), json!(["C"])),
        (
            "bradley_terry",
            json!([{ "preferred": ["A", "B"] }, { "preferred": ["B", "C"] }, { "preferred": ["C", "A"] }, { "count": 2, "preferred": ["B", "A"] }]),
            json!(["B"]),
        ),
        ("max_diff", json!([{ "best_worst": { "shown": ["A", "B", "C"], "best": "C", "worst": "A" } }]), json!(["C"])),
    ];
    for (method, ballots, winner) in cases {
        let result = counted(&file(&json!({ "method": method, "options": votes }), &ballots)).unwrap();
        assert_eq!(result["elected"], winner, "{method}: {result}");
    }
}

#[test]
fn counts_prices() {
    let prices = |too_cheap: u64| {
        json!({ "count": 10, "prices": {
            "too_cheap": too_cheap, "cheap": too_cheap + 200, "expensive": too_cheap + 300, "too_expensive": too_cheap + 600,
            "intent_at_cheap": 4, "intent_at_expensive": 2,
        }})
    };
    let ballots = json!([prices(100), prices(200), prices(300), prices(400), { "prices": {
        "too_cheap": 300, "cheap": 300, "expensive": 400, "too_expensive": 500,
    }}]);

    let result = counted(&file(&json!({ "method": "van_westendorp" }), &ballots)).unwrap();

    let detail = &result["detail"];
    assert_eq!((&detail["valid"], &detail["inconsistent"]), (&json!(40), &json!(1)));
    assert_eq!(detail["indifference"], json!({ "step": [500, 500], "linear": 500 }));
    // At 5 yuan: a fifteenth, 10, 50 and 25 percent of ten people each; at 4 yuan 10, 50, 25 and none.
    assert_eq!(detail["trial"]["most_buyers_at"], json!([500]));
}

#[test]
fn counts_a_ladder_of_prices() {
    let definition = json!({ "method": "gabor_granger", "prices": [1000, 1500] });
    let ballots = json!([{ "count": 20, "buys": [true, false] }, { "count": 20, "buys": [true, true] }]);

    let result = counted(&file(&definition, &ballots)).unwrap();

    assert_eq!(result["detail"]["most_revenue_at"], json!([1000]));
    assert_eq!(result["detail"]["rows"][1], json!({ "price": 1500, "buyers": 20, "revenue": "30000" }));
}

#[test]
fn bad_ballots_are_refused_by_name_and_number() {
    let ranked = json!({ "method": "schulze", "options": ["A", "B"] });
    let strict = json!({ "method": "schulze", "options": ["A", "B"], "equal_ranks": "refused" });
    let of = |method: &str| json!({ "method": method, "options": ["A", "B", "C"] });
    let meter = json!({ "method": "van_westendorp" });
    let prices = |too_cheap: u64| json!([{ "prices": { "too_cheap": too_cheap, "cheap": 2, "expensive": 3, "too_expensive": 4 } }]);
    let intent = json!([{ "prices": { "too_cheap": 1, "cheap": 2, "expensive": 3, "too_expensive": 4, "intent_at_cheap": 6, "intent_at_expensive": 1 } }]);
    for (definition, ballots, expected) in [
        (&ranked, json!([{ "blank": true }, { "ranking": ["A", "B", "A"] }]), "DUPLICATE: ballot 2"),
        (&ranked, json!([{ "ranking": ["A", ["B", "A"]] }]), "DUPLICATE: ballot 1"),
        (&ranked, json!([{ "ranking": ["Z"] }]), "UNKNOWN: ballot 1"),
        (&ranked, json!([{ "ranking": [] }]), "EMPTY: ballot 1"),
        (&ranked, json!([{ "ranking": ["A", []] }]), "EMPTY: ballot 1"),
        (&ranked, json!([{ "count": 0, "ranking": ["A"] }]), "BAD_COUNT: ballot 1"),
        (&ranked, json!([{ "choice": "A" }]), "WRONG_KIND: ballot 1"),
        (&ranked, json!([{ "blank": false }]), "WRONG_KIND: ballot 1"),
        (&strict, json!([{ "ranking": [["A", "B"]] }]), "EQUAL_RANKS: ballot 1"),
        (&of("meek_stv"), json!([{ "ranking": [["A", "B"]] }]), "EQUAL_RANKS: ballot 1"),
        (&of("star"), json!([{ "scores": { "A": 6 } }]), "BAD_SCORE: ballot 1"),
        (&of("star"), json!([{ "scores": { "Z": 1 } }]), "UNKNOWN: ballot 1"),
        (&of("quadratic"), json!([{ "votes": { "A": 10, "B": 1 } }]), "OVER_BUDGET: ballot 1"),
        (&of("quadratic"), json!([{ "votes": { "A": 11 } }]), "OVER_BUDGET: ballot 1"),
        (&of("quadratic"), json!([{ "votes": {} }]), "EMPTY: ballot 1"),
        (
            &of("max_diff"),
            json!([{ "best_worst": { "shown": ["A", "B"], "best": "A", "worst": "A" } }]),
            "BAD_CHOICE: ballot 1",
        ),
        (
            &of("max_diff"),
            json!([{ "best_worst": { "shown": ["A", "B"], "best": "C", "worst": "A" } }]),
            "BAD_CHOICE: ballot 1",
        ),
        (&of("bradley_terry"), json!([{ "preferred": ["A", "A"] }]), "DUPLICATE: ballot 1"),
        (&meter, prices(0), "OUT_OF_RANGE: ballot 1"),
        (&meter, prices(100_000_001), "OUT_OF_RANGE: ballot 1"),
        (&meter, intent, "BAD_INTENT: ballot 1"),
        (&meter, prices(1), "TOO_FEW_VALID"),
        (&json!({ "method": "gabor_granger", "prices": [1, 2] }), json!([{ "buys": [true] }]), "BAD_LENGTH: ballot 1"),
    ] {
        assert_eq!(refusal(definition, &ballots), expected, "{ballots}");
    }
}

#[test]
fn bad_definitions_are_refused_by_name() {
    let many: Vec<String> = (0..31).map(|option| option.to_string()).collect();
    for (definition, expected) in [
        (json!({ "method": "schulze" }), "BAD_OPTIONS"),
        (json!({ "method": "schulze", "options": many }), "BAD_OPTIONS"),
        (json!({ "method": "schulze", "options": ["A", "A"] }), "BAD_OPTIONS"),
        (json!({ "method": "schulze", "options": [""] }), "BAD_OPTIONS"),
        (json!({ "method": "van_westendorp", "options": ["A"] }), "BAD_OPTIONS"),
        (json!({ "method": "schulze", "options": ["A", "B"], "seats": 2 }), "BAD_SEATS"),
        (json!({ "method": "approval", "options": ["A", "B"], "seats": 3 }), "BAD_SEATS"),
        (json!({ "method": "approval", "options": ["A", "B"], "seats": 0 }), "BAD_SEATS"),
        (json!({ "method": "gabor_granger", "prices": [2, 1] }), "BAD_PRICES"),
        (json!({ "method": "gabor_granger" }), "BAD_PRICES"),
        (json!({ "method": "approval", "options": ["A"], "prices": [1, 2] }), "BAD_PRICES"),
        (json!({ "method": "borda", "options": ["A"] }), "NOT_A_TALLY"),
        (json!({ "method": "approval", "options": ["A"], "wheight": 1 }), "NOT_A_TALLY"),
    ] {
        assert_eq!(refusal(&definition, &json!([])), expected, "{definition}");
    }
}

#[test]
fn what_is_no_such_file_is_refused() {
    let definition = r#"{"method":"star","options":["A"]}"#;
    for (text, expected) in [
        ("", "NOT_A_TALLY"),
        ("[]", "NOT_A_TALLY"),
        (&format!(r#"{{"format":"hearth-tally/2","definition":{definition},"ballots":[]}}"#), "UNKNOWN_FORMAT"),
        (
            &format!(
                r#"{{"format":"hearth-tally/1","definition":{definition},"ballots":[{{"scores":{{"A":1}},"choice":"A"}}]}}"#
            ),
            "NOT_A_TALLY",
        ),
        (
            &format!(
                r#"{{"format":"hearth-tally/1","definition":{definition},"ballots":[{{"scores":{{"A":1}},"scores":{{"A":2}}}}]}}"#
            ),
            "NOT_A_TALLY",
        ),
        (
            &format!(
                r#"{{"format":"hearth-tally/1","definition":{definition},"ballots":[{{"scores":{{"A":1,"A":5}}}}]}}"#
            ),
            "NOT_A_TALLY",
        ),
        (
            &format!(r#"{{"format":"hearth-tally/1","definition":{definition},"ballots":[{{"scores":{{"A":1.5}}}}]}}"#),
            "NOT_A_TALLY",
        ),
        (
            &format!(r#"{{"format":"hearth-tally/1","definition":{definition},"ballots":[{{"scores":{{"A":-1}}}}]}}"#),
            "NOT_A_TALLY",
        ),
        (&format!(r#"{{"format":"hearth-tally/1","definition":{definition},"ballots":[{{}}]}}"#), "NOT_A_TALLY"),
    ] {
        let refusal = TallyFile::parse(text).unwrap_err().to_string();
        assert_eq!(refusal.split(": ").next(), Some(expected), "{text}: {refusal}");
    }
}
