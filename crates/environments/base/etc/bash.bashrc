# System-wide start of an interactive shell.
PS1='\u@\h:\w\$ '
PS2='> '
alias ls='ls --color=auto'
alias ll='ls -l'
alias la='ls -A'
complete -C 'brew __complete' brew
# What to do about a command that is not there.
command_not_found_handle() {
    /usr/lib/command-not-found "$1"
}
