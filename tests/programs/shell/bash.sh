#!/bin/bash
# What bash does with signals, jobs, subshells, coprocesses and here-documents.

show() {
	echo "$1: $2"
}

# Traps.
trap 'show trap USR1' USR1
trap 'show trap SEGV' SEGV
trap 'show trap ABRT' ABRT
trap 'show trap FPE' FPE
trap '' TRAP
for name in USR1 SEGV ABRT FPE TRAP; do
	kill -$name $$
done
trap -p
trap - USR1 SEGV ABRT FPE TRAP
(trap 'show subshell EXIT' EXIT; exit 3)
show "status of the subshell" $?
trap 'show trap ERR' ERR
false
trap - ERR

# Deaths of children: subshells, shells, jobs.
(kill -SEGV "$BASHPID")
show "killed subshell" $?
bash -c 'kill -SEGV $$'
show "killed shell" $?
bash -c 'kill -ABRT $$; echo lives'
show "aborted shell" $?
bash -c 'trap "echo caught" SEGV; kill -SEGV $$; echo lives'
show "trapped" $?
bash -c 'trap "" SEGV; kill -SEGV $$; bash -c "kill -SEGV \$\$; echo ignored"'
show "ignored" $?
kill -SEGV "$BASHPID" | cat
show "in a pipe" "${PIPESTATUS[*]}"

# Jobs.
set -m
sleep 600 &
job=$!
jobs
kill -TERM %1
wait "$job"
show "job" $?
mkfifo pipe
cat <pipe >output &
job=$!
exec {writer}>pipe
echo "the job runs" >&"$writer"
until [ -s output ]; do :; done
kill -STOP %1
until [ "$(cut -d ' ' -f 3 "/proc/$job/stat")" = T ]; do :; done
kill -CONT %1
kill -ILL %1
wait "$job"
show "job" $?
exec {writer}>&-
set +m
for number in 1 2 3 4 5; do
	(exit "$number") &
	pids[number]=$!
done
for number in 1 2 3 4 5; do
	wait "${pids[number]}"
	show "child $number" $?
done

# Coprocesses, here-documents, substitutions.
coproc ADDER { while read -r a b; do echo $((a + b)); done; }
echo "3 4" >&"${ADDER[1]}"
read -r sum <&"${ADDER[0]}"
show sum "$sum"
adder=$ADDER_PID
input=${ADDER[1]}
output=${ADDER[0]}
exec {input}>&- {output}<&-
wait "$adder"
show coproc $?
cat <<END
here $((6 * 7))
END
cat <<<"a here-string"
diff <(seq 3) <(seq 2)
show diff $?
sleep 0.1 # until both have ended
show command "$(printf '%s-' a b c)"
seq 10 | while read -r line; do echo "$line"; done | tail -n 1
yes | head -n 1
show pipe "${PIPESTATUS[*]}"

# Limits and descriptors are those of whoever started it.
ulimit -Sa
ulimit -Ha
umask
descriptors=(/proc/self/fd/[0-9])
echo "${descriptors[@]}"
exec 7>file
echo seven >&7
exec 7>&-
cat file
[ -t 0 ] || echo "no terminal"
exec bash -c 'echo replaced; exit 6'
