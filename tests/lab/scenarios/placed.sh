#!/bin/bash
# Domains without pins whose policy chooses their CPUs when they start.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"
# shellcheck source=tests/lab/guest/placed.sh
. "$guest/placed.sh"

# check_placed NAME: each virtual CPU on a CPU of its own, and the lease is in force.
check_placed() {
  local vcpu0 vcpu1
  vcpu0=$(cpus_of "$1" vcpu0)
  vcpu1=$(cpus_of "$1" vcpu1)
  check_match "CPU of vCPU 0 of $1" '^[1-7]$' "$vcpu0"
  check_match "CPU of vCPU 1 of $1" '^[1-7]$' "$vcpu1"
  check_domain_on "$1" "$vcpu0" "$vcpu1"
  check_verify
}

one_domain() {
  placing one
  check 'start' start_unpinned one || return
  check_placed one
  check_apart one
  check_match 'map' one "$(hostlease map)"
  ! kernel_at_least 6.7 || check_equal 'partition' root "$(<"$(scope one)/libvirt/cpuset.cpus.partition")"
  systemctl restart libvirtd
  check 'reconcile' hostlease reconcile
  check_placed one
  destroy one
}

two_in_all_orders() {
  placing one
  placing two
  check 'start one' start_unpinned one || return
  check 'start two' start_unpinned two || return
  check_placed one
  check_placed two
  check_apart one two
  destroy one
  check_placed two
  check 'start one again' start_unpinned one || return
  check_apart one two
  destroy two
  destroy one
}

two_at_once() {
  placing one
  placing two
  start_unpinned one &
  start_unpinned two &
  wait
  check_placed one
  check_placed two
  check_apart one two
  kill -9 "$(qemu_pid one)"
  check 'one is gone' wait_for 10 has_leases 1
  check_placed two
  destroy two
}

# With free pages on both nodes, the pages come from the node near the first thread that touches them.
memory_near_cpus() {
  local -a before=("$(pages 0 2048)" "$(pages 1 2048)")
  local node drop_in
  set_pages 0 40
  set_pages 1 40
  placing one
  check 'start' start_unpinned one || return
  node=$(($(cpus_of one vcpu0) / 4))
  drop_in=$(find /run/systemd/system -name 50-hostlease.conf)
  check_match 'drop-in of the scope' "AllowedMemoryNodes=$node" "$(cat "$drop_in")"
  check_equal 'huge pages on the other node' '' "$(pages_elsewhere one "$node")"
  check_match 'huge pages on its node' "N$node=" "$(grep ' huge ' "/proc/$(qemu_pid one)/numa_maps")"
  check_equal 'memory nodes of the scope' "$node" "$(<"$(scope one)/cpuset.mems.effective")"
  systemctl daemon-reload
  check_verify
  destroy one
  check_equal 'drop-ins left' '' "$(find /run/systemd/system -name '*.scope.d')"
  set_pages 0 "${before[0]}"
  set_pages 1 "${before[1]}"
}

with_pins() {
  placing one
  check_fails 'start' start one
  check_leases 0
}

no_room() {
  placing one 'housekeeping_min_cores = 4'
  check_fails 'start' start_unpinned one
  check_leases 0
  placing one 'housekeeping_min_cores = 4' 'share = true'
  check 'start with shared CPUs' start_unpinned one || return
  destroy one
}

# libvirt puts the domain into the slice of its <partition>, which has a core of each node.
in_a_slice() {
  local unit=/run/systemd/system/fast.slice file
  printf '%s\n' '[Slice]' AllowedCPUs=2-5 >"$unit"
  systemctl daemon-reload
  systemctl start fast.slice
  placing one
  file=$(unpinned one)
  sed -i 's|<os>|<resource><partition>/fast</partition></resource>&|' "$file"
  if check 'start' virsh -q create "$file" --paused; then
    check_match 'its scope' '^/sys/fs/cgroup/fast.slice/' "$(scope one)"
    check_match 'CPU of vCPU 0' '^[2-5]$' "$(cpus_of one vcpu0)"
    check_match 'CPU of vCPU 1' '^[2-5]$' "$(cpus_of one vcpu1)"
    check_match 'CPUs of the emulator' '^[2-5](-[2-5])?$' "$(cpus_of one emulator)"
    check_apart one
    check_verify
    destroy one
  fi
  systemctl stop fast.slice
  rm "$unit"
  systemctl daemon-reload
}

lab_begin
without_irqbalance
take_baseline
scenario 'one domain' one_domain
scenario 'two domains, one after the other' two_in_all_orders
scenario 'two domains at once, one killed' two_at_once
scenario 'memory near the CPUs' memory_near_cpus
scenario 'a domain with pins' with_pins
scenario 'no room' no_room
scenario 'in a slice with some of the CPUs' in_a_slice
tap_end
