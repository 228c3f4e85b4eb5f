#!/bin/bash
# What somebody sees who cannot build: one sentence that names the package, for
# each library, and never a compiler error; and what bootstrap says without root.
set -u

cd "$(dirname "$0")/.." || exit 1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0

fail() {
	echo "FAIL build-errors: $1"
	failed=$((failed + 1))
}

# expect NAME SENTENCE FILE: the only line on standard error but make's own.
expect() {
	local said
	said=$(grep -v '^make' "$3")
	if [ "$said" = "$2" ]; then
		passed=$((passed + 1))
	else
		fail "$1: expected '$2', got '$said'"
	fi
}

# A pkg-config that knows all libraries but the one in $MISSING.
cat >"$scratch/pkg-config" <<'SCRIPT'
#!/bin/sh
case " $* " in
*" --exists $MISSING "*) exit 1 ;;
*) exit 0 ;;
esac
SCRIPT
# A compiler that finds everything but libiberty.
cat >"$scratch/cc" <<'SCRIPT'
#!/bin/sh
case " $* " in
*" -liberty "*) echo 'cannot find -liberty' >&2; exit 1 ;;
*) exit 0 ;;
esac
SCRIPT
chmod +x "$scratch/pkg-config" "$scratch/cc"

build() {
	if "${MAKE:-make}" O="$scratch/build" "$@" >/dev/null 2>"$scratch/said"; then
		fail "make $* succeeded"
	fi
}

while read -r module package target; do
	MISSING=$module build PKG_CONFIG="$scratch/pkg-config" CC="$scratch/cc" "$target"
	expect "$module" \
		"fdpreload needs the library $module to build: install the Debian package $package." \
		"$scratch/said"
done <<-EOT
	libunwind-generic libunwind-dev daemon
	libunwind libunwind-dev daemon
	libdw libdw-dev daemon
	libelf libelf-dev daemon
	libseccomp libseccomp-dev daemon
	jansson libjansson-dev daemon
	jansson libjansson-dev cli
	zlib zlib1g-dev daemon
	minizip libminizip-dev daemon
	check check need-check
	python3 python3-dev crashers
EOT

MISSING='' build PKG_CONFIG="$scratch/pkg-config" CC="$scratch/cc" daemon
expect libiberty \
	'fdpreload needs the library libiberty to build: install the Debian package libiberty-dev.' \
	"$scratch/said"

build PKG_CONFIG="$scratch/none" daemon
expect pkg-config \
	"fdpreload needs $scratch/none to build: install the Debian package pkg-config." \
	"$scratch/said"

# bootstrap, as somebody without rights on a machine where one thing is missing.
mkdir "$scratch/bin"
for tool in awk cat dpkg-query env grep sed sh tr; do
	ln -s "$(command -v "$tool")" "$scratch/bin/$tool"
done
rm "$scratch/bin/dpkg-query"
cat >"$scratch/bin/dpkg-query" <<'SCRIPT'
#!/bin/sh
sed -n '/^packages=/,/^.$/p' "$BOOTSTRAP" | grep '^[a-z]' | grep -v = |
	grep -vx scdoc | sed 's/^/installed /'
SCRIPT
printf '#!/bin/sh\necho 12345\n' >"$scratch/bin/id"
chmod +x "$scratch/bin/dpkg-query" "$scratch/bin/id"
if BOOTSTRAP=$PWD/bootstrap PATH=$scratch/bin ./bootstrap touch "$scratch/ran" 2>"$scratch/said"; then
	fail "bootstrap succeeded without rights"
fi
[ ! -e "$scratch/ran" ] || fail "bootstrap ran its command although something is missing"
expect bootstrap \
	'bootstrap: neither root nor sudo; have somebody run: apt-get install scdoc ' \
	"$scratch/said"

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
