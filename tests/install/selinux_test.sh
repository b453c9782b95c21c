#!/bin/bash
# selinux_test.sh BUILD: SELinux's compiler accepts the module, and the result lets virtqemud run our hook,
# and no other, in the hooks' domain.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
module=$(realpath "$here/../../install/selinux/hostlease.cil")
for program in secilc sesearch; do
  [ -n "$(type -P "$program")" ] || tap_skip_all "$program is not installed"
done
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT

compiles() {
  local said
  said=$(secilc -o "$folder/policy" -f "$folder/contexts" "$here/selinux_base.cil" "$module" 2>&1) ||
    tap_fail "$said"
}

# rules KIND OPTION...: rules of the compiled policy, one per line
rules() {
  sesearch "--$1" "${@:2}" "$folder/policy" 2>&1
}

runs_in_the_hooks_domain() {
  check_equal 'transition' \
    'type_transition virtqemud_t hostlease_hook_exec_t:process virt_hook_unconfined_t;' "$(rules type_trans)"
  check_match 'to the domain' 'process \{.*transition.*\}' \
    "$(rules allow -s virtqemud_t -t virt_hook_unconfined_t -c process)"
  check_match 'the program' 'file \{.*execute.*\}' \
    "$(rules allow -s virtqemud_t -t hostlease_hook_exec_t -c file)"
  check_match 'its way in' 'file \{.*entrypoint.*\}' \
    "$(rules allow -s virt_hook_unconfined_t -t hostlease_hook_exec_t -c file)"
  check_match 'the link to it' 'lnk_file \{ getattr read \}' \
    "$(rules allow -s virtqemud_t -t virt_hook_t -c lnk_file)"
}

leaves_other_hooks() {
  check_equal 'files in the hooks folder' '' "$(rules allow -s virtqemud_t -t virt_hook_t -c file)"
}

labels_the_program() {
  local pattern label
  read -r pattern _ label <"$folder/contexts"
  check_equal 'label' system_u:object_r:hostlease_hook_exec_t:s0 "${label%-s0}"
  for path in /usr/sbin/hostlease-hook /usr/bin/hostlease-hook; do
    check_match "$path" "^$pattern\$" "$path"
  done
  check_no_match 'another' "^$pattern\$" /usr/sbin/hostlease
}

tap_case 'the module compiles' compiles
tap_case 'virtqemud runs the hook in the domain of hooks' runs_in_the_hooks_domain
tap_case 'other hooks stay as they are' leaves_other_hooks
tap_case 'the program is labelled wherever a package puts it' labels_the_program
tap_end
