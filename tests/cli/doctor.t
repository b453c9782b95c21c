Whether a host is ready.

  $ . "$CLI/setup"

Nothing is

  $ hostlease doctor --root host
  [WARN] libvirt: libvirt is not installed
         fix: install the libvirt daemon for QEMU
  [FAIL] hook: /etc/libvirt/hooks does not contain the hook of hostlease: no VM gets a lease
         fix: run hostlease install-hook
  [PASS] daemon: the libvirt daemon is not running; it looks for hooks when it starts
  [PASS] confinement: not checked: the hook is not installed
  [PASS] policies: 1 policy is valid
  [PASS] services: no running service conflicts with the policies
  [PASS] kernel: Linux of an unknown version
  [WARN] kernel: the kernel offers no wake-up latency limit for CPUs: power.wakeup_latency has no effect
         fix: use a kernel with CONFIG_CPU_IDLE and CONFIG_PM
  [WARN] cgroups: no cgroup v2 with the cpuset controller: [cpus] has no effect
         fix: boot with systemd.unified_cgroup_hierarchy=1
  [WARN] hugetlbfs: not mounted for pages of 2 MiB: VMs can use such pages only through memfd
         fix: run mkdir -p /dev/hugepages2M && mount -t hugetlbfs -o pagesize=2M none /dev/hugepages2M, before the libvirt daemon starts
  [WARN] hugetlbfs: not mounted for pages of 1 GiB: VMs can use such pages only through memfd
         fix: run mkdir -p /dev/hugepages1G && mount -t hugetlbfs -o pagesize=1G none /dev/hugepages1G, before the libvirt daemon starts
  [PASS] iommu: no IOMMU groups; only VMs with host devices (VFIO) need them
  [PASS] boot: the kernel's command line isolates no CPUs and reserves no huge pages
  [PASS] sysctl: no file in sysctl.d sets a value that policies lease
  [WARN] systemd: systemd is not running on this host: hostlease writes cgroup files directly and cannot inhibit sleep
         fix: none needed if this is intended
  [PASS] ledger: no VM has held a lease since boot
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
  [PASS] daemon: the libvirt daemon is not running; it looks for hooks when it starts
  [PASS] confinement: not checked: the libvirt daemon is not running
  [PASS] policies: 1 policy is valid
  [PASS] services: no running service conflicts with the policies
  [PASS] kernel: Linux 6.12.1
  [PASS] cgroups: cgroup v2, the cpuset controller, and partitions inside a VM's cgroup
  [PASS] hugetlbfs: mounted for pages of 2 MiB, 1 GiB
  [PASS] iommu: 2 IOMMU groups
  [PASS] boot: default_hugepagesz=1G: the page size of a <hugepages/> that names none
  [PASS] boot: hugepages=16: pages reserved at boot: VMs use them first, and hostlease never removes them
  [PASS] sysctl: no file in sysctl.d sets a value that policies lease
  [WARN] systemd: systemd is not running on this host: hostlease writes cgroup files directly and cannot inhibit sleep
         fix: none needed if this is intended
  [PASS] ledger: /run/hostlease is valid; leases: 1
  $ hostlease doctor --root host --json | jq -c '.checks[0], (.checks | length)'
  {"check":"libvirt","fix":"","verdict":"PASS","what":"version 11.3.2"}
  15

The daemon was there before the hook

  $ put 900 run/libvirtd.pid
  $ put '900 (libvirtd) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1000 0 0' proc/900/stat
  $ hostlease doctor --root host | grep -A 1 daemon:
  [WARN] daemon: libvirtd started before the hook was installed and has not looked for hooks since
         fix: run hostlease install-hook; not needed if systemctl reload libvirtd was called since
  $ put '900 1000' run/hostlease-told
  $ hostlease doctor --root host | grep -A 1 daemon:
  [PASS] daemon: libvirtd is running
  [PASS] confinement: the libvirt daemon may run the hook
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
  [FAIL] hook: libvirt runs each of these 2 hooks, so hostlease handles each event several times
         fix: run hostlease install-hook, which keeps /etc/libvirt/hooks/qemu and removes the others
  --
  [FAIL] confinement: AppArmor confines libvirtd as libvirtd (enforce), which does not allow it to run /usr/local/sbin/hostlease-hook
         fix: install hostlease with the prefix /usr, not /usr/local, and run hostlease install-hook

Policies, other services, boot

  $ put '' sys/fs/cgroup/system.slice/power-profiles-daemon.service/cgroup.procs
  $ put 'isolcpus=4-5 nohz_full=4-5' proc/cmdline
  $ hostlease doctor --root host | grep -A 1 -E 'services:|boot:'
  [WARN] services: /etc/hostlease/win11.toml:11:12: power-profiles-daemon.service is running and sets what this policy sets: power.governor
         fix: stop it (systemctl disable --now power-profiles-daemon.service), or remove these keys from the policy
  --
  [WARN] boot: isolcpus=4-5: these CPUs have no load balancing until the next boot, even for VMs without a policy: a vCPU that may use several of them stays on one
         fix: use cpus.isolate, which isolates CPUs only while a VM runs; keep managed_irq if drivers need it
  [PASS] boot: nohz_full=4-5: no timer ticks on these CPUs while a single task runs: useful for pinned vCPUs
  [PASS] sysctl: no file in sysctl.d sets a value that policies lease
  $ echo 'nonsense = 1' >>host/etc/hostlease/win11.toml
  $ hostlease doctor --root host | grep -A 1 policies:
  [FAIL] policies: /etc/hostlease/win11.toml:12:1: unknown key 'power.nonsense'
         fix: run hostlease check to see all errors
  $ chmod 755 host/run/hostlease
  $ hostlease doctor --root host | grep -A 1 ledger:
  [FAIL] ledger: /run/hostlease does not belong to hostlease or does not have mode 0700: hostlease refuses every lease
         fix: find out who created it; if root owns its files and nobody else could write them, run chmod 700 /run/hostlease

What sysctl.d sets of what VMs lease

  $ put '# pages
  > vm.nr_hugepages = 4506' etc/sysctl.d/90-vm.conf
  $ put 'vm.nr_hugepages = 1' usr/lib/sysctl.d/10-vm.conf
  $ hostlease doctor --root host | grep -A 1 sysctl:
  [WARN] sysctl: /etc/sysctl.d/90-vm.conf:2: vm.nr_hugepages = 4506: the next `sysctl --system`, which packages run too, resizes the pool to this value, whatever VMs have leased
         fix: remove the line: hugepages.reserve in a policy reserves the pages that a VM needs; permanent pages belong on the kernel's command line (see hostlease suggest --cmdline)
  $ rm -r host/etc/sysctl.d host/usr/lib/sysctl.d
  $ hostlease doctor --root host | grep -A 1 sysctl:
  [PASS] sysctl: no file in sysctl.d sets a value that policies lease
  [WARN] systemd: systemd is not running on this host: hostlease writes cgroup files directly and cannot inhibit sleep
