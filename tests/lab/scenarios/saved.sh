#!/bin/bash
# A domain that is saved has no lease; when it is restored it has one again.
# A restart of the host is not tried: all that is leased and /run/hostlease end with the kernel, so that it would show nothing of hostlease.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

managed_save() {
  virsh -q define "$(domain saved)" >&2
  check 'start' virsh -q start saved --paused || return
  check_pages 2048 0 32
  check 'save' virsh -q managedsave saved --paused
  check_leases 0
  check_baseline
  check 'restore' virsh -q start saved --paused || return
  check_pages 2048 0 32
  check_governor 6-7 performance "$governor"
  check_verify
  destroy saved
  virsh -q undefine saved >&2
}

lab_begin
governor=$(</sys/devices/system/cpu/cpu0/cpufreq/scaling_governor)
policy saved '[power]' 'governor = "performance"'
scenario 'managed save and restore' managed_save
tap_end
