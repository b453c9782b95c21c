#!/bin/bash
# Reverting to a snapshot ends one QEMU and starts another.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"

# empty_qcow2 FILE: 1 MiB, as `qemu-img create -f qcow2` makes it. Clusters of 64 KiB: header, table of
# reference counts, the counts of the first four clusters, table of mappings.
empty_qcow2() {
  truncate -s 256K "$1"
  put "$1" 0 '514649fb 00000002 0000000000000000 00000000 00000010 0000000000100000'
  put "$1" 32 '00000000 00000001 0000000000030000 0000000000010000 00000001 00000000 0000000000000000'
  put "$1" 65536 '0000000000020000'
  put "$1" 131072 '0001 0001 0001 0001'
}

# put FILE OFFSET HEX
put() {
  local hex=${3// /} bytes=
  while [ -n "$hex" ]; do
    bytes+="\\x${hex:0:2}"
    hex=${hex:2}
  done
  printf '%b' "$bytes" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

domain_with_snapshot() {
  policy "$1"
  empty_qcow2 "$private_dir/$1.qcow2"
  virsh_at define "$(domain disk "$1" DISK="$private_dir/$1.qcow2" FORMAT=qcow2)" || return
  virsh_at start "$1" --paused || return
  forget_calls
  check 'snapshot' virsh_at snapshot-create-as "$1" before || return
  check_calls "$1" ''
}

revert_while_running() {
  domain_with_snapshot running || return
  check 'revert' virsh_at snapshot-revert running before || return
  check_calls running 'stopped release prepare start started'
  check_reserved running 32
  check_leases 1
  virsh_at destroy running
  check_baseline
  virsh_at undefine running --snapshots-metadata
}

revert_while_off() {
  domain_with_snapshot off || return
  virsh_at destroy off
  check_baseline
  forget_calls
  check 'revert' virsh_at snapshot-revert off before || return
  check_calls off 'prepare start started'
  check_reserved off 32
  virsh_at destroy off
  check_baseline
  virsh_at undefine off --snapshots-metadata
}

libvirt_begin
scenario 'revert while the domain runs' revert_while_running
scenario 'revert while the domain is off' revert_while_off
tap_end
