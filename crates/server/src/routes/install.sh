#!/bin/bash
# Sets up brew in a Berth session:
#
#   /bin/bash -c "$(curl -fsSL http://berth.internal/install.sh)"
#
# brew itself is in every session already. This makes the directories it keeps things in, says what it does, and how to
# go on.
set -eu

prefix=/home/linuxbrew/.linuxbrew
parts=(bin etc include lib sbin share opt Cellar var/homebrew Library/Taps)

say() { printf '==> %s\n' "$*"; }

if ! command -v brew > /dev/null; then
    echo "This is not a Berth session: there is no brew. See https://brew.sh for Homebrew itself." >&2
    exit 1
fi

say "This script will use:"
printf '%s\n' "$(command -v brew)" "$prefix"

new=()
for part in "${parts[@]}"; do
    if [ ! -d "$prefix/$part" ]; then new+=("$prefix/$part"); fi
done
if [ "${#new[@]}" -gt 0 ]; then
    say "The following new directories will be created:"
    printf '%s\n' "${new[@]}"
    mkdir -p "${new[@]}"
fi

say "Updating brew..."
brew update

say "Installation successful!"
echo
say "Next steps:"
if grep -q "^scratch $prefix " /proc/self/mounts; then
    cat <<'END'
- Make a folder named .linuxbrew, to keep what you install: it is in every session you start from then on.
  In this session there is none, and what you install goes with it.
END
fi
cat <<'END'
- Install something, for example:
    brew install hello
- Run brew search to see what there is
- Run brew help to get started
- Further documentation:
    https://docs.brew.sh
END
