use kernel::{ExternalRef, Label};

/// Something the operator sells, as its catalogue names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// The operator's number.
    pub product_ref: ExternalRef,
    /// What people call it.
    pub name: Label,
    /// The category earn rules speak of.
    pub category: Label,
    /// How it is sold: 500克, 一板, 箱.
    pub unit: Option<Label>,
}
