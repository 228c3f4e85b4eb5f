#!/bin/bash
# Installs into a directory of its own, crashes a Python with the copy there, and
# uninstalls.  The installed daemon is found beside the library (DESTDIR moves the
# tree after it was built), or where the prefix says.
set -u

cd "$(dirname "$0")/.." || exit 1
O=${O:-build}
PYTHON=${PYTHON:-/usr/bin/python3}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset "${!FDPRELOAD_@}" LD_PRELOAD
passed=0
failed=0

# check TEXT COMMAND...
check() {
	local text=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		echo "FAIL install: $text"
		failed=$((failed + 1))
	fi
}

make_quietly() {
	"${MAKE:-make}" "$@" >"$scratch/output" 2>&1 || {
		cat "$scratch/output"
		return 1
	}
}

# Files below $1, one per line, without the manual pages (scdoc may be missing).
list_files() {
	(cd "$1" && find . ! -type d | grep -v '/share/man/' | sort)
}

# run_package PYTHONPATH PATH: the package there runs a program, under the library
# PATH.
run_package() {
	local found
	found=$(PYTHONPATH=$1 PYTHONDONTWRITEBYTECODE=1 "$PYTHON" -m fdpreload -c \
		'import os; print(os.environ["LD_PRELOAD"])')
	[ "$found" = "$2" ]
}

# The daemon writes when the program may be dead already; files appear whole.
wait_for_reports() {
	local tries
	for ((tries = 0; tries < 100; tries++)); do
		if compgen -G "$1/*.txt" >/dev/null && compgen -G "$1/*.json" >/dev/null; then
			return 0
		fi
		sleep 0.1
	done
	return 1
}

# crash LIBRARY DIRECTORY: a Python that reads address 0 leaves one report of each
# kind, and dies of SIGSEGV.
crash() {
	mkdir -p "$2"
	(
		ulimit -c 0
		# The shell that says "Segmentation fault" is this one.
		HOME=$2 FDPRELOAD_LOG_DIR=$2/log LD_PRELOAD=$1 \
			"$PYTHON" -c 'import ctypes; ctypes.string_at(0)' 2>"$2/echo"
	) 2>/dev/null
	[ $? -eq 139 ] || return 1
	wait_for_reports "$2/log" || return 1
	[ "$(find "$2/log" -name '*.txt' | wc -l)" -eq 1 ] &&
		[ "$(find "$2/log" -name '*.json' | wc -l)" -eq 1 ] &&
		grep -q 'SIGSEGV' "$2"/log/*.txt &&
		grep -q 'string_at' "$2"/log/*.txt
}

no_files() {
	local left
	left=$(find "$1" ! -type d)
	[ -z "$left" ] || {
		echo "$left"
		return 1
	}
}

expected=$({
	cat <<'END'
./bin/fdpreload
./include/fdpreload.h
./lib/libfdpreload.so
./libexec/fdpreload/fdpreload-analysis.so
./libexec/fdpreload/fdpreloadd
./share/bash-completion/completions/fdpreload
./share/fish/vendor_completions.d/fdpreload.fish
./share/zsh/site-functions/_fdpreload
END
	(cd python && printf './share/fdpreload/python/%s\n' fdpreload/*.py fdpreload/_installed.py)
} | sort)

# runs TOOL LIBRARY: a program that TOOL starts has LIBRARY.
runs() {
	[ "$("$1" run printenv LD_PRELOAD)" = "$2" ]
}

# Staged: DESTDIR with the default prefix.
stage=$scratch/stage
check 'make install' make_quietly O="$O" DESTDIR="$stage" prefix=/usr/local install
check 'the files that are installed' \
	[ "$(list_files "$stage/usr/local")" = "$expected" ]
check 'the daemon is executable' [ -x "$stage/usr/local/libexec/fdpreload/fdpreloadd" ]
if command -v "${SCDOC:-scdoc}" >/dev/null 2>&1; then
	for page in man1/fdpreload.1 man5/fdpreload-report.5 man7/fdpreload.7 man8/fdpreloadd.8; do
		check "$page is installed" [ -s "$stage/usr/local/share/man/$page" ]
	done
fi
check 'a crash is reported by the staged copy' \
	crash "$stage/usr/local/lib/libfdpreload.so" "$scratch/staged"
check 'the command runs' "$stage/usr/local/bin/fdpreload" --version >/dev/null
check 'it finds the staged library' \
	runs "$stage/usr/local/bin/fdpreload" "$stage/usr/local/lib/libfdpreload.so"
check 'the staged package finds the staged library' \
	run_package "$stage/usr/local/share/fdpreload/python" "$stage/usr/local/lib/libfdpreload.so"
check 'make uninstall' make_quietly O="$O" DESTDIR="$stage" prefix=/usr/local uninstall
check 'uninstall leaves no file' no_files "$stage"

# At a prefix of its own, with the library where only the prefix that was compiled
# in leads to the daemon.  What depends on the prefix is compiled in a copy.
mkdir "$scratch/build"
tar -C "$O" --exclude=./asan -cf - . | tar -C "$scratch/build" -xf -
places=(O="$scratch/build" prefix="$scratch/prefix" libdir="$scratch/prefix/lib/deep/er")
check 'make install at another prefix' make_quietly "${places[@]}" install
check 'a crash is reported by the copy at the prefix' \
	crash "$scratch/prefix/lib/deep/er/libfdpreload.so" "$scratch/installed"
check 'the command finds the library at the prefix' \
	runs "$scratch/prefix/bin/fdpreload" "$scratch/prefix/lib/deep/er/libfdpreload.so"
check 'the package finds the library at the prefix' \
	run_package "$scratch/prefix/share/fdpreload/python" "$scratch/prefix/lib/deep/er/libfdpreload.so"
check 'make uninstall at the prefix' make_quietly "${places[@]}" uninstall
check 'uninstall leaves no file at the prefix' no_files "$scratch/prefix"

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
