#!/bin/bash
# QEMU, libvirt's daemon and systemd die or restart while a domain has its lease.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

check_leased() {
  check_leases 1
  check_pages 2048 0 32
  check_governor 6-7 performance "$governor"
  check_verify
}

systemd_starts_anew() {
  check 'start' start guest || return
  systemctl daemon-reload
  check_leased
  systemctl daemon-reexec
  check_leased
  # continues in daemon_is_killed
}

daemon_is_killed() {
  local qemu
  qemu=$(qemu_pid guest)
  systemctl kill --signal KILL --kill-who main libvirtd
  check 'the daemon is back' wait_for 60 daemon_knows guest || return
  check_equal 'QEMU' "$qemu" "$(qemu_pid guest)"
  check_leased
}

daemon_knows() {
  virsh -q domstate "$1" >/dev/null 2>&1
}

qemu_is_killed() {
  kill -KILL "$(qemu_pid guest)"
  check 'libvirt notices' wait_for 30 has_leases 0
}

restarts_with_a_guest() {
  systemd_starts_anew && daemon_is_killed
  qemu_is_killed
}

qemu_dies_without_a_daemon() {
  check 'start' start guest || return
  systemctl stop libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service
  kill -KILL "$(qemu_pid guest)"
  sleep 1
  check_pages 2048 0 32
  systemctl start libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service
  check 'libvirt notices' wait_for 60 has_leases 0
}

# The same without a call of the hook: the command detects it.
reconcile_without_a_daemon() {
  check 'start' start guest || return
  systemctl stop libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service
  kill -KILL "$(qemu_pid guest)"
  sleep 1
  check 'reconcile' hostlease reconcile
  check_leases 0
  check_baseline
  systemctl start libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service
  check 'the daemon is back' wait_for 60 virsh -q list
}

# QEMU and the daemon die, and no hook is called: the unit restores the host when the daemon starts again. Its
# sandbox must not hide the host's changes, here a mount.
unit_reconciles() {
  local link
  link=$(readlink /etc/libvirt/hooks/qemu)
  check 'start' start mounting || return
  check 'the command of the policy' mountpoint -q /mnt
  rm /etc/libvirt/hooks/qemu
  kill -KILL "$(qemu_pid mounting)"
  systemctl kill --signal KILL --kill-who main libvirtd
  check 'the unit gives back' wait_for 90 has_leases 0
  check 'the unit ends' wait_for 30 unit_has_ended
  check_equal 'result of the unit' success "$(systemctl show -P Result hostlease-reconcile.service)"
  check_fails 'the mount is gone' mountpoint -q /mnt
  ln -s "$link" /etc/libvirt/hooks/qemu
  check 'the daemon is back' wait_for 60 virsh -q list
}

unit_has_ended() {
  [ "$(systemctl show -P ActiveState hostlease-reconcile.service)" = inactive ]
}

lab_begin
governor=$(</sys/devices/system/cpu/cpu0/cpufreq/scaling_governor)
policy guest '[power]' 'governor = "performance"'
scenario 'systemd restarts, the daemon is killed, then QEMU' restarts_with_a_guest
scenario 'QEMU dies while the daemon is down' qemu_dies_without_a_daemon
scenario 'reconcile while the daemon is down' reconcile_without_a_daemon
policy mounting '[power]' 'governor = "performance"' '[[command]]' \
  'run = ["/usr/bin/mount", "-t", "tmpfs", "lease", "/mnt"]' \
  'undo = ["/usr/bin/umount", "/mnt"]'
systemctl -q enable hostlease-reconcile.service
scenario 'QEMU and the daemon are killed, and the unit reconciles' unit_reconciles
tap_end
