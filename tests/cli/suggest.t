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
  hostlease: note: vCPU 0 and 1 are threads of one core, and so on, as QEMU numbers them
  hostlease: note: node 0 has them below one last level cache
  hostlease: note: the host keeps 44 cores, CPU 0-7,12-55,60-95
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
  hostlease: which system the guest runs cannot be told from its XML, and matters to 'features'
    hint: --for windows, --for linux, --for macos or --for other
  [2]
  $ suggest linux.xml --for linux
  hostlease: note: 4 vCPUs on 2 whole cores
  hostlease: note: vCPU 0 and 1 are threads of one core, and so on, as QEMU numbers them
  hostlease: note: node 1 has them below one last level cache
  hostlease: note: the host keeps 46 cores, CPU 0-21,24-69,72-95
  hostlease: warning: no policy reserves the huge pages yet: make one for this VM, such as extends = "dense", or have them there before it starts
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
  hostlease: nothing is to be changed
  $ hostlease audit new.xml --root intel --host --guest linux --json | jq -c '[.. | objects | select(.rule? and .severity? != "advice" and (.group | IN("features", "clock", "cpu", "pinning", "memory")))] | length'
  0

What changes the guest's hardware only on request, with what to do first

  $ suggest linux.xml --for linux --set storage,network
  hostlease: warning: network cards become virtio: see that the guest's network settings do not name the old card
  hostlease: warning: disks move to virtio: see that the guest's initramfs has the driver, and that nothing names the disk as it was called before
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
  hostlease: note: the UUID that is none is taken out: libvirt makes one when the VM is defined
  hostlease: warning: SPICE shows the screen on this host alone: a viewer of another host no longer reaches it

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
  hostlease: warning: no policy reserves the huge pages yet: make one for this VM, such as extends = "dense", or have them there before it starts
  ["web",true,23,[{"message":"no policy reserves the huge pages yet: make one for this VM, such as extends = \"dense\", or have them there before it starts","severity":"warning"}],[]]

What cannot be

  $ suggest
  hostlease: suggest needs a DOMAIN, or a FILE.xml
  [2]
  $ suggest linux.xml --set cpus
  hostlease: --set knows no group 'cpus'
    hint: did you mean 'cpu'?
  [2]
  $ suggest linux.xml --vcpus many
  hostlease: --vcpus takes a number from 1 to 4096, not 'many'
  [2]
  $ suggest linux.xml --memory 1
  hostlease: --memory takes whole MiB, such as 8GiB or 1536MiB, not '1'
  [2]
  $ suggest linux.xml --set cpu --yes
  hostlease: --yes answers the question of --define
  [2]
  $ suggest linux.xml --set cpu --define </dev/null
  hostlease: --define asks before it does so, and there is no terminal; --yes defines without a question
  [1]
  $ suggest linux.xml --for linux --set cpu --check --connect 'qemu+unix:///system?socket=/nowhere'
  hostlease: libvirt cannot check the XML: Failed to connect socket to '/nowhere': No such file or directory
  [1]
  $ suggest missing.xml
  hostlease: cannot read: missing.xml: No such file or directory
  [2]
  $ echo '<domain type="kvm">' | suggest -
  -:1: error: not well-formed XML: an element is not closed
  [2]
  $ suggest linux.xml --for linux --set pinning --vcpus 500 >/dev/null
  hostlease: warning: nothing is pinned: 500 vCPUs find no place: 46 cores can be had, 2 cores stay with the host, CPU 0's among them; the largest VM has 92 vCPUs
  hostlease: stays advice: PIN-ALL: no vCPU is pinned
    wanted: each vCPU pinned to a CPU of its own, where it is to answer in time
