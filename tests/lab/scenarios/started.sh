#!/bin/bash
# Actions after QEMU has started: its threads' scheduling, commands, sleep; and the scheduler of its
# disk.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

disk=/dev/disk/by-id/virtio-labdata
disk_name=$(basename "$(readlink -f "$disk")")

disk_scheduler() {
  policy guest '[storage]' 'scheduler = "none"'
  check_scheduler "$disk_name" mq-deadline
  check 'start' start guest TEMPLATE=disk DISK="$disk" || return
  check_scheduler "$disk_name" none
  check_verify
  destroy guest
}

threads() {
  policy guest '[threads]' 'vcpu = "fifo:1"' 'emulator = "rr:2"'
  check 'start' start guest || return
  check_thread guest 'CPU 0/' SCHED_FIFO 1
  check_thread guest 'CPU 1/' SCHED_FIFO 1
  check_thread guest qemu-system SCHED_RR 2
  check_verify
  destroy guest
}

# The command writes its environment to a file; its undo removes the file.
commands() {
  policy guest '[[command]]' 'at = "start"' \
    'run = ["/usr/bin/env", "--", "/bin/sh", "-c", "env >/run/lab-command"]' \
    'undo = ["/bin/rm", "/run/lab-command"]' 'deadline = "10s"'
  check 'start' start guest || return
  check_match 'its environment' 'HOSTLEASE_DOMAIN=guest' "$(cat /run/lab-command)"
  destroy guest
  check_missing 'undone' /run/lab-command
}

awake() {
  policy guest 'inhibit_sleep = true'
  policy other 'inhibit_sleep = true'
  check 'start' start guest || return
  check_awake 1
  check 'start' start other NODE=0 CPU0=2 CPU1=3 EMULATOR=0-1 || return
  check_awake 1
  systemctl daemon-reexec
  destroy guest
  check_awake 1
  check_verify
  destroy other
  check_awake 0
}

lab_begin
# not every kernel has this value at boot
echo mq-deadline >"/sys/block/$disk_name/queue/scheduler"
take_baseline
scenario 'scheduler of the disk' disk_scheduler
scenario "scheduling of QEMU's threads" threads
scenario 'commands' commands
scenario 'the host stays awake' awake
tap_end
