#!/bin/bash
# run-unit.sh PROGRAM...: runs the unit tests and adds up what libcheck counts.
# A program that dies, or that counts nothing, is a failure of its own.
set -u

# No test takes longer; a loop without end is a failure and not a wait.
seconds=120
# A test must not depend on, or write to, what the user has set up.
unset "${!FDPRELOAD_@}" LD_PRELOAD

passed=0
failed=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT

for program in "$@"; do
	timeout -k 5 "$seconds" "$program" >"$output" 2>&1
	status=$?
	counts=$(sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2 \3/p' "$output" | tail -n 1)
	read -r checks failures errors <<<"${counts:-0 0 0}"
	bad=$((failures + errors))
	if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$checks" -eq 0 ]; }; then
		echo "FAIL ${program##*/}: $checks checks, exit status $status"
		bad=1
		checks=$((checks + 1))
	fi
	if [ "$bad" -ne 0 ]; then
		cat "$output"
	else
		echo "ok   ${program##*/}: $checks"
	fi
	failed=$((failed + bad))
	passed=$((passed + checks - bad))
done

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
