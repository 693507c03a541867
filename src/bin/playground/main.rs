//! `playground`: pre-trains the shipped policies, trains them as the page does, and
//! times the engine.

#[cfg(not(target_arch = "wasm32"))]
mod commands;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    commands::run()
}

/// In a browser the library's bindings are the way in.
#[cfg(target_arch = "wasm32")]
fn main() {}
