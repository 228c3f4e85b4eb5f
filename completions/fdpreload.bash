# bash completion for fdpreload(1)

_fdpreload() {
	local current=${COMP_WORDS[COMP_CWORD]}
	local previous=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	if [[ $previous == --format ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$current")
	elif ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W 'decode --help --version' -- "$current")
	elif [[ ${COMP_WORDS[1]} == decode && $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '--format' -- "$current")
	elif [[ ${COMP_WORDS[1]} == decode ]]; then
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -X '!*.fdpcap' -- "$current"; compgen -d -- "$current")
	fi
}

complete -F _fdpreload fdpreload
