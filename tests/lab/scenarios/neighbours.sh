#!/bin/bash
# Another program's isolated partition of the first level stays valid beside a domain, and no CPU of it is given to anybody.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"
partition=/sys/fs/cgroup/rt

begin_partition() {
  echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control
  mkdir "$partition"
  echo "$1" >"$partition/cpuset.cpus"
  echo isolated >"$partition/cpuset.cpus.partition"
  check_partition_is_valid "$1"
}

check_partition_is_valid() {
  check_equal 'the partition' isolated "$(<"$partition/cpuset.cpus.partition")"
  check_equal 'its CPUs' "$1" "$(<"$partition/cpuset.cpus.effective")"
}

end_partition() {
  rmdir "$partition"
  check 'reconcile' hostlease reconcile
}

beside() {
  policy one 'extends = "balanced"'
  begin_partition 2-3
  check 'start' start one || return
  check_partition_is_valid 2-3
  check_verify
  systemctl daemon-reload
  check_partition_is_valid 2-3
  destroy one
  check 'the lease ends' wait_for 10 has_leases 0
  check_partition_is_valid 2-3
  check_verify
  end_partition
}

by_slices() {
  policy one '[cpus]' 'method = "slices"'
  begin_partition 2-3
  check 'start' start one || return
  check_partition_is_valid 2-3
  check_free_of tasks 6-7 system.slice user.slice init.scope
  destroy one
  check 'the lease ends' wait_for 10 has_leases 0
  check_partition_is_valid 2-3
  end_partition
}

# libvirt could not set the pins: the reason is said before anything is changed.
pinned_into_it() {
  policy one '[cpus]' 'method = "slices"'
  begin_partition 6-7
  check_fails 'start' start one
  check_partition_is_valid 6-7
  end_partition
}

lab_begin
without_irqbalance
take_baseline
scenario 'the shipped policy' beside
scenario 'slices' by_slices
scenario 'a domain on its CPUs' pinned_into_it
tap_end
