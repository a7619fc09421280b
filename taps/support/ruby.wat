;; What makes a command of Ruby's build for WASI, which is a library for web pages: `_start`, in place of the function main.
;;
;; Ruby's setjmp and fibers are made with asyncify: the whole stack is unwound, who called first says where to go on, and
;; the same call made again rewinds the stack to there. `$settle` is who called first. Nothing of this module is ever on
;; the stack between it and Ruby, so that asyncify need not know this module.
(module
  (type $entry (func (param i32 i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "program" "memory" (memory 1))
  (import "program" "table" (table 2 funcref))
  (import "program" "_initialize" (func $initialize))
  (import "program" "malloc" (func $malloc (param i32) (result i32)))
  (import "program" "getenv" (func $getenv (param i32) (result i32)))
  (import "program" "chdir" (func $chdir (param i32) (result i32)))
  (import "program" "exit" (func $exit (param i32)))
  (import "program" "ruby_sysinit" (func $ruby_sysinit (param i32 i32)))
  (import "program" "ruby_init" (func $ruby_init))
  (import "program" "ruby_options" (func $ruby_options (param i32 i32) (result i32)))
  (import "program" "rb_protect" (func $rb_protect (param i32 i32 i32) (result i32)))
  (import "program" "rb_iseq_eval" (func $rb_iseq_eval (param i32) (result i32)))
  (import "program" "ruby_cleanup" (func $ruby_cleanup (param i32) (result i32)))
  (import "program" "asyncify_get_state" (func $asyncify_get_state (result i32)))
  (import "program" "asyncify_stop_unwind" (func $asyncify_stop_unwind))
  (import "program" "asyncify_start_rewind" (func $asyncify_start_rewind (param i32)))
  (import "program" "rb_wasm_handle_jmp_unwind" (func $handle_jmp_unwind (result i32)))
  (import "program" "rb_wasm_handle_scan_unwind" (func $handle_scan_unwind (result i32)))
  (import "program" "rb_wasm_handle_fiber_unwind" (func $handle_fiber_unwind (param i32 i32 i32 i32) (result i32)))

  ;; The null function, which nobody calls, becomes the one that `rb_protect` is to call.
  (elem (i32.const 0) func $rb_iseq_eval)

  ;; The steps of a command, in their order.
  (global $init i32 (i32.const 0))
  (global $options i32 (i32.const 1))
  (global $run i32 (i32.const 2))
  (global $cleanup i32 (i32.const 3))

  ;; Words in memory: argc, argv, what rb_protect says; then a fiber's entry, its two arguments, whether it is new.
  (global $words (mut i32) (i32.const 0))

  (func $step (param $which i32) (param $argument i32) (result i32)
    (local $words i32)
    (local.set $words (global.get $words))
    (if (i32.eq (local.get $which) (global.get $init))
      (then
        (call $ruby_init)
        (return (i32.const 0))))
    (if (i32.eq (local.get $which) (global.get $options))
      (then (return (call $ruby_options (i32.load (local.get $words)) (i32.load offset=4 (local.get $words))))))
    (if (i32.eq (local.get $which) (global.get $run))
      (then (return (call $rb_protect (i32.const 0) (local.get $argument) (i32.add (local.get $words) (i32.const 8))))))
    (call $ruby_cleanup (local.get $argument)))

  ;; Takes one step to its end, however often Ruby unwinds the stack meanwhile.
  (func $settle (param $which i32) (param $argument i32) (result i32)
    (local $words i32) (local $result i32) (local $buffer i32)
    (local.set $words (global.get $words))
    (i32.store offset=12 (local.get $words) (i32.const 0))
    (loop $again
      (if (i32.load offset=12 (local.get $words))
        (then
          (call_indirect (type $entry)
            (i32.load offset=16 (local.get $words))
            (i32.load offset=20 (local.get $words))
            (i32.load offset=12 (local.get $words))))
        (else (local.set $result (call $step (local.get $which) (local.get $argument)))))
      (if (i32.eqz (call $asyncify_get_state)) (then (return (local.get $result))))
      (call $asyncify_stop_unwind)
      (local.set $buffer (call $handle_jmp_unwind))
      (if (i32.eqz (local.get $buffer)) (then (local.set $buffer (call $handle_scan_unwind))))
      (if (i32.eqz (local.get $buffer))
        (then
          (i32.store offset=24 (local.get $words) (i32.const 0))
          (local.set $buffer
            (call $handle_fiber_unwind
              (i32.add (local.get $words) (i32.const 12))
              (i32.add (local.get $words) (i32.const 16))
              (i32.add (local.get $words) (i32.const 20))
              (i32.add (local.get $words) (i32.const 24))))))
      (if (local.get $buffer)
        (then (call $asyncify_start_rewind (local.get $buffer)) (br $again)))
      (br_if $again (i32.load8_u offset=24 (local.get $words))))
    (local.get $result))

  (func $get_arguments
    (local $words i32) (local $pointers i32)
    (local.set $words (global.get $words))
    (drop (call $args_sizes_get (local.get $words) (i32.add (local.get $words) (i32.const 8))))
    (local.set $pointers
      (call $malloc (i32.shl (i32.add (i32.load (local.get $words)) (i32.const 1)) (i32.const 2))))
    (i32.store offset=4 (local.get $words) (local.get $pointers))
    (drop (call $args_get (local.get $pointers) (call $malloc (i32.load offset=8 (local.get $words)))))
    (i32.store
      (i32.add (local.get $pointers) (i32.shl (i32.load (local.get $words)) (i32.const 2)))
      (i32.const 0)))

  ;; WASI has no working directory; the shell says what it is in PWD.
  (func $enter_working_directory
    (local $words i32) (local $directory i32)
    (local.set $words (global.get $words))
    (i32.store (local.get $words) (i32.const 0x445750)) ;; "PWD"
    (local.set $directory (call $getenv (local.get $words)))
    (if (local.get $directory) (then (drop (call $chdir (local.get $directory))))))

  (func (export "_start")
    (local $node i32) (local $status i32) (local $body i32)
    (call $initialize)
    (global.set $words (call $malloc (i32.const 32)))
    (call $enter_working_directory)
    (call $get_arguments)
    (call $ruby_sysinit (global.get $words) (i32.add (global.get $words) (i32.const 4)))
    (drop (call $settle (global.get $init) (i32.const 0)))
    (local.set $node (call $settle (global.get $options) (i32.const 0)))
    ;; What came of the options is the program to run, or that there is none: an exit status as one of Ruby's small
    ;; integers (the status twice, and one), or true or false.
    (if (i32.eq (local.get $node) (i32.const 6)) (then (local.set $node (i32.const 1))))
    (if (i32.eqz (local.get $node)) (then (local.set $node (i32.const 3))))
    (if (i32.and (local.get $node) (i32.const 1))
      (then
        (drop (call $settle (global.get $cleanup) (i32.const 0)))
        (call $exit (i32.shr_s (local.get $node) (i32.const 1)))))
    ;; rb_iseq_eval_main is not linked into a library. rb_iseq_eval does the same, but for a bug it reports when a program's
    ;; type, the first word of its body, is not that of a file that is loaded: 0.
    (local.set $body (i32.load offset=8 (local.get $node)))
    (i32.store (local.get $body) (i32.const 0))
    (drop (call $settle (global.get $run) (local.get $node)))
    (call $exit (call $settle (global.get $cleanup) (i32.load offset=8 (global.get $words))))))
