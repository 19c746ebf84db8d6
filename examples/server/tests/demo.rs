//! The demo as anybody runs it.

use std::fs;
use std::process::Command;

#[test]
fn the_demo_ends_as_its_table_says_and_leaves_exports() {
    let folder = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_ksef-server");
    let output = Command::new(program).arg("demo").current_dir(&folder).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.matches("nothing lost, nothing twice").count(), 2, "{said}");
    assert_eq!(said.matches("; 0 findings").count(), 4, "{said}");
    let companies = [
        ("01010101-0101-0101-0101-010101010101", 17),
        ("02020202-0202-0202-0202-020202020202", 14),
    ];
    for (tenant, accepted) in companies {
        let folder = folder.path().join("target/demo/exports").join(tenant);
        let csv = fs::read_to_string(folder.join("TEST-audit.csv")).unwrap();
        assert_eq!(csv.matches(",ACCEPTED,").count(), accepted, "{csv}");
        for name in ["TEST-receipts.zip", "TEST-evidence.zip"] {
            let zip = fs::read(folder.join(name)).unwrap();
            assert!(zip.starts_with(b"PK"), "{name} is no archive");
        }
    }
}
