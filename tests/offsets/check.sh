#!/bin/bash
# Compares daemon/python/offsets.c with the headers of every interpreter given
# as an argument: check.sh python3.8 python3.13 ...  A version without headers,
# or without a table, is skipped.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

for python; do
	include=$("$python" -c 'import sysconfig
print(sysconfig.get_paths()["include"])' 2>/dev/null)
	minor=$("$python" -c 'import sys; print(sys.version_info[1])' 2>/dev/null)
	if [ ! -e "$include/internal/pycore_pystate.h" ] ||
		[ "${minor:-0}" -lt 8 ] || [ "$minor" -gt 13 ]; then
		echo "skipped: $python"
		skipped=$((skipped + 1))
		continue
	fi
	if "${CC:-gcc}" -std=gnu11 -w -I"$include" -I"$include/internal" \
		-o "$work/headers" "$here/headers.c" \
		"$here/../../daemon/python/offsets.c" &&
		"$work/headers"; then
		passed=$((passed + 1))
	else
		echo "FAILED: $python"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
