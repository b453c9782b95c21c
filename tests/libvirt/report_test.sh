#!/bin/bash
# The report on a running domain.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"

now() {
  echo "$private_dir/now.json"
}

# report OPTION...: on the domain `measured`, over one second.
report() {
  private_run one "$hostlease" report measured --seconds 1 "$@"
}

# in_report FILTER
in_report() {
  jq -r "$1" "$(now)"
}

# figure NAME KEY
figure() {
  in_report ".figures[] | select(.name == \"$1\") | .$2"
}

# thread ROLE-OR-NAME KEY
thread() {
  in_report ".threads[] | select(.name | startswith(\"$1\")) | .$2"
}

start_measured() {
  policy_text measured <<'TOML'
version = 1
[hugepages]
host_free_min = "64MiB"
[threads]
vcpu = "fifo:1"
TOML
  truncate -s 1M "$private_dir/one/run/disk.raw"
  check 'start' virsh_at create "$(domain measured measured DISK=/run/disk.raw)" --paused
}

what_is_measured() {
  start_measured || return
  check 'report' report --json >"$(now)" || return
  check_equal 'domain' "measured paused $(virsh_at domuuid measured)" \
    "$(in_report '.domain | "\(.name) \(.state) \(.uuid)"')"
  check_equal 'size' '2 67108864' "$(in_report '.domain | "\(.vcpus) \(.memory_bytes)"')"
  check_equal 'kernel' "$(uname -r)" "$(in_report .host.kernel)"
  check_match 'libvirt and QEMU' '^[0-9.]+ [0-9.]+$' "$(in_report '.host | "\(.libvirt) \(.qemu)"')"
  check_equal 'lease' 'running measured 32' \
    "$(in_report '.lease | "\(.state) \(.policy) \([.huge_pages[].pages] | add)"')"
  check_equal 'drift' '[]' "$(in_report '.findings | tojson')"
  check_equal 'the audit' 'memory advice MEM-BALLOON-OFF' \
    "$(in_report '.audit | (.scores[] | select(.group == "memory") | .group) + " " +
      (.findings[] | select(.rule == "MEM-BALLOON-OFF") | "\(.severity) \(.rule)")')"
  check_equal 'huge pages of QEMU' 67108864 "$(in_report .huge_pages.qemu_bytes)"
  check_equal 'vCPU 0' '0 fifo:1' "$(thread 'CPU 0' 'cpus') $(thread 'CPU 0' scheduling)"
  check_equal 'time of two vCPUs and of all' 'number number number' \
    "$(figure vcpu.0.time 'value | type') $(figure vcpu.1.time 'value | type') $(figure cpu.total \
        'value | type')"
  check_equal 'reads of a VM that is paused' 0 "$(figure block.vda.reads value)"
  check_equal 'their latency' 'no such requests occurred' "$(figure block.vda.read_latency not_available)"
  check_equal 'memory of a guest without a driver' "the guest's balloon driver reports nothing" \
    "$(figure memory.guest_usable not_available)"
  check_equal 'prepare' number "$(figure start.prepare.total 'value | type')"
  check_match 'Markdown' '^# Report of measured' "$(report --markdown | head -1)"
}

# The earlier value is fabricated, so that it differs from any real one.
with_a_baseline() {
  local worse=$private_dir/worse.json
  jq '(.figures[] | select(.value)).value += 1e15' "$(now)" >"$private_dir/better.json"
  jq '(.figures[] | select(.name == "memory.balloon_taken")).value -= 4194304 |
      (.figures[] | select(.name == "cpu.total")).value = 1e6' "$(now)" >"$worse"
  check_equal 'nothing is worse' 0 \
    "$(report --baseline - --json <"$private_dir/better.json" | jq .regressions)"
  report --baseline - --json <"$worse" >"$private_dir/compared.json"
  check_equal 'exit code of a regression' 3 $?
  check_equal 'what is worse' '["memory.balloon_taken"]' \
    "$(jq -c '[.figures[] | select(.regression) | .name]' "$private_dir/compared.json")"
}

# Pretends that all rules of a group had passed before.
with_worse_scores() {
  local better=$private_dir/scores.json
  jq '(.audit.scores[] | select(.group == "memory")) |= (.passed = .of)' "$(now)" >"$better"
  report --baseline - --json <"$better" >"$private_dir/compared.json"
  check_equal 'exit code of a score that fell' 3 $?
  check_equal 'which fell' '["memory"]' \
    "$(jq -c '[.audit.scores[] | select(.regression) | .group]' "$private_dir/compared.json")"
}

without_a_lease() {
  check 'release' private_run one "$hostlease" release --force measured
  check 'report' report --json >"$(now)" || return
  check_equal 'lease' 'the VM holds no lease' "$(in_report .lease.not_available)"
  check_equal 'figures of the start' '' "$(figure start.prepare.total name)"
  check_match 'vCPU 0 is no longer' '^other' "$(thread 'CPU 0' scheduling)"
}

# refused CODE TEXT OPTION...
refused() {
  local said
  said=$(private_run one "$hostlease" report "${@:3}" 2>&1 <"$(now)")
  check_equal "exit code: ${*:3}" "$1" $?
  check_match "message: ${*:3}" "$2" "$said"
}

what_is_refused() {
  refused 2 "no domain 'nobody': Domain not found" nobody
  refused 2 'needs the name of one domain'
  refused 2 "'0' is not a number of seconds" measured --seconds 0
  refused 2 'contradicts' measured --json --markdown
  refused 2 '/missing.json: error: cannot read: No such file' measured --baseline /missing.json
  jq '.domain = {"name": "other", "uuid": "0"}' "$(now)" >"$(now).other" && mv "$(now).other" "$(now)"
  refused 2 "a report of 'other', not of 'measured'" measured --baseline -
  echo '{"format" "x"}' >"$(now)"
  refused 2 '1:11: error: this is not valid JSON' measured --baseline -
  destroy measured
  virsh_at define "$(domain plain measured)" >/dev/null
  refused 1 'is not running' measured
  virsh_at undefine measured >/dev/null
  check_baseline
}

libvirt_begin
scenario 'the measured figures' what_is_measured
scenario 'an earlier report' with_a_baseline
scenario 'an earlier audit' with_worse_scores
scenario 'a VM without a lease' without_a_lease
scenario 'refused requests' what_is_refused
tap_end
