#!/bin/bash
# The hook is killed in the middle of prepare, at several moments. libvirt then calls stopped and release.
set -u
# shellcheck source=tests/libvirt/support.sh
. "$(dirname "$0")/support.sh"

# kill_prepare_after SECONDS: replaces the real hook by one that kills it during prepare, and fails if prepare
# ends earlier.
kill_prepare_after() {
  local real=$private_dir/one/etc/real-hook
  cp "$hook" "$real"
  cat >"$private_dir/killer" <<HOOK
#!/bin/bash
[ "\$2" = prepare ] || exec "$real" "\$@"
timeout --foreground --signal KILL "$1" "$real" "\$@"
exit 1
HOOK
  private_install_hook one "$private_dir/killer"
}

killed_after() {
  kill_prepare_after "$1"
  # 1 GiB: a request of 512 pages to the kernel, which takes some milliseconds
  check_fails 'start' start victim MIB=1024
  check_calls victim 'prepare stopped release'
  tap_note "pages and free pages when it was killed: $(pages_at victim prepare)"
  check_baseline
  private_install_hook one "$hook"
  check 'the next start' start victim || return
  check_reserved victim 32
  destroy victim
  check_baseline
}

libvirt_begin
for seconds in 0.001 0.002 0.003 0.004 0.006 0.010; do
  scenario "killed after $seconds s" killed_after "$seconds"
done
tap_end
