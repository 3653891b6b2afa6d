//! What the neighbours are asked, as the operator sets it from the shell.

use std::{fs, path::Path};

use app::App;
use cocreation::{NewStudy, PanelRule, StudyKind, StudyOption, StudyState, tally_file::Definition};
use kernel::{Label, Timestamp};
use serde::Deserialize;

use crate::{Failure, cli, console, deployment};

/// A study as a file says it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StudyFile {
    kind: String,
    title: Names,
    options: Vec<OptionInFile>,
    definition: Definition,
    #[serde(default)]
    panel: PanelRule,
    closes_at: String,
    /// Whether each household reads the options in an order of its own.
    #[serde(default = "yes")]
    is_shuffled: bool,
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    #[serde(rename = "zh-CN")]
    zh: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionInFile {
    id: String,
    #[serde(rename = "zh-CN")]
    zh: String,
    en: String,
}

/// Does what the command line says of studies.
pub(crate) async fn run(app: &App, act: cli::Study) -> Result<(), Failure> {
    let refused = |refusal: &dyn std::fmt::Display| Failure::new(refusal.to_string());
    match act {
        cli::Study::Draft { file } => {
            let study = app.draft_study(&read(&file)?).await?.map_err(|refusal| refused(&refusal))?;
            deployment::keep_own_data(app).await?;
            console::say(format_args!("{} is drafted: {}", study.id, study.asked.title_zh));
        }
        cli::Study::List => {
            for (study, state, turnout) in app.list_all_studies().await? {
                console::say(format_args!("{}: {}, {}, {turnout} voted", study.id, study.asked.title_zh, word(state)));
            }
        }
        cli::Study::Open { study } => {
            let study = app.open_study(study).await?.map_err(|refusal| refused(&refusal))?;
            let size = study.opening.map_or(0, |opening| opening.panel_size);
            console::say(format_args!("{} is open: {size} households may vote", study.id));
        }
        cli::Study::Publish { study } => {
            let study = app.publish_study(study).await?.map_err(|refusal| refused(&refusal))?;
            let result = study.published.map(|published| published.result).unwrap_or_default();
            console::say(format_args!("{result:#}"));
        }
        cli::Study::Export { study, out } => {
            let publication = app.export_publication(study).await?.map_err(|refusal| refused(&refusal))?;
            let text = serde_json::to_string_pretty(&publication).expect("a publication is JSON");
            match out {
                None => console::say(text),
                Some(path) => fs::write(&path, text)
                    .map_err(|error| Failure::because(format!("could not write {}", path.display()), error))?,
            }
        }
    }
    Ok(())
}

const fn word(state: StudyState) -> &'static str {
    match state {
        StudyState::Draft => "draft",
        StudyState::Open => "open",
        StudyState::Closed => "closed",
        StudyState::Published => "published",
        StudyState::Launched => "launched",
        StudyState::Dropped => "dropped",
    }
}

fn read(path: &Path) -> Result<NewStudy, Failure> {
    let unread = |error: &dyn std::fmt::Display| Failure::because(format!("could not read {}", path.display()), error);
    let text = fs::read_to_string(path).map_err(|error| unread(&error))?;
    let file: StudyFile = serde_json::from_str(&text).map_err(|error| unread(&error))?;
    asked(file).map_err(|what| Failure::new(format!("{}: {what}", path.display())))
}

fn asked(file: StudyFile) -> Result<NewStudy, String> {
    let label = |text: &str| text.parse::<Label>().map_err(|error| format!("{text:?} {error}"));
    let option = |option: &OptionInFile| {
        Ok(StudyOption { id: option.id.clone(), name_zh: label(&option.zh)?, name_en: label(&option.en)? })
    };
    let options = file.options.iter().map(option).collect::<Result<Vec<StudyOption>, String>>()?;
    let mut definition = file.definition;
    if definition.options.is_empty() {
        definition.options = options.iter().map(|option| option.id.clone()).collect();
    }
    let closes_at: Timestamp = chrono::DateTime::parse_from_rfc3339(&file.closes_at)
        .map_err(|_| "closes_at is an instant with its zone, such as 2026-12-31T20:00:00+08:00".to_owned())?
        .to_utc();
    Ok(NewStudy {
        kind: StudyKind::from_word(&file.kind).ok_or("kind is product, packaging or price")?,
        title_zh: label(&file.title.zh)?,
        title_en: label(&file.title.en)?,
        options,
        definition,
        panel: file.panel,
        closes_at,
        is_shuffled: file.is_shuffled,
    })
}
