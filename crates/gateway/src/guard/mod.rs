//! What a document must pass before anything runs, and most of it before the parser sees a byte.
//!
//! Why before: 3 KB of nested list literals overflow the parser's stack and end the process, and 1 KB of fragments that
//! double each other costs seconds. So the order matters: length, one linear scan, parse once, then sizes by arithmetic.
//! Start reading at [`parse`] and [`judge`].

pub mod cost;
mod measure;
mod refusal;
mod scan;
mod variables;

use async_graphql::{
    Variables,
    parser::{
        parse_query,
        types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection},
    },
};

pub(crate) use refusal::GuardRefusal;

/// Longest document, in bytes.
pub(crate) const MAX_DOCUMENT_BYTES: usize = 16 * 1024;
/// Deepest nesting of brackets in the text. The standard introspection query needs 16.
pub(crate) const MAX_NESTING: usize = 32;
/// Most tokens in the text, each comment being one: thousands of empty ones cost the parser milliseconds.
pub(crate) const MAX_TOKENS: usize = 2_000;
/// Most selections once every fragment is written out.
pub(crate) const MAX_SELECTIONS: u64 = 2_000;
/// Most aliases once every fragment is written out.
pub(crate) const MAX_ALIASES: u64 = 30;
/// Most fields at the root of the operation.
pub(crate) const MAX_ROOT_FIELDS: u64 = 20;
/// Most mutations in one request.
pub(crate) const MAX_MUTATIONS: u64 = 4;
/// Deepest field, the root's own being 1. The standard introspection query needs 15.
pub(crate) const MAX_DEPTH: u64 = 15;
/// Longest way down through fields, inline fragments and spreads together: the executor's own bound, met before it.
pub(crate) const MAX_LEVELS: u64 = 32;
/// Highest cost of one operation; see [`measure`] for the tariff.
pub(crate) const MAX_COST: u32 = 1_000;

/// A document that may run: parsed, and known to be small.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The parsed document, so that it is parsed once.
    pub(crate) document: ExecutableDocument,
    /// What running the chosen operation costs, before anything ran.
    pub(crate) cost: u32,
    /// How many of its root fields hand out or try sign-in codes.
    pub(crate) sign_in_attempts: u32,
    /// How many of its root fields try the secret of an invitation's link.
    pub(crate) invitation_attempts: u32,
    /// Whether it asks for the schema.
    pub(crate) introspects: bool,
    /// Whether it reads or acts.
    pub(crate) operation: OperationType,
}

/// Root fields that guess whoever somebody is, or make Hearth write a mail to an address somebody typed: all counted by network.
const SIGN_IN_FIELDS: [&str; 8] = [
    "requestSignInCode",
    "signIn",
    "signInWithAssertion",
    "staffSignIn",
    "changeStaffPassword",
    "inviteMember",
    "inviteKin",
    "inviteHousehold",
];

/// Root fields that guess the secret of an invitation's link: counted by network too, and apart. Nobody needs many, and who tries them
/// must not keep a neighbour from signing in.
const INVITATION_FIELDS: [&str; 5] =
    ["invitation", "acceptInvitation", "declineInvitation", "previewMerge", "mergeHouseholds"];

/// Both halves. Linear in its length until it is known to be small; never panics, whatever the text.
pub(crate) fn check(text: &str, operation_name: Option<&str>, variables: &Variables) -> Result<Checked, GuardRefusal> {
    judge(parse(text)?, operation_name, variables)
}

/// What [`Checked`] says beside the document.
#[derive(Debug)]
struct Weight {
    cost: u32,
    sign_in_attempts: u32,
    invitation_attempts: u32,
    introspects: bool,
    operation: OperationType,
}

/// The first half of a check, which looks at the text alone: it is short enough to parse, and parses.
pub(crate) fn parse(text: &str) -> Result<ExecutableDocument, GuardRefusal> {
    if text.len() > MAX_DOCUMENT_BYTES {
        return Err(GuardRefusal::DocumentTooLong);
    }
    scan::scan(text)?;
    parse_query(text).map_err(|error| GuardRefusal::Syntax(Box::new(error)))
}

/// The second half: what running the chosen operation with these variables amounts to.
pub(crate) fn judge(
    document: ExecutableDocument,
    operation_name: Option<&str>,
    variables: &Variables,
) -> Result<Checked, GuardRefusal> {
    let weight = weigh(&document, operation_name, variables)?;
    let Weight { cost, sign_in_attempts, invitation_attempts, introspects, operation } = weight;
    Ok(Checked { document, cost, sign_in_attempts, invitation_attempts, introspects, operation })
}

fn weigh(
    document: &ExecutableDocument,
    operation_name: Option<&str>,
    variables: &Variables,
) -> Result<Weight, GuardRefusal> {
    let mut measurer = measure::Measurer::new(document, variables);
    measurer.measure_fragments()?;
    let sizes = measurer.measure_operations()?;

    let operation = chosen_operation(document, operation_name)?;
    variables::check_required(operation, variables)?;
    let (size, roots) = measurer.measure_operation(operation)?;
    refuse_beyond(sizes.selections, MAX_SELECTIONS, GuardRefusal::TooManySelections)?;
    refuse_beyond(sizes.aliases, MAX_ALIASES, GuardRefusal::TooManyAliases)?;
    refuse_beyond(roots.count, MAX_ROOT_FIELDS, GuardRefusal::TooManyRootFields)?;
    if operation.ty == OperationType::Mutation {
        refuse_beyond(roots.count, MAX_MUTATIONS, GuardRefusal::TooManyMutations)?;
    }
    if operation.ty == OperationType::Subscription && !asks_for_one_field(operation) {
        return Err(GuardRefusal::NotOneSubscription);
    }
    refuse_beyond(size.depth, MAX_DEPTH, GuardRefusal::TooDeep)?;
    refuse_beyond(size.cost, u64::from(MAX_COST), GuardRefusal::TooCostly { cost: size.cost })?;

    let sign_in_attempts = u32::try_from(roots.sign_in_attempts).expect("at most twenty root fields");
    let invitation_attempts = u32::try_from(roots.invitation_attempts).expect("at most twenty root fields");
    let cost = u32::try_from(size.cost).expect("at most the highest cost");
    let introspects = roots.introspections > 0;
    Ok(Weight { cost, sign_in_attempts, invitation_attempts, introspects, operation: operation.ty })
}

fn refuse_beyond(measured: u64, limit: u64, refusal: GuardRefusal) -> Result<(), GuardRefusal> {
    if measured > limit { Err(refusal) } else { Ok(()) }
}

/// Whether the root of a subscription is one field, as the specification wants. It would allow a fragment around it; the executor
/// would then wait for events that never come.
fn asks_for_one_field(operation: &OperationDefinition) -> bool {
    let items = &operation.selection_set.node.items;
    matches!(items.as_slice(), [item] if matches!(item.node, Selection::Field(_)))
}

/// The operation that will run, chosen as the executor will choose it.
fn chosen_operation<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a OperationDefinition, GuardRefusal> {
    let operation = match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => operation,
        (DocumentOperations::Multiple(named), Some(name)) => named.get(name).ok_or(GuardRefusal::NoSuchOperation)?,
        (DocumentOperations::Multiple(named), None) => match named.values().next() {
            Some(only) if named.len() == 1 => only,
            _ => return Err(GuardRefusal::OperationNameMissing),
        },
        (DocumentOperations::Single(_), Some(_)) => return Err(GuardRefusal::NoSuchOperation),
    };
    Ok(&operation.node)
}

#[cfg(test)]
mod tests;
