//! Ranked ballots, packed, and how many prefer which option to which.

use super::{MAX_OPTIONS, options_in};

/// The rank of an option that a ballot does not list.
pub const UNLISTED: u8 = u8::MAX;

/// What a ballot says of the options it does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlisted {
    /// Every listed option is preferred to them; among themselves they are equal.
    Last,
    /// Nothing: they are compared with no other option.
    NoOpinion,
}

/// A ballot's row is this wide at most.
pub(crate) const MAX_STRIDE: usize = 32;

/// A row is filled up to 8, 16 or 32 bytes, so that the machine compares a whole row at once.
fn stride_for(options: usize) -> usize {
    [8, 16, MAX_STRIDE].into_iter().find(|&stride| options <= stride).expect("options were counted before")
}

/// Many ranked ballots: a byte for each option, 0 for the most preferred, equal bytes for equals, and how many gave this ballot.
///
/// At 10 options a ballot takes 20 bytes.
#[derive(Debug, Clone)]
pub struct RankedBallots {
    options: usize,
    stride: usize,
    rows: Vec<u8>,
    counts: Vec<u32>,
}

/// How many prefer the first option to the second, for each two: `wins[a][b]`.
pub type Pairwise = Vec<Vec<u64>>;

impl RankedBallots {
    /// No ballots yet.
    ///
    /// # Panics
    /// When there are more than [`MAX_OPTIONS`] options.
    #[must_use]
    pub fn new(options: usize) -> Self {
        assert!(options <= MAX_OPTIONS, "a study has at most {MAX_OPTIONS} options");
        Self { options, stride: stride_for(options), rows: Vec::new(), counts: Vec::new() }
    }

    /// Makes room for this many more ballots.
    pub fn reserve(&mut self, ballots: usize) {
        self.rows.reserve(ballots * self.stride);
        self.counts.reserve(ballots);
    }

    /// Adds a ballot given by `count` voters: groups of equals, the most preferred first. Options it does not list are unlisted.
    ///
    /// # Panics
    /// When it lists an option that is not there or one twice, or an empty group: whoever reads ballots has refused those.
    pub fn push(&mut self, groups: &[&[usize]], count: u32) {
        let start = self.rows.len();
        self.rows.resize(start + self.stride, UNLISTED);
        let row = &mut self.rows[start..start + self.options];
        for (rank, group) in (0_u8..).zip(groups) {
            assert!(!group.is_empty(), "a group of equals has options");
            for &option in *group {
                assert!(row[option] == UNLISTED, "no option is listed twice");
                row[option] = rank;
            }
        }
        self.counts.push(count);
    }

    /// Adds a ballot without equals, as [`Self::push`] does.
    ///
    /// # Panics
    /// As [`Self::push`] does.
    pub fn push_order(&mut self, order: &[u8], count: u32) {
        let start = self.rows.len();
        self.rows.resize(start + self.stride, UNLISTED);
        let row = &mut self.rows[start..start + self.options];
        for (rank, &option) in (0_u8..).zip(order) {
            let place = &mut row[usize::from(option)];
            assert!(*place == UNLISTED, "no option is listed twice");
            *place = rank;
        }
        self.counts.push(count);
    }

    /// How many options there are.
    #[must_use]
    pub fn options(&self) -> usize {
        self.options
    }

    /// How many voters gave these ballots.
    #[must_use]
    pub fn voters(&self) -> u64 {
        self.counts.iter().map(|&count| u64::from(count)).sum()
    }

    /// How many bytes a ballot takes.
    #[must_use]
    pub fn bytes_per_ballot(&self) -> usize {
        self.stride + size_of::<u32>()
    }

    /// Each different row with its ranks by option and how many gave it.
    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = (&[u8], u32)> {
        self.rows.chunks_exact(self.stride).map(|row| &row[..self.options]).zip(self.counts.iter().copied())
    }

    /// The row at this place, filled up.
    pub(crate) fn filled_row(&self, ballot: usize) -> &[u8] {
        &self.rows[ballot * self.stride..(ballot + 1) * self.stride]
    }

    pub(crate) fn count(&self, ballot: usize) -> u32 {
        self.counts[ballot]
    }

    pub(crate) fn len(&self) -> usize {
        self.counts.len()
    }

    /// How many prefer which option to which.
    #[must_use]
    pub fn pairwise(&self, unlisted: Unlisted) -> Pairwise {
        let mut wins = vec![vec![0; self.options]; self.options];
        match self.stride {
            8 => self.add_pairwise::<8>(unlisted, &mut wins),
            16 => self.add_pairwise::<16>(unlisted, &mut wins),
            _ => self.add_pairwise::<MAX_STRIDE>(unlisted, &mut wins),
        }
        wins
    }

    fn add_pairwise<const STRIDE: usize>(&self, unlisted: Unlisted, wins: &mut Pairwise) {
        // As many rows as a byte can count, so that a row of bytes is added to a row of bytes.
        const BLOCK: usize = 255;
        for (rows, counts) in self.rows.chunks(BLOCK * STRIDE).zip(self.counts.chunks(BLOCK)) {
            if counts.iter().all(|&count| count == 1) {
                let sums = sum_block::<STRIDE>(rows, self.options, unlisted);
                for (totals, sums) in wins.iter_mut().zip(&sums) {
                    for (total, &sum) in totals.iter_mut().zip(sums) {
                        *total += u64::from(sum);
                    }
                }
                continue;
            }
            for (row, &count) in rows.chunks_exact(STRIDE).zip(counts) {
                add_row(&row[..self.options], u64::from(count), unlisted, wins);
            }
        }
    }
}

/// Counts up to 255 rows that one voter each gave.
fn sum_block<const STRIDE: usize>(rows: &[u8], options: usize, unlisted: Unlisted) -> [[u8; STRIDE]; MAX_STRIDE] {
    let mut sums = [[0_u8; STRIDE]; MAX_STRIDE];
    // Above every rank: an unlisted option is then beaten by the listed, or by nobody.
    let limit = match unlisted {
        Unlisted::Last => u8::MAX,
        Unlisted::NoOpinion => UNLISTED - 1,
    };
    for row in rows.chunks_exact(STRIDE) {
        let row: &[u8; STRIDE] = row.try_into().expect("the chunk has this length");
        for (sums, &rank) in sums.iter_mut().zip(&row[..options]) {
            for (sum, &other) in sums.iter_mut().zip(row) {
                *sum = sum.wrapping_add(u8::from(rank < other) & u8::from(other <= limit));
            }
        }
    }
    sums
}

fn add_row(row: &[u8], count: u64, unlisted: Unlisted, wins: &mut Pairwise) {
    for (totals, &rank) in wins.iter_mut().zip(row) {
        for (total, &other) in totals.iter_mut().zip(row) {
            if rank < other && (other != UNLISTED || unlisted == Unlisted::Last) {
                *total += count;
            }
        }
    }
}

/// The options a row, filled up, prefers to all others of `continuing`; none when it lists none of them.
pub(crate) fn tops_of(row: &[u8], is_out: &[u8; MAX_STRIDE]) -> u32 {
    match row.len() {
        8 => tops_in::<8>(row, is_out),
        16 => tops_in::<16>(row, is_out),
        _ => tops_in::<MAX_STRIDE>(row, is_out),
    }
}

/// Of a known width, so that the machine compares a whole row at once: a runoff asks this of every ballot it moves.
fn tops_in<const STRIDE: usize>(row: &[u8], is_out: &[u8; MAX_STRIDE]) -> u32 {
    let row: &[u8; STRIDE] = row.try_into().expect("a filled row has this width");
    // 0xff where an option is out makes its rank as bad as unlisted.
    let mut ranks = [UNLISTED; STRIDE];
    for ((rank, &listed), &out) in ranks.iter_mut().zip(row).zip(is_out) {
        *rank = listed | out;
    }
    let best = ranks.iter().copied().fold(UNLISTED, u8::min);
    if best == UNLISTED {
        return 0;
    }
    let places = (0_u32..).zip(&ranks);
    places.fold(0, |set, (option, &rank)| set | u32::from(rank == best) << option)
}

/// `0xff` for each option that does not continue, as [`tops_of`] wants it.
pub(crate) fn out_mask(continuing: u32) -> [u8; MAX_STRIDE] {
    let mut mask = [u8::MAX; MAX_STRIDE];
    for option in options_in(continuing) {
        mask[option] = 0;
    }
    mask
}
