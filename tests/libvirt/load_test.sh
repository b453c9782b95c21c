#!/bin/bash
# load_test.sh BUILD_DIR [DOMAINS SECONDS]: many domains start, end and are killed at the same time, in
# rounds; after each round the test waits until all is quiet, and checks that pool, knobs and ledger match the
# running domains. Meanwhile other commands look at the host, and reconcile. Prints the durations of the
# hook's calls, and of their waits for each other.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"

domains=${2:-12} seconds=${3:-20}
swappiness_file=/proc/sys/vm/swappiness
interval_file=/proc/sys/vm/stat_interval
latency_files=(/sys/devices/system/cpu/cpu*/power/pm_qos_resume_latency_us)
# virsh waits until the others are served
private_timeout=300

# A daemon thread for each caller, and no hook except hostlease.
load_begin() {
  libvirt_need
  command -v python3 >/dev/null || tap_skip_all 'no python3'
  libvirt_machine
  private_create one "$hook" || exit
  echo "max_workers = $((domains + 4))" >>"$private_dir/one/etc/libvirtd.conf"
  private_start one || exit
  load=$private_dir/load
  mkdir "$load" "$private_dir/one/run/systemd/journal" -p
  private_detached "$load/journal.log" setpriv --pdeathsig KILL \
    python3 "$support/call_times.py" listen "$private_dir/one/run/systemd/journal/socket" "$load/calls"
  private_wait 10 test -S "$private_dir/one/run/systemd/journal/socket" || exit
  base_used=$((base - base_free))
  policies
  definitions
}

# Three policies: the oldest lease's swappiness wins, and the shortest latency.
policies() {
  local number
  for number in 0 1 2; do
    policy_text "load-$number" <<TOML
version = 1
match.domain = ["load-$number-*"]
hugepages.reserve = "auto"
hugepages.host_free_min = "64MiB"
memory.swappiness = $((10 + number))
memory.stat_interval = 2
power.wakeup_latency = "$((20 + 10 * number))us"
TOML
  done
}

definitions() {
  local number
  for ((number = 0; number < domains; number++)); do
    mv "$(domain load "$(name "$number")" MIB=4 CPU=$((number % ${#latency_files[@]})))" "$load/$number.xml"
  done
}

name() {
  echo "load-$(($1 % 3))-$1"
}

# ---- what happens ----

# Runs in the background, where a failed check would be lost: what is written here fails the case.
complain() {
  echo "$*" >>"$load/complaints"
}

# toggle NUMBER: starts the domain or ends it, in one of four cases by killing QEMU.
toggle() {
  local name said
  name=$(name "$1")
  if [ ! -e "$load/running.$1" ]; then
    if said=$(virsh_at create "$load/$1.xml" --paused 2>&1); then
      touch "$load/running.$1"
    else
      complain "$name does not start: $said" "$(private_pool; private_run one "$hostlease" status)"
    fi
  elif [ $((RANDOM % 4)) = 0 ]; then
    private_signal one KILL "$(private_qemu_pid one "$name")" || complain "$name has no QEMU"
    private_wait 120 domain_gone "$name" || complain "$name does not end"
    rm "$load/running.$1"
  else
    said=$(destroy "$name" 2>&1) || complain "$name does not stop: $said"
    rm "$load/running.$1"
  fi
}

# work NUMBER SEED: one to three times.
work() {
  local times
  RANDOM=$2
  for ((times = RANDOM % 3; times >= 0; times--)); do
    toggle "$1"
  done
}

# Commands that are allowed at any time must neither fail nor disturb.
look_on() {
  local said
  while [ ! -e "$load/over" ]; do
    private_run one "$hostlease" status --json 2>&1 | jq -e .leases >/dev/null ||
      complain 'status --json failed'
    said=$(private_run one "$hostlease" reconcile 2>&1) || complain "reconcile failed: $said"
    sleep 1
  done
}

a_round() {
  local number jobs=()
  for ((number = 0; number < domains; number++)); do
    work "$number" "$RANDOM" &
    jobs+=($!)
  done
  wait "${jobs[@]}"
}

end_all() {
  local running number jobs=()
  for running in "$load"/running.*; do
    number=${running##*.}
    toggle "$number" &
    jobs+=($!)
  done
  wait "${jobs[@]}"
}

# ---- what must be so when nothing moves ----

running() {
  find "$load" -name 'running.*' | wc -l
}

# of_leases FILTER: applied to the claims of all leases, the oldest first.
of_leases() {
  jq -r "[.leases[].claims[]] | $1" <<<"$leases"
}

persistent_pages() {
  local sum=0 total surplus
  while read -r _ total _ surplus; do
    sum=$((sum + total - surplus))
  done <<<"$(private_pool)"
  echo "$sum"
}

check_quiet() {
  local leases path
  leases=$(private_run one "$hostlease" status --json)
  check_equal 'leases' "$(running)" "$(jq '.leases | length' <<<"$leases")"
  check_equal 'pages in use' "$((base_used + 2 * $(running)))" "$(($(pages total) - $(pages free)))"
  check_equal 'pages of the pool, and what the leases have added' \
    "$((base + $(of_leases 'map(select(.knob == "hugepages.reserve").value | tonumber) | add // 0')))" \
    "$(persistent_pages)"
  check_equal 'swappiness is as the oldest lease wants it' \
    "$(of_leases "map(select(.path == \"$swappiness_file\").value)[0] // \"$swappiness\"")" \
    "$(<"$swappiness_file")"
  check_equal 'interval' "$(of_leases "map(select(.path == \"$interval_file\").value)[0] // \"$interval\"")" \
    "$(<"$interval_file")"
  for path in "${latency_files[@]}"; do
    check_equal "$path is the shortest" \
      "$(of_leases "map(select(.path == \"$path\").value | tonumber) | min // \"$latency\"")" "$(<"$path")"
  done
  check_verify
  check_equal 'complaints' '' "$(cat "$load/complaints" 2>/dev/null)"
}

rounds() {
  local end=$((SECONDS + seconds)) rounds=0 looker status=0
  swappiness=$(<"$swappiness_file") interval=$(<"$interval_file") latency=$(<"${latency_files[0]}")
  RANDOM=${SEED:-$$}
  tap_note "SEED=${SEED:-$$}"
  look_on &
  looker=$!
  while [ "$SECONDS" -lt "$end" ] && [ -z "$tap_case_failed" ]; do
    a_round
    check_quiet
    rounds=$((rounds + 1))
  done
  touch "$load/over"
  wait "$looker"
  end_all
  check_quiet
  check_equal 'swappiness' "$swappiness" "$(<"$swappiness_file")"
  check_baseline
  tap_note "$domains domains, $rounds rounds"
}

what_it_took() {
  check_equal 'errors in the journal' '' "$(grep '^error' "$load/calls")"
  tap_note "$(python3 "$support/call_times.py" table "$load/calls")"
}

load_begin
tap_case "$domains domains start and end at the same time" rounds
tap_case 'the durations of the calls' what_it_took
tap_end
