//! `playground formulas`.

use super::{directory, printed};

#[test]
fn the_shipped_formulas_are_the_registrys() {
    let written = directory("formulas").join("formulas.js");
    printed(&["formulas", "--out", written.to_str().unwrap()]);
    let [written, shipped] = [written.to_str().unwrap(), "www/app/formulas.js"]
        .map(|file| std::fs::read_to_string(file).unwrap());
    assert_eq!(
        written, shipped,
        "run `playground formulas` to write www/app/formulas.js"
    );
}
