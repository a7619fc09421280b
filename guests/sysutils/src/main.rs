//! Files, processes and the session as a machine, many programs in one module.

#![deny(unsafe_code)]

mod about;
mod copying;
mod curl;
mod family;
mod limits;
mod locale;
mod lookup;
mod ls;
mod machine;
mod modes;
mod namei;
mod processes;
mod rename;
mod run;
mod signals;
mod space;
mod special;
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
    "flock" => special::flock,
    "free" => machine::free,
    "getconf" => lookup::getconf,
    "getent" => lookup::getent,
    "hostid" => about::hostid,
    "install" => copying::install,
    "ionice" => about::ionice,
    "kill" => signals::kill,
    "killall" => processes::killall,
    "locale" => locale::main,
    "logname" => about::logname,
    "ls" => ls::ls,
    "lscpu" => lookup::lscpu,
    "mcookie" => about::mcookie,
    "mkfifo" => special::mkfifo,
    "mknod" => special::mknod,
    "mount" => about::mount,
    "mountpoint" => about::mountpoint,
    "mv" => transfer::mv::main,
    "namei" => namei::main,
    "nice" => run::nice,
    "nohup" => run::nohup,
    "nproc" => lookup::nproc,
    "pgrep" => processes::pgrep,
    "pidof" => processes::pidof,
    "pkill" => processes::pkill,
    "prlimit" => limits::prlimit,
    "ps" => processes::ps,
    "pstree" => family::pstree,
    "pwdx" => family::pwdx,
    "rename" => rename::main,
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
    "w" => machine::w,
    "watch" => run::watch,
    "wget" => curl::wget::main,
    "whereis" => lookup::whereis,
    "who" => about::who,
}
