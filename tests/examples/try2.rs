//! Scratch.
use berth_tests::*;
fn main() {
    let server = Server::start();
    let ann = server.person();
    ann.folder("data");
    let wat = r#"(module
 (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
 (import "berth" "setpgid" (func $setpgid (param i32 i32) (result i32)))
 (import "berth" "getpid" (func $getpid (result i32)))
 (import "berth" "signal_action" (func $sa (param i32 i32 i32) (result i32)))
 (import "berth" "tty_get_foreground" (func $gf (param i32 i32) (result i32)))
 (import "berth" "tty_set_foreground" (func $sf (param i32 i32) (result i32)))
 (import "berth" "tty_get_attributes" (func $ga (param i32 i32) (result i32)))
 (import "berth" "tty_set_attributes" (func $sat (param i32 i32 i32) (result i32)))
 (memory (export "memory") 1)
 (func (export "_start") (local $e i32)
  (local.set $e (call $setpgid (i32.const 0) (i32.const 0)))
  (if (local.get $e) (then (call $exit (i32.add (i32.const 100) (local.get $e)))))
  (local.set $e (call $sa (i32.const 22) (i32.const 2) (i32.const 0)))
  (local.set $e (call $sa (i32.const 21) (i32.const 2) (i32.const 0)))
  (local.set $e (call $sa (i32.const 1) (i32.const 2) (i32.const 0)))
  (local.set $e (call $sa (i32.const 2) (i32.const 2) (i32.const 0)))
  (local.set $e (call $sa (i32.const 28) (i32.const 2) (i32.const 0)))
  (local.set $e (call $sa (i32.const 22) (i32.const 1) (i32.const 0)))
  (if (local.get $e) (then (call $exit (i32.add (i32.const 150) (local.get $e)))))
  (local.set $e (call $gf (i32.const 0) (i32.const 8)))
  (if (local.get $e) (then (call $exit (i32.add (i32.const 200) (local.get $e)))))
  (local.set $e (call $sf (i32.const 0) (call $getpid)))
  (if (local.get $e) (then (call $exit (local.get $e))))
  (local.set $e (call $sa (i32.const 22) (i32.const 2) (i32.const 0)))
  (local.set $e (call $ga (i32.const 0) (i32.const 64)))
  (if (local.get $e) (then (call $exit (i32.add (i32.const 50) (local.get $e)))))
  (local.set $e (call $sat (i32.const 0) (i32.const 64) (i32.const 1)))
  (if (local.get $e) (then (call $exit (i32.add (i32.const 100) (local.get $e)))))
  (call $exit (i32.const 0))))"#;
    ann.put("data", "p.wasm", wat::parse_str(wat).unwrap())
        .fine();
    let session = ann.session(&["data"]);
    let mut t = session.terminal();
    t.wait_for_prompt();
    for line in ["set +m", "data/p.wasm; echo \"status $?\" > data/status"] {
        t.enter(line);
        t.drain(usize::MAX);
    }
    println!("{}", t.screen());
    println!("{}", session.run("cat data/status"));
}
