//! The program `plateau`.

use std::process::ExitCode;

fn main() -> ExitCode {
    open_plateau::cli::main()
}
