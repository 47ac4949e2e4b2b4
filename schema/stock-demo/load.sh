#!/bin/bash
# load.sh DIR: draw the pictures into DIR and print the demonstration stock.
#
#	load.sh build/stock-demo | mariadb hatstock
#
# Every svg/SKU.svg becomes DIR/SKU.png, 1200 wide; only drawings that
# changed are drawn again.  What is printed is SQL for an empty schema.sql, in
# one transaction: all of it is loaded or nothing.
set -eu -o pipefail
shopt -s nullglob
export LC_ALL=C

if [ $# -ne 1 ]; then
	echo "usage: ${0##*/} DIR" >&2
	exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)

# Drawn under another name first: a PNG that is there is a whole one.
export dir
for svg in "$here"/svg/*.svg; do
	png=$dir/$(basename "$svg" .svg).png
	[ "$svg" -ot "$png" ] || printf '%s\0' "$svg"
done | xargs -0 -r -n 1 -P "$(nproc)" bash -c '
	png=$dir/$(basename "$1" .svg).png
	rsvg-convert --width 1200 --output "$png.$$" "$1" &&
	    mv "$png.$$" "$png" || { rm -f "$png.$$"; exit 1; }
' draw

exec perl "$here/rows.pl" "$here" "$dir"
