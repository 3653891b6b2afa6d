/// Why somebody does not belong to a household any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// They left by their own act; until [`REJOIN_AFTER`](crate::REJOIN_AFTER) has passed they join no other.
    Left,
    /// They were put out, went along with a household or a part of it, came back with one, died, or moved from a household of their own
    /// into another: none of it keeps anybody from joining.
    Moved,
}

impl Departure {
    /// Whether it was their own choice to leave.
    pub(crate) const fn is_choice(self) -> bool {
        match self {
            Self::Left => true,
            Self::Moved => false,
        }
    }
}
