Whether a host is ready.

  $ . "$CLI/setup"

Nothing is

  $ hostlease doctor --root host
  [WARN] libvirt: no libvirt was found
         fix: install libvirt's daemon for QEMU
  [FAIL] hook: there is no hook of hostlease's in /etc/libvirt/hooks: no VM gets a lease
         fix: hostlease install-hook
  [PASS] daemon: libvirt's daemon does not run now; it looks for hooks when it starts
  [PASS] confinement: nothing keeps libvirt's daemon from running the hook
  [PASS] policies: 1 policy is sound
  [PASS] services: no service that runs sets what the policies set
  [PASS] kernel: Linux of an unknown version
  [WARN] kernel: no wake-up latency can be set for a CPU: power.wakeup_latency does nothing
         fix: use a kernel with CONFIG_CPU_IDLE and CONFIG_PM
  [WARN] cgroups: no cgroup v2 with the cpuset controller: [cpus] does nothing
         fix: boot with systemd.unified_cgroup_hierarchy=1
  [WARN] hugetlbfs: not mounted for pages of 2 MiB: such VMs start from memfd alone
         fix: mount -t hugetlbfs -o pagesize=2M none /dev/hugepages2M, before libvirt's daemon starts
  [WARN] hugetlbfs: not mounted for pages of 1 GiB: such VMs start from memfd alone
         fix: mount -t hugetlbfs -o pagesize=1024M none /dev/hugepages1024M, before libvirt's daemon starts
  [PASS] iommu: no groups; only VMs that get devices of the host (VFIO) need one
  [PASS] boot: nothing on the kernel's command line isolates CPUs or sets up pages
  [WARN] systemd: systemd does not run this host: cgroups are written as files, and nothing keeps the host awake
         fix: nothing, where that is meant
  [PASS] ledger: no VM has held a lease since the boot
  [3]

A host that is

  $ put() { mkdir -p "host/$(dirname "$2")"; printf '%s\n' "$1" >"host/$2"; }
  $ put '' usr/lib/x86_64-linux-gnu/libvirt.so.0.11003.2
  $ put 'cpuset cpu io memory' sys/fs/cgroup/cgroup.controllers
  $ put '' sys/fs/cgroup/cpuset.cpus.isolated
  $ put '6.12.1' proc/sys/kernel/osrelease
  $ put 'none /dev/hugepages hugetlbfs rw,pagesize=2M 0 0
  > none /dev/hugepages1024M hugetlbfs rw,pagesize=1024M 0 0' proc/mounts
  $ put 0 sys/devices/system/cpu/cpu0/power/pm_qos_resume_latency_us
  $ mkdir -p host/sys/kernel/iommu_groups/{0,1} host/usr/sbin host/etc/libvirt
  $ put 'BOOT_IMAGE=/vmlinuz ro quiet default_hugepagesz=1G hugepages=16' proc/cmdline
  $ cp "$(type -P qemu-hook)" host/usr/sbin/hostlease-hook
  $ hostlease install-hook --root host /usr/sbin/hostlease-hook
  /etc/libvirt/hooks/qemu -> /usr/sbin/hostlease-hook
  $ start win11
  $ hostlease doctor --root host
  [PASS] libvirt: version 11.3.2
  [PASS] hook: /etc/libvirt/hooks/qemu -> /usr/sbin/hostlease-hook
  [PASS] daemon: libvirt's daemon does not run now; it looks for hooks when it starts
  [PASS] confinement: nothing keeps libvirt's daemon from running the hook
  [PASS] policies: 1 policy is sound
  [PASS] services: no service that runs sets what the policies set
  [PASS] kernel: Linux 6.12.1
  [PASS] cgroups: cgroup v2, the cpuset controller, and partitions inside a VM's cgroup
  [PASS] hugetlbfs: mounted for pages of 2 MiB, 1 GiB
  [PASS] iommu: 2 groups
  [PASS] boot: default_hugepagesz=1G: the size of <hugepages/> without a size
  [PASS] boot: hugepages=16: pages set up at boot: they are used first, and never taken away
  [WARN] systemd: systemd does not run this host: cgroups are written as files, and nothing keeps the host awake
         fix: nothing, where that is meant
  [PASS] ledger: /run/hostlease is sound, leases: 1
  $ hostlease doctor --root host --json | jq -c '.checks[0], (.checks | length)'
  {"check":"libvirt","fix":"","verdict":"PASS","what":"version 11.3.2"}
  14

The daemon was there before the hook

  $ put 900 run/libvirtd.pid
  $ put '900 (libvirtd) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1000 0 0' proc/900/stat
  $ hostlease doctor --root host | grep -A 1 daemon:
  [WARN] daemon: libvirtd was started before the hook was put there, and install-hook has not had it look for hooks since
         fix: hostlease install-hook; nothing, where systemctl reload libvirtd was called since
  $ put '900 1000' run/hostlease-told
  $ hostlease doctor --root host | grep -A 1 daemon:
  [PASS] daemon: libvirtd runs
  [PASS] confinement: nothing keeps libvirt's daemon from running the hook
  $ put '900 999' run/hostlease-told
  $ hostlease doctor --root host | grep -c 'WARN. daemon:'
  1
  $ rm host/run/hostlease-told

Two hooks, and AppArmor

  $ mkdir -p host/etc/libvirt/hooks/qemu.d host/usr/local/sbin
  $ cp host/usr/sbin/hostlease-hook host/usr/local/sbin/hostlease-hook
  $ ln -s /usr/local/sbin/hostlease-hook host/etc/libvirt/hooks/qemu.d/10-hostlease
  $ put 'libvirtd (enforce)' proc/900/attr/current
  $ hostlease doctor --root host | grep -A 1 -E 'FAIL|confinement'
  [FAIL] hook: libvirt runs each of these 2 hooks, so each call comes more than once
         fix: hostlease install-hook keeps /etc/libvirt/hooks/qemu and removes the others
  --
  [FAIL] confinement: AppArmor has libvirtd as libvirtd (enforce), which may not start /usr/local/sbin/hostlease-hook
         fix: install hostlease below /usr, and run hostlease install-hook

Policies, other services, boot

  $ put '' sys/fs/cgroup/system.slice/power-profiles-daemon.service/cgroup.procs
  $ put 'isolcpus=4-5 nohz_full=4-5' proc/cmdline
  $ hostlease doctor --root host | grep -A 1 -E 'services:|boot:'
  [WARN] services: /etc/hostlease/win11.toml:11:12: power-profiles-daemon.service is running and sets what this policy sets: power.governor
         fix: stop it (systemctl disable --now power-profiles-daemon.service), or leave these to it
  --
  [WARN] boot: isolcpus=4-5: these CPUs have no load balancing until the next boot, for VMs without a policy as well: a vCPU that may use several stays on one
         fix: cpus.isolate does it for as long as a VM runs; keep managed_irq where drivers need it
  [PASS] boot: nohz_full=4-5: no timer ticks on these CPUs while one task runs: what VMs with pinned vCPUs can use
  [WARN] systemd: systemd does not run this host: cgroups are written as files, and nothing keeps the host awake
  $ echo 'nonsense = 1' >>host/etc/hostlease/win11.toml
  $ hostlease doctor --root host | grep -A 1 policies:
  [FAIL] policies: /etc/hostlease/win11.toml:12:1: unknown key 'power.nonsense'
         fix: hostlease check tells all that is wrong
  $ chmod 755 host/run/hostlease
  $ hostlease doctor --root host | grep -A 1 ledger:
  [FAIL] ledger: /run/hostlease is not a directory of ours with mode 0700: every lease is refused
         fix: find out who made it; if its files are root's and nobody else could write them, chmod 700 /run/hostlease
