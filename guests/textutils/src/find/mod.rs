//! `find`: files in trees, by what is known about them.

mod act;
mod expression;
mod parse;
mod printf;
mod walk;

use std::ffi::OsString;

use berth_multicall::{bytes, complain, print_help};

const HELP: &str = "\
Usage: find [-H] [-L] [-P] [path...] [expression]

Default path is the current directory; default expression is -print.
Expression may consist of: operators, options, tests, and actions.

Operators (decreasing precedence; -and is implicit where no others are given):
      ( EXPR )   ! EXPR   -not EXPR   EXPR1 -a EXPR2   EXPR1 -and EXPR2
      EXPR1 -o EXPR2   EXPR1 -or EXPR2   EXPR1 , EXPR2

Options: -depth -maxdepth LEVELS -mindepth LEVELS -xdev -mount -daystart -follow -regextype TYPE

Tests (N can be +N or -N or N):
      -amin N -atime N -cmin N -ctime N -mmin N -mtime N -newer FILE -anewer FILE -cnewer FILE -newerXY REF
      -empty -executable -readable -writable -false -true -gid N -group NAME -uid N -user NAME -nouser -nogroup
      -ilname PATTERN -iname PATTERN -ipath PATTERN -iregex PATTERN -lname PATTERN -name PATTERN
      -path PATTERN -wholename PATTERN -regex PATTERN -inum N -links N -samefile NAME
      -perm [-/]MODE -size N[bcwkMG] -type [bcdpfls] -xtype [bcdpfls]

Actions: -delete -print -print0 -printf FORMAT -fprint FILE -fprint0 FILE -fprintf FILE FORMAT -ls -prune -quit
      -exec COMMAND ; -exec COMMAND {} + -ok COMMAND ;
      -execdir COMMAND ; -execdir COMMAND {} + -okdir COMMAND ;
";

/// `find`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    let words: Vec<Vec<u8>> = arguments
        .iter()
        .skip(1)
        .map(|argument| bytes(argument).to_vec())
        .collect();
    if words
        .iter()
        .any(|word| word == b"--help" || word == b"-help")
    {
        return print_help("find", HELP);
    }
    let request = match parse::parse(words) {
        Ok(request) => request,
        Err(error) => {
            complain("find", format_args!("{error}"));
            return 1;
        }
    };
    walk::run(&request)
}
