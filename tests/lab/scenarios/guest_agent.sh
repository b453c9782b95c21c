#!/bin/bash
# The report of a guest with Linux and a guest agent: sessions/guest_agent.md. The guest boots for minutes.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"
# shellcheck source=tests/support/agent_report.sh
. "$guest/../../support/agent_report.sh"

now=$state/now.json

# in_report FILTER
in_report() {
  jq -r "$1" "$now"
}

start_guest() {
  local files=$state/agent-guest
  cp -r /lab/agent-guest "$files"
  truncate -s 8M "$files/disk.raw"
  mke2fs -q -F -t ext4 -O ^has_journal "$files/disk.raw"
  chmod -R go+rX "$files"
  virsh -q create "$(domain agent TEMPLATE=agent GUEST="$files" DISK="$files/disk.raw")"
}

what_the_guest_is() {
  local differences
  check 'create' start_guest || return
  check 'report' hostlease report agent --boot=850 --seconds 1 --json >"$now"
  check_equal 'a time that is not past the limit' true \
    "$(in_report '.figures[] | select(.name == "boot.time") | .value | . > 500 and . < 850000')"
  check_equal 'the versions' 'QEMU libvirt kernel machine type guest system guest kernel' \
    "$(in_report '[.versions[].name] | join(" ")')"
  differences=$(hostlease report agent --seconds 1 |
      agent_report_differs "$guest/../sessions" "$guest/session.sed") ||
    tap_fail 'another text' "$differences"
  virsh -q destroy agent
}

lab_begin
scenario 'the report on the guest' what_the_guest_is
tap_end
