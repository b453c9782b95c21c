#!/bin/bash
# The first hour with hostlease on a fresh host, as text: sessions/newcomer.txt.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"
# shellcheck source=tests/lab/guest/package.sh
. "$guest/package.sh"

session=$guest/../sessions/newcomer.txt

# Cram writes the text with the current output beside the session if it differs.
as_written() {
  local differences folder=/tmp/newcomer
  mkdir -p "$folder" /lab/out
  cp packages/hostlease_*.deb "$(domain win11)" "$folder/"
  cp "$session" "$folder/newcomer.t"
  echo 'Dpkg::Use-Pty "0";' >"$folder/apt.conf"
  APT_CONFIG=$folder/apt.conf DEBIAN_FRONTEND=noninteractive PYTHONPATH=/lab/python \
    python3 -m cram --shell=/bin/bash "$folder/newcomer.t" >"$folder/said" 2>&1
  [ -e "$folder/newcomer.t.err" ] || tap_fail 'cram' "$(<"$folder/said")" || return
  sed -E -f "$guest/session.sed" "$folder/newcomer.t.err" >/lab/out/newcomer.txt
  differences=$(diff -u "$session" /lab/out/newcomer.txt) || tap_fail 'another text' "$differences"
}

nothing_is_left() {
  check_equal 'files' '' "$(diff <(echo "$before") <(files))"
  check_missing 'the ledger' /run/hostlease
}

install_libraries
rm /etc/libvirt/hooks/qemu
before=$(files)
take_baseline
scenario 'the session matches its text' as_written
tap_case 'nothing is left' nothing_is_left
tap_end
