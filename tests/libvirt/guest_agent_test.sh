#!/bin/bash
# The report on a guest with Linux and a guest agent, and on one whose agent hangs.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"
# shellcheck source=tests/support/agent_report.sh
. "$support/../support/agent_report.sh"
lab=$support/../lab

now() {
  echo "$private_dir/now.json"
}

# report DOMAIN OPTION...: measures for one second.
report() {
  private_run one "$hostlease" report "$1" --seconds 1 "${@:2}"
}

# in_report FILTER
in_report() {
  jq -r "$1" "$(now)"
}

# The seconds after which libvirt gives up on the domain's agent; -2 means never.
agent_timeout() {
  sed -n 's|.*<agentTimeout>\(.*\)</agentTimeout>.*|\1|p' "$private_dir/one/run/libvirt/qemu/agent.xml"
}

agent_domain() {
  domain ../../lab/guest/domains/agent agent GUEST="$guest" DISK=/run/disk.raw
}

make_disk() {
  truncate -s 8M "$private_dir/one/run/disk.raw"
  mke2fs -q -F -t ext4 -O ^has_journal "$private_dir/one/run/disk.raw"
}

# With a target that no boot can reach.
a_boot_is_measured() {
  make_disk
  policy_text agent <<'TOML'
version = 1
[report]
boot_time = ["1ms", "2ms"]
TOML
  check 'create' virsh_at create "$(agent_domain)" || return
  report agent --boot=100 --json >"$(now)"
  check_equal 'exit code' 3 $? || return
  check_equal 'a time that is not past the limit' true \
    "$(in_report '.figures[] | select(.name == "boot.time") | .value | . > 500 and . < 100000')"
  check_equal 'its target' 'number 1 2 FAIL' \
    "$(in_report '.targets[] | select(.name == "boot_time") |
      "\(.value | type) \(.target) \(.acceptable) \(.grade)"')"
  rm "$private_dir/one/policies/agent.toml"
}

the_guest_is_told() {
  check_equal 'system' 'Lab Linux 1' "$(in_report .guest.system.name)"
  check_match 'its kernel' '^6[.]' "$(in_report .guest.system.kernel)"
  check_equal 'processors' '{"all":"0-1","online":"0-1"}' "$(in_report '.guest.processors | tojson')"
  check_equal 'file systems' '/data ext4 ["vda"] number' \
    "$(in_report '.guest.filesystems[] |
      "\(.mountpoint) \(.type) \(.targets | tojson) \(.total_bytes | type)"')"
  check_equal 'disks' '/dev/vda vda' "$(in_report '.guest.disks[] | "\(.name) \(.target)"')"
  check_equal 'drivers' 'only Windows reports the versions of its drivers' \
    "$(in_report .guest.drivers.not_available)"
  check_equal "libvirt's own limit is as it was" -2 "$(agent_timeout)"
}

as_it_is_written() {
  local differences
  differences=$(report agent | agent_report_differs "$lab/sessions" "$lab/guest/session.sed") ||
    tap_fail 'another text' "$differences"
}

a_boot_that_is_over_is_not_made_up() {
  report agent --boot --json >"$(now)"
  check_equal 'boot' 'the guest agent answered before the measurement began' \
    "$(in_report '.targets[] | select(.name == "boot_time") | .not_available')"
}

versions_are_compared() {
  jq '(.versions[] | select(.name == "guest kernel")).value = "5.10" |
      (.versions[] | select(.name == "machine type")).value = "pc-q35-1.0"' \
    "$(now)" >"$private_dir/older.json"
  check_match 'machine type' '^- machine type changed from pc-q35-1.0 to pc-q35-' \
    "$(report agent --baseline - <"$private_dir/older.json" | grep 'machine type changed')"
  check_match 'kernel' '^- guest kernel changed from 5.10 to 6' \
    "$(report agent --baseline - <"$private_dir/older.json" | grep 'kernel changed')"
}

# Its process is stopped: the channel stays open, but nothing reads from it.
an_agent_that_hangs() {
  local begin=$SECONDS question
  virsh_at qemu-agent-command agent \
    '{"execute":"guest-exec","arguments":{"path":"/bin/busybox","arg":["killall","-STOP","qemu-ga"]}}' \
    >/dev/null
  report agent --json >"$(now)"
  check_equal 'the report does not hang' true "$([ $((SECONDS - begin)) -lt 30 ] && echo true)"
  for question in system processors filesystems disks drivers; do
    check_equal "$question" 'the guest agent does not answer' "$(in_report ".guest.$question.not_available")"
  done
  check_equal 'what libvirt measures' number \
    "$(in_report '.figures[] | select(.name == "cpu.total") | .value | type')"
  check_equal "libvirt's own limit is as it was" -2 "$(agent_timeout)"
  destroy agent
}

no_agent() {
  local none='the VM has no channel for a guest agent'
  check 'create' virsh_at create "$(domain plain silent)" || return
  check_equal 'one line' "not available: $none" \
    "$(report silent | sed -n '/^## Guest/,/^## Lease/p' | sed -n 3p)"
  report silent --boot=2 --json >"$(now)"
  check_equal 'boot' "$none" "$(in_report '.figures[] | select(.name == "boot.time") | .not_available')"
  destroy silent
}

# The guest does not boot, so the channel is never opened.
no_answer_in_time() {
  local begin=$SECONDS
  make_disk
  sed "s|^ *<kernel>.*||; s|^ *<initrd>.*||; s|^ *<cmdline>.*||" \
    "$(agent_domain)" >"$private_dir/dead.xml"
  check 'create' virsh_at create "$private_dir/dead.xml" || return
  report agent --boot=4 --json >"$(now)"
  check_equal 'it ends' true "$([ $((SECONDS - begin)) -lt 20 ] && echo true)"
  check_equal 'boot' "no guest agent answered within 4s of QEMU's start" \
    "$(in_report '.figures[] | select(.name == "boot.time") | .not_available')"
  check_equal 'guest' 'no guest agent runs in the guest' "$(in_report .guest.not_available)"
  destroy agent
}

guest=$("$lab/build-agent-guest" 2>"$build/agent-guest.log") ||
  tap_skip_all "$(tail -n 1 "$build/agent-guest.log")"
libvirt_begin
scenario 'a boot is measured' a_boot_is_measured
scenario 'the guest'\''s system' the_guest_is_told
scenario 'the report matches its text' as_it_is_written
scenario 'a boot that is over' a_boot_that_is_over_is_not_made_up
scenario 'versions that changed' versions_are_compared
scenario 'an agent that hangs' an_agent_that_hangs
scenario 'no agent' no_agent
scenario 'no answer in time' no_answer_in_time
tap_end
