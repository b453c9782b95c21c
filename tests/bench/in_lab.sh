#!/bin/bash
# In a host of the lab: runs the five calls of a VM's life alternately with hostlease's hook and two kinds of
# shell scripts. Prints medians and minima in milliseconds. Calls each hook like libvirt, but without libvirt,
# whose own calls cost the same for all.
set -eu
runs=${1:-20}
here=$(realpath "$(dirname "$0")")
guest=$here/../lab/guest
# shellcheck source=tests/lab/guest/support.sh
. "$guest/support.sh"

install_hostlease
systemctl stop irqbalance
xml=$(domain bench MIB=512)
# libvirt gives each domain a UUID
sed -i 's|<name>|<uuid>0dd0dd0d-0000-4000-8000-0000000bec00</uuid><name>|' "$xml"
declare -A hooks=([hostlease]=/usr/sbin/hostlease-hook [shell-hook]=$here/shell-hook
  [dispatching-hook]=$state/dispatching/qemu)

# call HOOK OPERATION...: OPERATION has libvirt's two words, such as "prepare begin".
call() {
  local operation
  for operation in "${@:2}"; do
    # shellcheck disable=SC2086 # two words
    "$1" bench $operation - <"$xml"
  done
}

# cycle HOOK: sets $took, in microseconds.
cycle() {
  local began=${EPOCHREALTIME/./}
  call "$1" 'prepare begin' 'start begin' 'started begin' 'stopped end' 'release end'
  took=$((${EPOCHREALTIME/./} - began))
}

host() {
  echo "$(</sys/fs/cgroup/system.slice/cpuset.cpus.effective) $(pages 1 2048) $(</proc/sys/vm/swappiness)" \
    "$(</sys/devices/system/cpu/cpu6/cpufreq/scaling_governor)" \
    "$(</sys/devices/system/cpu/cpu7/power/pm_qos_resume_latency_us)" \
    "$(</sys/devices/virtual/workqueue/cpumask) $(</proc/sys/kernel/watchdog_cpumask)" \
    "$(</proc/sys/kernel/numa_balancing) $(</proc/irq/default_smp_affinity)"
}

# check_work HOOK: checks that the timed calls do the intended work, $wanted.
check_work() {
  local before
  before=$(host)
  call "$1" 'prepare begin' 'start begin' 'started begin'
  [ "$(host)" = "$wanted" ] || { echo "$1: the host is $(host), and not $wanted"; exit 1; }
  call "$1" 'stopped end' 'release end'
  [ "$(host)" = "$before" ] || { echo "$1: the host was $before, and is $(host)"; exit 1; }
}

# summary NAME FILE
summary() {
  sort -n "$2" | awk -v name="$1" '{ value[NR] = $1 / 1000 }
    END { printf "%9.1f  %9.1f  %s\n", value[int((NR + 1) / 2)], value[1], name }'
}

# compare WHAT PART...: runs the three hooks alternately, the scripts with these parts.
compare() {
  local run hook
  export PARTS="${*:2}"
  rm -rf "$state/dispatching"
  "$here/dispatching-hook" --install "$state/dispatching" "${@:2}"
  for hook in "${!hooks[@]}"; do
    check_work "${hooks[$hook]}"
    rm -f "$state/$hook.times"
  done
  for ((run = 0; run < runs; run++)); do
    for hook in "${!hooks[@]}"; do
      cycle "${hooks[$hook]}"
      echo "$took" >>"$state/$hook.times"
    done
  done
  echo "$1"
  echo '   median    minimum'
  for hook in "${!hooks[@]}"; do
    summary "$hook" "$state/$hook.times"
  done
}

policy bench 'extends = "low-latency"'
wanted='0-5 256 60 performance 50 3f 0-5 0 3f'
compare 'the policy low-latency' cpus governor latency interrupts workqueues watchdog balancing pages
policy bench '[memory]' 'swappiness = 10' '[power]' 'governor = "performance"' '[cpus]' 'isolate = "pinned"' \
  'method = "slices"'
wanted='0-5 256 10 performance 0 ff 0-7 1 ff'
compare 'huge pages, governor, swappiness, and the CPUs of the slices by systemd' cpus governor swappiness \
  pages
policy bench '[memory]' 'swappiness = 10' '[power]' 'governor = "performance"'
wanted='0-7 256 10 performance 0 ff 0-7 1 ff'
compare 'the same without the slices' governor swappiness pages
