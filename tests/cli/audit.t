  $ . "$CLI/setup"
  $ cp "$SOURCE"/tests/data/domains/playbook-template.xml template.xml

The template of a playbook for Windows, as it is printed there: what it breaks itself

  $ hostlease audit template.xml --cpu intel
  domain win11-outlook-optimized (template.xml)
  Windows 11, an Intel CPU, host not checked (see --host)
  
    hyper-v   14 of 14
    features  3 of 3
    clock     7 of 7
    cpu       6 of 7
    pinning   6 of 6
    memory    5 of 6
    storage   4 of 8
    network   2 of 5
    graphics  3 of 5
    devices   7 of 9
  
  template.xml:120: error: DISK-QUEUES: disk sda: queues on bus 'scsi'
    wanted: queues in the SCSI controller's <driver>; libvirt accepts them here only for virtio-blk
    why: More queues than vCPUs bring nothing. QEMU 5.2 and newer give each vCPU a queue by default.
    symptom: the VM cannot be defined, or does not start
    source: https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms
    XML:
      <controller type='scsi' index='0' model='virtio-scsi'>
        <driver queues='4'/>
      </controller>
  
  template.xml:197: error: FS-VIRTIOFS: shared folder outlook-archives: cache mode='auto', which libvirt does not support
    wanted: no <cache>: 'auto' is virtiofsd's default. libvirt accepts 'none' and 'always'
    why: virtiofs transfers data through shared memory. 9p and network shares copy it through QEMU or the network.
    symptom: the VM cannot be defined, or does not start
    source: https://libvirt.org/kbase/virtiofs.html
  
  template.xml:120: error: DISK-IOTHREAD: disk sda: iothread on bus 'scsi'
    wanted: iothread in the SCSI controller's <driver>; libvirt refuses it here
    why: Without an I/O thread, disk requests wait for QEMU's main thread, which also serves every other device.
    symptom: the VM cannot be defined, or does not start
    source: https://libvirt.org/formatdomain.html#iothreads-allocation
    XML:
      <controller type='scsi' index='0' model='virtio-scsi'>
        <driver iothread='1'/>
      </controller>
  
  template.xml:167: error: NET-RING: network card: tx_queue_size='1024'
    wanted: remove it: only vhost-user cards may have more than 256. Older QEMU ignores the value, newer QEMU does not start
    why: A short ring drops packets while the guest is busy. Only vhost-user cards may also have a longer transmit ring.
    symptom: the VM cannot be defined, or does not start
    source: https://libvirt.org/formatdomain.html#network-interfaces
  
  template.xml:190: error: GFX-GL: SPICE with OpenGL listens on a network address
    wanted: <listen type='none'/> or type='socket', as libvirt documents; only QEMU and spice-server from 2025 on support OpenGL over the network
    why: OpenGL passes frames to a viewer on the same host through a UNIX socket.
    symptom: the VM does not start
    source: https://libvirt.org/formatdomain.html#graphical-framebuffers
    XML:
      <graphics type='spice'>
        <listen type='none'/>
        <gl enable='yes'/>
      </graphics>
  
  template.xml:3: error: UUID-VALID: 'GENERATE-NEW-UUID' is not a UUID
    wanted: 32 hexadecimal digits, or no <uuid>: libvirt then generates one
    why: libvirt refuses XML with any other text in <uuid>.
    symptom: the VM cannot be defined
    source: https://libvirt.org/formatdomain.html#general-metadata
  
  template.xml:57: error: DEV-SECUREBOOT: <loader secure='yes'> without System Management Mode
    wanted: <smm state='on'/>; libvirt refuses the loader otherwise
    why: Windows 11 requires firmware that supports Secure Boot.
    symptom: the VM cannot be defined, or does not start
    source: https://libvirt.org/kbase/secureboot.html
    XML:
      <features>
        <smm state='on'/>
      </features>
  
  template.xml:93: warning: CPU-TOPOEXT: topoext is required, but Intel CPUs do not have it
    wanted: remove it; if CPU features are checked, the VM does not start
    why: AMD CPUs report threads per core only through this feature. Intel CPUs do not have it, although many tuning guides require it everywhere.
    symptom: the guest mistakes threads for cores
    source: https://www.qemu.org/docs/master/system/i386/cpu.html
  
  template.xml:23: advice: MEM-LOCKED: <locked/> without a limit
    wanted: remove it: huge pages are never swapped out
    why: <locked/> removes the limit on locked memory, so the host cannot reclaim any of QEMU's memory. libvirt's documentation warns against this.
    symptom: the host runs out of memory and kills programs
    source: https://libvirt.org/formatdomain.html#memory-backing
  
  template.xml:13: advice: DISK-IOTHREAD-USE: I/O thread 2 serves no disk; all disks share I/O thread 1
    wanted: disks on each I/O thread, or fewer I/O threads
    why: An I/O thread serves only the disks that name it. If all disks name the first thread, further threads do nothing.
    symptom: slow disk
    source: https://libvirt.org/formatdomain.html#iothreads-allocation
  
  template.xml:167: advice: NET-QUEUES: network card: 4 queues
    wanted: queues='8': one for each vCPU, up to 8
    why: One queue uses only one vCPU.
    symptom: the VM cannot use a fast network fully
    source: https://libvirt.org/formatdomain.html#network-interfaces
    XML:
      <driver name='vhost' queues='8'/>
  
  template.xml:168: advice: NET-OFFLOADS: network card: ufo='on'
    wanted: remove it; the other offloads are on by default
    why: All offloads are on by default, and Linux dropped UDP fragmentation offload in 4.14.
    symptom: none
    source: https://libvirt.org/formatdomain.html#network-interfaces
  
  template.xml:189: advice: GFX-COMPRESSION: for a viewer on this host: streaming 'all'
    wanted: <streaming mode='off'/>
    why: On one host, compression costs time and saves nothing. Video streaming also encodes the areas that change fast, which is compression too.
    symptom: the desktop is sluggish
    source: https://libvirt.org/formatdomain.html#graphical-framebuffers
    XML:
      <graphics type='spice'>
        <streaming mode='off'/>
      </graphics>
  
  does not apply
    <hyperv> is not in mode 'passthrough': HV-PASSTHROUGH
    the host was not checked (see --host): HV-NEWER, CPU-SIZING, PIN-SMT-ORDER, PIN-ONLINE, PIN-HOUSEKEEPING, PIN-NODE, PIN-L3, PIN-SHARED, PIN-ISOLCPUS, PIN-DEVICE-NODE, MEM-NODES, MEM-PAGES-FIT, HOST-KVM, HOST-CGROUP2, HOST-CPUSET, HOST-SWAPPINESS, HOST-KSM, HOST-THP, HOST-HUGETLB-MOUNT, HOST-NUMA-BALANCING, HOST-GOVERNOR, HOST-ISOLATION, HOST-IRQBALANCE, HOST-TUNED, HOST-DISK-SCHEDULER, HOST-FSTRIM, HOST-HOOK, HOST-PATHS
    Windows 10 and newer support all of them: HV-LEGACY
    every vCPU is online from the start: CPU-VCPU-CURRENT
    there is no <hard_limit>: MEM-LIMIT
    the kernel does not merge huge pages: MEM-NOSHAREPAGES
    libvirt always makes QEMU allocate huge pages at start: MEM-IMMEDIATE
    the VM has less than 16 GiB of memory: MEM-PREALLOC-THREADS
    the VM has no balloon: MEM-STATS
    the VM has no SPICE display for remote viewers: GFX-NETWORK
    there is no <qemu:commandline>: DEV-QEMU-ARGS
    checked only on request (--symptom vm-detection): SMBIOS-HOST
    there is no <sysinfo type='smbios'>: SMBIOS-SYSINFO
  
  7 errors, 1 warning, 5 pieces of advice
  [3]

  $ hostlease audit template.xml --cpu amd | grep -E '^  hyper-v|HV-EVMCS|CPU-TOPOEXT'
    hyper-v   13 of 13
  template.xml:79: error: HV-EVMCS: <evmcs> is on, but the CPU is from AMD

SARIF: each result has a rule, a level and a place

  $ hostlease audit template.xml --sarif >log.sarif; jq -r '.version, (.runs | length), .runs[0].tool.driver.name' log.sarif
  2.1.0
  1
  hostlease
  $ jq -c '[.runs[0].results[].ruleId] - [.runs[0].tool.driver.rules[].id]' log.sarif
  []
  $ jq -c '.runs[0] | .tool.driver.rules as $rules | [.results[] | select($rules[.ruleIndex].id != .ruleId)]' log.sarif
  []
  $ jq -r '.runs[0].results[] | [.ruleId, .level, .locations[0].physicalLocation.artifactLocation.uri, .locations[0].physicalLocation.region.startLine] | map(tostring) | join(" ")' log.sarif
  MEM-LOCKED note template.xml 23
  DISK-QUEUES error template.xml 120
  FS-VIRTIOFS error template.xml 197
  DISK-IOTHREAD error template.xml 120
  DISK-IOTHREAD-USE note template.xml 13
  NET-QUEUES note template.xml 167
  NET-RING error template.xml 167
  NET-OFFLOADS note template.xml 168
  GFX-GL error template.xml 190
  GFX-COMPRESSION note template.xml 189
  UUID-VALID error template.xml 3
  DEV-SECUREBOOT error template.xml 57

An old VM, for one symptom

  $ cat >old.xml <<'XML'
  > <domain type='kvm'>
  >   <name>old</name>
  >   <memory unit='GiB'>2</memory>
  >   <vcpu>2</vcpu>
  >   <clock offset='localtime'/>
  >   <devices>
  >     <interface type='network'>
  >       <model type='e1000'/>
  >     </interface>
  >   </devices>
  > </domain>
  > XML
  $ hostlease audit old.xml --symptom slow-network
  domain old (old.xml)
  Windows, CPU unknown (see --cpu), host not checked (see --host)
  
    network  0 of 1
  
  old.xml:8: warning: NET-MODEL: network card: model 'e1000'
    wanted: <model type='virtio'/>; Windows needs the NetKVM driver
    why: An emulated card exits to QEMU for each packet.
    symptom: slow network, load on the host
    source: https://libvirt.org/formatdomain.html#network-interfaces
    XML:
      <model type='virtio'/>
  
  does not apply
    the VM has no virtio network card: NET-VHOST, NET-QUEUES, NET-RING, NET-OFFLOADS
  
  0 errors, 1 warning, 0 pieces of advice
  [3]
  $ hostlease audit old.xml --symptom slow-network --markdown
  # Audit of old
  
  old.xml: Windows, CPU unknown (see --cpu), host not checked (see --host). 0 errors, 1 warning, 0 pieces of advice.
  
  | group | score |
  | --- | --- |
  | network | 0 of 1 |
  
  ## Findings
  
  ### NET-MODEL: warning
  
  old.xml:8: network card: model 'e1000'
  
  - wanted: \<model type='virtio'/\>; Windows needs the NetKVM driver
  - why: An emulated card exits to QEMU for each packet.
  - symptom: slow network, load on the host
  - source: <https://libvirt.org/formatdomain.html#network-interfaces>
  
  ```xml
  <model type='virtio'/>
  ```
  
  ## Does not apply
  
  - the VM has no virtio network card: NET-VHOST, NET-QUEUES, NET-RING, NET-OFFLOADS
  [3]
  $ hostlease audit old.xml --symptom slow-network --json
  {
    "cpu": "unknown",
    "domain": "old",
    "file": "old.xml",
    "findings": [
      {
        "file": "old.xml",
        "found": "network card: model 'e1000'",
        "group": "network",
        "line": 8,
        "rule": "NET-MODEL",
        "severity": "warning",
        "source": "https://libvirt.org/formatdomain.html#network-interfaces",
        "symptom": "slow network, load on the host",
        "wanted": "<model type='virtio'/>; Windows needs the NetKVM driver",
        "why": "An emulated card exits to QEMU for each packet.",
        "xml": "<model type='virtio'/>"
      }
    ],
    "guest": "windows",
    "host": false,
    "ignored": [],
    "not_applicable": [
      {
        "reason": "the VM has no virtio network card",
        "rule": "NET-VHOST"
      },
      {
        "reason": "the VM has no virtio network card",
        "rule": "NET-QUEUES"
      },
      {
        "reason": "the VM has no virtio network card",
        "rule": "NET-RING"
      },
      {
        "reason": "the VM has no virtio network card",
        "rule": "NET-OFFLOADS"
      }
    ],
    "scores": [
      {
        "group": "network",
        "of": 1,
        "passed": 0
      }
    ],
    "windows": ""
  }
  [3]
  $ hostlease audit - --symptom slow-network --sarif <old.xml
  {
    "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    "runs": [
      {
        "columnKind": "utf16CodeUnits",
        "results": [
          {
            "level": "warning",
            "locations": [
              {
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "-"
                  },
                  "region": {
                    "startLine": 8
                  }
                }
              }
            ],
            "message": {
              "text": "network card: model 'e1000'. Wanted: <model type='virtio'/>; Windows needs the NetKVM driver. XML:\n<model type='virtio'/>"
            },
            "ruleId": "NET-MODEL",
            "ruleIndex": 0
          }
        ],
        "tool": {
          "driver": {
            "name": "hostlease",
            "rules": [
              {
                "defaultConfiguration": {
                  "level": "warning"
                },
                "fullDescription": {
                  "text": "An emulated card exits to QEMU for each packet. Symptom: slow network, load on the host."
                },
                "helpUri": "https://libvirt.org/formatdomain.html#network-interfaces",
                "id": "NET-MODEL",
                "properties": {
                  "tags": [
                    "network"
                  ]
                },
                "shortDescription": {
                  "text": "An emulated card exits to QEMU for each packet."
                }
              },
              {
                "defaultConfiguration": {
                  "level": "warning"
                },
                "fullDescription": {
                  "text": "vhost processes packets in the kernel. Symptom: slow network, load on the host."
                },
                "helpUri": "https://libvirt.org/formatdomain.html#network-interfaces",
                "id": "NET-VHOST",
                "properties": {
                  "tags": [
                    "network"
                  ]
                },
                "shortDescription": {
                  "text": "vhost processes packets in the kernel."
                }
              },
              {
                "defaultConfiguration": {
                  "level": "note"
                },
                "fullDescription": {
                  "text": "One queue uses only one vCPU. Symptom: the VM cannot use a fast network fully."
                },
                "helpUri": "https://libvirt.org/formatdomain.html#network-interfaces",
                "id": "NET-QUEUES",
                "properties": {
                  "tags": [
                    "network"
                  ]
                },
                "shortDescription": {
                  "text": "One queue uses only one vCPU."
                }
              },
              {
                "defaultConfiguration": {
                  "level": "note"
                },
                "fullDescription": {
                  "text": "A short ring drops packets while the guest is busy. Only vhost-user cards may also have a longer transmit ring. Symptom: lost packets under load."
                },
                "helpUri": "https://libvirt.org/formatdomain.html#network-interfaces",
                "id": "NET-RING",
                "properties": {
                  "tags": [
                    "network"
                  ]
                },
                "shortDescription": {
                  "text": "A short ring drops packets while the guest is busy. Only vhost-user cards may also have a longer transmit ring."
                }
              },
              {
                "defaultConfiguration": {
                  "level": "note"
                },
                "fullDescription": {
                  "text": "All offloads are on by default, and Linux dropped UDP fragmentation offload in 4.14. Symptom: none."
                },
                "helpUri": "https://libvirt.org/formatdomain.html#network-interfaces",
                "id": "NET-OFFLOADS",
                "properties": {
                  "tags": [
                    "network"
                  ]
                },
                "shortDescription": {
                  "text": "All offloads are on by default, and Linux dropped UDP fragmentation offload in 4.14."
                }
              }
            ],
            "version": "0.2.0"
          }
        }
      }
    ],
    "version": "2.1.0"
  }
  [3]

Advice alone is not a finding

  $ hostlease audit old.xml --symptom multi-monitor | tail -n 1
  0 errors, 0 warnings, 0 pieces of advice
  $ hostlease audit old.xml --guest linux | grep -c 'HV-'
  3

The host as well: its cores, its other VMs, what the policy leases

  $ mkdir -p host/etc/libvirt/qemu
  $ domain game 1 >host/etc/libvirt/qemu/game.xml
  $ hostlease audit --root host ./win11.xml --host --json | jq -r '.findings[] | select(.rule | test("^HOST|^PIN")) | "\(.rule) \(.severity) \(.line): \(.found)"'
  PIN-EMULATOR warning 8: no <emulatorpin>: QEMU's own threads run on any CPU, or within <vcpu cpuset>
  PIN-SHARED advice 9: VM 'game': also pinned to CPU 4-5
  HOST-KVM error 0: /dev/kvm does not exist
  HOST-CGROUP2 advice 0: the host uses cgroup v1
  HOST-HUGETLB-MOUNT error 0: no hugetlbfs is mounted
  HOST-NUMA-BALANCING advice 0: kernel.numa_balancing is 1
  HOST-ISOLATION advice 0: neither the policy nor the kernel's command line isolates the VM's CPUs
  HOST-HOOK warning 0: the hook is not installed

A domain of libvirt's is held against the host, unless that is not wanted

  $ hostlease audit --root host --connect test:///default test --json | jq -c '[.file, .host]'
  ["test",true]
  $ hostlease audit --root host --connect test:///default test --no-host --json | jq -c '[.file, .host]'
  ["test",false]

XML of another host may name a policy that is not here

  $ domain other 1 1 "<metadata><h:policy xmlns:h='urn:hostlease:domain:1'>there</h:policy></metadata>" >other.xml
  $ hostlease audit --root host other.xml --symptom memory-pressure >text; echo "exit $?"; head -n 1 text
  error: policy 'there' in <metadata> (line 4 of the domain's XML) does not exist
    hint: hostlease looks for policies in /etc/hostlease and /usr/share/hostlease/policies
  exit 0
  domain other (other.xml)
  $ hostlease audit --root host other.xml --host --symptom memory-pressure
  error: policy 'there' in <metadata> (line 4 of the domain's XML) does not exist
    hint: hostlease looks for policies in /etc/hostlease and /usr/share/hostlease/policies
  [2]

A rule can be silenced, and such a policy alone leases nothing

  $ policy old <<'TOML'
  > version = 1
  > [audit]
  > ignore = ["NET-MODEL"]
  > TOML
  $ hostlease audit --root host old.xml --symptom slow-network
  domain old (old.xml)
  Windows, CPU unknown (see --cpu), host not checked (see --host)
  
  ignored
    /etc/hostlease/old.toml:3:11: NET-MODEL
  
  does not apply
    the VM has no virtio network card: NET-VHOST, NET-QUEUES, NET-RING, NET-OFFLOADS
  
  0 errors, 0 warnings, 0 pieces of advice
  $ hostlease policy show --root host old
  policy old (/etc/hostlease/old.toml)
    key           value      from
    audit.ignore  NET-MODEL  /etc/hostlease/old.toml:3:11
  $ domain old 2 >old.xml
  $ hook old prepare begin; hook old start begin; pages 1; ls host/run
  0
  $ hostlease plan --root host --xml old.xml
  domain old (149603e6-c035-1636-2a8d-a23f624db945)
  no policy matches: hostlease would do nothing

Mistakes

  $ policy old <<'TOML'
  > version = 1
  > audit.ignore = ["NET-MODE"]
  > TOML
  $ hostlease check --root host
  /etc/hostlease/win11.toml: ok
  /etc/hostlease/old.toml:2:17: error: audit.ignore names the unknown rule 'NET-MODE'
    hint: did you mean "NET-MODEL"?
  [2]
  $ hostlease audit --root host old.xml --symptom multi-monitor 2>&1 | tail -n 2
  /etc/hostlease/old.toml:2:17: warning: audit.ignore names the unknown rule 'NET-MODE'
    hint: did you mean "NET-MODEL"?
  $ hostlease audit
  hostlease: audit needs DOMAIN|FILE.xml
    hint: `hostlease audit --help` explains the verb
  [2]
  $ hostlease audit missing.xml
  hostlease: cannot read missing.xml: No such file or directory
  [2]
  $ echo '<domain' | hostlease audit -
  -:1: error: not well-formed XML: a tag is broken or never ends
  [2]
  $ hostlease audit old.xml --guest beos
  hostlease: --guest: 'beos' is not one of windows, linux, macos, other
    hint: `hostlease audit --help` explains the verb
  [2]
  $ hostlease audit old.xml --json --sarif
  hostlease: --sarif: contradicts --json
    hint: `hostlease audit --help` explains the verb
  [2]
  $ hostlease audit old.xml --symptom none 2>&1 | head -n 1
  hostlease: --symptom: 'none' is not one of slow-boot, sluggish-ui, idle-cpu, slow-disk, slow-share, slow-network, stutter, multi-monitor, memory-pressure, steal, slow-start, vm-detection

What the XML names of the host: under --root it is the root's, and an XML of another machine is not held against this one

  $ cat >paths.xml <<'XML'
  > <domain type='kvm'>
  >   <name>paths</name>
  >   <memory unit='GiB'>2</memory>
  >   <vcpu>2</vcpu>
  >   <os><type arch='x86_64' machine='pc-q35-8.2'>hvm</type><loader type='pflash'>/fw/code.fd</loader><nvram template='/fw/vars.fd'>/nvram/paths.fd</nvram></os>
  >   <devices>
  >     <disk type='file'><source file='/images/a.qcow2'/><target dev='vda' bus='virtio'/></disk>
  >     <disk type='file'><source file='/images/b.qcow2'/><target dev='vdb' bus='virtio'/></disk>
  >     <disk type='volume'><source pool='default' volume='c'/><target dev='vdc' bus='virtio'/></disk>
  >     <filesystem type='mount'><driver type='virtiofs'/><source dir='/srv/share'/><target dir='share'/></filesystem>
  >     <interface type='vhostuser'><source type='unix' path='/run/ovs.sock' mode='client'/><model type='virtio'/></interface>
  >   </devices>
  > </domain>
  > XML
  $ hostlease audit --root host --host paths.xml | grep -A 1 HOST-PATHS
  paths.xml:5: error: HOST-PATHS: 5 paths do not exist on the host: /fw/code.fd (<loader>), /fw/vars.fd (the template of <nvram>), /images/a.qcow2 (disk vda), /images/b.qcow2 (disk vdb), /srv/share (folder share)
    wanted: paths that exist when the VM starts
  $ mkdir -p host/images host/fw host/srv/share; touch host/images/a.qcow2 host/fw/code.fd host/fw/vars.fd
  $ hostlease audit --root host --host paths.xml | grep -A 1 HOST-PATHS
  paths.xml:8: error: HOST-PATHS: this path does not exist on the host: /images/b.qcow2 (disk vdb)
    wanted: paths that exist when the VM starts
  $ ln -s loop host/images/loop; sed -i 's,/images/b,/images/loop/b,' paths.xml
  $ hostlease audit --root host --host paths.xml | grep HOST-PATHS
    /images/loop/b.qcow2 (disk vdb) cannot be checked: cannot open /images/loop/b.qcow2: Too many levels of symbolic links: HOST-PATHS
  $ hostlease audit paths.xml | grep -o 'HOST-PATHS'
  HOST-PATHS
