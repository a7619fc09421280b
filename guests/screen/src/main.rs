//! Programs that own the whole screen, in one module.

#![deny(unsafe_code)]

mod buffer;
mod document;
mod glyph;
mod less;
mod nano;
mod terminal;
mod tput;
mod vi;
mod view;

berth_multicall::programs! { "screen",
    "less" => less::less,
    "more" => less::more,
    "nano" => nano::main,
    "pager" => less::less,
    "editor" => nano::main,
    "pico" => nano::main,
    "tput" => tput::main,
    "vi" => vi::main,
    "vim" => vi::main,
}
