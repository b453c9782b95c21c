#!/bin/bash
# Slices and partitions on a real kernel with a real systemd: which tasks run where, and the state after
# domains end in various ways.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

# isolating METHOD [LINE...]: the policy of both domains.
isolating() {
  local name
  for name in one two; do
    policy "$name" '[cpus]' 'isolate = "pinned"' "method = \"$1\"" "${@:2}"
  done
}

start_two() {
  start two NODE=0 CPU0=2 CPU1=3 EMULATOR=0-1
}

exclusive_of_machines() {
  cat /sys/fs/cgroup/machine.slice/cpuset.cpus.exclusive 2>/dev/null
}

slices() {
  isolating slices
  check 'start one' start one || return
  check_host_kept_off 6-7
  check_domain_on one 6 7
  check 'start two' start_two || return
  check_host_kept_off 2-3,6-7
  check_verify
  destroy one
  check_host_kept_off 2-3
  check_domain_on two 2 3
  check_verify
  destroy two
}

# The slices are no longer restricted: the partitions keep the host off.
partitions() {
  isolating partition
  check 'start one' start one EMULATOR=5 || return
  check_partition one 6-7
  check_host_kept_off 5-7
  check_workqueues_off 6-7
  check_equal 'AllowedCPUs of system.slice' 0-7 \
    "$(tr -d '\n' </sys/fs/cgroup/system.slice/cpuset.cpus | sed 's/^$/0-7/')"
  check_verify
  check 'start two' start two NODE=1 CPU0=2 CPU1=3 EMULATOR=4 || return
  check_partition one 2-3,6-7
  check_partition two 2-3,6-7
  check_equal 'exclusive CPUs of machine.slice' 2-7 "$(exclusive_of_machines)"
  check_domain_on one 6 7
  destroy one
  check_partition two 2-3
  check_equal 'exclusive CPUs of machine.slice' 2-4 "$(exclusive_of_machines)"
  systemctl daemon-reload
  systemctl restart libvirtd
  # it waits until the daemon has QEMU under control again: a domain that is destroyed earlier is "not found"
  # (libvirt 11.3)
  check 'libvirt is back' wait_for 30 virsh -q dommemstat two
  check_partition two 2-3
  check_verify
  destroy two
}

qemu_is_killed() {
  isolating auto
  check 'start' start one || return
  check_host_kept_off 6-7
  kill -KILL "$(qemu_pid one)"
  check 'libvirt notices' wait_for 30 has_leases 0
}

off_and_on() {
  echo 0 >/sys/devices/system/cpu/cpu7/online
  echo 1 >/sys/devices/system/cpu/cpu7/online
}

# The kernel breaks the partition of a CPU that goes offline, and restores it when the CPU comes back.
cpu_comes_back() {
  isolating partition
  check 'start' start one || return
  echo 0 >/sys/devices/system/cpu/cpu7/online
  check_match 'partition of the second virtual CPU' 'isolated invalid' \
    "$(<"$(scope one)/libvirt/vcpu1/cpuset.cpus.partition")"
  check_fails 'verify' hostlease verify
  echo 1 >/sys/devices/system/cpu/cpu7/online
  check 'verify when it is back' hostlease verify
  check 'reconcile' hostlease reconcile
  check_partition one 6-7
  check_verify
  destroy one
}

# An emulator on the CPU of a virtual CPU makes its partition impossible.
impossible() {
  isolating partition 'enforce = "required"'
  check_fails 'start' start one "$@"
  isolating partition
  check 'start' start one "$@" || return
  check_host_kept_off 6-7
  check_verify
  destroy one
}

lab_begin
without_irqbalance
take_baseline
scenario 'slices' slices
if kernel_at_least 6.7; then
  scenario 'a partition for each domain, and for each virtual CPU in it' partitions
  off_and_on # its effect on interrupts occurs only once
  take_baseline
  scenario 'a CPU goes and comes back' cpu_comes_back
  scenario 'the emulator in the way' impossible EMULATOR=6
else
  scenario 'a kernel without remote partitions' impossible
fi
scenario 'QEMU is killed' qemu_is_killed
tap_end
