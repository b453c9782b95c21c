#!/bin/bash
# CPUs that an administrator has given to services, cgroups and partitions, and CPUs that he takes offline,
# are as he left them after a domain that used some of them exclusively.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"
root=/sys/fs/cgroup

allowed() {
  sed -n 's/^Cpus_allowed_list:\s*//p' "/proc/$1/status"
}

# service NAME PROPERTY: a sleeping service with this property.
service() {
  systemd-run -q --unit="$1" -p "$2" sleep 3600
}

pid_of() {
  systemctl show -P MainPID "$1"
}

# The third one is created by hand, like by a container engine without systemd.
make_others() {
  echo '+cpuset' >"$root"/cgroup.subtree_control
  service has-cpus AllowedCPUs=6-7
  service has-affinity 'CPUAffinity=5 6'
  systemctl set-property user.slice AllowedCPUs=2-7
  mkdir -p "$root"/docker/abc
  echo '+cpuset' >"$root"/docker/cgroup.subtree_control
  echo 6-7 >"$root"/docker/abc/cpuset.cpus
  sleep 3600 &
  echo $! >"$root"/docker/abc/cgroup.procs
  sleeper=$!
  check_others 6-7 5-6 2-7 6-7
}

# check_others HAS_CPUS HAS_AFFINITY USER_SLICE DOCKER: the expected CPUs in effect of each.
check_others() {
  check_equal 'CPUs of the service with AllowedCPUs' "$1" "$(allowed "$(pid_of has-cpus)")"
  check_equal 'CPUs of the service with CPUAffinity' "$2" "$(allowed "$(pid_of has-affinity)")"
  check_equal 'CPUs of user.slice' "$3" "$(<"$root/user.slice/cpuset.cpus.effective")"
  check_equal 'CPUs of docker/abc' "$4" "$(allowed "$sleeper")"
}

# beside METHOD CPUS...: the CPUs for check_others meanwhile. A cgroup that has no CPUs left may use all CPUs
# of its parent.
beside() {
  policy one '[cpus]' 'isolate = "pinned"' "method = \"$1\"" 'enforce = "required"'
  check 'start' start one EMULATOR=4 || return
  check_others "${@:2}"
  check_verify
  destroy one
  check 'the lease ends' wait_for 10 has_leases 0
  check_others 6-7 5-6 2-7 6-7
  systemctl daemon-reload
  check_others 6-7 5-6 2-7 6-7
}

# A partition inside another program's slice, with exclusive CPUs and not of the first level, as a user-space
# switch has it.
begin_partition() {
  mkdir -p "$root"/ovs.slice/switch
  echo '+cpuset' >"$root"/ovs.slice/cgroup.subtree_control
  echo 2-3 >"$root"/ovs.slice/cpuset.cpus.exclusive
  echo 2-3 >"$root"/ovs.slice/switch/cpuset.cpus.exclusive
  echo isolated >"$root"/ovs.slice/switch/cpuset.cpus.partition
  sleep 3600 &
  echo $! >"$root"/ovs.slice/switch/cgroup.procs
  switch=$!
  check_switch
}

check_switch() {
  check_equal "the switch's partition" isolated "$(<"$root/ovs.slice/switch/cpuset.cpus.partition")"
}

beside_partition() {
  policy one 'extends = "balanced"' '[cpus]' "method = \"$1\""
  check 'start' start one || return
  check_switch
  check_verify
  destroy one
  check 'the lease ends' wait_for 10 has_leases 0
  check_switch
}

end_others() {
  systemctl stop has-cpus has-affinity
  kill "$sleeper" "$switch"
  wait "$sleeper" "$switch" 2>/dev/null
  systemctl set-property user.slice AllowedCPUs=0-7 # if it is only reverted, the value stays in the cgroup
  systemctl revert user.slice
  rmdir "$root"/ovs.slice/switch "$root"/ovs.slice "$root"/docker/abc "$root"/docker
}

# Half of the CPUs go offline while the domain has them, and come back after it has ended.
smt_off() {
  local findings
  policy one 'extends = "low-latency"'
  check 'start' start one || return
  echo off >/sys/devices/system/cpu/smt/control
  findings=$(hostlease verify 2>&1)
  check 'verify names no value that is not there' [ "$findings" = "${findings//\'\'/}" ]
  destroy one
  echo on >/sys/devices/system/cpu/smt/control
  check 'reconcile' hostlease reconcile
}

pinned_to_an_offline_cpu() {
  local said
  echo 0 >/sys/devices/system/cpu/cpu7/online
  said=$(start one 2>&1) && tap_fail 'it started'
  check_match 'the reason' 'CPU 7' "$said"
  echo 1 >/sys/devices/system/cpu/cpu7/online
  check 'reconcile' hostlease reconcile
}

lab_begin
without_irqbalance
tap_case 'others with CPUs of their own' make_others
take_baseline
scenario 'slices' beside slices 0-5 5 2-5 0-5
scenario 'partitions' beside partition 0-3,5 5 2-3,5 0-3,5
tap_case 'a partition in a slice' begin_partition
take_baseline
scenario 'slices beside it' beside_partition slices
scenario 'partitions beside it' beside_partition partition
end_others
echo off >/sys/devices/system/cpu/smt/control
echo on >/sys/devices/system/cpu/smt/control # its effect on interrupts occurs only once
take_baseline
scenario 'SMT is switched off' smt_off
scenario 'a pin to a CPU that is offline' pinned_to_an_offline_cpu
tap_end
