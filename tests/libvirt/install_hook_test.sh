#!/bin/bash
# `hostlease install-hook` and `uninstall-hook` with a running daemon that found no hooks when it
# started.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"

hooks() {
  (cd "$private_dir/one/etc/hooks" && find . -not -type d | sort | tr '\n' ' ')
}

# The program is in the instance's /run; AppArmor would forbid that, see hook_place.cpp.
installed_and_removed() {
  private_stop one
  rm -r "$private_dir/one/etc/hooks"
  private_start one || return
  check_fails 'a VM without its pages' start before
  install -m 0755 "$hook" "$private_dir/one/run/hostlease-hook"
  check_match 'install' 'libvirtd has reloaded its hooks' \
    "$(private_run one "$hostlease" install-hook /run/hostlease-hook)"
  check_equal 'hooks' './qemu ' "$(hooks)"
  check_match 'the doctor knows' 'PASS. daemon: libvirtd is running' "$(private_run one "$hostlease" doctor)"
  check 'the daemon has looked' private_wait 30 leased_by_a_start || return
  check 'a VM that runs' start runs || return
  check_fails 'uninstall below it' private_run one "$hostlease" uninstall-hook
  check_equal 'hooks' './qemu ' "$(hooks)"
  check 'uninstall by force' private_run one "$hostlease" uninstall-hook --force
  check_equal 'hooks' '' "$(hooks)"
  check_equal 'state' paused "$(virsh_at domstate runs)"
  check 'destroy' destroy runs
  check_fails 'a VM without its pages' start after
  check_missing 'the ledger' "$private_dir/one/run/hostlease"
}

leased_by_a_start() {
  local count
  start look || return
  count=$(leases)
  destroy look
  [ "$count" = 1 ]
}

libvirt_begin
if [ -e /etc/apparmor.d/usr.sbin.libvirtd ]; then
  tap_case_skip 'installed and removed while the daemon runs' \
    'this machine has a profile of AppArmor for libvirtd'
else
  scenario 'installed and removed while the daemon runs' installed_and_removed
fi
tap_end
