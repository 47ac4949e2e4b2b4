#!/bin/sh
# woff2.sh FONT OUT - make OUT, a woff2, of FONT.
#
# woff2_compress writes beside its input and takes the name from it.
set -eu
mkdir -p "${2%/*}"
cp "$1" "${2%.woff2}.tmp"
woff2_compress "${2%.woff2}.tmp" >/dev/null 2>&1
rm -f "${2%.woff2}.tmp"
test -s "$2"
