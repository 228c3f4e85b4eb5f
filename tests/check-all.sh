#!/bin/bash
# check-all.sh TARGET...: makes each target, adds up their summary lines, and
# ends with the sum.  A target without a summary, one that fails without
# counting a failure, and one that ran nothing are failures.
set -u

passed=0
failed=0
skipped=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT

for target in "$@"; do
	echo "== $target"
	began=$SECONDS
	"${MAKE:-make}" O="$O" "$target" 2>&1 | tee "$output"
	status=${PIPESTATUS[0]}
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$output" | tail -n 1)
	read -r good _ bad _ left _ <<<"${line:-0 passed, 0 failed, 0 skipped}"
	if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ $((good + left)) -eq 0 ]; }; then
		echo "FAIL $target: no summary, or exit status $status without a failure"
		bad=1
	fi
	echo "$target took $((SECONDS - began)) s"
	passed=$((passed + good))
	failed=$((failed + bad))
	skipped=$((skipped + left))
done

echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
