//! Scratch.
use berth_tests::*;
fn main() {
    let server = Server::start();
    let ann = server.person();
    ann.folder("data");
    let session = ann.session(&["data"]);
    let mut t = session.terminal();
    t.wait_for_prompt();
    for line in std::env::args().skip(1) {
        if let Some(line) = line.strip_prefix("exec:") {
            println!("{}", session.run(line));
            continue;
        }
        if t.is_closed() {
            t = session.terminal();
            t.wait_for_prompt();
        }
        t.enter(&line);
        t.drain(usize::MAX);
        println!(
            "--- after {line:?} closed {}\n{}",
            t.is_closed(),
            t.screen()
        );
    }
    println!("raw {:?}", String::from_utf8_lossy(&t.output));
    println!("{}", server.log_since(0));
    println!("{}", session.now());
}
