//! The documents for developers name files: each must be there.

use std::path::Path;

const DOCUMENTS: [&str; 4] = ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "README.md"];
const TOPS: [&str; 4] = ["src/", "tests/", "web/", "pipelines/"];

#[test]
fn every_path_in_the_documents_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut checked, mut missing) = (0, Vec::new());
    for document in DOCUMENTS {
        let text = std::fs::read_to_string(root.join(document)).expect(document);
        // Odd pieces stand between backticks. `<kind>` stands for a name that is still to be chosen.
        for code in text.split('`').skip(1).step_by(2) {
            if TOPS.iter().any(|top| code.starts_with(top)) && !code.contains(['<', ' ']) {
                checked += 1;
                if !root.join(code).exists() {
                    missing.push(format!("{document}: {code}"));
                }
            }
        }
    }
    assert!(checked > 60, "the documents name {checked} paths only");
    assert!(missing.is_empty(), "{missing:#?}");
}
