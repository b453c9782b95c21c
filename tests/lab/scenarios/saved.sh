#!/bin/bash
# A domain that is saved has no lease; when it is restored it has one again. After a restart of the host
# nothing is left of a lease: all of it is in the kernel and in file systems that end with it.
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

# on_disks: files on file systems that outlive the kernel which are newer than the stamp, but logs and what
# libvirt and systemd keep.
on_disks() {
  find / -xdev -newer "${state:?}/stamp" -type f \
    -not -path '/var/log/*' -not -path '/var/lib/libvirt/*' -not -path '/var/cache/libvirt/*' -not -path '/var/lib/systemd/*'
}

nothing_on_disks() {
  printf 'version = 1\nextends = "low-latency"\n' >/etc/hostlease/saved.toml
  touch "${state:?}/stamp"
  sleep 0.1
  check 'start' start saved || return
  check_host_kept_off 6-7
  check_equal 'files on disks' '' "$(on_disks)"
  check_equal 'the file system of the ledger' tmpfs "$(stat -f -c %T /run/hostlease)"
  destroy saved
}

lab_begin
governor=$(</sys/devices/system/cpu/cpu0/cpufreq/scaling_governor)
policy saved '[power]' 'governor = "performance"'
scenario 'managed save and restore' managed_save
scenario 'nothing of a lease is on a disk' nothing_on_disks
tap_end
