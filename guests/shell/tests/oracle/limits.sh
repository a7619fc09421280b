### the table of limits is bash's
ulimit -a
ulimit -Ha

### limits sink, come back as far as the hard one, and are inherited
ulimit -Sn 50; ulimit -n; ulimit -Hn 80; ulimit -n 80; ulimit -n
bash -c 'ulimit -n; ulimit -Hn'
ulimit -n 90; echo $?

### several limits in one call
ulimit -n 100 -c 20; ulimit -n -c -t
ulimit -n100; ulimit -n; ulimit -Sc hard; ulimit -c

### what is no limit
ulimit -n x; echo $?; ulimit -nc; echo $?
ulimit -T; echo $?; ulimit -p 3; echo $?

### a file that grows too long ends its writer
ulimit -f 1
(printf '%2000s' x > long; echo unreached) 2>/dev/null; echo $?

### a block is smaller in POSIX mode
set -o posix
ulimit -c 3; ulimit -c; set +o posix; ulimit -c

### what was ignored from the beginning stays ignored
(trap '' HUP USR1
bash -c 'trap "echo caught" HUP INT; trap; trap - HUP; kill -HUP $$; kill -USR1 $$; trap
(trap; trap -p HUP); echo alive; eval "trap -p USR1"')
