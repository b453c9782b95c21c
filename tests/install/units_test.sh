#!/bin/bash
# units_test.sh BUILD: systemd's checks of the installed units.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
[ -n "$(type -P systemd-analyze)" ] || tap_skip_all 'systemd-analyze is not installed'

# The units with the build's command in them, because systemd checks that it exists.
stage() {
  DESTDIR=$folder/tree meson install -C "$1" --no-rebuild --quiet >"$folder/log" 2>&1 || cat "$folder/log" >&2
  find "$folder/tree" -path '*/systemd/system/*' -exec cp -t "$folder" {} +
  sed -i "s|^ExecStart=[^ ]*|ExecStart=$(realpath "$1")/hook/hostlease|" "$folder"/*.service
}

# systemd looks for man pages in the system, where they are not installed yet.
said() {
  SYSTEMD_UNIT_PATH=$folder: systemd-analyze verify --man=no "$@" 2>&1
}

systemd_has_nothing_to_say() {
  local found
  found=$(said "$folder"/*.service "$folder"/*.timer) || tap_fail 'systemd-analyze verify' "$found"
  check_equal 'what is said of the units' '' "$(grep -F hostlease- <<<"$found")"
}

finds_a_mistake() {
  sed 's/^LockPersonality/LockPersonalities/' "$folder/hostlease-reconcile.service" \
    >"$folder/hostlease-mistake.service"
  check_match 'a key that there is not' 'LockPersonalities' "$(said "$folder/hostlease-mistake.service")"
  rm "$folder/hostlease-mistake.service"
}

# An unmount, or a write below /sys, must reach the host.
has_the_hosts_own_mounts() {
  check_equal 'keys that hide the host, or take openat2 away' '' "$(grep -E \
    -e '^(Private[A-Z]|Protect(System|Home|Kernel|Control|Clock|Hostname|Proc)|Read(Write|Only))' \
    -e '^(Inaccessible|Temporary|Bind|Root|Dynamic|Mount|RestrictSUIDSGID)' \
    "$folder/hostlease-reconcile.service")"
}

# may_only_read UNIT: only the necessary rights are left: root, for files of other users, its sockets, and the
# host's devices at their usual paths.
may_only_read() {
  local said
  [ "$(systemd-analyze --version | awk '{ print $2; exit }')" -ge 250 ] || return 0 # has no --offline
  said=$(systemd-analyze security --offline=yes --threshold=25 --no-pager "$folder/$1.service" 2>&1) ||
    tap_fail 'systemd-analyze security' "$said"
}

stage "$1"
tap_case 'systemd finds no problem in the units' systemd_has_nothing_to_say
tap_case 'a mistake would be found' finds_a_mistake
tap_case "reconcile has the host's own mounts" has_the_hosts_own_mounts
tap_case 'metrics may only read' may_only_read hostlease-metrics
tap_case 'report may only read, except in its own folder' may_only_read hostlease-report
tap_end
