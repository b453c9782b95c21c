#!/bin/bash
# Every way in which a domain starts and ends, by itself or by an administrator.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"

start_and_destroy() {
  check 'start' start plain || return
  check_calls plain 'prepare start started'
  check_reserved plain 32
  check_leases 1
  check_verify
  check 'destroy' destroy plain
  check_calls plain 'prepare start started stopped release'
  check_baseline
}

# outw 0x2000 -> 0x604: a boot sector that makes ACPI power off.
power_off_disk() {
  printf '\xba\x04\x06\xb8\x00\x20\xef\xf4\xeb\xfd' >"$1"
  truncate -s 510 "$1"
  printf '\x55\xaa' >>"$1"
  # the firmware does not boot from a disk smaller than a track
  truncate -s 1M "$1"
}

guest_powers_off() {
  local disk=$private_dir/power-off.img
  power_off_disk "$disk"
  policy guest
  check 'start' virsh_at create "$(domain disk guest DISK="$disk" FORMAT=raw)" || return
  check 'the guest ends' private_wait 30 domain_gone guest
  check_calls guest 'prepare start started stopped release'
  check_equal 'pages at start' "$((base + 32)) $((base_free + 32))" "$(pages_at guest start)"
  check_baseline
}

qemu_is_killed() {
  check 'start' start killed || return
  private_signal one KILL "$(private_qemu_pid one killed)"
  check 'libvirt notices' private_wait 30 called killed release
  check_baseline
}

managed_save() {
  policy saved
  virsh_at define "$(domain huge saved)"
  check 'start' virsh_at start saved --paused || return
  check 'save' virsh_at managedsave saved
  check_calls saved 'prepare start started stopped release'
  check_baseline
  forget_calls
  check 'start again' virsh_at start saved
  check_calls saved 'restore prepare start started'
  check_reserved saved 32
  destroy saved
  check_baseline
  virsh_at undefine saved
}

save_to_a_file() {
  local file=$private_dir/saved-state
  check 'start' start file || return
  check 'save' virsh_at save file "$file"
  check_baseline
  forget_calls
  check 'restore' virsh_at restore "$file" --paused
  check_calls file 'restore prepare start started'
  check_reserved file 32
  destroy file
  check_baseline
}

suspend_reset_and_resume() {
  check 'start' start calm || return
  forget_calls
  check 'resume' virsh_at resume calm
  check 'reset' virsh_at reset calm
  check 'suspend' virsh_at suspend calm
  check_calls calm ''
  check_equal 'pages' "$((base + 32))" "$(pages total)"
  destroy calm
  check_baseline
}

libvirt_begin
scenario 'start and destroy' start_and_destroy
scenario 'the guest powers off' guest_powers_off
scenario 'QEMU is killed' qemu_is_killed
scenario 'managed save and start' managed_save
scenario 'save to a file and restore' save_to_a_file
scenario 'resume, reset and suspend change nothing' suspend_reset_and_resume
tap_end
