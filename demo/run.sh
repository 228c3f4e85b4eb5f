#!/bin/sh
# One crash under the shim, and the report of it.  Called by `make demo`;
# PYTHON chooses the interpreter, O the directory of the build.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
build=$(CDPATH='' cd -- "${O:-$here/../build}" && pwd)
python=${PYTHON:-python3}
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT

# The daemon writes after the program is dead; a report appears whole.
wait_for_report() {
	tries=0
	while [ "$tries" -lt 100 ]; do
		for report in "$log"/*.txt; do
			[ ! -e "$report" ] || return 0
		done
		tries=$((tries + 1))
		sleep 0.1
	done
	echo "demo: no report within 10 s" >&2
	return 1
}

printf '$ LD_PRELOAD=libfdpreload.so %s demo/app.py\n' "$python"
status=0
(
	cd -- "$here"
	LD_PRELOAD="$build/libfdpreload.so" \
		FDPRELOAD_DAEMON="$build/fdpreloadd" \
		FDPRELOAD_LOG_DIR="$log" FDPRELOAD_ECHO=none \
		PYTHONPATH="$build/demo" PYTHONDONTWRITEBYTECODE=1 \
		"$python" "$here/app.py"
) || status=$?
wait_for_report
printf 'exit status %s; the report:\n\n' "$status"
cat -- "$report"

# The demo is there to crash: anything else is a failure.
[ "$status" -eq 139 ]
