//! Starts Hearth. Everything is in the library, where tests reach it.

/// A GraphQL answer is hundreds of small allocations: with the system's allocator they were a seventh of a balance query.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    hearth::run(std::env::args_os())
}
