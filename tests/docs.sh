#!/bin/bash
# The manual pages and completions name what the programs know, and nothing else.
set -u

cd "$(dirname "$0")/.." || exit 1
O=${O:-build}
passed=0
failed=0

# same TEXT WANTED FOUND
same() {
	if [ -n "$2" ] && [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		echo "FAIL docs: $1"
		diff <(echo "$2") <(echo "$3") | sed 's/^/     /'
		failed=$((failed + 1))
	fi
}

options() {
	grep -o -- '--[a-z][a-z-]*' | sort -u
}

variables() {
	grep -oh 'FDPRELOAD_[A-Z_]*[A-Z]' "$@" | sort -u
}

known=$(sed -n '/known\[\]/,/}/p' daemon/settings.c | grep -o 'FDPRELOAD_[A-Z_]*' | sort -u)
same 'fdpreload(7) has the variables that the reporter knows' \
	"$known" "$(variables man/fdpreload.7.scd)"
same 'the sources read no other variable' \
	"$known" "$(variables daemon/*.c preload/*.c cli/*.c)"
same 'fdpreload(1) has the options of --help' \
	"$("$O/fdpreload" --help | options)" "$(options <man/fdpreload.1.scd)"
for file in completions/fdpreload.bash completions/_fdpreload; do
	same "$file has the options of --help" \
		"$("$O/fdpreload" --help | options)" "$(options <"$file")"
done
same 'completions/fdpreload.fish has the options of --help' \
	"$("$O/fdpreload" --help | options)" \
	"$(grep -o -- '-l [a-z]*' completions/fdpreload.fish | sed 's/-l /--/' | sort -u)"
same 'every target of make is in make help' \
	"$(sed -n 's/^\([a-z][a-z0-9-]*\):.*##.*/\1/p' Makefile tests/checks.mk bench/bench.mk)" \
	"$("${MAKE:-make}" --no-print-directory help | awk '{ print $1 }')"

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
