#!/bin/bash
# The role of examples/ansible, which ansible runs on the host itself: the first time, again, with a changed
# policy, and with a broken one.
set -u
# shellcheck source=tests/lab/guest/support.sh
. "$(dirname "$0")/../guest/support.sh"

# play [OPTION...]: leaves ansible's output in $said.
play() {
  said=$(cd ansible && ANSIBLE_NOCOLOR=1 ansible-playbook -i inventory.ini site.yml \
    -e "hostlease_package=$(echo /lab/packages/hostlease_*.deb)" "$@" 2>&1)
}

# check_play CHANGED [OPTION...]: this many tasks changed something.
check_play() {
  local changed=$1
  shift
  play "$@" || tap_fail 'ansible' "$said"
  check_match 'tasks that changed something' "changed=$changed .*failed=0" "$said"
}

from_nothing() {
  # package, policies, and the timer that the package has already enabled
  check_play 2
  check_exists 'the hook' /etc/libvirt/hooks/qemu.d/10-hostlease
  check 'the timer' systemctl -q is-active hostlease-reconcile.timer
  check 'the policies' hostlease check
  check_play 0
}

policy_is_changed() {
  sed -i 's/"office"/"dense"/' ansible/policies/desktop.toml
  check_play 1
  check_match 'the policy' '"dense"' "$(</etc/hostlease/desktop.toml)"
}

policy_is_broken() {
  sed -i 's/"dense"/"dnse"/' ansible/policies/desktop.toml
  check_fails 'a broken policy' play
  check_match 'what is wrong' 'dnse' "$said"
  check_match 'the policy on the host' '"dense"' "$(</etc/hostlease/desktop.toml)"
}

for library in packages/lib*.deb; do
  [ ! -e "$library" ] || dpkg -i "$library" >&2
done
take_baseline
tap_case 'a host without hostlease, twice' from_nothing
tap_case 'a policy is changed' policy_is_changed
tap_case 'a policy is broken' policy_is_broken
tap_end
