//! File work to be timed: the same program runs in a session and, compiled for the host, beside it.
//!
//! `bench write FILE BYTES PIECE`, `bench read FILE PIECE`, `bench open FILE TIMES`: prints the seconds it took by its
//! own clock, so that starting it does not count.

#![forbid(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let started = Instant::now();
    let done = match words[..] {
        ["write", file, bytes, piece] => {
            number(bytes).and_then(|bytes| write(file, bytes, number(piece)?))
        }
        ["read", file, piece] => number(piece).and_then(|piece| read(file, piece)),
        ["open", file, times] => number(times).and_then(|times| open(file, times)),
        _ => Err(io::Error::other(
            "usage: bench write FILE BYTES PIECE | read FILE PIECE | open FILE TIMES",
        )),
    };
    match done {
        Ok(()) => {
            println!("{:.6}", started.elapsed().as_secs_f64());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn number(text: &str) -> io::Result<usize> {
    text.parse().map_err(io::Error::other)
}

fn write(file: &str, bytes: usize, piece: usize) -> io::Result<()> {
    let buffer = vec![7; piece];
    // Written over rather than made anew: what is timed is the call, not the host's search for free blocks.
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(file)?;
    for _ in 0..bytes / piece {
        file.write_all(&buffer)?;
    }
    Ok(())
}

fn read(file: &str, piece: usize) -> io::Result<()> {
    let mut buffer = vec![0; piece];
    let mut file = File::open(file)?;
    while file.read(&mut buffer)? > 0 {}
    Ok(())
}

fn open(file: &str, times: usize) -> io::Result<()> {
    for _ in 0..times {
        File::open(file)?.metadata()?;
    }
    Ok(())
}
