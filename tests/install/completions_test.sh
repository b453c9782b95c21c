#!/bin/bash
# completions_test.sh BUILD: what the shells offer.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
build=$(realpath "$1")
scripts=$(realpath "$here/../../install/completions")
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit

# The built command, on a made host with policies, and a libvirt with two domains.
make_commands() {
  "$here/../cli/make-root" host
  cp "$here"/../../policies/*.toml host/usr/share/hostlease/policies/
  mkdir bin
  cat >bin/hostlease <<SCRIPT
#!/bin/sh
[ "\$1 \$2" != 'policy list' ] || set -- "\$@" --root $folder/host
exec $build/hook/hostlease "\$@"
SCRIPT
  printf '#!/bin/sh\nprintf "win11\\ntwo words\\n\\n"\n' >bin/virsh
  chmod +x bin/*
  touch file.xml
  PATH=$folder/bin:$PATH
}

verbs() {
  hostlease --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z-]*\) .*/\1/p'
}

# in_bash WORD...: what is offered for the last word, on one line.
in_bash() {
  bash -c '. "$1"; shift; COMP_WORDS=(hostlease "$@") COMP_CWORD=$#; _hostlease; echo "${COMPREPLY[*]}"' bash "$scripts/hostlease.bash" "$@"
}

bash_offers() {
  local verb
  check_equal 'verbs' "$(verbs | tr '\n' ' ')" "$(in_bash '') "
  check_equal 'verbs with rec' reconcile "$(in_bash rec)"
  for verb in $(verbs); do
    check_match "options of $verb" '--help.*--root' "$(in_bash "$verb" --)"
  done
  check_equal 'domains' 'win11 two\ words' "$(in_bash plan '')"
  check_equal 'domains to report' 'win11 two\ words' "$(in_bash report '')"
  check_equal 'domains to measure' 'win11 two\ words' "$(in_bash measure '')"
  check_equal 'files to compare with' file.xml "$(in_bash report --baseline 'fi')"
  check_equal 'domains with t' 'two\ words' "$(in_bash release --force t)"
  check_equal 'knobs with memory.s' 'memory.swappiness memory.stat_interval' "$(in_bash explain memory.s)"
  check_equal 'words of policy' 'list keys show' "$(in_bash policy '')"
  check_equal 'policies with re' 'realtime reference' "$(in_bash policy show re)"
  check_equal 'policies with den' dense "$(in_bash plan --policy den)"
  check_equal 'files' file.xml "$(in_bash plan --xml 'fi')"
  check_equal 'domains to audit' win11 "$(in_bash audit w)"
  check_equal 'files to audit' file.xml "$(in_bash audit 'fi')"
  check_equal 'symptoms with slow-n' slow-network "$(in_bash audit --symptom slow-n)"
  check_equal 'systems' 'windows linux macos other' "$(in_bash audit --guest '')"
  check_equal 'domains and files to suggest for' 'win11 file.xml' "$(in_bash suggest w) $(in_bash suggest 'fi')"
  check_equal 'systems to suggest for' 'windows linux macos other' "$(in_bash suggest --for '')"
  check_equal 'what cores are to have' 'cache frequency' "$(in_bash suggest --prefer '')"
  check_equal 'groups that can be set' memory "$(in_bash suggest --set mem)"
  check_equal 'nothing' '' "$(in_bash status '')"
}

# in_fish LINE: what is offered at its end, without explanations.
# shellcheck disable=SC2016 # fish expands it
in_fish() {
  HOME=$folder fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$scripts/hostlease.fish" "$1" 2>&1 | cut -f 1 | sort | tr '\n' ' '
}

fish_offers() {
  check_equal 'verbs' "$(verbs | sort | tr '\n' ' ')" "$(in_fish 'hostlease ')"
  check_match 'options' '--json .*--root ' "$(in_fish 'hostlease plan --')"
  check_equal 'domains' 'two words win11 ' "$(in_fish 'hostlease release ')"
  check_equal 'policies' 'realtime reference ' "$(in_fish 'hostlease policy show re')"
  check_equal 'knobs with memory.s' 'memory.stat_interval memory.swappiness ' "$(in_fish 'hostlease explain memory.s')"
}

zsh_reads_it() {
  local said
  said=$(zsh -n "$scripts/_hostlease" 2>&1) || tap_fail "$said"
}

# case_with TOOL NAME FUNCTION
case_with() {
  if [ -n "$(type -P "$1")" ]; then
    tap_case "$2" "$3"
  else
    tap_case_skip "$2" "$1 is not installed"
  fi
}

make_commands
tap_case 'bash' bash_offers
case_with fish 'fish' fish_offers
case_with zsh 'zsh' zsh_reads_it
tap_end
