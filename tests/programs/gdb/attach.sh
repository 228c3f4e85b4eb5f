#!/bin/bash
# gdb looks at a program that runs, calls a function in it, and lets it go; then
# the program dies.
set -u

python3 -c 'import signal; print("ready", flush=True); signal.pause()' >ready &
pid=$!
until [ -s ready ]; do :; done
gdb -nx -q -batch -iex 'set debuginfod enabled off' -p "$pid" -ex 'backtrace 3' \
	-ex 'info threads' \
	-ex 'print (int)sigblock(0)' -ex detach
kill -SEGV "$pid"
wait "$pid"
echo "status $?"
