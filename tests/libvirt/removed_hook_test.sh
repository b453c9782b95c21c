#!/bin/bash
# The hook is missing when a lease should be released: reconcile releases it later.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"

removed_while_a_domain_runs() {
  check 'start' start left || return
  rm "$private_dir/one/etc/hooks/qemu"
  check 'reconcile' private_run one "$hostlease" reconcile
  check_equal 'pages while it runs' "$((base + 32))" "$(pages total)"
  check_leases 1
  destroy left
  check_equal 'pages before reconcile' "$((base + 32))" "$(pages total)"
  check_fails 'verify notices' private_run one "$hostlease" verify
  check 'reconcile' private_run one "$hostlease" reconcile
  check_baseline
  private_install_hook one "$hook"
}

installed_while_a_domain_runs() {
  policy late
  rm "$private_dir/one/etc/hooks/qemu"
  grow_pool 32
  check 'start without the hook' virsh_at create "$(domain huge late)" --paused || return
  remember_pool
  private_install_hook one "$hook"
  check 'the daemon restarts' private_restart one || return
  check 'reconnect' private_wait 30 called late reconnect
  check_leases 0
  destroy late
  check_equal 'pages: none of them were ours' "$base" "$(pages total)"
  drop_free_pages
  check_baseline
}

libvirt_begin
scenario 'the hook is removed while a domain runs' removed_while_a_domain_runs
scenario 'the hook is installed while a domain runs' installed_while_a_domain_runs
tap_end
