#!/bin/bash
# The effect of each shipped policy on a domain that extends it without additions; and low-latency when QEMU
# or the hook is killed.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"
# shellcheck source=tests/lab/guest/killer.sh
. "$guest/killer.sh"

disk=/dev/disk/by-id/virtio-labdata
disk_name=$(basename "$(readlink -f "$disk")")
governor=$(</sys/devices/system/cpu/cpu0/cpufreq/scaling_governor)

extending() {
  printf 'version = 1\nextends = "%s"\n' "$1" >/etc/hostlease/one.toml
}

start_one() {
  start one TEMPLATE=disk DISK="$disk"
}

# check_file FILE VALUE
check_file() {
  check_equal "$1" "$2" "$(<"$1")"
}

check_nobody_isolated() {
  check_equal 'CPUs of system.slice' 0-7 "$(</sys/fs/cgroup/system.slice/cpuset.cpus.effective)"
  check_governor '' '' "$governor"
  check_wakeup_latency '' '' 0
}

check_balanced() {
  check_host_kept_off 6-7
  check_domain_on one 6 7
  check_free_of interrupts 6-7
  check_new_interrupts_off 6-7
  check_governor 6-7 performance "$governor"
  if kernel_at_least 6.7; then check_partition one 6-7; fi
  check_verify
}

# check_low_latency WAKEUP: the latency in the kernel's format.
check_low_latency() {
  check_balanced
  check_wakeup_latency 6-7 "$1" 0
  check_workqueues_off 6-7
  check_file /proc/sys/kernel/watchdog_cpumask 0-5
  check_file /sys/kernel/mm/ksm/run 0
  check_file /proc/sys/kernel/numa_balancing 0
  check_scheduler "$disk_name" none
}

balanced() {
  extending balanced
  check 'start' start_one || return
  check_balanced
  check_wakeup_latency '' '' 0
  destroy one
}

low_latency() {
  extending low-latency
  check 'start' start_one || return
  check_low_latency 50
  destroy one
}

realtime() {
  extending realtime
  check 'start' start_one || return
  check_low_latency n/a
  check_thread one 'CPU 0/' SCHED_FIFO 1
  check_thread one 'CPU 1/' SCHED_FIFO 1
  check_file /proc/sys/vm/stat_interval 120
  check_file /proc/sys/vm/compaction_proactiveness 0
  destroy one
}

realtime_is_impossible() {
  extending realtime
  check_fails 'start' start_one
}

office() {
  extending office
  check 'start' start_one || return
  check_nobody_isolated
  check_pages 2048 0 32
  check_file /proc/sys/vm/swappiness 10
  check_file /sys/kernel/mm/ksm/run 0
  check_scheduler "$disk_name" none
  check_verify
  destroy one
}

dense() {
  extending dense
  check 'start' start_one || return
  check_nobody_isolated
  check_pages 2048 0 32
  check_verify
  destroy one
}

qemu_is_killed() {
  extending low-latency
  check 'start' start_one || return
  check_low_latency 50
  kill -KILL "$(qemu_pid one)"
  check 'libvirt notices' wait_for 30 has_leases 0
}

# killed_at NUMBER: kills the hook in start, together with libvirt's daemon. Notes how much of the host is
# then changed.
killed_at() {
  local changed
  at_change start "$1" daemon
  if start_one 2>/dev/null; then
    tap_note "$1: the call was over before"
    destroy one
  fi
  spared
  "$guest/snapshot" take >"${state:?}/now"
  changed=$("$guest/snapshot" compare "$state/baseline" "$state/now" | wc -l)
  tap_note "killed at change $1: $changed differences"
  [ "$changed" -lt "$most_changed" ] || most_changed=$changed
  check 'the daemon is back' wait_for 60 virsh -q list 2>/dev/null
  check "$1: reconcile" hostlease reconcile
  check_leases 0
  check_baseline
}

hook_is_killed() {
  local number most_changed=0
  extending low-latency
  for number in 6 12 18 24; do
    killed_at "$number" || return
  done
  check 'killed in the middle' [ "$most_changed" -gt 10 ]
}

lab_begin
without_irqbalance
# the policies change this value, which not every kernel has at boot
echo mq-deadline >"/sys/block/$disk_name/queue/scheduler"
take_baseline
for name in dense office balanced low_latency; do
  scenario "${name/_/-}" $name
done
if kernel_at_least 6.7; then
  scenario 'realtime' realtime
else
  scenario 'realtime on a kernel without remote partitions' realtime_is_impossible
fi
scenario 'low-latency, and QEMU is killed' qemu_is_killed
install_killer
scenario 'low-latency, and the hook is killed' hook_is_killed
tap_end
