//! Starts Hearth. Everything is in the library, where tests reach it.

fn main() -> std::process::ExitCode {
    hearth::run(std::env::args_os())
}
