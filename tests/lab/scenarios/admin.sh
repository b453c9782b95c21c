#!/bin/bash
# What an administrator does to the host before and during a lease stays done.
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

# The pool has had 10 pages before, one governor and one latency were the administrator's.
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

# No driver of an emulated CPU has energy preferences: nothing to set is not a reason to refuse.
cpu_away_and_back() {
  policy calm '[power]' 'governor = "performance"' 'wakeup_latency = "20us"' 'energy_performance = "performance"'
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

# The files of a CPU that is offline are gone or refuse to be written: what was claimed of them comes back with it.
cpu_away_at_the_end() {
  check 'start' start calm || return
  cpu 7 0
  destroy calm
  check_leases 0
  cpu 7 1
  check 'reconcile' hostlease reconcile
}

lab_begin
cp $state/baseline $state/first
governor=$(</sys/devices/system/cpu/cpu0/cpufreq/scaling_governor)
scenario 'settings of the pinned CPUs, one of which goes offline and online while leased' cpu_away_and_back
scenario 'a CPU is offline when the lease ends' cpu_away_at_the_end
scenario 'settings of before and of during a lease' settings_before
tap_end
