#!/bin/bash
# package_test.sh BUILD: checks the Debian package with lintian. The lab tests its effect on a host.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
# shellcheck source=package.sh
. "$here/package.sh"
build=$(realpath "$1")

lintian_is_content() {
  local said
  said=$(lintian --allow-root --fail-on error,warning "$file" 2>&1) || tap_fail "$said"
}

# The package must not contain the hook itself: it could overwrite another program's hook, or be refused
# because of it. The hook is installed on the host.
brings_no_hook() {
  check_no_match 'files' '/etc/libvirt' "$(dpkg-deb -c "$file")"
}

starts_the_units() {
  local script unit
  script=$(dpkg-deb -I "$file" postinst)
  check_match 'postinst' 'hostlease-reconcile.service' "$script"
  check_match 'postinst' 'hostlease-reconcile.timer' "$script"
  for unit in hostlease-metrics hostlease-report; do
    check_match 'postinst: enabled where it was' "deb-systemd-helper debian-installed '$unit.timer'" "$script"
    check_no_match 'postinst' "deb-systemd-invoke [^|]*$unit" "$script"
  done
}

if reason=$(package_lacks "$build"); then tap_skip_all "$reason"; fi
file=$(package "$build") || exit 1
tap_case 'it does not contain the hook' brings_no_hook
tap_case 'it starts the units, except those that an administrator enables' starts_the_units
if [ -n "$(type -P lintian)" ]; then
  tap_case 'lintian finds nothing' lintian_is_content
else
  tap_case_skip 'lintian finds nothing' 'lintian is not installed'
fi
tap_end
