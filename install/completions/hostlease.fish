# fish completion of hostlease. Verbs and options are read from its --help.

function __hostlease_verbs
    hostlease --help 2>/dev/null | string replace -rf '^  ([a-z][a-z-]*)  +(.*)' '$1\t$2'
end

function __hostlease_verb
    set -l words (commandline -opc)
    for word in $words[2..]
        string match -q -- '-*' $word; or echo $word; and return
    end
end

function __hostlease_options
    hostlease (__hostlease_verb) --help 2>/dev/null | string replace -rf '^  (?:-h,)?(--[a-z-]+)(?: [A-Z|]+)?  +(.*)' '$1\t$2'
end

function __hostlease_policies
    hostlease policy list 2>/dev/null | tail -n +2 | string replace -rf '^ *(\S+) .*' '$1'
end

function __hostlease_keys
    hostlease policy keys 2>/dev/null | tail -n +2 | string replace -rf '^ *(\S+) .*' '$1'
end

complete -c hostlease -f
complete -c hostlease -n 'test -z "$(__hostlease_verb)"' -a '(__hostlease_verbs)'
complete -c hostlease -n 'string match -q -- "-*" (commandline -ct)' -a '(__hostlease_options)'
complete -c hostlease -n 'contains -- "$(__hostlease_verb)" plan apply release audit suggest report measure' -a '(virsh -q list --all --name 2>/dev/null)'
complete -c hostlease -n 'test "$(__hostlease_verb)" = explain' -a '(virsh -q list --all --name 2>/dev/null; __hostlease_keys)'
complete -c hostlease -n 'test "$(__hostlease_verb)" = check' -F
complete -c hostlease -n 'contains -- "$(__hostlease_verb)" audit suggest' -F
complete -c hostlease -n 'test "$(__hostlease_verb)" = suggest' -l for -xa 'windows linux macos other'
complete -c hostlease -n 'test "$(__hostlease_verb)" = suggest' -l prefer -xa 'cache frequency'
complete -c hostlease -n 'test "$(__hostlease_verb)" = suggest' -l write -rF
complete -c hostlease -n 'test "$(__hostlease_verb)" = suggest' -l set -xa '(hostlease suggest --help 2>/dev/null | string replace -rf "^  --set .* of " "" | string split ", ")'
complete -c hostlease -n 'test "$(__hostlease_verb)" = audit' -l guest -xa 'windows linux macos other'
complete -c hostlease -n 'test "$(__hostlease_verb)" = audit' -l cpu -xa 'intel amd'
complete -c hostlease -n 'test "$(__hostlease_verb)" = audit' -l symptom -xa '(hostlease audit --help 2>/dev/null | string replace -rf "^  --symptom .*: " "" | string split ", ")'
complete -c hostlease -n 'test "$(__hostlease_verb)" = policy; and not __fish_seen_subcommand_from list keys show' -a 'list keys show'
complete -c hostlease -n 'test "$(__hostlease_verb)" = policy; and __fish_seen_subcommand_from show' -a '(__hostlease_policies)'
complete -c hostlease -n 'test -n "$(__hostlease_verb)"' -l policy -xa '(__hostlease_policies)'
complete -c hostlease -n 'test -n "$(__hostlease_verb)"' -l xml -rF
complete -c hostlease -n 'contains -- "$(__hostlease_verb)" report measure' -l baseline -rF
complete -c hostlease -n 'contains -- "$(__hostlease_verb)" map measure' -l svg -rF
complete -c hostlease -n 'test -n "$(__hostlease_verb)"' -l root -xa '(__fish_complete_directories)'
