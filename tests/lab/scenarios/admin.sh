#!/bin/bash
# An administrator's changes to the host before and during a lease remain.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

pool=/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages

# governor_of CPU
governor_of() {
  echo "/sys/devices/system/cpu/cpu$1/cpufreq/scaling_governor"
}

settings_before() {
  echo powersave >"$(governor_of 6)"
  echo 500 >/sys/devices/system/cpu/cpu7/power/pm_qos_resume_latency_us
  echo 10 >"$pool"
  take_baseline
  check 'start' start calm || return
  check_governor 6-7 performance "$governor"
  check_pages 2048 0 32
  destroy calm
  check_pages 2048 0 10
  check_baseline
  settings_during
  echo "$governor" >"$(governor_of 6)"
  echo 0 >/sys/devices/system/cpu/cpu7/power/pm_qos_resume_latency_us
  echo 0 >"$pool"
  cp "$state/first" "$state/baseline"
}

# Before, the pool has 10 pages, and one governor and one latency are the administrator's.
settings_during() {
  local findings
  check 'start' start calm || return
  echo ondemand >"$(governor_of 7)"
  echo 37 >"$pool"
  check_fails 'verify finds the governor' hostlease verify
  findings=$(hostlease verify 2>&1)
  check_match 'verify names the policy' 'policy7|cpu7' "$findings"
  destroy calm
  check_equal 'the governor that was changed during the lease' ondemand "$(<"$(governor_of 7)")"
  check_equal 'the governor that was not' powersave "$(<"$(governor_of 6)")"
  check_pages 2048 0 15
  check_leases 0
  echo "$governor" >"$(governor_of 7)"
}

cpu() {
  echo "$2" >"/sys/devices/system/cpu/cpu$1/online"
}

# Drivers of an emulated CPU have no energy preferences: a missing setting is no reason to refuse.
cpu_away_and_back() {
  policy calm '[power]' 'governor = "performance"' 'wakeup_latency = "20us"' \
    'energy_performance = "performance"'
  check 'start' start calm || return
  check_governor 6-7 performance "$governor"
  check_wakeup_latency 6-7 20 0
  check_verify
  policy calm '[power]' 'governor = "performance"' 'wakeup_latency = "20us"'
  cpu 7 0
  cpu 7 1
  cpu 3 0
  check 'reconcile' hostlease reconcile
  cpu 3 1
  destroy calm
}

# The files of an offline CPU are missing or refuse writes: their claims take effect when the CPU comes
# back.
cpu_away_at_the_end() {
  check 'start' start calm || return
  cpu 7 0
  destroy calm
  check_leases 0
  cpu 7 1
  check 'reconcile' hostlease reconcile
}

# live_pins NAME: "vCPU CPUs", one per line, as in force in libvirt; affinity NAME: the same from the kernel.
live_pins() {
  virsh -q vcpupin "$1" --live | awk '{ print $1, $2 }'
}

affinity() {
  virsh vcpuinfo "$1" --pretty | awk '/^VCPU:/ { vcpu = $2 } /^CPU Affinity:/ { print vcpu, $3 }'
}

# A domain that is defined with the suggestion runs on the CPUs in the diff, and the audit has no findings.
suggested() {
  local wanted backup
  policy suggested
  virsh -q define "$(domain suggested CPU0=0 CPU1=0 EMULATOR=0-7)" >&2 || return
  check 'suggest' hostlease suggest suggested --for linux --define --yes >"$state"/diff 2>"$state"/said ||
    tap_fail "$(<"$state/said")" || return
  wanted=$(virsh dumpxml --inactive suggested | sed -n "s/.*<vcpupin vcpu='\(.*\)' cpuset='\(.*\)'.*/\1 \2/p")
  check_match 'the pins, as the diff shows them' "^0 [2-7].1 [2-7]$" \
    "$(tr '\n' ' ' <<<"$wanted" | sed 's/ $//')"
  check 'the diff' grep -q "^+ *<vcpupin vcpu='1' cpuset='${wanted##* }'/>" "$state"/diff
  backup=$(sed -n 's/.*its former definition is in //p' "$state"/said)
  check 'the former definition' grep -q "<vcpupin vcpu='1' cpuset='0'/>" "$backup"
  check_equal 'errors and warnings of the audit' '' "$(hostlease audit suggested --guest linux --json |
    jq -r '.. | objects | select(.rule? and (.severity == "error" or .severity == "warning") and
        (.group | IN("features", "clock", "cpu", "pinning", "memory"))) | .rule')"
  check 'start' virsh -q start suggested --paused >&2 || return
  check_equal 'pins in force' "$wanted" "$(live_pins suggested)"
  check_equal 'affinity' "$wanted" "$(affinity suggested)"
  destroy suggested
  virsh -q undefine suggested >&2
  rm -rf /var/lib/hostlease
}

lab_begin
cp $state/baseline $state/first
governor=$(</sys/devices/system/cpu/cpu0/cpufreq/scaling_governor)
scenario 'settings of the pinned CPUs, one of which goes offline and online while leased' cpu_away_and_back
scenario 'a CPU is offline when the lease ends' cpu_away_at_the_end
scenario 'a domain runs with the suggested definition' suggested
scenario 'settings from before and during a lease' settings_before
tap_end
