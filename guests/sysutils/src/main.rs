//! Files, processes and the session as a machine, many programs in one module.

#![deny(unsafe_code)]

mod about;
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
    "chrt" => about::chrt,
    "cp" => transfer::cp::main,
    "curl" => curl::main,
    "dd" => copying::dd,
    "df" => space::df,
    "dir" => ls::dir,
    "du" => space::du,
    "free" => machine::free,
    "hostid" => about::hostid,
    "install" => copying::install,
    "ionice" => about::ionice,
    "kill" => signals::kill,
    "killall" => processes::killall,
    "logname" => about::logname,
    "ls" => ls::ls,
    "mcookie" => about::mcookie,
    "mkfifo" => copying::mkfifo,
    "mount" => about::mount,
    "mountpoint" => about::mountpoint,
    "mv" => transfer::mv::main,
    "nice" => run::nice,
    "nohup" => run::nohup,
    "pgrep" => processes::pgrep,
    "pidof" => processes::pidof,
    "pkill" => processes::pkill,
    "ps" => processes::ps,
    "setsid" => about::setsid,
    "stat" => stat::main,
    "stdbuf" => about::stdbuf,
    "sync" => copying::sync,
    "taskset" => about::taskset,
    "time" => run::time_program,
    "timeout" => run::timeout,
    "top" => machine::top,
    "uname" => about::uname,
    "uptime" => machine::uptime,
    "users" => about::users,
    "uuidgen" => about::uuidgen,
    "vdir" => ls::vdir,
    "watch" => run::watch,
    "wget" => curl::wget::main,
    "who" => about::who,
}
