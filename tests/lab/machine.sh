# shellcheck shell=bash
# A host as a QEMU process: starts it from its image or from the store, communicates with it, ends it.
# Sourced.
# shellcheck source=tests/lab/build.sh
. "$(dirname "${BASH_SOURCE[0]}")/build.sh"

job_mib=256 result_mib=64

# Features that QEMU 7.2's emulator lacks are removed from the model, to avoid warnings, and also: cx16,
# because a cmpxchg16b without LOCK corrupts the flags, which makes kernel 6.12 crash during boot; erms and
# avx, because their emulation is slow. An Intel name without MWAIT yields idle states and siblings.
cpu_model=Skylake-Server,-cx16,-erms,-avx,-avx2,-fma,-f16c,-pcid,-x2apic,-tsc-deadline
cpu_model+=,-hle,-rtm,-invpcid,-rdseed
cpu_model+=,-3dnowprefetch,-xsavec,-avx512f,-avx512dq,-avx512cd,-avx512bw,-avx512vl

# init_on_alloc=0: otherwise each huge page is zeroed when it is allocated, which takes 4 s for 1 GiB
# no_timer_check: otherwise the kernel checks the timer's ticks, and panics if this machine is too busy for
# them
kernel_command='console=ttyS0 quiet loglevel=4 panic=-1 net.ifnames=0 mitigations=off'
kernel_command+=' init_on_alloc=0 apparmor=0 audit=0'
kernel_command+=' systemd.show_status=false no_timer_check'

# A stored host can be resumed only with the QEMU, the devices and the image that it was stored with.
stored_name() {
  echo "stored-$host-$(key "$(image_name)" "$(qemu-system-x86_64 --version)" "$(cat "$lab/machine.sh")")"
}

# qemu_command FOLDER: sets the list of devices, for cold starts and for those from the store.
qemu_command() {
  local at=$1 node each=$((cores * threads))
  command=(qemu-system-x86_64 -name "lab-$host" -nodefaults -no-user-config -display none -no-reboot
    # a host that was stored while stopped resumes
    -global migration.store-global-state=off
    -machine pc-q35-7.2 -accel 'tcg,thread=multi,tb-size=1024' -cpu "$cpu_model"
    -smp "$cpus,sockets=$sockets,cores=$cores,threads=$threads" -m "$((node_mib * sockets))M")
  for ((node = 0; node < sockets; node++)); do
    command+=(-object "memory-backend-ram,id=memory$node,size=${node_mib}M"
      -numa "node,nodeid=$node,cpus=$((node * each))-$((node * each + each - 1)),memdev=memory$node")
  done
  command+=(-numa 'dist,src=0,dst=1,val=21' -acpitable "file=$cache/$(image_name)/processors.aml")
  # a queue for each CPU: interrupts that the kernel manages, whose affinity is not writable
  disk root qcow2 "$at/root.qcow2" "serial=labroot,num-queues=$cpus,addr=4" cache=unsafe,discard=unmap
  disk job raw "$at/job.img" serial=labjob,num-queues=1,addr=5 readonly=on
  disk result raw "$at/result.img" serial=labout,num-queues=1,addr=6 cache=writethrough
  # a disk that tests may format, and whose scheduler they may change
  disk data raw "$at/data.img" serial=labdata,num-queues=1,addr=10 cache=unsafe
  # two network cards without a connection: interrupts whose affinity is writable
  for node in 0 1; do
    command+=(-netdev "hubport,id=net$node,hubid=0"
      -device "virtio-net-pci,netdev=net$node,mac=52:54:00:00:00:0$node,addr=$((8 + node)),romfile=")
  done
  command+=(-device 'virtio-serial-pci,addr=7')
  for node in out err ctl; do
    command+=(-chardev "file,id=$node,path=$at/$node" -device "virtserialport,chardev=$node,name=lab.$node")
  done
  command+=(-chardev "pipe,id=in,path=$at/in" -device 'virtserialport,chardev=in,name=lab.in'
    -serial "file:$at/console" -chardev "pipe,id=monitor,path=$at/monitor"
      -mon 'chardev=monitor,mode=readline')
}

# disk ID FORMAT FILE DEVICE_OPTIONS DRIVE_OPTIONS. No locks on raw files: a test may read a file that QEMU
# writes.
disk() {
  local file="file=$3,format=qcow2"
  [ "$2" = qcow2 ] || file="file.filename=$3,file.driver=file,file.locking=off,format=raw"
  command+=(-drive "if=none,id=$1,$file,$5" -device "virtio-blk-pci,drive=$1,$4")
}

# ---- life ----

# machine_folder BACKING FORMAT: a folder for one start, with writable disks.
machine_folder() {
  machine='' machine_pid='' job_number=0
  new_folder
  machine=$folder machine_lock=$folder_lock
  qemu-img create -q -f qcow2 -b "$1" -F "$2" "$machine/root.qcow2"
  truncate -s "${job_mib}M" "$machine/job.img"
  truncate -s "${result_mib}M" "$machine/result.img"
  truncate -s 256M "$machine/data.img"
  touch "$machine"/{out,err,ctl}
  mkfifo "$machine"/{in,monitor}.{in,out}
  # both ends stay open, so that neither side blocks
  exec {job_out}<>"$machine/in.out" {job_in}<>"$machine/in.in" {monitor_out}<>"$machine/monitor.out" \
    {monitor_in}<>"$machine/monitor.in"
}

# machine_start [QEMU_OPTION...]: QEMU ends with this shell, however that ends.
machine_start() {
  local image
  image=$cache/$(image_name)
  qemu_command "$machine"
  setpriv --pdeathsig KILL "${command[@]}" -kernel "$image/vmlinuz" -initrd "$image/initramfs.img" \
    -append "$kernel_command" "$@" \
    >"$machine/qemu.log" 2>&1 </dev/null \
    {job_out}>&- {job_in}>&- {monitor_out}>&- {monitor_in}>&- {machine_lock}<&- &
  machine_pid=$!
}

machine_boot() {
  machine_folder "$cache/$(image_name)/root.img" raw
  machine_start
}

machine_resume() {
  local stored
  stored=$cache/$(stored_name)
  machine_folder "$stored/root.qcow2" qcow2
  machine_start -incoming "exec:zstd -dcq '$stored/state.zst'"
}

monitor() {
  printf '%s\n' "$1" >&"$monitor_in"
}

# machine_said PATTERN SECONDS: waits for the agent's message; fails if QEMU has ended or the time is
# over.
machine_said() {
  local end=$((SECONDS + $2))
  while ! grep -qE "$1" "$machine/ctl"; do
    if [ "$SECONDS" -ge "$end" ] || ! kill -0 "$machine_pid" 2>/dev/null; then
      grep -qE "$1" "$machine/ctl"
      return
    fi
    sleep 0.1
  done
}

machine_end() {
  if [ -n "${machine_pid-}" ]; then
    kill -KILL "$machine_pid" 2>/dev/null || true
    wait "$machine_pid" 2>/dev/null || true
    machine_pid=''
  fi
  if [ -n "${machine-}" ]; then
    exec {machine_lock}<&- {job_out}<&- {job_in}>&- {monitor_out}<&- {monitor_in}>&-
    rm -rf "$machine"
    machine=''
  fi
}

# push_job FOLDER: sends its content, with an executable named job, to the host, which starts the job.
push_job() {
  local bytes
  job_number=$(date +%s%N)
  tar cf "$machine/job.tar" -C "$1" .
  bytes=$(stat -c %s "$machine/job.tar")
  [ "$bytes" -lt $((job_mib * 1048576)) ] || fail "a job of $bytes bytes is too big"
  dd if="$machine/job.tar" of="$machine/job.img" bs=1M conv=notrunc status=none
  rm "$machine/job.tar"
  printf 'JOB %s %s %s\n' "$job_number" "$bytes" "$(date +%s)" >&"$job_in"
}

job_status() {
  sed -n "s/^RESULT $job_number \([0-9]*\)$/\1/p" "$machine/ctl"
}

# ---- the store ----

# A start from the image takes 12 to 40 s, one from the store 2 to 6 s.
store_host() {
  local name try work
  name=$(stored_name)
  [ ! -d "$cache/$name" ] || return 0
  # about one boot in 60 hangs
  for try in 1 2 3; do
    machine_boot
    ! machine_said '^UP' 300 || break
    say "$host: start $try did not come up: $(grep -a 'panic' "$machine/console") $(tail -n 3 \
          "$machine/console" "$machine/qemu.log")"
    machine_end
    [ "$try" -lt 3 ] || fail "$host: does not boot"
  done
  say "$host: booted"
  work=$(mktemp -d)
  ln -s /usr/local/sbin/lab-warm-up "$work/job"
  push_job "$work"
  rm -r "$work"
  if ! machine_said "^RESULT $job_number" 600 || [ "$(job_status)" != 0 ]; then
    cat "$machine/out" "$machine/err" >&2
    machine_end
    fail "$host: cannot be warmed up"
  fi
  store_machine "$name"
}

# store_machine NAME: writes memory and devices to state.zst; the disk with its changes becomes the disk to
# resume from.
store_machine() {
  local try
  monitor stop
  monitor "migrate \"exec:zstd -1qf -T2 -o '$machine/state.zst'\""
  for ((try = 0; try < 120; try++)); do
    monitor 'info migrate'
    timeout 0.5 cat <&"$monitor_out" >"$machine/monitor.log" || true
    ! grep -aq 'status: completed' "$machine/monitor.log" || break
    ! grep -aq 'status: failed' "$machine/monitor.log" ||
      fail "$host: cannot be stored: $(tail -n 3 "$machine/monitor.log")"
  done
  monitor quit
  wait "$machine_pid" || true
  machine_pid=''
  new_folder
  mv "$machine"/{root.qcow2,state.zst,out} "$folder/"
  publish "$1"
  machine_end
}
