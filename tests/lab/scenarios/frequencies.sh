#!/bin/bash
# The frequency limits of CPUs 6 and 7 on a host whose CPUs run at 1 to 3 GHz.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

check_limits() {
  check_per_cpu cpufreq/scaling_min_freq "$1" "$2" 1000000
  check_per_cpu cpufreq/scaling_max_freq "$1" "$3" 3000000
}

# limit MINIMUM MAXIMUM: sets CPU 6's limits like an administrator.
limit() {
  local folder=/sys/devices/system/cpu/cpu6/cpufreq
  echo 3000000 >"$folder/scaling_max_freq"
  echo "$1" >"$folder/scaling_min_freq"
  echo "$2" >"$folder/scaling_max_freq"
}

limits_of() {
  local folder=/sys/devices/system/cpu/cpu6/cpufreq
  echo "$(<"$folder/scaling_min_freq") $(<"$folder/scaling_max_freq")"
}

# power_policy MINIMUM MAXIMUM
power_policy() {
  policy guest '[power]' "min_frequency = \"$1\"" "max_frequency = \"$2\""
}

raised_and_lowered() {
  power_policy max max
  check 'start' start guest || return
  check_limits 6-7 3000000 3000000
  check_verify
  destroy guest
  power_policy min 1800MHz
  check 'start' start guest || return
  check_limits 6-7 1000000 1800000
  check_verify
  destroy guest
}

past_each_other() {
  local before
  for before in '1000000 1800000' '2400000 3000000'; do
    # shellcheck disable=SC2086 # words
    limit $before
    if [ "${before%% *}" = 1000000 ]; then power_policy 2.4GHz max; else power_policy min 1.8GHz; fi
    check 'start' start guest || return
    check_verify
    if [ "${before%% *}" = 1000000 ]; then
      check_equal 'limits' '2400000 3000000' "$(limits_of)"
    else
      check_equal 'limits' '1000000 1800000' "$(limits_of)"
    fi
    destroy guest
    check_equal 'limits afterwards' "$before" "$(limits_of)"
  done
  limit 1000000 3000000
}

# An administrator sets a higher limit than the policy.
changed_meanwhile() {
  power_policy min 1800MHz
  check 'start' start guest || return
  echo 2400000 >/sys/devices/system/cpu/cpu6/cpufreq/scaling_max_freq
  destroy guest
  check_equal 'limits afterwards' '1000000 2400000' "$(limits_of)"
  limit 1000000 3000000
}

cpufreq=/sys/devices/system/cpu/cpufreq

set_governors() {
  local policy
  for policy in "$cpufreq"/policy*; do
    echo "$1" >"$policy/scaling_governor"
  done
}

# A governor that all policies have at first; its settings disappear with the last policy that uses it, or
# with each.
settings_of_a_governor() {
  local before settings
  before=$(<"$cpufreq/policy6/scaling_governor")
  policy guest '[power]' 'governor = "performance"'
  set_governors userspace
  echo 1800000 >"$cpufreq/policy6/scaling_setspeed"
  check 'start' start guest || return
  check_equal 'governor' performance "$(<"$cpufreq/policy6/scaling_governor")"
  check_verify
  destroy guest
  check_equal 'governor afterwards' userspace "$(<"$cpufreq/policy6/scaling_governor")"
  check_equal 'speed afterwards' 1800000 "$(<"$cpufreq/policy6/scaling_setspeed")"
  set_governors performance
  echo conservative >"$cpufreq/policy6/scaling_governor"
  settings=$(ls -d "$cpufreq/policy6/conservative" "$cpufreq/conservative" 2>/dev/null)
  echo 12 >"$settings/freq_step"
  check 'start' start guest || return
  destroy guest
  check_equal 'governor afterwards' conservative "$(<"$cpufreq/policy6/scaling_governor")"
  check_equal 'freq_step afterwards' 12 "$(<"$settings/freq_step")"
  set_governors "$before"
}

lab_begin
scenario 'limits are raised, lowered and restored' raised_and_lowered
scenario 'both limits move past each other and back' past_each_other
scenario 'a limit that another program has raised' changed_meanwhile
scenario 'settings that disappear with a governor return with it' settings_of_a_governor
tap_end
