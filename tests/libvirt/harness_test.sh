#!/bin/bash
# The private libvirtd leaves nothing on the machine, however the script that started it ends.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"

# Does the work of the other scripts; ends only by a signal to all of its processes, as from a terminal.
victim() {
  libvirt_begin
  start victim
  grow_pool 5
  echo "$private_dir" >"$1"
  sleep 600
}

# ends_by SIGNAL...
ends_by() {
  local note pool folder pid signal
  note=$(mktemp -d)
  pool=$(private_pool)
  setsid env --default-signal=INT bash "$0" "$build" "$note/folder" >/dev/null 2>&1 &
  pid=$!
  check 'the script is running' private_wait 60 test -s "$note/folder" || return
  folder=$(<"$note/folder")
  check_match 'processes' libvirtd "$(processes_in "$folder")"
  for signal in "$@"; do
    kill -s "$signal" -- "-$pid"
  done 2>/dev/null
  check 'the folder goes' private_wait 30 test ! -e "$folder"
  check_equal 'pools' "$pool" "$(private_pool)"
  check_equal 'processes' '' "$(processes_in "$folder")"
  rm -r "$note"
}

# Identified by the files that the processes of an instance have open or mounted.
processes_in() {
  grep -ls "$1/" /proc/[0-9]*/mountinfo | while read -r file; do
    tr '\0' ' ' <"${file%/*}/cmdline"
  done
}

[ $# -eq 1 ] || victim "$2"
libvirt_need
tap_case 'interrupted' ends_by INT
tap_case 'terminated' ends_by TERM
tap_case 'killed' ends_by KILL
tap_case 'terminated and killed' ends_by TERM KILL
tap_end
