# Start of a login shell of yours. /etc/profile was read before.
if [ -r "$HOME/.bashrc" ]; then
    . "$HOME/.bashrc"
fi
