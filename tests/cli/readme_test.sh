#!/bin/bash
# readme_test.sh COMMAND: the commands in README.md work and print the output shown there. hostlease's
# commands run on a fake host; for commands that would change the machine, the test checks only that the
# script or the verb exists.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
source=$(cd "$here/../.." && pwd)
readme=${README-$source/README.md}
real=$(realpath "$1")
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
umask 022
export TZ=UTC LC_ALL=C.UTF-8

# blocks LANGUAGE: the lines of its fenced blocks
blocks() {
  awk -v fence="\`\`\`$1" '$0 == "```" { inside = 0 } inside { print } $0 == fence { inside = 1 }' "$readme"
}

# The folder for the commands looks like the source; the machine is a fake host with README's
# policy.
make_machine() {
  mkdir "$folder/bin" "$folder/here"
  ln -s "$source"/* "$folder/here/"
  "$here/make-root" "$folder/machine"
  blocks toml >"$folder/machine/etc/hostlease/win11.toml"
  cp "$source"/policies/*.toml "$folder/machine/usr/share/hostlease/policies/"
  make_libvirt >"$folder/libvirt.xml"
}

# For libvirt's test driver: a host with README's VM
make_libvirt() {
  cat <<'XML'
<node>
  <domain type='test'>
    <name>win11</name>
    <memory unit='GiB'>1</memory>
    <memoryBacking><hugepages/></memoryBacking>
    <vcpu>1</vcpu>
    <cputune><vcpupin vcpu='0' cpuset='2'/></cputune>
    <os><type>hvm</type></os>
  </domain>
</node>
XML
}

# Commands that name no host use the fake host, and the test driver as its libvirt.
hostlease() {
  local more=()
  [[ " $* " == *' --root '* ]] || more+=(--root "$folder/machine")
  [[ $1 != plan || " $* " == *' --xml '* ]] || more+=(--connect "test://$folder/libvirt.xml")
  "$real" "$@" "${more[@]}"
}

# types COMMAND_LINE OUTPUT: runs the command if it is safe; compares its output with OUTPUT, if any.
types() {
  local found status
  found=$(cd "$folder/here" && eval "$1" 2>&1) && status=0 || status=$?
  check_equal "exit code of: $1" 0 "$status" || tap_note "$found"
  [ -z "$2" ] || check_equal "output of: $1" "$2" "$found"
}

is_script() {
  check "$1 is a program of the source" test -f "$source/$1" -a -x "$source/$1"
}

# knows PROGRAM VERB HELP...: the program, if it is installed, knows the verb
knows() {
  [ -n "$(type -P "$1")" ] || return 0
  check "$1 knows $2" "${@:3}" >/dev/null 2>&1
}

# The manual pages describe the journal's fields and the exit codes.
journal_fields_exist() {
  local field
  while IFS= read -r field; do
    check "the hook logs $field" grep -q "\"$field\"" "$source"/hook/*.cpp \
      "$source"/lib/host/linux_program.cpp
  done < <(grep -o 'HOSTLEASE_[A-Z_]*' "$source/install/man/hostlease-hook.7" | sort -u)
}

works() {
  local words
  read -r -a words <<<"$1"
  case ${words[0]} in
    hostlease | tests/cli/make-root) types "$1" "$2" ;;
    examples/run | tests/run | install/install-dependencies | install/build-deb) is_script "${words[0]}" ;;
    meson) knows meson "${words[1]}" meson "${words[1]}" --help ;;
    virsh) knows virsh "${words[1]}" virsh help "${words[1]}" ;;
    man) check_exists "page ${words[1]}" "$(find "$source/install/man" -name "${words[1]}.[0-9]")" ;;
    apt | ninja | systemctl | PATH=*) ;;
    journalctl) journal_fields_exist ;;
    *) tap_fail "README has a command that this test does not know: $1" ;;
  esac
}

# Each command of README with the output shown below it
all_commands() {
  local line command='' output=''
  while IFS= read -r line; do
    if [[ $line == '$ '* ]]; then
      [ -z "$command" ] || tap_case "$command" works "$command" "$output"
      command=${line#'$ '} output=''
      command=${command#sudo }
    else
      output+=${output:+$'\n'}$line
    fi
  done < <(blocks console)
  [ -z "$command" ] || tap_case "$command" works "$command" "$output"
}

links_lead_somewhere() {
  local target
  while IFS= read -r target; do
    check_exists "link to $target" "$source/$target"
  done < <(grep -oE '\]\([^)#]+\)' "$readme" | sed -E 's/^\]\((.*)\)$/\1/' | grep -v '^http')
}

# finds COMMAND_LINE: this test fails with the command in README
finds() {
  printf '%s\n' '```console' "\$ $1" '```' >"$folder/README.md"
  check_fails "README with: $1" env README="$folder/README.md" "$0" "$real" 2>/dev/null >&2
}

finds_what_does_not_exist() {
  finds 'hostlease frobnicate'
  finds 'sudo hostlease status --colour'
  finds 'virsh frobnicate win11'
  finds 'sudo examples/missing'
  finds 'curl example.org'
}

exit_codes_are_those_of_help() {
  local text
  text=$("$real" --help)
  for code in 0 1 2 3; do
    check "exit code $code in hostlease(1)" grep -q "^.It $code$" "$source/install/man/hostlease.1"
    check "exit code $code in --help" grep -q "\\b$code " <<<"$text"
  done
}

make_machine
all_commands
tap_case 'every link has a target' links_lead_somewhere
tap_case 'the journal fields exist' journal_fields_exist
tap_case 'the exit codes are those of --help' exit_codes_are_those_of_help
[ -n "${README-}" ] || tap_case 'missing commands are found' finds_what_does_not_exist
tap_end
