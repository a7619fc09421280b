//! Archives and compressed files, many programs in one module.

#![deny(unsafe_code)]

mod compress;
mod formats;
mod pack;
mod tape;

berth_multicall::programs! { "archive",
    "bunzip2" => compress::bunzip2,
    "bzcat" => compress::bzcat,
    "bzip2" => compress::bzip2,
    "gunzip" => compress::gunzip,
    "gzip" => compress::gzip,
    "tar" => tape::main,
    "unxz" => compress::unxz,
    "unzip" => pack::unzip,
    "unzstd" => compress::unzstd,
    "xz" => compress::xz,
    "xzcat" => compress::xzcat,
    "zcat" => compress::zcat,
    "zip" => pack::zip,
    "zstd" => compress::zstd,
    "zstdcat" => compress::zstdcat,
}
