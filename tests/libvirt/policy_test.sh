#!/bin/bash
# Which domains match a policy, for unusual names.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"

no_policy() {
  policy another
  check 'start' virsh_at create "$(domain plain nobody)" --paused || return
  destroy nobody
  check_calls nobody 'prepare start started stopped release'
  check_missing 'the ledger' "$private_dir/one/run/hostlease"
  check_equal 'pools' "$base_pool" "$(private_pool)"
}

no_policies_at_all() {
  rm -f "$private_dir/one/policies/"*
  no_policy
}

metadata() {
  policy shared
  check 'start' virsh_at create "$(domain metadata named POLICY=shared)" --paused || return
  check_reserved named 32
  destroy named
  check_baseline
}

metadata_none() {
  policy switched-off
  grow_pool 32
  remember_pool
  check 'start' virsh_at create "$(domain metadata switched-off POLICY=none)" --paused || return
  check_leases 0
  destroy switched-off
  check_baseline
  drop_free_pages
}

metadata_unknown() {
  local error
  policy known
  if error=$(virsh_at create "$(domain metadata known POLICY=no-such-policy)" --paused 2>&1); then
    tap_fail 'the domain has started'
    destroy known
    return 1
  fi
  check_match 'the reason names the policy' 'no-such-policy' "$error"
  check_baseline
}

glob_and_exact_name() {
  policy_text games <<'TOML'
version = 1
[match]
domain = ["game-*"]
[hugepages]
reserve = "leave"
TOML
  policy game-huge
  check 'start' virsh_at create "$(domain huge game-huge)" --paused || return
  check_reserved game-huge 32
  destroy game-huge
  check 'start' virsh_at create "$(domain plain game-plain)" --paused || return
  check_equal 'pages' "$base" "$(pages total)"
  destroy game-plain
  check_baseline
  rm "$private_dir/one/policies/games.toml"
}

named() {
  policy "$1"
  named_with_policy "$1"
  rm "$private_dir/one/policies/$1.toml"
}

named_with_policy() {
  check 'start' virsh_at create "$(domain huge "$1")" --paused || return
  check_reserved "$1" 32
  check_equal 'domain of the lease' "$1" \
    "$(private_run one "$hostlease" status --json | jq -r '.leases[0].domain')"
  virsh_at destroy --domain "$1"
  check_calls "$1" 'prepare start started stopped release'
  check_baseline
}

# *.toml would not match a file with this name, because it is hidden.
two_dots() {
  policy_text dots <<'TOML'
version = 1
[match]
domain = [".."]
[hugepages]
host_free_min = "64MiB"
TOML
  named_with_policy ..
  rm "$private_dir/one/policies/dots.toml"
}

command_in_a_name() {
  # shellcheck disable=SC2016 # must never be expanded
  named '$(touch a-name-was-run)'
  check_equal 'files made by it' '' "$(find / "$private_dir" -xdev -maxdepth 4 -name a-name-was-run)"
}

libvirt_begin
scenario 'a domain without a policy, on a host without any' no_policies_at_all
scenario 'a domain without a policy' no_policy
scenario 'the policy in the metadata' metadata
scenario 'none in the metadata' metadata_none
scenario 'a policy in the metadata that does not exist' metadata_unknown
scenario 'the exact name wins over a glob' glob_and_exact_name
scenario 'a name with spaces' named 'two  spaces'
scenario 'a name with quotes' named "single' and \"double"
scenario 'a name with a leading dash' named '-dash'
scenario 'a name that is an option' named '--version'
scenario 'the name ..' two_dots
scenario 'a command in a name' command_in_a_name
scenario 'a backslash and XML in a name' named 'a\nb <c> & d'
scenario 'globs in a name' named '*[a-z]?'
scenario 'a name of 200 characters' named "$(printf 'n%.0s' {1..200})"
scenario 'a name in UTF-8' named 'kühl-日本-🐧'
tap_end
