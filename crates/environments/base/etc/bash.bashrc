# System-wide start of an interactive shell.
PS1='\u@\h:\w\$ '
PS2='> '
alias ls='ls --color=auto'
alias ll='ls -l'
alias la='ls -A'
complete -C 'brew __complete' brew
