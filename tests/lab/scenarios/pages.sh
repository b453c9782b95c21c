#!/bin/bash
# Huge pages on the node that the domain's memory is bound to.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

on_their_node() {
  policy near
  check 'start' start near || return
  check_pages 2048 0 32
  check_match 'memory of QEMU' 'huge.* N1=32 ' "$(grep huge "/proc/$(qemu_pid near)/numa_maps")"
  check_leases 1
  check_verify
  destroy near
}

# Node 0 would have had room, but strict memory does not use it.
one_node_is_too_small() {
  local said
  policy greedy
  if said=$(start greedy MIB=8192 2>&1); then
    tap_fail 'the domain has started'
    destroy greedy
    return
  fi
  check_match 'the reason names the node' 'node *1' "$said"
  check_match 'the reason says how many pages are needed' '4096' "$said"
  check_leases 0
}

of_one_gibibyte() {
  policy large
  check 'start' start large MIB=1024 PAGE_KIB=1048576 || return
  check_pages 1048576 0 1
  check_verify
  destroy large
}

host_is_ready() {
  local said
  policy near
  said=$(hostlease doctor) || tap_fail 'doctor fails' "$said"
  check_match 'libvirt' '\[PASS\] libvirt: version' "$said"
  check_match 'hook' '\[PASS\] hook: /etc/libvirt/hooks/qemu -> .*/hostlease-hook' "$said"
  check_match 'daemon' '(PASS|WARN)\] daemon: libvirtd ' "$said"
  check_match 'systemd' '\[PASS\] systemd: systemd 2[0-9]+.*, and its bus accepts connections' "$said"
  check_match 'hugetlbfs' '\[PASS\] hugetlbfs: mounted for pages of 2 MiB' "$said"
}

lab_begin
scenario 'the host is ready' host_is_ready
scenario 'pages of 1 GiB' of_one_gibibyte
scenario 'pages are on the node of the memory' on_their_node
scenario 'a node is too small' one_node_is_too_small
tap_end
