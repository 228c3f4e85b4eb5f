#!/bin/bash
# Compares the tables of daemon/python/ with the headers of every interpreter
# given as an argument: check.sh python2.7 python3.13 ...  From 3.13 on its
# headers tell of the free-threaded build as well.  A version without headers,
# or without a table, is skipped.  An argument may also be
# VERSION=DIRECTORY[:DIRECTORY...], headers without an interpreter.  From 3.6 on
# an interpreter is also asked which characters it calls printable.
set -u
here=$(cd "$(dirname "$0")" && pwd)
python=$here/../../daemon/python
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

tables=()
for name in offsets offsets_early offsets_late offsets_free debug_layouts \
	debug_offsets glance_offsets greenlet_offsets object_head_fields; do
	tables+=("$python/$name.c")
done

# Builds PROGRAM.c with the options that follow, and runs it.
compare() {
	local program=$1
	shift
	"${CC:-gcc}" -std=gnu11 -w "$@" -o "$work/headers" \
		"$here/$program.c" "${tables[@]}" && "$work/headers"
}

# The same, counted, under the name WHAT.
count() {
	local what=$1
	shift
	if compare "$@"; then
		passed=$((passed + 1))
	else
		echo "FAILED: $what"
		failed=$((failed + 1))
	fi
}

# Both write a line for each character, 0 or 1.
compare_characters() {
	"${CC:-gcc}" -std=gnu11 -o "$work/printable" "$here/printable.c" \
		"$python/printable.c" &&
		"$work/printable" "$2" >"$work/ours" &&
		"$1" -c 'print("\n".join("%d" % chr(point).isprintable()
for point in range(0x110000)))' >"$work/theirs" &&
		cmp "$work/ours" "$work/theirs"
}

characters() {
	if compare_characters "$@"; then
		passed=$((passed + 1))
	else
		echo "FAILED: $1, characters"
		failed=$((failed + 1))
	fi
}

skip() {
	echo "skipped: $1"
	skipped=$((skipped + 1))
}

check() {
	local what=$1 version=$2 first=${3%%:*} options=() directory
	local minor=${version#*.}

	for directory in ${3//:/ }; do
		options+=("-I$directory" "-I$directory/internal")
	done
	case $version in
	2.7 | 3.6)
		[ -e "$first/frameobject.h" ] || { skip "$what" && return; }
		count "$what" headers_early "${options[@]}"
		count "$what, debug" headers_early "${options[@]}" -DPy_DEBUG=1
		;;
	3.[7-9] | 3.1[0-5])
		[ -d "$first/internal" ] || { skip "$what" && return; }
		count "$what" headers "${options[@]}"
		count "$what, debug" headers "${options[@]}" -DPy_DEBUG=1
		# Up to 3.7 each debug build is one; from 3.13 on none is longer.
		[ "$minor" -gt 7 ] && [ "$minor" -lt 13 ] &&
			count "$what, references traced" headers \
				"${options[@]}" -DPy_TRACE_REFS=1
		[ "$minor" -lt 13 ] && return
		count "$what, free-threaded" headers "${options[@]}" \
			-DPy_GIL_DISABLED=1
		;;
	*)
		skip "$what"
		;;
	esac
}

for one; do
	if [[ $one == *=* ]]; then
		check "$one" "${one%%=*}" "${one#*=}"
		continue
	fi
	include=$("$one" -c 'import sysconfig
print(sysconfig.get_paths()["include"])' 2>/dev/null)
	version=$("$one" -c 'import sys
print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
	check "$one" "${version:-none}" "${include:-/nonexistent}"
	case $version in
	3.[6-9] | 3.1[0-5]) characters "$one" "${version#*.}" ;;
	esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
