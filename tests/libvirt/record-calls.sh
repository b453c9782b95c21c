#!/bin/bash
# Runs in hooks/qemu.d, after the hook: records each call and the state of the pools after the hook.
cat >/dev/null
pages=0 free=0
for pool in /sys/devices/system/node/node*/hugepages/hugepages-2048kB; do
  pages=$((pages + $(<"$pool/nr_hugepages")))
  free=$((free + $(<"$pool/free_hugepages")))
done
printf '%s %d %d %s\n' "$2" "$pages" "$free" "$1" >>/run/calls
# Lets a test find libvirt in the middle of an operation.
if [ -e "/run/hold-$2" ]; then
  echo $$ >/run/held.new
  mv /run/held.new /run/held
fi
while [ -e "/run/hold-$2" ]; do
  sleep 0.02
done
