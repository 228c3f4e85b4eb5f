#!/bin/sh
# need-libs.sh PKG_CONFIG MODULE=PACKAGE...: says which Debian package is
# missing, in one sentence, and fails.
set -eu

pkg_config=$1
shift
if ! command -v "$pkg_config" >/dev/null 2>&1; then
	echo "fdpreload needs $pkg_config to build: install the Debian package pkg-config." >&2
	exit 1
fi
for pair in "$@"; do
	module=${pair%%=*}
	if ! "$pkg_config" --exists "$module"; then
		echo "fdpreload needs the library $module to build: install the Debian package ${pair#*=}." >&2
		exit 1
	fi
done
