//! How large a document becomes once its fragments are written out, without writing them out.
//!
//! The tariff: a scalar costs 0; an object 1 plus what is asked of it; a connection (a field with `first` or `last`)
//! 2 plus as many times its content as it may return; a list of ids likewise; a mutation 10 plus its payload.
//! Arithmetic saturates: thirty fragments that double each other come to 2³⁰ in thirty steps.

use std::collections::HashMap;

use async_graphql::{
    Value, Variables,
    parser::types::{ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet},
};

use super::{GuardRefusal, INVITATION_FIELDS, MAX_LEVELS, SIGN_IN_FIELDS};

/// Items a connection may return at most; also what is assumed when a client does not say.
const MAX_PAGE: u64 = 100;
const CONNECTION_COST: u64 = 2;
const MUTATION_COST: u64 = 10;

/// A selection set, written out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) selections: u64,
    pub(super) aliases: u64,
    /// Fields on the longest way down.
    pub(super) depth: u64,
    /// Fields, inline fragments and spreads on the longest way down.
    levels: u64,
    pub(super) cost: u64,
}

/// The fields at the root of an operation, written out.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Roots {
    pub(super) count: u64,
    pub(super) sign_in_attempts: u64,
    pub(super) invitation_attempts: u64,
    pub(super) introspections: u64,
}

#[derive(Clone, Copy)]
enum Memo {
    InProgress,
    Known(Size, Roots),
}

pub(super) struct Measurer<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    defaults: HashMap<&'a str, &'a Value>,
    fragments: HashMap<&'a str, Memo>,
}

impl<'a> Measurer<'a> {
    pub(super) fn new(document: &'a ExecutableDocument, variables: &'a Variables) -> Self {
        let defaults =
            document.operations.iter().flat_map(|(_, operation)| &operation.node.variable_definitions).filter_map(
                |definition| {
                    let definition = &definition.node;
                    definition.default_value.as_ref().map(|value| (definition.name.node.as_str(), &value.node))
                },
            );
        Self { document, variables, defaults: defaults.collect(), fragments: HashMap::new() }
    }

    /// Measures every fragment, also those nobody uses: validation walks them too.
    pub(super) fn measure_fragments(&mut self) -> Result<(), GuardRefusal> {
        let document = self.document;
        document.fragments.keys().try_for_each(|name| self.fragment(name.as_str(), 0).map(drop))
    }

    /// All operations together: each is walked by validation, whichever runs.
    pub(super) fn measure_operations(&mut self) -> Result<Size, GuardRefusal> {
        let document = self.document;
        let mut all = Size::default();
        for (_, operation) in document.operations.iter() {
            all = all.beside(self.measure_operation(&operation.node)?.0);
        }
        Ok(all)
    }

    pub(super) fn measure_operation(
        &mut self,
        operation: &'a OperationDefinition,
    ) -> Result<(Size, Roots), GuardRefusal> {
        let (mut size, roots) = self.selection_set(&operation.selection_set.node, 0)?;
        if operation.ty == OperationType::Mutation {
            size.cost = size.cost.saturating_add(roots.count.saturating_mul(MUTATION_COST));
        }
        Ok((size, roots))
    }

    fn selection_set(&mut self, set: &'a SelectionSet, level: u64) -> Result<(Size, Roots), GuardRefusal> {
        if level > MAX_LEVELS {
            return Err(GuardRefusal::TooDeep);
        }
        let mut size = Size::default();
        let mut roots = Roots::default();
        for item in &set.items {
            let (part, part_roots) = match &item.node {
                Selection::Field(field) => (self.field(&field.node, level)?, Roots::of(&field.node)),
                Selection::InlineFragment(fragment) => {
                    self.selection_set(&fragment.node.selection_set.node, level + 1)?.one_level_up()
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(spread.node.fragment_name.node.as_str(), level + 1)?.one_level_up()
                }
            };
            size = size.beside(part);
            roots = roots.beside(part_roots);
        }
        if level.saturating_add(size.levels) > MAX_LEVELS { Err(GuardRefusal::TooDeep) } else { Ok((size, roots)) }
    }

    fn fragment(&mut self, name: &'a str, level: u64) -> Result<(Size, Roots), GuardRefusal> {
        match self.fragments.get(name) {
            Some(Memo::InProgress) => return Err(GuardRefusal::FragmentCycle),
            Some(Memo::Known(size, roots)) => {
                let is_too_deep = level.saturating_add(size.levels) > MAX_LEVELS;
                return if is_too_deep { Err(GuardRefusal::TooDeep) } else { Ok((*size, *roots)) };
            }
            None => {}
        }
        // A spread of a fragment that does not exist is for validation to name.
        let Some(definition) = self.document.fragments.get(name) else { return Ok(Default::default()) };
        self.fragments.insert(name, Memo::InProgress);
        let (size, roots) = self.selection_set(&definition.node.selection_set.node, level)?;
        self.fragments.insert(name, Memo::Known(size, roots));
        Ok((size, roots))
    }

    fn field(&mut self, field: &'a Field, level: u64) -> Result<Size, GuardRefusal> {
        let (inner, _) = self.selection_set(&field.selection_set.node, level + 1)?;
        let is_leaf = field.selection_set.node.items.is_empty();
        Ok(Size {
            selections: inner.selections.saturating_add(1),
            aliases: inner.aliases.saturating_add(u64::from(field.alias.is_some())),
            depth: inner.depth.saturating_add(1),
            levels: if is_leaf { 0 } else { inner.levels.saturating_add(1) },
            cost: if is_leaf { 0 } else { self.cost(field, inner.cost) },
        })
    }

    /// What an object field costs. Told by its arguments, so that the tariff needs no schema and can be foreseen.
    fn cost(&self, field: &'a Field, inner: u64) -> u64 {
        if let Some(page) = self.argument(field, "first").or_else(|| self.argument(field, "last")) {
            return CONNECTION_COST.saturating_add(page_size(&page).saturating_mul(inner));
        }
        if let Some(ids) = self.argument(field, "ids") {
            return length(&ids).saturating_mul(inner.saturating_add(1));
        }
        // Part of its connection's own price, and there once, however many items there are.
        if field.name.node == "pageInfo" {
            return 0;
        }
        inner.saturating_add(1)
    }

    /// An argument as given or, for a variable, as it will be; null where the variable has no value.
    fn argument(&self, field: &'a Field, name: &str) -> Option<Value> {
        let value = field.get_argument(name)?.node.clone();
        let resolved = value.into_const_with(|variable| {
            let given = self.variables.get(variable.as_str());
            given.or_else(|| self.defaults.get(variable.as_str()).copied()).cloned().ok_or(())
        });
        Some(resolved.unwrap_or(Value::Null))
    }
}

/// Sizes outside 1 to 100 are refused by the field itself, in its own words.
fn page_size(value: &Value) -> u64 {
    if let Value::Number(number) = value {
        number.as_u64().map_or(MAX_PAGE, |size| size.clamp(1, MAX_PAGE))
    } else {
        MAX_PAGE
    }
}

fn length(value: &Value) -> u64 {
    if let Value::List(ids) = value { u64::try_from(ids.len()).unwrap_or(u64::MAX).max(1) } else { 1 }
}

impl Size {
    fn beside(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            aliases: self.aliases.saturating_add(other.aliases),
            depth: self.depth.max(other.depth),
            levels: self.levels.max(other.levels),
            cost: self.cost.saturating_add(other.cost),
        }
    }
}

impl Roots {
    fn of(field: &Field) -> Self {
        let name = field.name.node.as_str();
        Self {
            count: 1,
            sign_in_attempts: u64::from(SIGN_IN_FIELDS.contains(&name)),
            invitation_attempts: u64::from(INVITATION_FIELDS.contains(&name)),
            introspections: u64::from(matches!(name, "__schema" | "__type")),
        }
    }

    fn beside(self, other: Self) -> Self {
        Self {
            count: self.count.saturating_add(other.count),
            sign_in_attempts: self.sign_in_attempts.saturating_add(other.sign_in_attempts),
            invitation_attempts: self.invitation_attempts.saturating_add(other.invitation_attempts),
            introspections: self.introspections.saturating_add(other.introspections),
        }
    }
}

/// A fragment seen from the selection that includes it.
trait OneLevelUp {
    fn one_level_up(self) -> Self;
}

impl OneLevelUp for (Size, Roots) {
    fn one_level_up(mut self) -> Self {
        self.0.selections = self.0.selections.saturating_add(1);
        self.0.levels = self.0.levels.saturating_add(1);
        self
    }
}
