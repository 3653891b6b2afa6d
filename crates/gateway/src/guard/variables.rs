use async_graphql::{Value, Variables, parser::types::OperationDefinition};

use super::GuardRefusal;

/// Refuses a request that leaves out a variable its operation requires: found later, it would fail half-way through.
pub(super) fn check_required(operation: &OperationDefinition, variables: &Variables) -> Result<(), GuardRefusal> {
    let missing = operation.variable_definitions.iter().map(|definition| &definition.node).find(|definition| {
        let is_required = !definition.var_type.node.nullable && definition.default_value.is_none();
        is_required && matches!(variables.get(&definition.name.node), None | Some(Value::Null))
    });
    missing.map_or(Ok(()), |definition| Err(GuardRefusal::VariableMissing { name: definition.name.node.to_string() }))
}
