#!/bin/bash
# A suggestion for a domain passes libvirt's schema, can be defined, and leaves the audit without findings.
# The host for the suggestion is made of files, because this machine may have too few cores for pins. It has
# one node, because libvirt checks nodes on this machine.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"

make_host() {
  made=$private_dir/made
  [ -d "$made" ] || "$support/../support/make-host" "$support/../data/hosts/core-i9-9900k" "$made"
}

# suggest NAME OPTION...: for a domain of libvirt, on the fake host.
suggest() {
  local uri
  uri=$(private_uri one)
  "$hostlease" suggest --root "$made" --connect "$uri" "$@"
}

# findings FILE GROUP...: errors and warnings of these groups, for a Linux guest.
findings() {
  "$hostlease" audit "$1" --root "$made" --host --guest linux --json |
    jq -r --args '.. | objects | select(.rule? and (.severity == "error" or .severity == "warning") and
      (.group as $group | $ARGS.positional | index($group))) | .rule' "${@:2}"
}

is_valid() {
  local said
  said=$(virt-xml-validate "$1" domain 2>&1) || tap_fail "$1 against libvirt's schema" "$said"
}

is_defined() {
  local xml backup
  make_host || return
  virsh_at define "$(domain measured suggested DISK=/run/disk.raw)" >/dev/null || tap_fail 'define' || return
  virsh_at dumpxml --inactive --security-info suggested >"$private_dir/before.xml"
  check 'written' suggest suggested --for linux --write "$private_dir/new.xml" >"$private_dir/diff" \
    2>"$private_dir/said" || return
  is_valid "$private_dir/new.xml"
  check 'the diff' grep -q '^+    <emulatorpin cpuset=' "$private_dir/diff"
  check 'nothing is defined yet' cmp -s "$private_dir/before.xml" \
    <(virsh_at dumpxml --inactive --security-info suggested)
  check 'defined' suggest suggested --for linux --define --yes >"$private_dir/diff" 2>"$private_dir/said" ||
    tap_fail "$(<"$private_dir/said")"
  virsh_at dumpxml --inactive suggested >"$private_dir/after.xml"
  check_equal 'errors and warnings' '' \
    "$(findings "$private_dir/after.xml" features clock cpu pinning memory)"
  backup=$(sed -n 's/.*its former definition is in //p' "$private_dir/said")
  check 'the former definition is kept' cmp "$private_dir/before.xml" "$made$backup"
  check_equal 'its mode' 600 "$(stat -c %a "$made$backup")"
  check_equal 'said again' 'hostlease: no changes suggested' \
    "$(suggest suggested --for linux --define --yes 2>&1 | tail -1)"
}

# A file becomes a domain; the passwords of its screens are kept.
passwords_stay() {
  local file
  make_host || return
  file=$(domain plain secret)
  sed -i "s|</devices>|<graphics type='vnc' passwd='open'/></devices>|" "$file"
  virsh_at define "$file" >/dev/null || tap_fail 'define' || return
  check 'defined' suggest secret --for linux --set features,pinning --define --yes >/dev/null \
    2>"$private_dir/said" || tap_fail "$(<"$private_dir/said")"
  check 'the password' grep -q "passwd='open'" <(virsh_at dumpxml --security-info secret)
  check 'the pins' grep -q '<emulatorpin' <(virsh_at dumpxml secret)
}

# XML that libvirt refuses is not defined, and the reason is reported.
refusals() {
  local file
  make_host || return
  file=$(domain plain refused)
  virsh_at define "$file" >/dev/null || tap_fail 'define' || return
  virsh_at dumpxml --inactive refused >"$private_dir/before.xml"
  sed -i 's|</devices>|<unheard-of/></devices>|' "$file"
  suggest "$file" --for linux --set features --define --yes >/dev/null 2>"$private_dir/said"
  check_equal 'exit code' 1 $?
  check 'said' grep -q "^hostlease: libvirt does not define 'refused'" "$private_dir/said"
  check 'it is as it was' cmp "$private_dir/before.xml" <(virsh_at dumpxml --inactive refused)
  suggest refused --for linux --define >/dev/null 2>"$private_dir/said" </dev/null
  check_equal 'exit code without a terminal' 1 $?
}

# libvirt checks the result, and nothing is defined. If it also refused the original, the message says so.
is_checked() {
  local file
  make_host || return
  file=$(domain plain checked)
  suggest "$file" --for linux --set features,memory --check >/dev/null 2>"$private_dir/said" ||
    tap_fail "$(<"$private_dir/said")"
  check_equal 'said' 'hostlease: libvirt accepts this XML' "$(tail -1 "$private_dir/said")"
  check_fails 'it is defined' virsh_at domstate checked
  sed -i "s|</devices>|<input type='tablet' bus='unheard-of'/></devices>|" "$file"
  suggest "$file" --for linux --set features,memory --check >/dev/null 2>"$private_dir/said"
  check_equal 'exit code' 1 $?
  check_equal 'said' 'hostlease: libvirt refuses this XML, as it refused the XML without these changes' \
    "$(tail -1 "$private_dir/said")"
}

# With every group, the schema holds: for a guide's Windows template, which does not pass by itself, and for
# XML that libvirt writes.
every_group_is_valid() {
  local file
  make_host || return
  for file in "$support"/../data/domains/{playbook-template,automatic-placement,hook-started}.xml; do
    suggest "$file" --for windows \
      --set hyper-v,features,clock,cpu,pinning,memory,storage,network,graphics,devices \
      --write "$private_dir/new.xml" \
      >/dev/null 2>"$private_dir/said" || tap_fail "$file" "$(<"$private_dir/said")"
    is_valid "$private_dir/new.xml"
  done
}

libvirt_begin
scenario 'a domain is defined as suggested, and the former definition is kept' is_defined
scenario 'libvirt checks a suggestion that is not defined' is_checked
scenario 'passwords of displays stay' passwords_stay
scenario 'XML that libvirt refuses is not defined' refusals
scenario 'with every group the result passes the schema' every_group_is_valid
tap_end
