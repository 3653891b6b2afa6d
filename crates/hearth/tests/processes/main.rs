//! Tests that start the built program as an operator does. One program for all of them, so that they are linked once.

#[cfg(test)]
mod bench;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod import;
#[cfg(test)]
mod program;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod tally;
#[cfg(test)]
mod understand;
