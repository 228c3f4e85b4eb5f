// overflow PLACE: what Rust does about a stack overflow: a handler on an
// alternate stack of its own, which aborts.
use std::hint::black_box;

fn recurse(depth: u64) -> u64 {
    let room = black_box([depth; 64]);
    recurse(depth + 1) + black_box(room)[1]
}

fn main() {
    let place = std::env::args().nth(1).expect("main or thread");
    if place == "thread" {
        let thread = std::thread::spawn(|| recurse(0));
        println!("{}", thread.join().unwrap());
    } else {
        println!("{}", recurse(0));
    }
}
