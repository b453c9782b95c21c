# shellcheck shell=bash
# The report of a guest with an agent as text that is equal on all machines. Sourced.

# agent_report_differs SESSION_FOLDER SED_FILE <REPORT: prints how the report differs from guest_agent.md;
# ACCEPT=1 accepts it. Fixed words replace parts that differ between machines.
agent_report_differs() {
  local said
  said=$(sed -n '/^# Report/,/^Measured/p; /^## VM/,/^## Lease/p; /boot_time/p' |
    sed -E -f "$2" -e 's/pc-q35-[0-9.]+/MACHINE/; s/(ext4 [|]).*([|] vda)/\1 SIZES \2/')
  [ "${ACCEPT-}" != 1 ] || printf '%s\n' "$said" >"$1/guest_agent.md"
  diff -u "$1/guest_agent.md" <(printf '%s\n' "$said")
}
