use ::cocreation::EndRefusal;
use app::cocreation::{EndStudy, EndStudyRefusal, EndsAs};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use super::StudyLaunch;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct EndStudyMutation;

/// Which study, and how it ends: launched with `option` and `productRef`, or dropped with `dropReason`.
#[derive(InputObject)]
struct EndStudyInput {
    /// Which study.
    study_id: ID,
    /// The id of the elected option that is sold; left out where nothing is.
    option: Option<String>,
    /// The operator's number of the product it is sold as: the catalogue knows it.
    product_ref: Option<String>,
    /// Why nothing comes of it, 1 to 120 characters, for all to read; left out where something does.
    drop_reason: Option<String>,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct EndStudyPayload {
    /// What was launched; null when refused or dropped.
    launch: Option<StudyLaunch>,
    /// Whether the study ended so.
    is_ended: Option<bool>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<EndStudyUserError>,
}

user_error! {
    /// Why a study does not end so.
    EndStudyUserError(EndStudyErrorCode)
}

/// The refusals of `endStudy`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum EndStudyErrorCode {
    /// None of your roles ends studies: they are for perks.
    NotAllowed,
    /// Neither `option` with `productRef` nor `dropReason` alone was told.
    BadEnding,
    /// There is no such study.
    NoSuchStudy,
    /// Its result is not announced yet.
    NotPublished,
    /// It was launched or dropped already.
    AlreadyEnded,
    /// The option was not elected, or prices were asked about, which elect nothing.
    NotElected,
    /// The catalogue has no product of that number.
    NoSuchProduct,
    /// Another study chose the product.
    ProductChosen,
}

use EndStudyErrorCode as Code;

#[Object]
impl EndStudyMutation {
    /// For the role perks: says that what a study elected is sold, or that nothing comes of it. Once it is launched every household that
    /// took part is thanked with the same points and a mail.
    async fn end_study(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which study, and how it ends.")] input: EndStudyInput,
    ) -> Nullable<EndStudyPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let refused = |code| Ok(Some(EndStudyPayload::refused(code, locale)));
            let Some(study) = ids::read(&input.study_id)? else { return refused(Code::NoSuchStudy) };
            let ends = match read(&input) {
                Ok(ends) => ends,
                Err(code) => return refused(code),
            };
            match app(ctx).end_study(principal, &EndStudy { study, ends }).await? {
                Ok(study) => Ok(Some(EndStudyPayload {
                    launch: StudyLaunch::of(&study),
                    is_ended: Some(true),
                    user_errors: Vec::new(),
                })),
                Err(refusal) => refused(code_of(refusal)),
            }
        })
        .await
    }
}

fn read(input: &EndStudyInput) -> Result<EndsAs, Code> {
    match (&input.option, &input.product_ref, &input.drop_reason) {
        (Some(option), Some(product), None) => {
            Ok(EndsAs::Launched { option: option.clone(), product: product.parse().map_err(|_| Code::NoSuchProduct)? })
        }
        (None, None, Some(why)) => Ok(EndsAs::Dropped { why: why.parse().map_err(|_| Code::BadEnding)? }),
        _ => Err(Code::BadEnding),
    }
}

const fn code_of(refusal: EndStudyRefusal) -> Code {
    match refusal {
        EndStudyRefusal::NotAllowed(_) => Code::NotAllowed,
        EndStudyRefusal::NoSuchStudy => Code::NoSuchStudy,
        EndStudyRefusal::NoSuchProduct => Code::NoSuchProduct,
        EndStudyRefusal::ProductChosen => Code::ProductChosen,
        EndStudyRefusal::NotEnded(EndRefusal::NotPublished) => Code::NotPublished,
        EndStudyRefusal::NotEnded(EndRefusal::AlreadyEnded) => Code::AlreadyEnded,
        EndStudyRefusal::NotEnded(EndRefusal::NotElected) => Code::NotElected,
    }
}

impl EndStudyPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            Code::NotAllowed => ("您的岗位不能操作投票。", "None of your roles ends studies.", None),
            Code::BadEnding => (
                "请写明上架的选项和商品编号,或只写明不再推进的原因。",
                "Tell the option with its product, or only why nothing comes of it.",
                None,
            ),
            Code::NoSuchStudy => ("没有这项投票。", "There is no such study.", Some("studyId")),
            Code::NotPublished => ("结果还没有公布。", "Its result is not announced yet.", Some("studyId")),
            Code::AlreadyEnded => ("已经上架,或已不再推进。", "It was launched or dropped already.", Some("studyId")),
            Code::NotElected => ("这个选项没有当选。", "The option was not elected.", Some("option")),
            Code::NoSuchProduct => {
                ("商品目录里没有这个编号。", "The catalogue has no such product.", Some("productRef"))
            }
            Code::ProductChosen => {
                ("这个商品是另一项投票选出的。", "Another study chose the product.", Some("productRef"))
            }
        };
        let retryable = code == Code::NotPublished;
        let (message, field) = (locale.choose(zh, en).to_owned(), field.and_then(input_field));
        Self { user_errors: vec![EndStudyUserError { code, message, field, retryable }], ..Self::default() }
    }
}
