  $ . "$CLI/setup"
  $ "$SOURCE"/tests/support/make-host "$SOURCE"/tests/data/hosts/ryzen-7-3700x amd
  $ unpinned() { sed '/cputune>/,/cputune>/d; /<numatune>/d; /hugepages/d' | sed 's|<vcpu>2<|<vcpu>4<|'; }
  $ domain win11 2 | unpinned >win11.xml
  $ domain other 2 | unpinned >other.xml
  $ mkdir -p amd/etc/hostlease
  $ cat >amd/etc/hostlease/placed.toml <<'TOML'
  > version = 1
  > [match]
  > domain = ["win11", "other"]
  > [cpus]
  > place = "auto"
  > TOML

A VM without pins: what it would get now, and why

  $ hostlease plan --root amd --xml win11.xml
  domain win11 (3a83fe44-1753-604f-469d-84b66c65eb09)
  policy placed (/etc/hostlease/placed.toml)
  
    phase    knob         from  to           file  why
    started  cpus.place         {6-7,14-15}  /sys/fs/cgroup/*/vcpu{0-3}/cpuset.cpus
                                               node 0, below one last-level cache: 4 vCPUs on 2 whole cores
    started  cpus.place         4,12         /sys/fs/cgroup/*/emulator/cpuset.cpus
    started  cpus.place         4,12         /sys/fs/cgroup/*/iothread*/cpuset.cpus
    started  cpus.method        root         /sys/fs/cgroup/*/libvirt/cpuset.cpus.{exclusive,partition}
                                             reserved for the VM: CPU 6-7,14-15 of the vCPUs, 4,12 of QEMU's other threads
    started  cpus.method        isolated     /sys/fs/cgroup/*/vcpu{0-3}/cpuset.cpus.{exclusive,partition}
  /etc/hostlease/placed.toml:5:9: warning: hostlease cannot keep the host off CPU 6-7,14-15 until partitions do: the root cgroup has no children except the VMs', and tasks in the root cgroup itself cannot be restricted
    hint: run the host's services in their own cgroups, as systemd does, or isolate the CPUs with isolcpus=

`hostlease place` chooses by the same policy

  $ hostlease place --root amd win11.xml
    vCPUs     4 vCPUs on CPU 6-7,14-15
    in order  6,14,7,15
    emulator  CPU 4,12
    memory    node 0
    policy    placed
    reasons   node 0, below one last-level cache: 4 vCPUs on 2 whole cores
  $ hostlease place --root amd win11.xml --json | jq -c '[.policy, .vcpus, .emulator]'
  ["placed",[6,14,7,15],"4,12"]

The choice is in the lease from prepare on; another VM gets other CPUs

  $ hostlease hook --root amd win11 prepare begin - <win11.xml
  $ hostlease hook --root amd other prepare begin - <other.xml
  $ hostlease map --root amd
  node0, 32 GiB, CPU 0-15
    .. .. aa aa .. .. bb bb
  
    .  housekeeping  CPU 0-1,4-5,8-9,12-13
    a  other         CPU 2-3,10-11
    b  win11         CPU 6-7,14-15

The first one's place is planned again as it is

  $ hostlease plan --root amd --xml win11.xml --json | grep '"why": "node' | sort -u
        "why": "node 0, below one last-level cache: 4 vCPUs on 2 whole cores"

Apart from other VMs, and on efficient cores

  $ "$SOURCE"/tests/support/make-host "$SOURCE"/tests/data/hosts/core-i9-12900k intel
  $ mkdir -p intel/etc/hostlease
  $ sed 's/"auto"/"spread"\nprefer = "efficiency"/' amd/etc/hostlease/placed.toml >intel/etc/hostlease/placed.toml
  $ hostlease plan --root intel --xml win11.xml 2>/dev/null | grep -E 'node 0,|cpus.place'
    started  cpus.place         {20-23}   /sys/fs/cgroup/*/vcpu{0-3}/cpuset.cpus
                     node 0, below one last-level cache, where the most cores are free: 4 vCPUs on 4 whole efficient cores
    started  cpus.place         16        /sys/fs/cgroup/*/emulator/cpuset.cpus
    started  cpus.place         16        /sys/fs/cgroup/*/iothread*/cpuset.cpus

A list in cpus.isolate that is not the chosen CPUs

  $ sed -i '$a isolate = "2-3"' amd/etc/hostlease/placed.toml
  $ hostlease plan --root amd --xml win11.xml 2>&1 | grep -A1 'cpus.isolate is'
  /etc/hostlease/placed.toml:6:11: warning: cpus.isolate is 2-3, but cpus.place chooses CPU 6-7,14-15 for the VM: CPU 6-7,14-15 would not be isolated
    hint: set cpus.isolate = "pinned" to isolate the CPUs that cpus.place chooses
  $ sed -i 's/"2-3"/"5-7,13-15"/' amd/etc/hostlease/placed.toml
  $ hostlease plan --root amd --xml win11.xml 2>&1 | grep -A1 'cpus.isolate also'
  /etc/hostlease/placed.toml:6:11: warning: cpus.isolate also takes CPU 5,13 from the host and other VMs, which cpus.place does not choose for the VM
    hint: set cpus.isolate = "pinned" to isolate the CPUs that cpus.place chooses
  $ sed -i '$d' amd/etc/hostlease/placed.toml

A domain with pins

  $ domain win11 2 >pinned.xml
  $ hostlease plan --root amd --xml pinned.xml
  domain win11 (3a83fe44-1753-604f-469d-84b66c65eb09)
  policy placed (/etc/hostlease/placed.toml)
  /etc/hostlease/placed.toml: error: memory needs 1024 x 2 MiB, but node 1 has no pages of that size
    hint: node 1 has no huge pages: check <numatune> and <hugepages>
  /etc/hostlease/placed.toml:5:9: error: cpus.place chooses CPUs for VMs without pins, but this domain has <vcpupin> (line 9 of the domain's XML)
    hint: remove it from the domain's XML, or cpus.place from the policy
  /etc/hostlease/placed.toml:5:9: warning: hostlease cannot keep the host off CPU 4-5: the root cgroup has no children except the VMs', and tasks in the root cgroup itself cannot be restricted
    hint: run the host's services in their own cgroups, as systemd does, or isolate the CPUs with isolcpus=
  /etc/hostlease/placed.toml:5:9: warning: CPU 4-5 would belong to the VM and CPU 12-13, the sibling threads of the same cores, to the host: work on these threads slows the VM down
    hint: give the VM whole cores, or set cpus.keep_siblings = "allow"
  /etc/hostlease/placed.toml:5:9: warning: vCPU 0-1 on node 0 would be far from the memory on node 1
    hint: pin to CPUs of node 1, or bind the memory to node 0
  hostlease: this start would be refused; nothing would change
  [1]

Memory that another VM has not touched yet is not there for the next one, while a node has enough without it

  $ "$SOURCE"/tests/support/make-host "$SOURCE"/tests/data/hosts/xeon-e5-2680v2-dual xeon
  $ mkdir -p xeon/etc/hostlease xeon/run/libvirt/qemu xeon/proc/500
  $ sed 's/"other"/&, "third"/' amd/etc/hostlease/placed.toml >xeon/etc/hostlease/placed.toml
  $ nodes() {
  >   hostlease status --root xeon --json |
  >     jq -c '.leases[] | [.domain, (.claims[] | select(.target == "nodes") | .value)]' | sort
  > }
  $ grep -h MemTotal xeon/sys/devices/system/node/node*/meminfo
  Node 0 MemTotal:        67108864 kB
  Node 1 MemTotal:        67108864 kB
  $ for name in win11 other third; do
  >   domain "$name" 40 | unpinned >"$name.xml"
  >   hostlease hook --root xeon "$name" prepare begin - <"$name.xml"
  > done
  $ nodes
  ["other","0"]
  ["third","1"]
  ["win11","1"]

Memory that the VM has touched is not subtracted from the free memory again

  $ for name in other third; do hostlease hook --root xeon "$name" release end - <"$name.xml"; done
  $ echo '500 (qemu) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 77 0 0' >xeon/proc/500/stat
  $ printf 'Name:\tqemu\nVmRSS:\t41943040 kB\n' >xeon/proc/500/status
  $ echo 500 >xeon/run/libvirt/qemu/win11.pid
  $ for step in start started; do
  >   hostlease hook --root xeon win11 "$step" begin - <win11.xml >/dev/null 2>&1
  > done
  $ hostlease hook --root xeon other prepare begin - <other.xml
  $ nodes
  ["other","1"]
  ["win11","1"]
