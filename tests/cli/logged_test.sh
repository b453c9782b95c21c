#!/bin/bash
# logged_test.sh COMMAND: the log and the metrics from a journal that this test creates.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
# shellcheck source=../support/promtool.sh
. "$here/../support/promtool.sh"
command=$(realpath "$1")
remote=/usr/lib/systemd/systemd-journal-remote
[ -x $remote ] || remote=/lib/systemd/systemd-journal-remote
[ -x $remote ] || tap_skip_all 'systemd-journal-remote is not installed'
folder=$(mktemp -d) || exit
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit
umask 022
export TZ=UTC
"$here/make-root" host
boot=$(tr -d - <host/proc/sys/kernel/random/boot_id)
machine=5a1b0c9d2e3f40718293a4b5c6d7e8f9
usec=1760000000000000

# message_id WORD: the same as the hook's
message_id() {
  sed -n "s/.*message_$1 = \"\(.*\)\";/\1/p" "$here/../../lib/host/journal.hpp"
}

# entry PID UID DOMAIN OPERATION PRIORITY MESSAGE [FIELD=VALUE...]: one second after the previous entry
entry() {
  usec=$((usec + 1000000))
  printf '%s\n' "__REALTIME_TIMESTAMP=$usec" "__MONOTONIC_TIMESTAMP=$((usec - 1760000000000000))" \
    "_BOOT_ID=$boot" \
    "_MACHINE_ID=$machine" "_PID=$1" "_UID=$2" SYSLOG_IDENTIFIER=hostlease "HOSTLEASE_DOMAIN=$3" \
    "HOSTLEASE_OPERATION=$4" \
    "PRIORITY=$5" "${@:7}"
  message "$4 of VM '$3': $6"
}

# The export format has a length of 8 bytes before values that may have several lines.
message() {
  printf 'MESSAGE\n%b\0\0\0\0\0\0\0%s\n\n' "$(printf '\\x%02x' ${#1})" "$1"
}

# end PID UID DOMAIN OPERATION WORD MESSAGE USEC
end() {
  local priority=6
  [ "$5" = "done" ] || priority=3
  entry "$1" "$2" "$3" "$4" "$priority" "$6" "MESSAGE_ID=$(message_id "$5")" "HOSTLEASE_DURATION_USEC=$7" \
    HOSTLEASE_LOCK_USEC=10 \
    HOSTLEASE_PAGES_USEC=5000 HOSTLEASE_WRITES_USEC=20
}

make_journal() {
  mkdir -p host/var/log/journal/$machine
  {
    end 10 0 win11 prepare "done" 'done: 1024 pages added' 12345
    entry 11 0 win11 start 4 $'/etc/hostlease/win11.toml:5:1: warning: it is odd\n  hint: mend it' \
      HOSTLEASE_KNOB=memory.swappiness
    end 12 0 office prepare refused refused 800
    end 11 0 win11 start "done" 'done: 1 value set' 2000
    end 13 1000 win11 start refused 'forged by a user' 1
    entry 14 0 win11 started 3 'no CPU'
    entry 14 0 win11 started 6 'then it was killed'
    entry 10 0 win11 release 3 'cannot write'
    end 10 0 win11 release failed failed 100
  } >entries.export
  "$remote" -o host/var/log/journal/$machine/system.journal entries.export >/dev/null 2>&1
}

all_calls() {
  check_equal 'the log' "$(cat <<'TEXT'
  time                 domain  call     took     result                  of which
  2025-10-09 08:53:21  win11   prepare  12.3 ms  done: 1024 pages added  growing pools 5.00 ms
  2025-10-09 08:53:22  win11   start    2.00 ms  done: 1 value set       growing pools 5.00 ms
      /etc/hostlease/win11.toml:5:1: warning: it is odd
        hint: mend it
  2025-10-09 08:53:23  office  prepare  0.80 ms  refused                 growing pools 5.00 ms
  2025-10-09 08:53:26  win11   started  -        cut off
      error: no CPU
      note: then it was killed
  2025-10-09 08:53:28  win11   release  0.10 ms  failed                  growing pools 5.00 ms
      error: cannot write
TEXT
)" "$("$command" log --root host)"
}

fewer_calls() {
  check_equal 'of one VM' 'refused' "$("$command" log --root host office --json | jq -r '.calls[].result')"
  check_equal 'since' 'started release' \
    "$("$command" log --root host --since '2025-10-09 08:53:25' --json |
        jq -r '[.calls[].operation] | join(" ")')"
  check_equal 'of nobody' 'no calls' "$("$command" log --root host nobody)"
  check_equal 'a note has its knob' 'warning memory.swappiness' \
    "$("$command" log --root host --json |
        jq -r '.calls[].notes[] | select(.knob != "") | .severity + " " + .knob')"
}

counted() {
  local text
  text=$("$command" metrics --root host)
  check_match 'refused' 'hostlease_calls_total\{operation="prepare",result="refused"\} 1' "$text"
  check_match 'not forged' 'hostlease_calls_total\{operation="start",result="refused"\} 0' "$text"
  check_match 'cut off' 'hostlease_calls_total\{operation="started",result="cut off"\} 1' "$text"
  check_match 'errors' 'hostlease_failures_total\{operation="release"\} 1' "$text"
  check_match 'counters are named so' '# TYPE hostlease_calls_total counter' "$text"
}

is_readable() {
  local promtool
  "$command" metrics --root host >classic
  "$command" metrics --root host --openmetrics >open
  if promtool=$(promtool_of "$(dirname "$command")/.."); then
    check 'promtool finds nothing' "$promtool" check metrics <classic
  fi
  "$python" - <<'PYTHON' || tap_fail 'it is not as prometheus_client reads it'
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as classic

def samples(families):
    return sorted((s.name, tuple(sorted(s.labels.items())), s.value)
                  for family in families for s in family.samples)

read = [samples(parse(open(name, encoding="utf-8").read()))
        for parse, name in ((openmetrics, "open"), (classic, "classic"))]
read = [[s for s in one if not s[0].endswith("_seconds")] for one in read]
assert len(read[0]) > 20 and read[0] == read[1], read
types = {f.name: f.type for f in openmetrics(open("open", encoding="utf-8").read())}
assert types["hostlease_calls"] == "counter" and types["hostlease_leases"] == "gauge", types
PYTHON
}

make_journal
tap_case 'the calls as a time line' all_calls
tap_case 'some of the calls' fewer_calls
tap_case 'metrics count the calls since boot' counted
python=
for one in python3 /usr/bin/python3; do
  ! "$one" -c 'import prometheus_client.openmetrics.parser' 2>/dev/null || python=$one
done
if [ -n "$python" ]; then
  tap_case 'Prometheus reads both texts, and the same in both' is_readable
else
  tap_case_skip 'Prometheus reads both texts' 'python3-prometheus-client is not installed'
fi
tap_end
