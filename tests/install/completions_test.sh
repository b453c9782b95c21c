#!/bin/bash
# completions_test.sh BUILD: the shells' completions.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
build=$(realpath "$1")
scripts=$(realpath "$here/../../install/completions")
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit

# The built command, a fake host with policies, and a libvirt with two domains.
make_world() {
  local name
  "$here/../cli/make-root" host
  cp "$here"/../../policies/*.toml host/usr/share/hostlease/policies/
  mkdir bin
  ln -s "$build/hook/hostlease" bin/hostlease
  touch file.xml
  {
    echo '<node>'
    for name in win11 'two words'; do
      echo "<domain type='test'><name>$name</name><memory>8192</memory><os><type>hvm</type></os></domain>"
    done
    echo '</node>'
  } >libvirt.xml
  PATH=$folder/bin:$PATH
}

verbs() {
  hostlease __complete '' | cut -f 1
}

# The command's own answers; the shells' use of them follows below.
answers() {
  local verb
  check_equal 'verbs are those of the help' "$(hostlease --help | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p')" \
    "$(verbs)"
  check_match 'a verb has its summary' $'^verify\t[A-Z].* leases$' \
    "$(hostlease __complete ver | grep ^verify)"
  for verb in $(verbs); do
    check_equal "options of $verb" \
      "$(hostlease "$verb" --help | sed -n 's/^  \(-h, \)\{0,1\}\(--[a-z-]*\).*/\2/p')" \
      "$(hostlease __complete "$verb" -- | cut -f 1)"
  done
  check_equal 'nothing for an unknown verb' '' "$(hostlease __complete frobnicate '')"
  check_equal 'nothing where no word may follow' '' \
    "$(hostlease __complete verify '')$(hostlease __complete policy show dense '')"
}

# in_bash WORD...: the candidates for the last word, on one line.
in_bash() {
  bash -c '. "$1"; shift; COMP_WORDS=(hostlease "$@") COMP_CWORD=$#; _hostlease; echo "${COMPREPLY[*]}"' \
    bash "$scripts/hostlease.bash" "$@"
}

bash_offers() {
  local verb libvirt=(--connect "test://$folder/libvirt.xml") root=(--root "$folder/host")
  check_equal 'verbs' "$(verbs | tr '\n' ' ')" "$(in_bash '') "
  check_equal 'verbs with rec' reconcile "$(in_bash rec)"
  for verb in $(verbs); do
    check_match "options of $verb" '--help.*--root' "$(in_bash "$verb" --)"
  done
  for verb in plan apply report measure; do
    check_equal "domains to $verb" 'two\ words win11' "$(in_bash "$verb" "${libvirt[@]}" '')"
  done
  check_equal 'files to compare with' file.xml "$(in_bash report --baseline 'fi')"
  check_equal 'a folder for reports' bin "$(in_bash report --keep 'bi')"
  check_equal 'domains with t' 'two\ words' "$(in_bash plan "${libvirt[@]}" t)"
  check_equal 'knobs with memory.s' 'memory.swappiness memory.stat_interval' "$(in_bash explain memory.s)"
  check_equal 'words of policy' 'list keys show' "$(in_bash policy '')"
  check_equal 'policies with re' 'realtime reference' "$(in_bash policy "${root[@]}" show re)"
  check_equal 'policies with den' dense "$(in_bash plan "${root[@]}" --policy den)"
  check_equal 'files' file.xml "$(in_bash plan --xml 'fi')"
  check_equal 'domains to audit' win11 "$(in_bash audit "${libvirt[@]}" w)"
  check_equal 'files to audit' file.xml "$(in_bash audit 'fi')"
  check_equal 'symptoms with slow-n' slow-network "$(in_bash audit --symptom slow-n)"
  check_equal 'systems' 'windows linux macos other' "$(in_bash audit --guest '')"
  check_equal 'domains and files to suggest for' 'win11 file.xml' \
    "$(in_bash suggest "${libvirt[@]}" w) $(in_bash suggest 'fi')"
  check_equal 'systems to suggest for' 'windows linux macos other' "$(in_bash suggest --for '')"
  check_equal 'preferences' 'cache frequency efficiency' "$(in_bash suggest --prefer '')"
  check_equal 'groups that can be set' memory "$(in_bash suggest --set mem)"
  check_equal 'nothing' '' "$(in_bash plan --connect '')"
}

# in_fish LINE: the candidates at its end, without descriptions.
# shellcheck disable=SC2016 # fish expands it
in_fish() {
  HOME=$folder fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$scripts/hostlease.fish" \
    "$1" 2>&1 | cut -f 1 | sort | tr '\n' ' '
}

fish_offers() {
  check_equal 'verbs' "$(verbs | sort | tr '\n' ' ')" "$(in_fish 'hostlease ')"
  check_match 'options' '--json .*--root ' "$(in_fish 'hostlease plan --')"
  check_equal 'domains' 'two words win11 ' "$(in_fish "hostlease plan --connect test://$folder/libvirt.xml ")"
  check_equal 'policies' 'realtime reference ' "$(in_fish "hostlease policy --root $folder/host show re")"
  check_equal 'knobs with memory.s' 'memory.stat_interval memory.swappiness ' \
    "$(in_fish 'hostlease explain memory.s')"
  check_match 'files' '^file.xml ' "$(in_fish 'hostlease plan --xml fi')"
}

# in_zsh WORD...: the candidates for the last word, with descriptions; "files" if zsh completes files.
# shellcheck disable=SC2016 # zsh expands it
in_zsh() {
  zsh -f -c '
    _describe() { print -l -- "${(@P)2}" }
    _files() { print files }
    _directories() { print folders }
    complete_it() { local -a words=(hostlease "${@:2}"); local CURRENT=$#words; . "$1" }
    complete_it "$@"' zsh "$scripts/_hostlease" "$@" 2>&1
}

zsh_offers() {
  local said
  said=$(zsh -n "$scripts/_hostlease" 2>&1) || tap_fail "$said"
  check_equal 'verbs' "$(hostlease __complete '' | sed 's/\t/:/')" "$(in_zsh '')"
  check_match 'options' '--json:print JSON' "$(in_zsh plan --)"
  check_equal 'domains' $'two words:domain\nwin11:domain' \
    "$(in_zsh plan --connect "test://$folder/libvirt.xml" '')"
  check_equal 'symptoms' 1 "$(in_zsh audit --symptom '' | grep -c '^slow-network:')"
  check_equal 'files' files "$(in_zsh check '')"
  check_equal 'folders' folders "$(in_zsh report --keep '')"
}

# case_with TOOL NAME FUNCTION
case_with() {
  if [ -n "$(type -P "$1")" ]; then
    tap_case "$2" "$3"
  else
    tap_case_skip "$2" "$1 is not installed"
  fi
}

make_world
tap_case 'the command answers' answers
tap_case 'bash' bash_offers
case_with fish 'fish' fish_offers
case_with zsh 'zsh' zsh_offers
tap_end
