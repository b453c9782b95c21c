#!/bin/bash
# Two domains on different nodes, started and ended in different orders. Each has its pages and its CPUs, and
# both share a setting.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

place_of_one='NODE=1 CPU0=6 CPU1=7 EMULATOR=4-5 MIB=64'
place_of_two='NODE=0 CPU0=2 CPU1=3 EMULATOR=0-1 MIB=128'

start_one() {
  # shellcheck disable=SC2086 # words
  check 'start one' start one $place_of_one
  check_state "$@"
}

start_two() {
  # shellcheck disable=SC2086
  check 'start two' start two $place_of_two
  check_state "$@"
}

# end NAME CPUS PAGES_OF_NODE_0 PAGES_OF_NODE_1
end() {
  check "destroy $1" destroy "$1"
  check_state "${@:2}"
}

# check_state CPUS PAGES_OF_NODE_0 PAGES_OF_NODE_1: the CPUs of the running domains, and their pages.
check_state() {
  check_governor "$1" performance "$governor"
  check_wakeup_latency "$1" 20 0
  check_pages 2048 "$2" "$3"
  check_equal 'swappiness' 10 "$(</proc/sys/vm/swappiness)"
  check_verify
}

# The older one ends first, then the newer one.
one_after_the_other() {
  start_one 6-7 0 32
  start_two 2-3,6-7 64 32
  end one 2-3 64 0
  start_one 2-3,6-7 64 32
  end one 2-3 64 0
  destroy two
}

both_at_once() {
  local job
  # shellcheck disable=SC2086
  start one $place_of_one &
  job=$!
  # shellcheck disable=SC2086
  check 'start two' start two $place_of_two
  check 'start one' wait "$job"
  check_state 2-3,6-7 64 32
  destroy one &
  job=$!
  check 'destroy two' destroy two
  check 'destroy one' wait "$job"
}

lab_begin
governor=$(</sys/devices/system/cpu/cpu0/cpufreq/scaling_governor)
for name in one two; do
  policy $name '[power]' 'governor = "performance"' 'wakeup_latency = "20us"' '[memory]' 'swappiness = 10'
done
scenario 'one ends, starts and ends beside the other' one_after_the_other
scenario 'both start and end at the same time' both_at_once
tap_end
