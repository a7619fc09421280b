//! `test`: whether what is installed works here.

use std::fs;
use std::path::Path;

use berth_multicall::{path_bytes, run};

use crate::command::Arguments;
use crate::failure::{Failure, Result, at};
use crate::files;
use crate::installed;
use crate::output::{error, say, step};
use crate::places::Places;
use crate::taps::Taps;

/// Where tests have their directories.
const TEMPORARY: &str = "/tmp";

/// `brew test`
pub fn test(places: &Places, arguments: &Arguments) -> Result<i32> {
    let taps = Taps::open(places)?;
    let mut code = 0;
    for name in arguments.some_names()? {
        let there = installed::must_find(places, name)?;
        let offer = taps.must_find(name)?;
        step(format!("Testing {}", there.name));
        let place = Path::new(TEMPORARY).join(format!("{}-test-{}", there.name, files::token()));
        fs::create_dir(&place).map_err(at(&place))?;
        let ended = in_directory(&place, &offer.formula.test);
        files::remove(&place).map_err(at(&place))?;
        if ended? != 0 {
            error(format!("{}: failed", there.name));
            say(offer.formula.test.trim_end());
            code = 1;
        }
    }
    Ok(code)
}

/// Runs shell text in a directory; returns its exit code.
fn in_directory(place: &Path, text: &str) -> Result<i32> {
    berth_guest::chdir(path_bytes(place))?;
    let words = ["bash", "-e", "-c", text].map(|word| word.as_bytes().to_vec());
    let end = run(&words, None)
        .map_err(|error| Failure(format!("bash: {}", berth_multicall::reason(&error))))?;
    // Before the directory is removed.
    berth_guest::chdir(b"/")?;
    Ok(end.code())
}
