# bash completion for fdpreload(1)

# Where the command of `run` begins, or nothing: its options may have values.
_fdpreload_command() {
	local i
	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--) echo $((i + 1)) && return ;;
		--no-children | --save-capture | --dump-repeat | --dump-exit | --locals | --guess-names) ;;
		--*) ((i++)) ;;
		*) echo "$i" && return ;;
		esac
	done
}

_fdpreload_run() {
	local current=$1 previous=$2 begin
	begin=$(_fdpreload_command)
	if [[ $begin ]] && declare -F _command_offset >/dev/null; then
		_command_offset "$begin"
		return
	fi
	case $previous in
	--echo) mapfile -t COMPREPLY < <(compgen -W 'brief full none' -- "$current") ;;
	--follow) mapfile -t COMPREPLY < <(compgen -W 'python all none' -- "$current") ;;
	--answer) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$current") ;;
	--capture) mapfile -t COMPREPLY < <(compgen -W 'live served' -- "$current") ;;
	--signals) mapfile -t COMPREPLY < <(compgen -W 'SEGV BUS FPE ILL ABRT SYS TRAP' -- "$current") ;;
	--dump-signal) mapfile -t COMPREPLY < <(compgen -W 'SIGUSR1 SIGUSR2 SIGQUIT' -- "$current") ;;
	--deadline | --dump-after | --watch) ;;
	--log-dir)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$current")
		;;
	--daemon | --debug)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		;;
	*)
		if [[ $current == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W '--log-dir --echo --deadline --follow
				--signals --no-children --save-capture --capture --dump-after
				--dump-repeat --dump-exit --dump-signal --locals --guess-names --answer --watch --daemon --debug
				--help' -- "$current")
		else
			mapfile -t COMPREPLY < <(compgen -c -- "$current")
		fi
		;;
	esac
}

_fdpreload_show() {
	local current=$1 previous=$2
	case $previous in
	--order) mapfile -t COMPREPLY < <(compgen -W 'recent-first recent-last' -- "$current") ;;
	--color) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$current") ;;
	--limit) ;;
	*)
		if [[ $current == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W '--limit --locals --no-locals --no-native --no-source
				--no-chain --order --color --help' -- "$current")
		else
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -f -X '!*.@(json|fdpcap)' -- "$current"; compgen -d -- "$current")
		fi
		;;
	esac
}

_fdpreload() {
	local current=${COMP_WORDS[COMP_CWORD]}
	local previous=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W 'run dump show doctor decode --help --version' -- "$current")
	elif [[ ${COMP_WORDS[1]} == run ]]; then
		_fdpreload_run "$current" "$previous"
	elif [[ ${COMP_WORDS[1]} == show ]]; then
		_fdpreload_show "$current" "$previous"
	elif [[ $previous == --format ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$current")
	elif [[ ${COMP_WORDS[1]} == dump && $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '--all --format --guess-names --locals --native --no-native
			--nonblocking --save-capture --watch --help' -- "$current")
	elif [[ ${COMP_WORDS[1]} == doctor || ${COMP_WORDS[1]} == dump ]] && [[ $current != -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(ps -eo pid=)" -- "$current")
	elif [[ ${COMP_WORDS[1]} == doctor || ${COMP_WORDS[1]} == decode ]] && [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '--format --help' -- "$current")
	elif [[ ${COMP_WORDS[1]} == decode ]]; then
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -X '!*.fdpcap' -- "$current"; compgen -d -- "$current")
	fi
}

complete -F _fdpreload fdpreload
