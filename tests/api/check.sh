#!/bin/bash
# The C API from C and C++, linked in each way, with the library and without.
#
#     tests/api/check.sh BUILD
#
# The last line is `N passed, N failed, N skipped`.
set -uo pipefail

build=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0 skipped=0

same() { # WHAT GOT EXPECTED
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAIL %s\n%s\n' "$1" "$(diff <(echo "$3") <(echo "$2"))"
	fi
}

functions=(is_enabled enable is_enabled disable dump_traceback dump_c_stack later cancel register unregister)
absent=$(echo 'version none'; printf '%s -38\n' "${functions[@]}" heartbeat annotate)
present=$(printf '%s\n' "version $("$build/fdpreload" --version | cut -d' ' -f2)" 'is_enabled 0' \
	'enable 0' 'is_enabled 1' 'disable 1' 'dump_traceback 0' 'dump_c_stack 0' 'later 0' 'cancel 1' 'register 0' \
	'unregister 1')
# Not watched: each says so.
idle=$(printf '%s\n' "${present%%$'\n'*}"; printf '%s -107\n' "${functions[@]}" |
	sed 's/^unregister .*/unregister 0/')

# What the program says itself, without the dump.
answers() {
	"$@" 2>&1 | grep -E '^[a-z_]+ (-?[0-9.]+|none)$'
}

with_library() { # FOLLOW COMMAND...
	answers env LD_PRELOAD="$build/libfdpreload.so" FDPRELOAD_DAEMON="$build/fdpreloadd" \
		FDPRELOAD_LOG_DIR="$scratch/log" FDPRELOAD_FOLLOW="$1" "${@:2}"
}

try() { # WHAT COMPILER...
	if ! "${@:2}" -Wall -Wextra -Wpedantic -Werror -o "$scratch/calls" 2>"$scratch/errors"; then
		failed=$((failed + 1))
		echo "FAIL $1: it does not compile"
		cat "$scratch/errors"
		return
	fi
	same "$1, without the library" "$(answers "$scratch/calls" all)" "$absent"
	[[ $1 == *static* ]] && return
	same "$1, with the library" "$(with_library all "$scratch/calls")" "$present"
	same "$1, not watched" "$(with_library none "$scratch/calls")" "$idle"
}

cc=${CC:-gcc} cxx=${CXX:-g++}
for flags in -O0 -O2 '-O0 -fno-pie -no-pie' '-O2 -fno-pie -no-pie' -static; do
	# shellcheck disable=SC2086 # words
	try "C $flags" "$cc" $flags "$here/calls.c"
	# shellcheck disable=SC2086
	try "C++ $flags" "$cxx" $flags -x c++ "$here/calls.c"
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
