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

# What C sources name as a string: their constants are called alike.
strings() {
	grep -oh '"[^"]*"' "$@" | variables
}

# The options of the program and of each of its commands.
all_options() {
	local command
	"$O/fdpreload" --help
	"$O/fdpreload" --help | sed -n '/^commands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p' |
		while read -r command; do
			[ "$command" = help ] || "$O/fdpreload" "$command" --help
		done
}

known=$(sed -n '/known\[\]/,/}/p' daemon/settings.c | grep -o 'FDPRELOAD_[A-Z_]*' | sort -u)
asked=$(all_options | options)
same 'fdpreload(7) has the variables that the reporter knows' \
	"$known" "$(variables man/fdpreload.7.scd)"
same 'the sources read no other variable' \
	"$known" "$(strings daemon/*.c preload/*.c)"
same 'fdpreload run has an option for each, but that of the shim itself' \
	"$(printf '%s\n' "$known" | grep -v _REPORTER)" \
	"$(strings cli/run.c)"
same 'the command line knows no other variable' \
	"$(printf '%s\n' "$known" | grep -v _REPORTER)" \
	"$(strings cli/*.c | grep -v _REPORTER)"
same 'fdpreload(1) names them and no other' \
	"$(strings cli/run.c)" "$(variables man/fdpreload.1.scd)"
same 'fdpreload(1) has the options of --help' \
	"$asked" "$(options <man/fdpreload.1.scd)"
for file in completions/fdpreload.bash completions/_fdpreload; do
	same "$file has the options of --help" "$asked" "$(options <"$file")"
done
same 'completions/fdpreload.fish has the options of --help' "$asked" \
	"$(grep -o -- '-l [a-z-]*' completions/fdpreload.fish | sed 's/-l /--/' | sort -u)"
# What a class or function of traceback is in a report, for each of them.
same 'fdpreload-traceback(7) has all that traceback has' \
	"$(python3 -c 'import traceback; print("\n".join(sorted(traceback.__all__)))')" \
	"$(python3 -c '
import re, sys, traceback
words = set(re.findall(r"\w+", open("man/fdpreload-traceback.7.scd").read()))
print("\n".join(sorted(words & set(traceback.__all__))))')"
same 'every target of make is in make help' \
	"$(sed -n 's/^\([a-z][a-z0-9-]*\):.*##.*/\1/p' Makefile tests/checks.mk bench/bench.mk)" \
	"$("${MAKE:-make}" --no-print-directory help | awk '{ print $1 }')"

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
