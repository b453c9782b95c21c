#!/bin/bash
# The comparison of two snapshots, which all other scenarios rely on, finds every change, and nothing without
# changes.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

# seen PATTERN...: each pattern matches a line of the comparison.
seen() {
  local pattern
  "$guest/snapshot" take >"$state/now"
  "$guest/snapshot" compare "$state/baseline" "$state/now" >"$state/differences"
  for pattern in "$@"; do
    check_match 'what differs' "$pattern" "$(cat "$state/differences")"
  done
}

files() {
  echo powersave >/sys/devices/system/cpu/cpu5/cpufreq/scaling_governor
  echo 7 >/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages
  echo 3f >/sys/devices/virtual/workqueue/cpumask
  seen 'policy5/scaling_governor: was .*, is powersave' 'node0/.*nr_hugepages: was 0, is 7' \
    'workqueue/cpumask: was ff, is 3f'
  echo "$governor" >/sys/devices/system/cpu/cpu5/cpufreq/scaling_governor
  echo 0 >/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages
  echo ff >/sys/devices/virtual/workqueue/cpumask
}

slices() {
  systemctl set-property --runtime system.slice AllowedCPUs=0-3
  seen 'system.slice/cpuset.cpus.effective: was 0-7, is 0-3' 'system.slice AllowedCPUs: was , is 0-3' \
    'files in /run/systemd/system.control: was , is .*AllowedCPUs' \
    'task .*system.slice/libvirtd.service: was 0-7 0:0, is 0-3 0:0'
  systemctl set-property --runtime system.slice AllowedCPUs=0-7
  rm -r /run/systemd/system.control
  systemctl daemon-reload
}

# irqbalance applies a request at its next look at the interrupts.
interrupts() {
  local irq
  irq=$(basename "$(dirname "$(find /proc/irq -name 'virtio*-input*' | head -n 1)")")
  without_irqbalance
  take_baseline
  echo 1,4 >"/proc/irq/$irq/smp_affinity_list"
  seen "/proc/irq/$irq/smp_affinity_list .*, is 1,4"
  echo 0-7 >"/proc/irq/$irq/smp_affinity_list"
  take_baseline
}

tasks() {
  sleep 60 &
  take_baseline
  taskset -pc 1 $! >&2
  chrt -f -p 5 $! >&2
  seen 'task sleep of /lab.slice/lab-agent.service: was 0-7 0:0, is 1 1:5'
  kill $!
}

lab_begin
governor=$(</sys/devices/system/cpu/cpu0/cpufreq/scaling_governor)
scenario 'files' files
scenario 'slices and their tasks' slices
scenario 'tasks' tasks
scenario 'interrupts' interrupts
tap_end
