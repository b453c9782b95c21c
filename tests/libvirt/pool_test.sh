#!/bin/bash
# Pages that existed before, and pages that others add meanwhile, remain.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"

# with_pool PAGES FUNCTION: on a machine whose pool has this many free pages.
with_pool() {
  grow_pool "$1"
  remember_pool
  "$2"
  drop_free_pages
}

fits() {
  with_pool 40 uses_free_pages
}

uses_free_pages() {
  check 'start' start fits || return
  check_equal 'pages and free pages at start' "$base $base_free" "$(pages_at fits start)"
  check_equal 'free pages' "$((base_free - 32))" "$(pages free)"
  check_leases 1
  destroy fits
  check_baseline
}

exceeds() {
  with_pool 20 grows_the_difference
}

grows_the_difference() {
  check 'start' start exceeds || return
  check_equal 'pages at start' "$((base + 12)) 32" "$(pages_at exceeds start)"
  check_equal 'free pages' 0 "$(pages free)"
  destroy exceeds
  check_baseline
}

free_pages_go_to_one() {
  with_pool 40 second_domain_grows
}

second_domain_grows() {
  check 'start' start one || return
  check 'start' start two || return
  check_equal 'pages' "$((base + 24))" "$(pages total)"
  destroy one
  # the free pages suffice for those that two has added, or will when two ends
  check 'no less than before' test "$(pages total)" -ge "$base"
  destroy two
  check_baseline
}

administrator_adds() {
  check 'start' start added || return
  grow_pool 10
  destroy added
  check_equal 'pages: the ten remain' "$((base + 10))" "$(pages total)"
  grow_pool -10
  check_baseline
}

administrator_adds_and_takes_back() {
  check 'start' start first || return
  grow_pool 10
  check 'start of another, which sees them' start other || return
  destroy other
  grow_pool -10
  destroy first
  check_baseline
}

administrator_adds_before_restart() {
  check 'start' start later || return
  grow_pool 10
  check 'the daemon restarts' private_restart one || return
  check 'reconnect' private_wait 30 called later reconnect
  destroy later
  check_equal 'pages: the ten remain' "$((base + 10))" "$(pages total)"
  grow_pool -10
  check_baseline
}

libvirt_begin
scenario 'a domain that fits into the free pages grows nothing' fits
scenario 'a domain that does not fit grows the difference' exceeds
scenario 'free pages are given out once' free_pages_go_to_one
scenario 'an administrator adds pages while a domain runs' administrator_adds
scenario 'an administrator adds pages and takes them back' administrator_adds_and_takes_back
scenario 'an administrator adds pages, then the daemon restarts' administrator_adds_before_restart
tap_end
