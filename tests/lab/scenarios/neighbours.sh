#!/bin/bash
# Another program's isolated partition of the first level stays valid beside a domain, and hostlease gives its
# CPUs to nothing else.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"
partition=/sys/fs/cgroup/rt

# The slices have no CPUs set yet: before Linux 7.2, a cgroup with tasks cannot unset its CPUs, which would
# then prevent a later partition.
begin_partition() {
  echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
  mkdir "$partition"
  echo 2-3 >"$partition/cpuset.cpus"
  echo isolated >"$partition/cpuset.cpus.partition"
  check_partition_is_valid
}

check_partition_is_valid() {
  check_equal 'the partition' isolated "$(<"$partition/cpuset.cpus.partition")"
  check_equal 'its CPUs' 2-3 "$(<"$partition/cpuset.cpus.effective")"
}

# lives_beside POLICY_LINE...
lives_beside() {
  policy one "$@"
  check 'start' start one || return
  check_partition_is_valid
  check_verify
  systemctl daemon-reload
  check_partition_is_valid
  destroy one
  check 'the lease ends' wait_for 10 has_leases 0
  check_partition_is_valid
  check_verify
}

shipped_policy() { lives_beside 'extends = "balanced"'; }
slices() { lives_beside '[cpus]' 'method = "slices"'; }

# libvirt could not set the pins: the reason is reported before anything is changed.
pinned_into_it() {
  policy one '[cpus]' 'method = "slices"'
  check_fails 'start' start one NODE=0 CPU0=2 CPU1=3 EMULATOR=0-1
  check_partition_is_valid
}

# Its CPUs are available to all again, including the slices that were kept off them.
partition_ends() {
  rmdir "$partition"
  check 'reconcile' hostlease reconcile
  check_equal 'CPUs of system.slice' 0-7 "$(</sys/fs/cgroup/system.slice/cpuset.cpus.effective)"
  check_equal 'CPUs of PID 1' 0-7 "$(sed -n 's/^Cpus_allowed_list:\s*//p' /proc/1/status)"
  check_verify
}

lab_begin
without_irqbalance
tap_case 'a partition begins' begin_partition
tap_case 'the shipped policy' shipped_policy
take_baseline # values that the slices cannot have back yet are on record
scenario 'slices' slices
scenario 'a domain on its CPUs' pinned_into_it
tap_case 'the partition ends' partition_ends
tap_end
