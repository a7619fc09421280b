//! Small programs as a person might bring them: core modules for WASI preview 1, written as text.

/// What every program here begins with: imports, one page of memory, and a function that writes to a descriptor.
const PRELUDE: &str = r#"
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 2)
  ;; Writes $length bytes at $at to the standard output.
  (func $print (param $at i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
"#;

/// Compiles a program whose `_start` has this body; the text `data` lies at address 1024.
pub fn program(data: &str, locals: &str, body: &str) -> Vec<u8> {
    let data: String = data.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    let text = format!(
        "(module {PRELUDE} (data (i32.const 1024) \"{data}\") (func (export \"_start\") {locals} {body}))"
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Prints `text` and ends with `code`.
pub fn hello(text: &str, code: u8) -> Vec<u8> {
    let length = text.len();
    let body = format!(
        "(call $print (i32.const 1024) (i32.const {length})) (call $proc_exit (i32.const {code}))"
    );
    program(text, "", &body)
}

/// Prints every argument but the program's name in a line of its own, and ends with how many there were.
pub fn arguments() -> Vec<u8> {
    let body = r"
      (drop (call $args_sizes_get (i32.const 16) (i32.const 20)))
      ;; The pointers from 4096 on, the strings from 8192 on.
      (drop (call $args_get (i32.const 4096) (i32.const 8192)))
      (local.set $count (i32.load (i32.const 16)))
      (local.set $index (i32.const 1))
      (block $done (loop $each
        (br_if $done (i32.ge_u (local.get $index) (local.get $count)))
        (local.set $at (i32.load (i32.add (i32.const 4096) (i32.mul (local.get $index) (i32.const 4)))))
        (local.set $end (local.get $at))
        (block $found (loop $seek
          (br_if $found (i32.eqz (i32.load8_u (local.get $end))))
          (local.set $end (i32.add (local.get $end) (i32.const 1)))
          (br $seek)))
        (call $print (local.get $at) (i32.sub (local.get $end) (local.get $at)))
        (call $print (i32.const 1024) (i32.const 1))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (br $each)))
      (call $proc_exit (i32.sub (local.get $count) (i32.const 1)))";
    let locals = "(local $count i32) (local $index i32) (local $at i32) (local $end i32)";
    program("\n", locals, body)
}

/// Prints the beginning of the file `name`, opened relative to the one directory a program is given; ends with the
/// error number of opening it.
pub fn show(name: &str) -> Vec<u8> {
    let length = name.len();
    let body = format!(
        r"
      (local.set $error (call $path_open (i32.const 3) (i32.const 1) (i32.const 1024) (i32.const {length})
        (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16)))
      (if (local.get $error) (then (call $proc_exit (local.get $error))))
      (i32.store (i32.const 24) (i32.const 8192))
      (i32.store (i32.const 28) (i32.const 4096))
      (drop (call $fd_read (i32.load (i32.const 16)) (i32.const 24) (i32.const 1) (i32.const 32)))
      (call $print (i32.const 8192) (i32.load (i32.const 32)))"
    );
    program(name, "(local $error i32)", &body)
}

/// Copies its standard input to its standard output.
pub fn copy() -> Vec<u8> {
    let body = r"
      (loop $again
        (i32.store (i32.const 24) (i32.const 8192))
        (i32.store (i32.const 28) (i32.const 4096))
        (if (i32.eqz (call $fd_read (i32.const 0) (i32.const 24) (i32.const 1) (i32.const 32))) (then
          (if (i32.load (i32.const 32)) (then
            (call $print (i32.const 8192) (i32.load (i32.const 32)))
            (br $again))))))";
    program("", "", body)
}

/// Computes for ever and calls nobody.
pub fn spin() -> Vec<u8> {
    program("", "", "(loop $again (br $again))")
}

/// Takes memory, page after page, touching each, until there is no more; then prints `full` and ends with 7.
pub fn allocate() -> Vec<u8> {
    let body = r"
      (block $full (loop $more
        (local.set $page (memory.grow (i32.const 16)))
        (br_if $full (i32.eq (local.get $page) (i32.const -1)))
        (i32.store (i32.mul (local.get $page) (i32.const 65536)) (i32.const 1))
        (br $more)))
      (call $print (i32.const 1024) (i32.const 5))
      (call $proc_exit (i32.const 7))";
    program("full\n", "(local $page i32)", body)
}

/// Opens `/dev/null` again and again, closing nothing; ends with the error number that stops it, or with 99 after
/// 100,000.
pub fn open_for_ever() -> Vec<u8> {
    let body = r"
      (loop $more
        (local.set $error (call $path_open (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 8)
          (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16)))
        (if (local.get $error) (then (call $proc_exit (local.get $error))))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (br_if $more (i32.lt_u (local.get $count) (i32.const 100000))))
      (call $proc_exit (i32.const 99))";
    program("dev/null", "(local $error i32) (local $count i32)", body)
}

/// Calls itself until the stack ends.
pub fn recurse() -> Vec<u8> {
    let text = r#"(module (memory (export "memory") 1)
      (func $deep (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))
      (func (export "_start") (drop (call $deep (i32.const 0)))))"#;
    wat::parse_str(text).expect("a module")
}

/// Goes half way down the stack, computes there for many ticks, comes back and ends with 5.
pub fn deep() -> Vec<u8> {
    // Eight values that outlive the call make the frame a large one.
    let kept = (0..8).map(|at| {
        format!(
            "(local.set {} (i64.mul (local.get 0) (i64.const {})))",
            at + 1,
            at + 3
        )
    });
    let used = (0..8).fold(
        String::from("(call $deep (i64.sub (local.get 0) (i64.const 1)))"),
        |sum, at| format!("(i64.xor {sum} (local.get {}))", at + 1),
    );
    let text = format!(
        r#"(module
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (func $deep (param i64) (result i64) {locals} (local $n i32)
            (if (i64.eqz (local.get 0)) (then
              (local.set $n (i32.const 200000000))
              (loop $again
                (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
              (return (i64.const 1))))
            {kept}
            {used})
          (func (export "_start")
            (drop (call $deep (i64.const 300000)))
            (call $exit (i32.const 5))))"#,
        locals = "(local i64)".repeat(8),
        kept = kept.collect::<String>(),
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Gives the system pointers that point nowhere; prints `ok` when each call answers with an error (`EFAULT`, 21).
pub fn bad_pointers() -> Vec<u8> {
    let body = r"
      (if (i32.ne (call $args_get (i32.const -8) (i32.const -8)) (i32.const 21))
        (then (call $proc_exit (i32.const 1))))
      (if (i32.ne (call $fd_write (i32.const 1) (i32.const -4) (i32.const 1000) (i32.const 8)) (i32.const 21))
        (then (call $proc_exit (i32.const 2))))
      (if (i32.ne (call $path_open (i32.const 3) (i32.const 0) (i32.const 0x7fffffff) (i32.const 9)
          (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16)) (i32.const 21))
        (then (call $proc_exit (i32.const 3))))
      (call $print (i32.const 1024) (i32.const 3))";
    program("ok\n", "", body)
}

/// Traps on purpose.
pub fn trap() -> Vec<u8> {
    program("", "", "unreachable")
}
