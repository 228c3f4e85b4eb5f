# fish completion for fdpreload(1)

complete -c fdpreload -f
complete -c fdpreload -n __fish_use_subcommand -a decode -d 'Analyse a capture file'
complete -c fdpreload -n __fish_use_subcommand -l help -d 'Say how it is called'
complete -c fdpreload -n __fish_use_subcommand -l version -d 'Print the version'
complete -c fdpreload -n '__fish_seen_subcommand_from decode' -l format -x -a 'text json' -d 'Form of the report'
complete -c fdpreload -n '__fish_seen_subcommand_from decode' -k -a '(__fish_complete_suffix .fdpcap)'
