//! Where the program is.

use std::path::PathBuf;

/// The program under test: what `COUNTERSIGN_BIN` names, else what was built beside the tests. `None`, after saying so,
/// where there is neither.
pub fn program() -> Option<PathBuf> {
    let found = std::env::var_os("COUNTERSIGN_BIN").map(PathBuf::from).or_else(beside_the_tests);
    if found.is_none() {
        println!(
            "END-TO-END TEST LEFT OUT: COUNTERSIGN_BIN is not set and no program stands beside the tests. Run \
             `cargo xtask test`, or build it first with `cargo build -p countersign`."
        );
    }
    found
}

/// Tests are built to `target/PROFILE/deps`, programs to `target/PROFILE`.
fn beside_the_tests() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    let built = test.parent()?.parent()?.join("countersign");
    built.is_file().then_some(built)
}

/// The administrator's address of a PostgreSQL server for tests, where one is there.
pub(crate) fn postgres() -> Option<String> {
    std::env::var_os("COUNTERSIGN_TEST_POSTGRES")?.into_string().ok()
}
