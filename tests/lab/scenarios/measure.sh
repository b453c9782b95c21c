#!/bin/bash
# Measurements on a domain's CPUs before it starts, and while they are its own.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

now=$state/now.json before=$state/before.json

isolating() {
  policy one '[cpus]' 'isolate = "pinned"' "method = \"$1\"" 'enforce = "required"'
}

# measure [OPTION...]: measures the domain, and compares with the earlier measurement.
measure() {
  hostlease measure one --seconds 1 --json "$@" >"$now"
}

# figure FILE NAME: its value, or the reason for its absence.
figure() {
  jq -r --arg name "$2" '.figures[] | select(.name == $name) | .value // .not_available' "$1"
}

# check_measured FILE NAME...
check_measured() {
  local name
  for name in "${@:2}"; do
    check_match "$name" '^[0-9.e+-]+$' "$(figure "$1" "$name")"
  done
}

check_compared() {
  check_equal 'CPU 6 before' "$(figure "$before" cyclictest.6.median)" \
    "$(jq '.figures[] | select(.name == "cyclictest.6.median") | .before' "$now")"
  check_equal 'differences' '[]' "$(jq -c .differences "$now")"
}

# On such a slow host, two loops prevent each other from calibrating their clocks.
one_loop() {
  check 'measure' hostlease measure --cpus 6 --seconds 1 --json >"$now" || return
  check_measured "$now" oslat.6.gaps cyclictest.6.median cpu.6.switches
}

without_loops() {
  chmod a-x /usr/bin/oslat
}

stopped() {
  check 'measure' measure || return
  cp "$now" "$before"
  check_equal 'state' 'does not run, no CPU isolated for it' "$(jq -r .state "$now")"
  check_equal 'CPUs' '[[6,"one"],[0,"housekeeping"]]' \
    "$(jq -c '[.measured[] | select(.cpu == (6, 0)) | [.cpu, .group]] | sort | reverse' "$now")"
  check_measured "$now" \
    {cpu.{6,0}.{interrupts,softirqs,switches,busy,steal},cyclictest.{6,0}.{median,p99,longest}}
}

slices() {
  isolating slices
  check 'start' virsh -q start one --paused || return
  check 'measure' measure --baseline "$before" || return
  check_equal 'state' 'runs, CPU 6-7 isolated by slices' "$(jq -r .state "$now")"
  check_measured "$now" cpu.6.switches cyclictest.{6,0}.median
  check_match 'busy loop on its CPUs' '^a VM runs there' "$(figure "$now" oslat.6.gaps)"
  check_compared
  check 'measure by force' measure --force || return
  check_match 'what is forced is tried' '^oslat: ' "$(figure "$now" oslat.6.gaps)"
  destroy one
}

partitions() {
  isolating partition
  check 'start' virsh -q start one --paused || return
  check 'measure' measure --baseline "$before" || return
  check_equal 'state' 'runs, CPU 6-7 isolated by partitions' "$(jq -r .state "$now")"
  check_measured "$now" cpu.6.{interrupts,switches} cyclictest.0.median
  check_match 'nothing else in a partition' 'isolated partition of a VM' \
    "$(figure "$now" cyclictest.6.median)"
  check_equal 'CPU 6 before' "$(figure "$before" cyclictest.6.median)" \
    "$(jq '.figures[] | select(.name == "cyclictest.6.median") | .before' "$now")"
  destroy one
}

lab_begin
without_irqbalance
virsh -q define "$(domain one)"
take_baseline
scenario 'a CPU' one_loop
without_loops
scenario 'before the start' stopped
scenario 'slices' slices
if kernel_at_least 6.7; then scenario 'partitions' partitions; fi
tap_end
