  $ . "$CLI/setup"
  $ cp "$SOURCE"/tests/data/domains/playbook-template.xml template.xml
  $ "$SOURCE"/tests/support/make-host "$SOURCE"/tests/data/hosts/xeon-6542y-snc2 intel
  $ "$SOURCE"/tests/support/make-host "$SOURCE"/tests/data/hosts/ryzen-9-5950x amd

  $ suggest() {
  >   hostlease suggest --root intel "$@"
  > }

The template of a playbook for Windows: what it gets wrong itself, and what does not fit this host

  $ suggest template.xml
  hostlease: note: 8 vCPUs on 4 whole cores
  hostlease: note: vCPU 0 and 1 are threads of one core, and so on, matching QEMU's numbering
  hostlease: note: node 0 has them under one last-level cache
  hostlease: note: the host keeps 44 cores, CPU 0-7,12-55,60-95
  hostlease: warning: the XML is refused even with these changes: template.xml:3: error: 'GENERATE-NEW-UUID' in <uuid> is not a UUID of 32 hexadecimal digits
  --- template.xml
  +++ template.xml (suggested)
  @@ -20,21 +20,20 @@
       <source type='memfd'/>
       <access mode='shared'/>
       <allocation mode='immediate'/>
  -    <locked/>
       <nosharepages/>
     </memoryBacking>
   
     <!-- CPU Pinning (Example: 16-thread host, reserve CPUs 0-3 for host) -->
     <cputune>
       <!-- Pin vCPUs to physical cores 2-5 and their SMT siblings -->
  -    <vcpupin vcpu='0' cpuset='4'/>
  -    <vcpupin vcpu='1' cpuset='5'/>
  -    <vcpupin vcpu='2' cpuset='6'/>
  -    <vcpupin vcpu='3' cpuset='7'/>
  -    <vcpupin vcpu='4' cpuset='12'/>
  -    <vcpupin vcpu='5' cpuset='13'/>
  -    <vcpupin vcpu='6' cpuset='14'/>
  -    <vcpupin vcpu='7' cpuset='15'/>
  +    <vcpupin vcpu='0' cpuset='8'/>
  +    <vcpupin vcpu='1' cpuset='56'/>
  +    <vcpupin vcpu='2' cpuset='9'/>
  +    <vcpupin vcpu='3' cpuset='57'/>
  +    <vcpupin vcpu='4' cpuset='10'/>
  +    <vcpupin vcpu='5' cpuset='58'/>
  +    <vcpupin vcpu='6' cpuset='11'/>
  +    <vcpupin vcpu='7' cpuset='59'/>
   
       <!-- Pin emulator and I/O threads to reserved cores -->
       <emulatorpin cpuset='0-3'/>
  @@ -90,7 +89,6 @@
     <cpu mode='host-passthrough' check='none' migratable='off'>
       <topology sockets='1' dies='1' cores='4' threads='2'/>
       <cache mode='passthrough'/>
  -    <feature policy='require' name='topoext'/>
       <feature policy='require' name='invtsc'/>
     </cpu>
   

A small domain with Linux, as somebody wrote it: comments and unknown elements stay where they are

  $ cat >linux.xml <<'XML'
  > <!-- the web server -->
  > <domain type='kvm'>
  >   <name>web</name> <!-- www.example.org -->
  >   <memory unit='GiB'>8</memory>
  >   <vcpu>4</vcpu>
  >   <os>
  >     <type arch="x86_64" machine="q35">hvm</type>
  >   </os>
  > 
  >   <!-- disks -->
  >   <devices>
  >     <disk type='file' device='disk'>
  >       <source file='/srv/web.img'/><target dev='sda' bus='sata'/>
  >     </disk>
  >     <interface type='network'><source network='default'/></interface>
  >     <site:rack xmlns:site='urn:example'>7</site:rack>
  >   </devices>
  > </domain>
  > XML
  $ suggest linux.xml
  hostlease: the XML does not name the guest's system, which 'features' depends on
    hint: use --for windows, --for linux, --for macos or --for other
  [2]
  $ suggest linux.xml --for linux
  hostlease: note: 4 vCPUs on 2 whole cores
  hostlease: note: vCPU 0 and 1 are threads of one core, and so on, matching QEMU's numbering
  hostlease: note: node 1 has them under one last-level cache
  hostlease: note: the host keeps 46 cores, CPU 0-21,24-69,72-95
  hostlease: warning: no policy reserves the huge pages yet: write a policy for this VM, for example with extends = "dense", or reserve the pages before it starts
  --- linux.xml
  +++ linux.xml (suggested)
  @@ -2,10 +2,33 @@
   <domain type='kvm'>
     <name>web</name> <!-- www.example.org -->
     <memory unit='GiB'>8</memory>
  +  <memoryBacking>
  +    <hugepages>
  +      <page size='2' unit='MiB'/>
  +    </hugepages>
  +  </memoryBacking>
     <vcpu>4</vcpu>
  +  <cputune>
  +    <vcpupin vcpu='0' cpuset='22'/>
  +    <vcpupin vcpu='1' cpuset='70'/>
  +    <vcpupin vcpu='2' cpuset='23'/>
  +    <vcpupin vcpu='3' cpuset='71'/>
  +    <emulatorpin cpuset='12-13,60-61'/>
  +  </cputune>
  +  <numatune>
  +    <memory mode='strict' nodeset='1'/>
  +  </numatune>
     <os>
       <type arch="x86_64" machine="q35">hvm</type>
     </os>
  +  <features>
  +    <vmport state='off'/>
  +  </features>
  +  <cpu mode='host-passthrough' check='none' migratable='off'>
  +    <topology sockets='1' dies='1' cores='2' threads='2'/>
  +    <cache mode='passthrough'/>
  +    <feature policy='require' name='invtsc'/>
  +  </cpu>
   
     <!-- disks -->
     <devices>
  @@ -13,6 +36,7 @@
         <source file='/srv/web.img'/><target dev='sda' bus='sata'/>
       </disk>
       <interface type='network'><source network='default'/></interface>
  +    <memballoon model='none'/>
       <site:rack xmlns:site='urn:example'>7</site:rack>
     </devices>
   </domain>

Suggested upon, nothing is left

  $ suggest linux.xml --for linux --write new.xml >/dev/null 2>&1
  $ suggest new.xml --for linux
  hostlease: no changes suggested
  $ hostlease audit new.xml --root intel --host --guest linux --json | jq -c '[.. | objects | select(.rule? and .severity? != "advice" and (.group | IN("features", "clock", "cpu", "pinning", "memory")))] | length'
  0

What changes the guest's hardware only on request, with what to do first

  $ suggest linux.xml --for linux --set storage,network
  hostlease: warning: network cards become virtio: make sure that the guest's network settings do not name the old card
  hostlease: warning: disks move to virtio: make sure that the guest's initramfs has the driver and that nothing refers to the old disk name
  --- linux.xml
  +++ linux.xml (suggested)
  @@ -3,6 +3,7 @@
     <name>web</name> <!-- www.example.org -->
     <memory unit='GiB'>8</memory>
     <vcpu>4</vcpu>
  +  <iothreads>1</iothreads>
     <os>
       <type arch="x86_64" machine="q35">hvm</type>
     </os>
  @@ -10,9 +11,10 @@
     <!-- disks -->
     <devices>
       <disk type='file' device='disk'>
  -      <source file='/srv/web.img'/><target dev='sda' bus='sata'/>
  +      <driver cache='none' io='native' discard='unmap' detect_zeroes='unmap' iothread='1'/>
  +      <source file='/srv/web.img'/><target dev='vda' bus='virtio'/>
       </disk>
  -    <interface type='network'><source network='default'/></interface>
  +    <interface type='network'><source network='default'/><model type='virtio'/><driver name='vhost' queues='4' rx_queue_size='1024'/></interface>
       <site:rack xmlns:site='urn:example'>7</site:rack>
     </devices>
   </domain>
  $ suggest template.xml --set storage,network,graphics,devices 2>&1 >/dev/null
  hostlease: note: the invalid UUID is removed: libvirt generates one when the VM is defined
  hostlease: warning: SPICE listens on no address: viewers on this host connect through libvirt, and those on other hosts cannot connect, not even through SSH
  hostlease: remaining advice: DISK-IOTHREAD-USE: I/O thread 2 serves no disk
    wanted: fewer I/O threads
  hostlease: remaining advice: NET-QUEUES: network card: 4 queues
    wanted: queues='8': one for each vCPU, up to 8

Another size

  $ suggest template.xml --vcpus 16 --memory 16GiB --set pinning 2>/dev/null
  --- template.xml
  +++ template.xml (suggested)
  @@ -7,9 +7,9 @@
       </libosinfo:libosinfo>
     </metadata>
   
  -  <memory unit='GiB'>8</memory>
  -  <currentMemory unit='GiB'>8</currentMemory>
  -  <vcpu placement='static'>8</vcpu>
  +  <memory unit='GiB'>16</memory>
  +  <currentMemory unit='GiB'>16</currentMemory>
  +  <vcpu placement='static'>16</vcpu>
     <iothreads>2</iothreads>
   
     <!-- Memory Optimization: Huge pages + shared for virtio-fs -->
  @@ -28,13 +28,21 @@
     <cputune>
       <!-- Pin vCPUs to physical cores 2-5 and their SMT siblings -->
       <vcpupin vcpu='0' cpuset='4'/>
  -    <vcpupin vcpu='1' cpuset='5'/>
  -    <vcpupin vcpu='2' cpuset='6'/>
  -    <vcpupin vcpu='3' cpuset='7'/>
  -    <vcpupin vcpu='4' cpuset='12'/>
  -    <vcpupin vcpu='5' cpuset='13'/>
  -    <vcpupin vcpu='6' cpuset='14'/>
  -    <vcpupin vcpu='7' cpuset='15'/>
  +    <vcpupin vcpu='1' cpuset='52'/>
  +    <vcpupin vcpu='2' cpuset='5'/>
  +    <vcpupin vcpu='3' cpuset='53'/>
  +    <vcpupin vcpu='4' cpuset='6'/>
  +    <vcpupin vcpu='5' cpuset='54'/>
  +    <vcpupin vcpu='6' cpuset='7'/>
  +    <vcpupin vcpu='7' cpuset='55'/>
  +    <vcpupin vcpu='8' cpuset='8'/>
  +    <vcpupin vcpu='9' cpuset='56'/>
  +    <vcpupin vcpu='10' cpuset='9'/>
  +    <vcpupin vcpu='11' cpuset='57'/>
  +    <vcpupin vcpu='12' cpuset='10'/>
  +    <vcpupin vcpu='13' cpuset='58'/>
  +    <vcpupin vcpu='14' cpuset='11'/>
  +    <vcpupin vcpu='15' cpuset='59'/>
   
       <!-- Pin emulator and I/O threads to reserved cores -->
       <emulatorpin cpuset='0-3'/>
  @@ -88,7 +96,7 @@
   
     <!-- Optimized CPU Configuration -->
     <cpu mode='host-passthrough' check='none' migratable='off'>
  -    <topology sockets='1' dies='1' cores='4' threads='2'/>
  +    <topology sockets='1' dies='1' cores='8' threads='2'/>
       <cache mode='passthrough'/>
       <feature policy='require' name='topoext'/>
       <feature policy='require' name='invtsc'/>

On one line, for AMD

  $ printf '<domain type="kvm"><name>one</name><uuid>b7f3a0c2-6a0e-4d0b-9c56-0f5f6f1f7c11</uuid><memory>4194304</memory><vcpu>4</vcpu></domain>' >one.xml
  $ hostlease suggest --root amd one.xml --set cpu,pinning --write - 2>/dev/null
  <domain type="kvm"><name>one</name><uuid>b7f3a0c2-6a0e-4d0b-9c56-0f5f6f1f7c11</uuid><memory>4194304</memory><vcpu>4</vcpu><cputune><vcpupin vcpu="0" cpuset="14"/><vcpupin vcpu="1" cpuset="30"/><vcpupin vcpu="2" cpuset="15"/><vcpupin vcpu="3" cpuset="31"/><emulatorpin cpuset="0,8,16,24"/></cputune><cpu mode="host-passthrough" check="none" migratable="off"><topology sockets="1" dies="1" cores="2" threads="2"/><cache mode="passthrough"/><feature policy="require" name="invtsc"/><feature policy="require" name="topoext"/></cpu></domain> (no-eol)

CPUs of other VMs

  $ mkdir -p amd/etc/libvirt/qemu
  $ hostlease suggest --root amd one.xml --set pinning --write - 2>/dev/null >amd/etc/libvirt/qemu/one.xml
  $ sed 's/<name>one/<name>two/; s/b7f3a0c2/b7f3a0c3/' one.xml >two.xml
  $ hostlease suggest --root amd two.xml --set pinning --write - 2>/dev/null | grep -o "vcpupin [^/]*"
  vcpupin vcpu="0" cpuset="12"
  vcpupin vcpu="1" cpuset="28"
  vcpupin vcpu="2" cpuset="13"
  vcpupin vcpu="3" cpuset="29"

JSON

  $ suggest linux.xml --for linux --set memory --json | jq -c '[.domain, .changed, (.diff | split("\n") | length), .notes, .remaining]'
  hostlease: warning: no policy reserves the huge pages yet: write a policy for this VM, for example with extends = "dense", or reserve the pages before it starts
  ["web",true,23,[{"message":"no policy reserves the huge pages yet: write a policy for this VM, for example with extends = \"dense\", or reserve the pages before it starts","severity":"warning"}],[]]

Refused options

  $ suggest
  hostlease: suggest needs one DOMAIN or FILE.xml
    hint: `hostlease suggest --help` explains the verb
  [2]
  $ suggest linux.xml --set cpus
  hostlease: --set: no group is called 'cpus'
    hint: did you mean 'cpu'?
  [2]
  $ suggest linux.xml --vcpus many
  hostlease: --vcpus: 'many' is not a number from 1 to 4096
    hint: `hostlease suggest --help` explains the verb
  [2]
  $ suggest linux.xml --memory 1
  hostlease: --memory: '1' is not a size in whole MiB, such as 8GiB or 1536MiB
    hint: `hostlease suggest --help` explains the verb
  [2]
  $ suggest linux.xml --set cpu --yes
  hostlease: --yes needs --define
  [2]
  $ suggest linux.xml --set cpu --define </dev/null
  hostlease: --define asks for confirmation and needs a terminal
    hint: --yes defines without confirmation
  [1]
  $ suggest linux.xml --for linux --set cpu --check --connect 'qemu+unix:///system?socket=/nowhere'
  hostlease: libvirt cannot check the XML: Failed to connect socket to '/nowhere': No such file or directory
  [1]
  $ suggest missing.xml
  hostlease: cannot read missing.xml: No such file or directory
  [2]
  $ echo '<domain type="kvm">' | suggest -
  -:1: error: not well-formed XML: an element is not closed
  [2]
  $ suggest linux.xml --for linux --set pinning --vcpus 200 >/dev/null
  hostlease: warning: no pins are suggested: 200 vCPUs do not fit: 46 cores available, 2 cores kept for the host including that of CPU 0; the largest VM that fits has 92 vCPUs
  hostlease: remaining advice: PIN-ALL: no vCPU is pinned
    wanted: each vCPU pinned to a CPU of its own, if the VM must respond quickly

The kernel's command line, for VMs that are named or for all that are defined

  $ domain one 4 0 >one.xml; domain two 4 1 | sed 's/2. unit=.MiB/1'"'"' unit='"'"'GiB/' >two.xml
  $ hostlease suggest --cmdline --root host one.xml two.xml
  isolcpus=managed_irq,domain,1,4-5 nohz_full=1,4-5 rcu_nocbs=1,4-5 hugepagesz=1G hugepages=1:4
  
  isolcpus=managed_irq,domain,1,4-5
    managed_irq: driver-managed interrupts, such as those of NVMe queues, cannot move after boot. domain: the scheduler moves no tasks to these CPUs. A policy with [cpus] does this only while a VM runs and does not need domain here; domain rules out cgroup partitions.
  
  nohz_full=1,4-5
    No timer interrupt while a single task runs: only CPUs in this list can stop their tick. Each exit from the guest takes slightly longer.
  
  rcu_nocbs=1,4-5
    RCU callbacks run on other CPUs. nohz_full= implies this; a kernel without CONFIG_NO_HZ_FULL supports only this parameter.
  
  hugepagesz=1G hugepages=1:4
    Pages of 1 GiB are large contiguous areas that the kernel can find reliably only during boot.
  
  for: one, two
  hostlease: note: CPU 0 is not isolated: the kernel does its timekeeping on CPU 0
  hostlease: note: small huge pages (such as 2 MiB) need no boot parameter: hugepages.reserve in a policy reserves them while a VM runs and returns them to the host afterwards
  hostlease: note: hostlease writes no boot loader configuration: add the words to the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub and update-grub on Debian; kernel-install or the loader's entry with systemd-boot) and reboot
  $ mkdir -p host/etc/libvirt/qemu host/sys/devices/system/cpu; cp two.xml host/etc/libvirt/qemu/
  $ echo 'quiet nohz_full=4-5' >host/proc/cmdline
  $ hostlease suggest --cmdline --root host 2>/dev/null | head -n 3
  isolcpus=managed_irq,domain,4-5 nohz_full=4-5 rcu_nocbs=4-5 hugepagesz=1G hugepages=1:4
  
  isolcpus=managed_irq,domain,4-5
  $ hostlease suggest --cmdline --root host --json 2>/dev/null | jq -c '[.line, .domains]'
  ["isolcpus=managed_irq,domain,4-5 nohz_full=4-5 rcu_nocbs=4-5 hugepagesz=1G hugepages=1:4",["two"]]
  $ echo '<domain' >host/etc/libvirt/qemu/broken.xml
  $ hostlease suggest --cmdline --root host >line
  hostlease: '/etc/libvirt/qemu/broken.xml' is left out: /etc/libvirt/qemu/broken.xml:1: error: not well-formed XML: a tag is broken or never ends
  hostlease: note: hostlease writes no boot loader configuration: add the words to the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub and update-grub on Debian; kernel-install or the loader's entry with systemd-boot) and reboot
  [2]
  $ head -n 1 line; grep '^for:' line
  isolcpus=managed_irq,domain,4-5 nohz_full=4-5 rcu_nocbs=4-5 hugepagesz=1G hugepages=1:4
  for: two
  $ hostlease suggest --cmdline --root host --json 2>/dev/null | jq -c '[.domains, .left_out]'
  [["two"],["/etc/libvirt/qemu/broken.xml"]]
  $ hostlease suggest --cmdline --root host missing.xml one.xml 2>&1 >/dev/null | head -n 1
  hostlease: 'missing.xml' is left out: cannot read missing.xml: No such file or directory
  $ rm host/etc/libvirt/qemu/broken.xml
  $ hostlease suggest --cmdline --define one.xml
  hostlease: --cmdline contradicts the options that change or define the XML
  [2]
  $ rm host/etc/libvirt/qemu/two.xml; hostlease suggest --cmdline --root host
  hostlease: no VM is defined in /etc/libvirt/qemu
  [1]

A domain without pins, for a policy that chooses its CPUs: a memory binding that only follows them goes as well

  $ domain win11 4 0 >pinned.xml
  $ suggest pinned.xml --pins none --set cpu --write none.xml
  hostlease: note: removed: <vcpupin>, <numatune>
  hostlease: warning: no policy chooses CPUs for this VM yet: write one for it with place = "auto" in its [cpus]
  --- pinned.xml
  +++ pinned.xml (suggested)
  @@ -5,9 +5,9 @@
     <memory unit='GiB'>4</memory>
     <memoryBacking><hugepages><page size='2' unit='MiB'/></hugepages></memoryBacking>
     <vcpu>2</vcpu>
  -  <cputune>
  -    <vcpupin vcpu='0' cpuset='0'/>
  -    <vcpupin vcpu='1' cpuset='1'/>
  -  </cputune>
  -  <numatune><memory mode='strict' nodeset='0'/></numatune>
  +  <cpu mode='host-passthrough' check='none' migratable='off'>
  +    <topology sockets='1' dies='1' cores='2' threads='1'/>
  +    <cache mode='passthrough'/>
  +    <feature policy='require' name='invtsc'/>
  +  </cpu>
   </domain>
  $ suggest none.xml --pins none --set cpu
  hostlease: warning: no policy chooses CPUs for this VM yet: write one for it with place = "auto" in its [cpus]
  hostlease: no changes suggested
  $ sed "s/nodeset='0'/nodeset='1'/; s/<vcpu>/<vcpu placement='static' cpuset='0-3'>/" pinned.xml >bound.xml
  $ suggest bound.xml --pins none --set cpu | grep '^[+-]' | grep -e pin -e vcpu -e numa
  hostlease: note: <numatune> stays: the pins do not explain why memory is bound to node 1; remove it if the memory may be on the node of any CPUs
  hostlease: note: removed: <vcpupin>, <vcpu cpuset>
  hostlease: warning: no policy chooses CPUs for this VM yet: write one for it with place = "auto" in its [cpus]
  -  <vcpu placement='static' cpuset='0-3'>2</vcpu>
  -    <vcpupin vcpu='0' cpuset='0'/>
  -    <vcpupin vcpu='1' cpuset='1'/>
  +  <vcpu placement='static'>2</vcpu>
  $ mkdir -p intel/etc/hostlease
  $ printf 'version = 1\n[match]\ndomain = ["win11"]\n[memory]\nswappiness = 10\n' >intel/etc/hostlease/vms.toml
  $ suggest none.xml --pins none --set cpu
  hostlease: warning: the policy 'vms' does not choose CPUs for this VM: it needs place = "auto" in its [cpus]
  hostlease: no changes suggested
  $ printf '[cpus]\nplace = "spread"\n' >>intel/etc/hostlease/vms.toml
  $ suggest none.xml --pins none --set cpu
  hostlease: note: the policy 'vms' chooses CPUs when the VM starts: cpus.place = "spread"
  hostlease: no changes suggested
  $ hostlease plan --root intel --xml none.xml 2>/dev/null | grep -o 'node .*'
  node 1, below one last-level cache, where the most cores are free: 2 vCPUs on 2 whole cores
  $ suggest pinned.xml --pins none --set cpu,pinning
  hostlease: --pins none contradicts --set pinning, which suggests pins
  [2]
  $ suggest pinned.xml --pins all
  hostlease: --pins: 'all' is not one of host, none
    hint: `hostlease suggest --help` explains the verb
  [2]
  $ suggest --cmdline --pins none pinned.xml
  hostlease: --cmdline contradicts the options that change or define the XML
  [2]
