#!/bin/bash
# Sets up brew in a Berth session:  /bin/bash -c "$(curl -fsSL <this address>)"
# brew is in every session already. This makes its directories, says what it does, and how to go on.
set -eu

prefix=/home/linuxbrew/.linuxbrew

say() { printf '==> %s\n' "$*"; }

if ! command -v brew > /dev/null; then
    echo "This is not a Berth session: there is no brew. See https://brew.sh for Homebrew itself." >&2
    exit 1
fi

say "This script will set up:"
for directory in bin etc include lib sbin share opt Cellar var/homebrew Library/Taps; do
    printf '%s\n' "$prefix/$directory"
done
for directory in bin etc include lib sbin share opt Cellar var/homebrew Library/Taps; do
    mkdir -p "$prefix/$directory"
done

brew update
say "Installation successful!"

if ! brew doctor > /dev/null 2>&1; then
    brew doctor || true
fi

say "Next steps:"
cat <<'END'
- What brew installs is in your PATH already.
- To keep it, have a folder named .linuxbrew: it is in every session you start from then on.
- Run brew help to get started
- Try it:
    brew install hello
    hello
END
