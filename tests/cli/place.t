  $ . "$CLI/setup"
  $ "$SOURCE"/tests/support/make-host "$SOURCE"/tests/data/hosts/xeon-6542y-snc2 intel
  $ "$SOURCE"/tests/support/make-host "$SOURCE"/tests/data/hosts/ryzen-9-5950x amd

A VM of a size: whole cores below one cache, memory on their node

  $ hostlease place --root amd --vcpus 8 --memory 16GiB
    vCPUs     8 vCPUs on CPU 12-15,28-31
    in order  12,28,13,29,14,30,15,31
    emulator  CPU 0,8,16,24
    memory    node 0
    topology  1 socket, 1 die, 4 cores, 2 threads
    reasons   8 vCPUs on 4 whole cores
              vCPU 0 and 1 are threads of one core, and so on, matching QEMU's numbering
              node 0 has them under one last-level cache
              the host keeps 12 cores, CPU 0-11,16-27
  $ hostlease place --root amd --vcpus 8 --memory 16GiB --json
  {
    "domain": "new",
    "emulator": "0,8,16,24",
    "idle": "",
    "iothreads": "",
    "nodes": "0",
    "reasons": [
      "8 vCPUs on 4 whole cores",
      "vCPU 0 and 1 are threads of one core, and so on, matching QEMU's numbering",
      "node 0 has them under one last-level cache",
      "the host keeps 12 cores, CPU 0-11,16-27"
    ],
    "topology": {
      "cores": 4,
      "dies": 1,
      "sockets": 1,
      "threads": 2
    },
    "vcpus": [
      12,
      28,
      13,
      29,
      14,
      30,
      15,
      31
    ],
    "warnings": []
  }

CPUs of other VMs are left out

  $ mkdir -p amd/etc/libvirt/qemu
  $ cat >amd/etc/libvirt/qemu/other.xml <<'XML'
  > <domain type='kvm'>
  >   <name>other</name>
  >   <uuid>5d1f6f0e-1111-4222-8333-944455556666</uuid>
  >   <memory unit='GiB'>4</memory>
  >   <vcpu>4</vcpu>
  >   <cputune>
  >     <vcpupin vcpu='0' cpuset='8'/>
  >     <vcpupin vcpu='1' cpuset='24'/>
  >     <vcpupin vcpu='2' cpuset='9'/>
  >     <vcpupin vcpu='3' cpuset='25'/>
  >   </cputune>
  >   <os><type arch='x86_64'>hvm</type></os>
  > </domain>
  > XML
  $ hostlease place --root amd --vcpus 8
    vCPUs     8 vCPUs on CPU 12-15,28-31
    in order  12,28,13,29,14,30,15,31
    emulator  CPU 0,10,16,26
    memory    node 0
    topology  1 socket, 1 die, 4 cores, 2 threads
    reasons   8 vCPUs on 4 whole cores
              vCPU 0 and 1 are threads of one core, and so on, matching QEMU's numbering
              node 0 has them under one last-level cache
              the host keeps 10 cores, CPU 0-7,10-11,16-23,26-27

A domain's own pins do not count; its topology, cells and devices do

  $ hostlease place --root intel "$SOURCE"/tests/data/domains/playbook-template.xml
    vCPUs        8 vCPUs on CPU 8-11,56-59
    in order     8,56,9,57,10,58,11,59
    emulator     CPU 0,48
    I/O threads  CPU 1,49
    memory       node 0
    topology     1 socket, 1 die, 4 cores, 2 threads
    reasons      8 vCPUs on 4 whole cores
                 vCPU 0 and 1 are threads of one core, and so on, matching QEMU's numbering
                 node 0 has them under one last-level cache
                 the host keeps 44 cores, CPU 0-7,12-55,60-95

Another size than that of the XML counts, although its NUMA cells have sizes of their own

  $ hostlease place --root intel "$SOURCE"/examples/numa-two-cells/domain.xml --memory 4TiB 2>&1 | grep TiB
  hostlease: warning: node 1 has 124 GiB of free memory, but the VM needs 4 TiB on it

No room

  $ hostlease place --root amd --vcpus 64
  hostlease: 64 vCPUs do not fit: 12 cores available, 2 cores kept for the host including that of CPU 0; the largest VM that fits has 24 vCPUs
  [1]
  $ hostlease place --root amd --vcpus 8 --memory 4TiB
    vCPUs     8 vCPUs on CPU 12-15,28-31
    in order  12,28,13,29,14,30,15,31
    emulator  CPU 0,10,16,26
    memory    node 0
    topology  1 socket, 1 die, 4 cores, 2 threads
    reasons   8 vCPUs on 4 whole cores
              vCPU 0 and 1 are threads of one core, and so on, matching QEMU's numbering
              node 0 has them under one last-level cache
              the host keeps 10 cores, CPU 0-7,10-11,16-23,26-27
  hostlease: warning: node 0 has 62 GiB of free memory, but the VM needs 4 TiB on it

Bad input

  $ hostlease place --root amd
  hostlease: place needs a DOMAIN, a FILE.xml or --vcpus N
    hint: `hostlease place --help` explains the verb
  [2]
  $ hostlease place --root amd --vcpus 0
  hostlease: --vcpus: '0' is not a number from 1 to 4096
    hint: `hostlease place --help` explains the verb
  [2]
  $ hostlease place --root amd missing.xml
  hostlease: cannot read missing.xml: No such file or directory
  [2]

Efficient cores of a hybrid CPU

  $ "$SOURCE"/tests/support/make-host "$SOURCE"/tests/data/hosts/core-i9-12900k hybrid
  $ hostlease place --root hybrid --vcpus 4 --memory 8GiB --prefer efficiency | grep -v emulator
    vCPUs     4 vCPUs on CPU 20-23
    in order  20,21,22,23
    memory    node 0
    topology  1 socket, 1 die, 4 cores, 1 thread
    reasons   4 vCPUs on 4 whole efficient cores
              the vCPUs run on the slowest cores, as --prefer efficiency requests
              node 0 has them under one last-level cache
              the host keeps 12 cores, CPU 0-19
  $ hostlease place --root hybrid --vcpus 4 --memory 8GiB | head -1
    vCPUs     4 vCPUs on CPU 12-15
