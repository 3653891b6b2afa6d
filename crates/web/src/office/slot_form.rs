use accounts::StaffRole;
use app::entitlements::{DefineSlot, DefineSlotRefusal};
use askama::Template;
use entitlements::{DeliverySlot, SlotTermsRefusal};
use kernel::Fault;

use super::{
    Answer, Away, Desk, Frame, Reply,
    desk::{render, show},
    slots::{find, show_slot},
    typed::{instant, label, local, whole},
};

/// The form of a slot to be.
#[derive(Template)]
#[template(path = "office/slot_new.html")]
struct NewPage {
    frame: Frame,
    form: Form,
}

/// The form of a slot, as it is or as it was typed.
pub(super) struct Form {
    pub(super) typed: Typed,
    /// The version that is seen beside it; empty for one to be.
    pub(super) version: String,
    pub(super) problem: Option<String>,
    /// What somebody else made of it while this was typed.
    pub(super) differs: Vec<[String; 3]>,
}

/// What a form holds, as it was typed.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) perk: String,
    pub(super) community: String,
    pub(super) starts_at: String,
    pub(super) ends_at: String,
    pub(super) cut_off_at: String,
    pub(super) capacity: String,
    pub(super) is_open: bool,
}

/// `GET /office/slots/new`.
pub(super) async fn new(desk: Desk) -> Answer {
    if !desk.principal.roles.has_any(&[StaffRole::Perks]) {
        return Err(Away::NotAllowed);
    }
    let text = |name| desk.query.text(name).to_owned();
    let typed = Typed { perk: text("perk"), community: text("community"), is_open: true, ..Typed::default() };
    let form = Form { typed, version: String::new(), problem: None, differs: Vec::new() };
    show(&NewPage { form, frame: desk.frame })
}

/// `POST /office/slots/new`.
pub(super) async fn create(desk: Desk) -> Answer {
    let typed = Typed::read(&desk);
    let problem = match save(&desk, &typed, None).await? {
        Ok(reply) => return Ok(reply),
        Err(SlotProblem::Refused(DefineSlotRefusal::VersionConflict)) => desk
            .t(
                "这项权益在这个社区已有这个时间开始的时段。",
                "There is a slot of this perk in this community at this time already.",
            )
            .to_owned(),
        Err(problem) => problem.in_words(&desk),
    };
    let form = Form { typed, version: String::new(), problem: Some(problem), differs: Vec::new() };
    Ok(Reply::NotTaken(render(&NewPage { form, frame: desk.frame })))
}

/// `POST /office/slots/ID`: only if it is still as it was when the form was shown.
pub(super) async fn change(desk: Desk) -> Answer {
    let slot = find(&desk).await?;
    // Perk, community and time say which slot it is: they do not change.
    let there = Form::of(&desk, &slot).await?;
    let mut typed = Typed::read(&desk);
    typed.perk.clone_from(&there.typed.perk);
    typed.community.clone_from(&there.typed.community);
    typed.starts_at.clone_from(&there.typed.starts_at);
    let version = desk.form.optional::<u32>("version")?.ok_or(Away::BadRequest)?;
    let problem = match save(&desk, &typed, Some(version)).await? {
        Ok(reply) => return Ok(reply),
        Err(problem) => problem,
    };
    let text = Some(problem.in_words(&desk));
    let mut form = Form { problem: text, typed, version: version.to_string(), differs: Vec::new() };
    // What the other made of it beside what was typed; sending it again overrules what is seen now.
    let now = find(&desk).await?;
    if let SlotProblem::Refused(DefineSlotRefusal::VersionConflict) = problem {
        let there = Form::of(&desk, &now).await?;
        form.differs = form.typed.differs(&desk.frame, &there.typed);
        form.version = there.version;
    }
    show_slot(&desk, now, form).await.map(Reply::NotTaken)
}

/// Why it was not saved.
enum SlotProblem {
    /// What was typed is none of it.
    Typed([&'static str; 2]),
    Refused(DefineSlotRefusal),
}

async fn save(desk: &Desk, typed: &Typed, version: Option<u32>) -> Result<Result<Reply, SlotProblem>, Away> {
    let define = match typed.parse(desk, version) {
        Ok(define) => define,
        Err(problem) => return Ok(Err(SlotProblem::Typed(problem))),
    };
    match desk.app.define_slot(&desk.principal, &define).await? {
        Ok(slot) => {
            let notice = desk.t("已保存。", "Saved.").to_owned();
            Ok(Ok(Reply::Done { to: format!("/office/slots/{}", slot.id), notice }))
        }
        Err(DefineSlotRefusal::NotAllowed(refusal)) => Err(refusal.into()),
        Err(refusal) => Ok(Err(SlotProblem::Refused(refusal))),
    }
}

impl Form {
    /// As it is now.
    pub(super) async fn of(desk: &Desk, slot: &DeliverySlot) -> Result<Self, Fault> {
        let perk = desk.app.find_perk(slot.perk).await?.map(|(perk, _)| perk.code.to_string());
        let community = desk.app.find_community_name(slot.community).await?.map(|name| name.to_string());
        let at = |at| local(desk.frame.zone, at);
        let typed = Typed {
            perk: perk.unwrap_or_default(),
            community: community.unwrap_or_default(),
            starts_at: at(slot.starts_at),
            ends_at: at(slot.ends_at),
            cut_off_at: at(slot.cut_off_at),
            capacity: slot.capacity.to_string(),
            is_open: slot.is_open,
        };
        Ok(Self { typed, version: slot.version.to_string(), problem: None, differs: Vec::new() })
    }
}

impl Typed {
    fn read(desk: &Desk) -> Self {
        let text = |name| desk.form.text(name).to_owned();
        Self {
            perk: text("perk"),
            community: text("community"),
            starts_at: text("starts_at"),
            ends_at: text("ends_at"),
            cut_off_at: text("cut_off_at"),
            capacity: text("capacity"),
            is_open: desk.form.is_ticked("open"),
        }
    }

    fn parse(&self, desk: &Desk, expected_version: Option<u32>) -> Result<DefineSlot, [&'static str; 2]> {
        let times = ["时间写成 2026-12-31 20:00。", "Times are such as 2026-12-31 20:00."];
        let at = |text: &str| instant(desk.frame.zone, text).ok_or(times);
        let community = ["请写社区名称，1 到 120 个字。", "Name a community, in 1 to 120 characters."];
        Ok(DefineSlot {
            perk: self.perk.parse().map_err(|_| ["没有这个代码的权益。", "There is no perk of that code."])?,
            community: label(&self.community).ok_or(community)?,
            starts_at: at(&self.starts_at)?,
            ends_at: at(&self.ends_at)?,
            cut_off_at: at(&self.cut_off_at)?,
            capacity: whole(&self.capacity).ok_or(["容量是整数。", "The room is a whole number."])?,
            is_open: self.is_open,
            expected_version,
        })
    }

    /// What, how it is now, and what was typed.
    fn differs(&self, frame: &Frame, now: &Self) -> Vec<[String; 3]> {
        let open = |is_open| frame.t(if is_open { "开放" } else { "关闭" }, if is_open { "open" } else { "closed" });
        let rows = [
            (frame.t("结束", "Ends"), now.ends_at.as_str(), self.ends_at.as_str()),
            (frame.t("截止", "Cut-off"), &now.cut_off_at, &self.cut_off_at),
            (frame.t("容量", "Room"), &now.capacity, &self.capacity),
            (frame.t("状态", "State"), open(now.is_open), open(self.is_open)),
        ];
        let differing = rows.into_iter().filter(|(_, now, typed)| now != typed);
        differing.map(|(what, now, typed)| [what, now, typed].map(str::to_owned)).collect()
    }
}

impl SlotProblem {
    fn in_words(&self, desk: &Desk) -> String {
        let counted = |zh_cn, en, taken: u32| format!("{} {}", desk.t(zh_cn, en), desk.frame.number(i64::from(taken)));
        let [zh_cn, en] = match self {
            Self::Typed(problem) => *problem,
            Self::Refused(DefineSlotRefusal::Booked { taken }) => {
                let (zh_cn, en) = (
                    "已有人预约，结束和截止时间不能再改。已预约：",
                    "Households booked it: end and cut-off stay. Booked:",
                );
                return counted(zh_cn, en, *taken);
            }
            Self::Refused(DefineSlotRefusal::BelowTaken { taken }) => {
                return counted("容量不能少于已预约的数量：", "There cannot be less room than is booked:", *taken);
            }
            Self::Refused(DefineSlotRefusal::NotAllowed(_)) => ["您没有这项权限。", "None of your roles allows this."],
            Self::Refused(DefineSlotRefusal::Terms(SlotTermsRefusal::BadTimes)) => [
                "截止时间要在将来，不晚于开始；时段最长 24 小时。",
                "It is cut off later than now and not after it begins, and lasts 24 hours at most.",
            ],
            Self::Refused(DefineSlotRefusal::Terms(SlotTermsRefusal::BadCapacity)) => {
                ["容量是 1 到 10000。", "There is room for 1 to 10000 orders."]
            }
            Self::Refused(DefineSlotRefusal::NoSuchPerk) => ["没有这个代码的权益。", "There is no perk of that code."],
            Self::Refused(DefineSlotRefusal::OtherUse) => [
                "这项权益是社区活动，或已有人不选时段就兑换过。",
                "The perk is a seat at a gathering, or was redeemed without a slot before.",
            ],
            Self::Refused(DefineSlotRefusal::NoSuchCommunity) => {
                ["没有这个名称的社区。", "There is no community of that name."]
            }
            Self::Refused(DefineSlotRefusal::VersionConflict) => [
                "您填写的时候，有人改了这个时段。下面列出与现在不同的地方；再次保存会以您填写的为准。",
                "Somebody changed this slot while you typed. What differs from how it is now stands below; saving again overrules it.",
            ],
        };
        desk.t(zh_cn, en).to_owned()
    }
}
