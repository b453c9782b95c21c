#!/bin/bash
# processors.sh CPUS: prints an ACPI table that gives QEMU's processors frequencies and idle states.
#
# Frequencies are set through a port that no device of QEMU has, which ignores writes: acpi-cpufreq then needs
# no CPU flag. All idle states are of type C1 in registers of the CPU, which has no MWAIT: Linux enters each
# by HLT, but considers their latencies of 2, 10 and 133 us. C2 and C3 through ports would be busy loops,
# because QEMU has no such ports.
set -eu

processor() {
  cat <<ASL
  Scope (\\_SB.CPUS.C$(printf %03X "$1"))
  {
    Name (_PCT, Package (2) {
      ResourceTemplate () { Register (SystemIO, 0x10, 0x00, 0x0000000000000880) },
      ResourceTemplate () { Register (SystemIO, 0x10, 0x00, 0x0000000000000882) } })
    Name (_PSS, Package (4) {
      Package (6) { 3000, 120000, 10, 10, 0x1E00, 0x1E00 },
      Package (6) { 2400,  90000, 10, 10, 0x1800, 0x1800 },
      Package (6) { 1800,  60000, 10, 10, 0x1200, 0x1200 },
      Package (6) { 1000,  30000, 10, 10, 0x0A00, 0x0A00 } })
    Name (_PPC, 0)
    Name (_PSD, Package (1) { Package (5) { 5, 0, $1, 0xFC, 1 } })
    Name (_CST, Package (4) { 3,
      Package (4) {
        ResourceTemplate () { Register (FFixedHW, 0x01, 0x02, 0x0000000000000000, 0x01) }, 1,   2, 1000 },
      Package (4) {
        ResourceTemplate () { Register (FFixedHW, 0x01, 0x02, 0x0000000000000001, 0x01) }, 1,  10,  500 },
      Package (4) {
        ResourceTemplate () { Register (FFixedHW, 0x01, 0x02, 0x0000000000000020, 0x01) }, 1, 133,  100 } })
  }
ASL
}

echo 'DefinitionBlock ("processors.aml", "SSDT", 2, "LABVM ", "CPUPM   ", 0x00000001)'
echo '{'
for ((cpu = 0; cpu < $1; cpu++)); do
  printf '  External (\\_SB.CPUS.C%03X, DeviceObj)\n' "$cpu"
done
for ((cpu = 0; cpu < $1; cpu++)); do
  processor "$cpu"
done
echo '}'
