#!/bin/sh
# need-libiberty.sh CC: libiberty has no pkg-config file, so it is tried.
set -eu

probe=$(mktemp)
trap 'rm -f "$probe"' EXIT
source='#include <libiberty/demangle.h>
int main(void) { return cplus_demangle("x", 0) != 0; }'
if ! printf '%s\n' "$source" | "$1" -x c -o "$probe" - -liberty 2>/dev/null; then
	echo "fdpreload needs the library libiberty to build: install the Debian package libiberty-dev." >&2
	exit 1
fi
