//! Files, processes and the session as a machine, many programs in one module.

#![deny(unsafe_code)]

mod copying;
mod curl;
mod ls;
mod machine;
mod modes;
mod options;
mod processes;
mod run;
mod signals;
mod space;
mod stat;
mod transfer;

berth_multicall::programs! { "sysutils",
    "chgrp" => modes::chgrp,
    "chmod" => modes::chmod,
    "chown" => modes::chown,
    "cp" => transfer::cp::main,
    "curl" => curl::main,
    "dd" => copying::dd,
    "df" => space::df,
    "dir" => ls::dir,
    "du" => space::du,
    "free" => machine::free,
    "install" => copying::install,
    "kill" => signals::kill,
    "killall" => processes::killall,
    "ls" => ls::ls,
    "mkfifo" => copying::mkfifo,
    "mv" => transfer::mv::main,
    "nice" => run::nice,
    "nohup" => run::nohup,
    "pgrep" => processes::pgrep,
    "pidof" => processes::pidof,
    "pkill" => processes::pkill,
    "ps" => processes::ps,
    "stat" => stat::main,
    "sync" => copying::sync,
    "time" => run::time_program,
    "timeout" => run::timeout,
    "top" => machine::top,
    "uptime" => machine::uptime,
    "vdir" => ls::vdir,
    "watch" => run::watch,
    "wget" => curl::wget::main,
}
