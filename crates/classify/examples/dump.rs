//! temporary
use countersign_classify::Embedded;
fn main() {
    let e = Embedded::new();
    for l in std::io::stdin().lines() {
        let l = l.unwrap();
        println!("{}", e.answer_line(&l, 0.5).unwrap());
    }
}
