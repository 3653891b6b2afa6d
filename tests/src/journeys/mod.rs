//! One file per thing a person or a system does, each through its own door, on both engines, with exact values.
