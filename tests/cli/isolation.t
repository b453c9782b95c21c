  $ . "$CLI/setup"

CPUs for a VM alone, on a host with cgroup v2: what else runs is to keep off them

  $ cgroup() { mkdir -p "host/sys/fs/cgroup/$1" && echo "$2" >"host/sys/fs/cgroup/$1/cpuset.cpus"; }
  $ for name in init.scope system.slice user.slice machine.slice; do cgroup $name ''; done
  $ echo 'cpuset cpu io memory pids' >host/sys/fs/cgroup/cgroup.controllers
  $ policy win11 <<'TOML'
  > version = 1
  > [hugepages]
  > reserve = "leave"
  > [cpus]
  > isolate = "pinned"
  > TOML
  $ hostlease plan --root host --xml win11.xml
  domain win11 (3a83fe44-1753-604f-469d-84b66c65eb09)
  policy win11 (/etc/hostlease/win11.toml)
  
    phase  knob          from  to       file  why
    start  cpus.isolate  0-7   0-3,6-7  /sys/fs/cgroup/{init.scope, system.slice, user.slice}/cpuset.cpus
      keeps the host off CPU 4-5; no partitions: this kernel does not support partitions inside a VM's cgroup (Linux 6.7
      and newer do)
  /etc/hostlease/win11.toml:5:11: warning: the emulator is not pinned, so it may run on the CPUs of the vCPUs
    hint: add an <emulatorpin> to the domain's <cputune>

A start writes it, a stop puts it back

  $ start win11
  $ (cd host/sys/fs/cgroup && grep -H . */cpuset.cpus)
  init.scope/cpuset.cpus:0-3,6-7
  system.slice/cpuset.cpus:0-3,6-7
  user.slice/cpuset.cpus:0-3,6-7
  $ hostlease explain --root host win11
  cpus.isolate  /sys/fs/cgroup/{init.scope, system.slice, user.slice}/cpuset.cpus
    now       0-3,6-7  hostlease wrote it
    wanted    0-3,6-7  the earlier value without the CPUs of each VM
    before    0-7
    VM win11  0-3,6-7  (/etc/hostlease/win11.toml:5:11, best-effort: keeps the host off CPU 4-5; no partitions: this kernel does not support partitions inside a VM's cgroup (Linux 6.7 and newer do))
  $ stop win11
  $ (cd host/sys/fs/cgroup && grep -H . */cpuset.cpus)
  [1]
  $ hostlease status --root host
  no leases

A kernel that can makes a partition for each vCPU once QEMU runs; slices are for the time until then

  $ echo >host/sys/fs/cgroup/cpuset.cpus.isolated
  $ sed -i "s|</cputune>|<emulatorpin cpuset='0'/></cputune>|" win11.xml
  $ hostlease plan --root host --xml win11.xml
  domain win11 (3a83fe44-1753-604f-469d-84b66c65eb09)
  policy win11 (/etc/hostlease/win11.toml)
  
    phase    knob          from  to        file  why
    start    cpus.isolate  0-7   0-3,6-7   /sys/fs/cgroup/{init.scope, system.slice, user.slice}/cpuset.cpus
                                             keeps the host off CPU 4-5 until partitions do
    started  cpus.method         root      /sys/fs/cgroup/*/libvirt/cpuset.cpus.{exclusive,partition}
                                             reserved for the VM: CPU 4-5 of the vCPUs, 0 of QEMU's other threads
    started  cpus.method         isolated  /sys/fs/cgroup/*/vcpu{0-1}/cpuset.cpus.{exclusive,partition}

Two vCPUs on the same CPUs cannot have partitions: the warning names the line of the key

  $ sed -i 's/isolate = .*/method = "partition"/' host/etc/hostlease/win11.toml
  $ sed "s/cpuset='[45]'/cpuset='4-5'/" win11.xml >shared.xml
  $ hostlease plan --root host --xml shared.xml
  domain win11 (3a83fe44-1753-604f-469d-84b66c65eb09)
  policy win11 (/etc/hostlease/win11.toml)
  
    phase  knob          from  to       file  why
    start  cpus.isolate  0-7   0-3,6-7  /sys/fs/cgroup/{init.scope, system.slice, user.slice}/cpuset.cpus
                                          keeps the host off CPU 4-5
  /etc/hostlease/win11.toml:5:10: warning: cpus.method = "partition" is not possible: vCPU 0 (line 9 of the domain's XML) is pinned to more than one CPU, 4-5; hostlease uses slices instead
    hint: correct this, or set cpus.method = "slices"
  $ echo 'enforce = "required"' >>host/etc/hostlease/win11.toml
  $ hostlease plan --root host --xml shared.xml
  domain win11 (3a83fe44-1753-604f-469d-84b66c65eb09)
  policy win11 (/etc/hostlease/win11.toml)
  /etc/hostlease/win11.toml:5:10: error: cpus.method = "partition" is not possible: vCPU 0 (line 9 of the domain's XML) is pinned to more than one CPU, 4-5
    hint: correct this, or set cpus.method = "slices"
  hostlease: this start would be refused; nothing would change
  [1]

Too little left for the host, and another VM's CPUs

  $ policy win11 <<'TOML'
  > version = 1
  > [hugepages]
  > reserve = "leave"
  > [cpus]
  > isolate = "1-7"
  > housekeeping_min_cores = 2
  > TOML
  $ hostlease plan --root host --xml win11.xml
  domain win11 (3a83fe44-1753-604f-469d-84b66c65eb09)
  policy win11 (/etc/hostlease/win11.toml)
  /etc/hostlease/win11.toml:6:26: error: CPU 1-7 isolated leaves the host 1 of 8 cores, but at least 2 must stay
    hint: isolate fewer CPUs
  hostlease: this start would be refused; nothing would change
  [1]
  $ sed -i 's/"1-7"/"4-5"/' host/etc/hostlease/win11.toml
  $ start win11
  $ domain guest 1 >guest.xml
  $ sed 's/_cores = 2/_cores = 1/; s/"4-5"/"5-7"/' host/etc/hostlease/win11.toml >other.toml
  $ hostlease plan --root host --xml guest.xml --policy other.toml
  domain guest (084e0343-a048-6ff0-5530-df6c705c8bb4)
  policy other (other.toml)
  
    phase  knob          from     to   file  why
    start  cpus.isolate  0-3,6-7  0-3  /sys/fs/cgroup/{init.scope, system.slice, user.slice}/cpuset.cpus
                           keeps the host off CPU 5-7; no partitions: cpus.isolate is 5-7, but the vCPUs are pinned to 4-5
  other.toml:5:11: warning: CPU 5 would be isolated for VM 'guest', and VM 'win11' has it isolated (/etc/hostlease/win11.toml:5:11)
    hint: pin the two VMs to different CPUs
  other.toml:5:11: warning: CPU 4 is used by VM 'guest', and VM 'win11' has it isolated (/etc/hostlease/win11.toml:5:11)
    hint: pin the two VMs to different CPUs
  other.toml:5:11: warning: the emulator is not pinned, so it may run on the CPUs of the vCPUs
    hint: add an <emulatorpin> to the domain's <cputune>
