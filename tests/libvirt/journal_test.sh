#!/bin/bash
# The journal receives entries that can be filtered by domain and operation.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"

# journal FILE: what systemd-journald would receive, one field per line.
journal() {
  mkdir -p "$private_dir/one/run/systemd/journal"
  python3 - "$private_dir/one/run/systemd/journal/socket" "$1" <<'PYTHON' &
import socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
with open(sys.argv[2], "wb", buffering=0) as entries:
    while True:
        entries.write(receiver.recv(65536) + b"\n")
PYTHON
  journal_process=$!
  private_wait 10 test -S "$private_dir/one/run/systemd/journal/socket"
}

# entries FILE OPERATION: those of this operation.
entries() {
  awk -v operation="HOSTLEASE_OPERATION=$2" 'BEGIN { RS = "" } index($0, operation "\n")' <(cat "$1"; echo)
}

fields_of_a_start() {
  local file=$private_dir/journal operation
  journal "$file"
  check 'start' start logged
  destroy logged
  kill "$journal_process"
  for operation in prepare start started stopped release; do
    check_match "$operation: domain" 'HOSTLEASE_DOMAIN=logged' "$(entries "$file" "$operation")"
  done
  check_match 'duration of prepare' 'HOSTLEASE_DURATION_USEC=[0-9]+' "$(entries "$file" prepare)"
  check_match 'message' 'MESSAGE=[^ ]' "$(entries "$file" prepare)"
  check_baseline
}

libvirt_need
command -v python3 >/dev/null || tap_skip_all 'no python3'
libvirt_begin
scenario 'fields of a start and its end' fields_of_a_start
tap_end
