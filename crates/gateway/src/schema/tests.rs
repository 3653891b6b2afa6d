use super::{sdl, without_app};

/// Types the library brings along, or that every schema has.
fn is_ours(name: &str) -> bool {
    !name.starts_with("__") && !["Boolean", "Float", "ID", "Int", "String"].contains(&name)
}

#[tokio::test]
async fn everything_has_a_sentence_a_consumer_can_use() {
    let query = "{ __schema { types { name description
        fields { name description args { name description } }
        inputFields { name description }
        enumValues { name description } } } }";
    let answer = without_app().finish().execute(query).await.into_result().unwrap().data.into_json().unwrap();

    let mut silent = Vec::new();
    for ty in answer["__schema"]["types"].as_array().unwrap() {
        let name = ty["name"].as_str().unwrap();
        if !is_ours(name) {
            continue;
        }
        note_silent(&mut silent, name, ty);
        for part in ["fields", "inputFields", "enumValues"] {
            for item in ty[part].as_array().into_iter().flatten() {
                let path = format!("{name}.{}", item["name"].as_str().unwrap());
                note_silent(&mut silent, &path, item);
                for argument in item["args"].as_array().into_iter().flatten() {
                    note_silent(&mut silent, &format!("{path}({})", argument["name"].as_str().unwrap()), argument);
                }
            }
        }
    }
    assert_eq!(silent, Vec::<String>::new());
}

fn note_silent(silent: &mut Vec<String>, path: &str, item: &serde_json::Value) {
    if item["description"].as_str().unwrap_or_default().is_empty() {
        silent.push(path.to_owned());
    }
}

#[test]
fn scalars_name_their_specification() {
    let sdl = sdl();
    for scalar in ["BigInt", "DateTime", "LocalDate"] {
        assert!(sdl.contains(&format!("scalar {scalar} @specifiedBy(url: ")), "{scalar}");
    }
}
