#!/bin/bash
# prometheus_test.sh BUILD: promtool accepts and tests the alert rules of examples/prometheus, and their
# metrics exist.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../support/tap.sh
. "$here/../support/tap.sh"
# shellcheck source=../support/promtool.sh
. "$here/../support/promtool.sh"
build=$(realpath "$1")
rules=$here/../../examples/prometheus
promtool=$(promtool_of "$build") || tap_skip_all 'promtool cannot be had'

are_rules() {
  local said
  said=$("$promtool" check rules --lint=all --lint-fatal "$rules/hostlease.rules.yml" 2>&1) ||
    tap_fail 'promtool check rules' "$said"
}

alert_when_they_should() {
  local said
  said=$(cd "$rules" && "$promtool" test rules hostlease.test.yml 2>&1) ||
    tap_fail 'promtool test rules' "$said"
}

# The command knows each metric; not all of them exist on a host without leases and without a
# journal.
metrics_exist() {
  local name
  check_exists 'the rules' "$rules/hostlease.rules.yml"
  while read -r name; do
    check "$name" grep -q "\"${name%_total}\"" "$here/../../hook/commands/metrics.cpp"
  done < <(grep -o 'hostlease_[a-z_]*' "$rules/hostlease.rules.yml" | sort -u)
}

tap_case 'they are rules' are_rules
tap_case 'they alert when they should, and not otherwise' alert_when_they_should
tap_case 'their metrics exist' metrics_exist
tap_end
