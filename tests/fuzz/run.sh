#!/bin/bash
# run.sh PROGRAM CORPUS RUNS: the fuzzer over all captures, from a corpus with one
# input for each of them, and over what it has found before (inputs/).  CORPUS keeps what
# is new, for the next time.
set -u
program=$1 corpus=$2 runs=$3
here=$(cd "$(dirname "$0")" && pwd)
# An input takes 10 ms.
seconds=20
found=$(mktemp -d) || exit 1
trap 'rm -rf "$found"' EXIT
export FDPRELOAD_FUZZ_CAPTURES=$here/../captures

mkdir -p "$corpus"
number=0
for capture in "$FDPRELOAD_FUZZ_CAPTURES"/*.fdpcap; do
	# A word of memory, and the beginning of the file itself.
	printf '%b0123abcdefgh' "\\x$(printf %02x "$number")" >"$corpus/memory-$number"
	{ printf '\xff' && gzip -cd <"$capture" | head -c 4000; } >"$corpus/file-$number"
	number=$((number + 1))
done

# A seed that is said, so that a failure can be had again.
seed=$(git -C "$here" rev-list --count HEAD 2>/dev/null || echo 1)
"$program" -seed="$seed" -runs="$runs" -max_len=4096 -timeout="$seconds" -rss_limit_mb=4096 \
	-verbosity=0 -artifact_prefix="$found/" "$corpus" "$here/inputs" 2>"$found/log"
status=$?
if [ "$status" -ne 0 ]; then
	tail -n 60 "$found/log"
	for input in "$found"/*-*; do
		[ -e "$input" ] && cp "$input" "$corpus/../" &&
			echo "FAIL it is in $(dirname "$corpus")/${input##*/}"
	done
	echo "$((runs - 1)) passed, 1 failed, 0 skipped"
	exit 1
fi
echo "$runs passed, 0 failed, 0 skipped"
