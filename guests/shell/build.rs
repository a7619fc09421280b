//! Tells the linker which symbols the kernel's fork needs to find in the module.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("wasi") {
        // A forked child starts with the parent's stack pointer, in a function the kernel calls by name.
        println!("cargo:rustc-link-arg-bins=--export=__stack_pointer");
        println!("cargo:rustc-link-arg-bins=--export=berth_fork_entry");
        // What `src/stack.rs` counts on: scripts may recurse thousands of levels deep.
        println!("cargo:rustc-link-arg-bins=-zstack-size=4194304");
    }
}
