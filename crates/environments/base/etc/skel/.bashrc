# Start of an interactive shell of yours. /etc/bash.bashrc was read before.
