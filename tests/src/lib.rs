//! What is true of Hearth as a whole: journeys through the door a person uses, and conformance of the house to its plan.
//!
//! Owns tests that need more than one crate. Never holds product code, and never tests a rule that its own crate can test.
//! Start reading at `journeys`, one file per thing a person does; `conformance` keeps the shape of the code.
//! One package, so that all of them are linked once.

#[cfg(test)]
mod browser;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod journeys;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod staff;
#[cfg(test)]
mod traps;
#[cfg(test)]
mod use_cases;
#[cfg(test)]
mod wechat;
#[cfg(test)]
mod world;
