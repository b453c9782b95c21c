# shellcheck shell=bash
# Functions that the scripts of this folder share. Sourced by each with the build folder as its argument:
#
#   . "$(dirname "$0")/support.sh"
#   libvirt_begin                       # an instance, "one", and no free huge pages on the machine
#   scenario 'what happens' function    # a case; after a failure, the next one gets a new instance
#   tap_end
#
# Functions use the instance $at: `at=target calls vm` uses another one than "one".
# A domain of 64 MiB needs 32 pages of 2 MiB.

support=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
# shellcheck source=tests/support/tap.sh
. "$support/../support/tap.sh"
# shellcheck source=examples/private-libvirtd.sh
. "$support/../../examples/private-libvirtd.sh"

build=$(realpath "${1:?usage: $0 BUILD_DIR}")
hook=$build/hook/hostlease-hook
hostlease=$build/hook/hostlease
at=one

# ---- instances ----

libvirt_need() {
  local reason
  if reason=$(private_lacks); then tap_skip_all "$reason"; fi
  [ -x "$hook" ] || tap_skip_all "no $hook"
  [ -x "$hostlease" ] || tap_skip_all "no $hostlease"
}

libvirt_begin() {
  libvirt_need
  libvirt_machine
  instance one
}

# This script has the machine for itself until it ends, and starts without free huge pages.
libvirt_machine() {
  # shellcheck disable=SC2034 # read by the library
  private_cache=$build/tests/libvirt-capabilities
  private_begin || exit
  drop_free_pages
}

# instance NAME [HOOK]: creates and starts it.
instance() {
  private_create "$1" "${2-$hook}" || exit
  install -m 0755 "$support/record-calls.sh" "$private_dir/$1/etc/hooks/qemu.d/90-record-calls"
  private_start "$1" || exit
}

# scenario NAME FUNCTION [ARGUMENT...]
scenario() {
  forget_calls
  tap_case "$@"
  [ -z "$tap_case_failed" ] || start_over
}

# Removes what a failed case left behind, for the next case and for the machine: sysctls are not part of an
# instance.
start_over() {
  local folder
  for folder in "$private_dir"/*/; do
    private_run "$(basename "$folder")" "$hostlease" release --force >&2
    private_destroy "$(basename "$folder")"
  done
  private_restore_pools "$private_dir/.pools"
  drop_free_pages
  instance one
}

virsh_at() {
  private_virsh "$at" "$@"
}

# ---- domains and policies ----

# domain TEMPLATE NAME [KEY=TEXT...]: prints the path of the XML. TEXT replaces @KEY@ in the template.
domain() {
  local xml pair file
  file=$(mktemp "$private_dir/domain.XXXXXX")
  xml=$(<"$support/domains/$1.xml")
  xml=${xml//@NAME@/"$(escaped "$2")"}
  for pair in "${@:3}" MIB=64; do
    xml=${xml//"@${pair%%=*}@"/"${pair#*=}"}
  done
  printf '%s\n' "$xml" >"$file"
  echo "$file"
}

escaped() {
  local text=${1//&/'&amp;'}
  printf '%s' "${text//</'&lt;'}"
}

# policy NAME: a policy with huge pages as in the XML.
policy() {
  policy_text "$1" <<'TOML'
version = 1

[hugepages]
reserve = "auto"
host_free_min = "64MiB"
deadline = "5s"
TOML
}

# policy_text NAME <TEXT
policy_text() {
  cat >"$private_dir/$at/policies/$1.toml"
}

# start NAME [KEY=TEXT...]: a transient domain with huge pages, a policy and stopped virtual CPUs.
start() {
  policy "$1"
  virsh_at create "$(domain huge "$@")" --paused
}

destroy() {
  virsh_at destroy --domain "$1"
}

domain_gone() {
  ! virsh_at domstate --domain "$1" >/dev/null 2>&1
}

domain_is() {
  [ "$(virsh_at domstate --domain "$1")" = "$2" ]
}

# ---- calls ----

forget_calls() {
  rm -f "$private_dir/$at/run/calls"
}

# calls DOMAIN: the operations so far, on one line.
calls() {
  local operation name line=
  while read -r operation _ _ name; do
    [ "$name" != "$1" ] || line+=" $operation"
  done 2>/dev/null <"$private_dir/$at/run/calls"
  echo "${line# }"
}

called() {
  [[ " $(calls "$1") " == *" $2 "* ]]
}

# pages_at DOMAIN OPERATION: pages and free pages after the last such call of the hook.
pages_at() {
  local operation pages free name found=
  while read -r operation pages free name; do
    [ "$name" != "$1" ] || [ "$operation" != "$2" ] || found="$pages $free"
  done 2>/dev/null <"$private_dir/$at/run/calls"
  echo "$found"
}

# ---- pools ----

# pages total|free: over all nodes.
pages() {
  local total free sum=0
  while read -r _ total free _; do
    [ "$1" = free ] || free=$total
    sum=$((sum + free))
  done <<<"$(private_pool)"
  echo "$sum"
}

# grow_pool PAGES: like an administrator.
grow_pool() {
  echo $(($(</proc/sys/vm/nr_hugepages) + $1)) >/proc/sys/vm/nr_hugepages
}

# A case counts the pages that the pool grows for a domain: it needs a pool without free pages.
drop_free_pages() {
  grow_pool "-$(pages free)"
  remember_pool
}

remember_pool() {
  base_pool=$(private_pool)
  base=$(pages total)
  base_free=$(pages free)
}

# ---- checks ----

# The pages came with prepare, before QEMU started, and QEMU uses them.
check_reserved() {
  check_equal "$1: pages and free pages at start" "$((base + $2)) $((base_free + $2))" \
    "$(pages_at "$1" start)"
  check_equal "$1: pages and free pages at started" "$((base + $2)) $base_free" "$(pages_at "$1" started)"
  check_equal "$1: pages while it runs" "$((base + $2))" "$(pages total)"
}

check_calls() {
  check_equal "calls for $1" "$2" "$(calls "$1")"
}

leases() {
  private_run "$at" "$hostlease" status --json | jq '.leases | arrays | length'
}

check_leases() {
  check_equal 'leases' "$1" "$(leases)"
}

check_verify() {
  local findings
  findings=$(private_run "$at" "$hostlease" verify 2>&1) || tap_fail 'hostlease verify' "$findings"
}

# The machine has its remembered state, and the ledger is empty.
check_baseline() {
  check_equal 'pools: node, pages, free, surplus' "$base_pool" "$(private_pool)"
  check_leases 0
  check_verify
  check_equal 'files in the ledger' '' \
    "$(find "$private_dir/$at/run/hostlease" -type f ! -name '*lock*' 2>/dev/null)"
}
