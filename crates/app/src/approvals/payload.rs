use kernel::{Fault, Points};
use serde::{Deserialize, Serialize};

use super::Act;
use crate::{
    accounts::{ChangeVersion, Death},
    cocreation::StudyStep,
    ledger::Adjustment,
    staff::AccessChange,
};

/// An [`Act`] as it is kept. A name once kept keeps its meaning: what changes gets a new version beside the old one.
#[derive(Serialize, Deserialize)]
#[serde(tag = "act", content = "with", deny_unknown_fields)]
enum Payload {
    #[serde(rename = "adjust_points.v1")]
    AdjustPointsV1 { household: String, adjustment: String, points: i64 },
    #[serde(rename = "reverse_adjustment.v1")]
    ReverseAdjustmentV1 { household: String, posting: String },
    #[serde(rename = "change_staff_roles.v1")]
    ChangeStaffRolesV1 { staff: String, from: String, to: String },
    #[serde(rename = "change_staff_access.v1")]
    ChangeStaffAccessV1 { staff: String, change: String },
    #[serde(rename = "record_death.v1")]
    RecordDeathV1 { person: String, household: Option<String>, heir: Option<String>, died_on: String, version: String },
    #[serde(rename = "advance_study.v1")]
    AdvanceStudyV1 { study: String, step: String },
}

impl Act {
    /// Writes it as versioned JSON.
    #[must_use]
    pub fn to_payload(&self) -> String {
        let payload = match self {
            Self::AdjustPoints { household, adjustment, points } => Payload::AdjustPointsV1 {
                household: household.to_string(),
                adjustment: adjustment.word().to_owned(),
                points: points.get(),
            },
            Self::ReverseAdjustment { household, posting } => {
                Payload::ReverseAdjustmentV1 { household: household.to_string(), posting: posting.to_string() }
            }
            Self::ChangeStaffRoles { staff, from, to } => {
                Payload::ChangeStaffRolesV1 { staff: staff.to_string(), from: from.to_string(), to: to.to_string() }
            }
            Self::ChangeStaffAccess { staff, change } => {
                Payload::ChangeStaffAccessV1 { staff: staff.to_string(), change: change.word().to_owned() }
            }
            Self::RecordDeath { death, household } => Payload::RecordDeathV1 {
                person: death.person.to_string(),
                household: household.map(|household| household.to_string()),
                heir: death.heir.map(|heir| heir.to_string()),
                died_on: death.died_on.to_string(),
                version: death.version.to_string(),
            },
            Self::AdvanceStudy { study, step } => {
                Payload::AdvanceStudyV1 { study: study.to_string(), step: step.word().to_owned() }
            }
        };
        serde_json::to_string(&payload).expect("texts and numbers can be written as JSON")
    }

    /// Reads what [`Act::to_payload`] wrote.
    ///
    /// # Errors
    /// A [`Fault`] for any other text.
    pub fn from_payload(payload: &str) -> Result<Self, Fault> {
        read(payload).ok_or_else(|| Fault::inconsistent("read a proposed act"))
    }
}

fn read(payload: &str) -> Option<Act> {
    Some(match serde_json::from_str(payload).ok()? {
        Payload::AdjustPointsV1 { household, adjustment, points } => Act::AdjustPoints {
            household: household.parse().ok()?,
            adjustment: Adjustment::from_word(&adjustment)?,
            points: Points::new(points)?,
        },
        Payload::ReverseAdjustmentV1 { household, posting } => {
            Act::ReverseAdjustment { household: household.parse().ok()?, posting: posting.parse().ok()? }
        }
        Payload::ChangeStaffRolesV1 { staff, from, to } => {
            Act::ChangeStaffRoles { staff: staff.parse().ok()?, from: from.parse().ok()?, to: to.parse().ok()? }
        }
        Payload::ChangeStaffAccessV1 { staff, change } => {
            Act::ChangeStaffAccess { staff: staff.parse().ok()?, change: AccessChange::from_word(&change)? }
        }
        Payload::RecordDeathV1 { person, household, heir, died_on, version } => Act::RecordDeath {
            death: Death {
                person: person.parse().ok()?,
                heir: match heir {
                    Some(heir) => Some(heir.parse().ok()?),
                    None => None,
                },
                died_on: died_on.parse().ok()?,
                version: ChangeVersion::told(&version),
            },
            household: match household {
                Some(household) => Some(household.parse().ok()?),
                None => None,
            },
        },
        Payload::AdvanceStudyV1 { study, step } => {
            Act::AdvanceStudy { study: study.parse().ok()?, step: StudyStep::from_word(&step)? }
        }
    })
}

#[cfg(test)]
mod tests {
    use kernel::Points;

    use super::Act;
    use crate::{
        accounts::{ChangeVersion, Death},
        cocreation::StudyStep,
        ledger::Adjustment,
        staff::AccessChange,
    };

    /// What lies in databases: changing a line here means a new version beside the old one.
    #[test]
    fn what_is_kept_is_read_again() {
        let id = "0193c1a27e5b7cc29f6a0d4c5e8f1a2b";
        let (household, posting, staff) = (format!("hh_{id}"), format!("po_{id}"), format!("st_{id}"));
        let person = format!("pe_{id}");
        let points = Points::new(1_001).unwrap();
        for (act, payload) in [
            (
                Act::AdjustPoints { household: household.parse().unwrap(), adjustment: Adjustment::Debit, points },
                format!(
                    r#"{{"act":"adjust_points.v1","with":{{"household":"{household}","adjustment":"debit","points":1001}}}}"#
                ),
            ),
            (
                Act::ReverseAdjustment { household: household.parse().unwrap(), posting: posting.parse().unwrap() },
                format!(
                    r#"{{"act":"reverse_adjustment.v1","with":{{"household":"{household}","posting":"{posting}"}}}}"#
                ),
            ),
            (
                Act::ChangeStaffRoles {
                    staff: staff.parse().unwrap(),
                    from: "finance".parse().unwrap(),
                    to: "support,auditor".parse().unwrap(),
                },
                format!(
                    r#"{{"act":"change_staff_roles.v1","with":{{"staff":"{staff}","from":"finance","to":"support,auditor"}}}}"#
                ),
            ),
            (
                Act::ChangeStaffAccess { staff: staff.parse().unwrap(), change: AccessChange::ResetSecondFactor },
                format!(
                    r#"{{"act":"change_staff_access.v1","with":{{"staff":"{staff}","change":"reset_second_factor"}}}}"#
                ),
            ),
            (
                Act::RecordDeath {
                    death: Death {
                        person: person.parse().unwrap(),
                        heir: None,
                        died_on: "2026-05-31".parse().unwrap(),
                        version: ChangeVersion::told("00ff"),
                    },
                    household: Some(household.parse().unwrap()),
                },
                format!(
                    r#"{{"act":"record_death.v1","with":{{"person":"{person}","household":"{household}","heir":null,"died_on":"2026-05-31","version":"00ff"}}}}"#
                ),
            ),
            (
                Act::AdvanceStudy { study: format!("sy_{id}").parse().unwrap(), step: StudyStep::Publish },
                format!(r#"{{"act":"advance_study.v1","with":{{"study":"sy_{id}","step":"publish"}}}}"#),
            ),
        ] {
            assert_eq!(act.to_payload(), payload);
            assert_eq!(Act::from_payload(&payload).unwrap(), act);
        }
        for payload in ["", "{}", r#"{"act":"adjust_points.v2","with":{}}"#] {
            assert!(Act::from_payload(payload).is_err(), "{payload}");
        }
    }
}
