# fish completion of hostlease: `hostlease __complete` prints what may come next.

function __hostlease_complete
    set -l words (commandline -opc)
    for line in (hostlease __complete $words[2..] "$(commandline -ct)" 2>/dev/null)
        switch $line
            case \tfiles
                __fish_complete_path (commandline -ct)
            case \tfolders
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $line
        end
    end
end

complete -c hostlease -f -a '(__hostlease_complete)'
