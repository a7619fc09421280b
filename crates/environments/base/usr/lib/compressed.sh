# What zgrep, zless, zdiff and their like have in common. The name of the program that reads this says what unpacks.
name=${0##*/}
case $name in
bz*) unpack='bzip2 -dc' suffix=.bz2 ;;
xz*) unpack='xz -dc' suffix=.xz ;;
zstd*) unpack='zstd -dcq' suffix=.zst ;;
*) unpack='gzip -dc' suffix=.gz ;;
esac

# Prints a file, or standard input for -; what is not compressed is printed as it is.
contents() {
    if [ "$1" = - ]; then
        cat
    elif $unpack -t -- "$1" 2>/dev/null; then
        $unpack -- "$1"
    else
        cat -- "$1"
    fi
}
