// A libvirt domain as the planner sees it. Sizes are bytes. Source: libvirt's formatdomain, 9.0 to 11.3.
#pragma once

#include "core/cpu_set.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hostlease {

/// One vcpupin, emulatorpin or iothreadpin; `id` is the vCPU or iothread number.
struct Pin {
    unsigned id = 0;
    CpuSet cpus;
    unsigned line = 0;
    bool operator==(const Pin&) const = default;
};

/// One vcpusched, iothreadsched or emulatorsched; `ids` of the vCPUs or I/O threads that the domain has.
struct ThreadScheduler {
    CpuSet ids;
    std::string policy;          // "fifo", "rr", "batch", "idle"
    std::optional<int> priority; // as written; the kernel accepts 1 to 99
    unsigned line = 0;
    bool operator==(const ThreadScheduler&) const = default;
};

/// An element of <cputune> for vCPUs or I/O threads that the domain does not have.
struct StrayTuning {
    std::string element; // "vcpupin", "iothreadpin", "vcpusched", "iothreadsched"
    std::string ids;     // "2", "4-7"
    unsigned line = 0;
    bool operator==(const StrayTuning&) const = default;

    /// "<vcpupin> of vCPU 2"
    [[nodiscard]] std::string text() const;
    /// libvirt ignores such a <vcpupin> with a warning in its log, and refuses a domain that has one of the
    /// others. Source: virDomainVcpuPinDefParseXML, virDomainIOThreadPinDefParseXML,
    /// virDomainThreadSchedParseHelper (libvirt 9.0).
    [[nodiscard]] bool is_ignored() const { return element == "vcpupin"; }
};

struct Topology {
    unsigned sockets = 1;
    unsigned dies = 1;
    unsigned clusters = 1;
    unsigned cores = 1;
    unsigned threads = 1;
    bool operator==(const Topology&) const = default;
};

struct GuestCell {
    unsigned id = 0;
    CpuSet vcpus;
    std::uint64_t memory = 0;
    std::string access; // "shared", "private" or ""
    unsigned line = 0;
    bool operator==(const GuestCell&) const = default;
};

/// One <page> of <hugepages>. `size` 0: the host's default huge page size. Without `guest_cells`: every cell
/// that no other page names.
struct HugePage {
    std::uint64_t size = 0;
    std::optional<NodeSet> guest_cells;
    unsigned line = 0;
    bool operator==(const HugePage&) const = default;
};

struct MemoryBacking {
    bool hugepages = false;
    std::vector<HugePage> pages; // empty with hugepages: bare <hugepages/>
    std::string source;          // "anonymous", "file", "memfd" or ""
    std::string access;          // "shared", "private" or ""
    std::string allocation;      // "immediate", "ondemand" or ""
    unsigned allocation_threads = 0;
    bool locked = false;
    bool nosharepages = false;
    bool discard = false;
    unsigned line = 0;
    bool operator==(const MemoryBacking&) const = default;
};

enum class NumaMode { strict, preferred, interleave, restrictive };

/// <numatune><memory>; `automatic`: placement='auto'; numad chooses the nodes after the prepare hook.
struct NumaMemory {
    NumaMode mode = NumaMode::strict;
    NodeSet nodes;
    bool automatic = false;
    unsigned line = 0;
    bool operator==(const NumaMemory&) const = default;
};

/// <numatune><memnode>: where one guest cell's memory comes from.
struct NumaCell {
    unsigned cell = 0;
    NumaMode mode = NumaMode::strict;
    NodeSet nodes;
    unsigned line = 0;
    bool operator==(const NumaCell&) const = default;
};

/// <memory model='...'>: dimm, nvdimm, virtio-mem, virtio-pmem, sgx-epc.
struct MemoryDevice {
    std::string model;
    std::uint64_t size = 0;
    std::optional<std::uint64_t> requested; // virtio-mem
    std::optional<std::uint64_t> block;     // virtio-mem
    std::optional<unsigned> target_cell;
    std::optional<std::uint64_t> source_page_size;
    std::optional<NodeSet> source_nodes;
    std::string source_path;
    unsigned line = 0;
    bool operator==(const MemoryDevice&) const = default;

    /// Whether its memory is RAM of the host. The other models map a file, or memory that the processor
    /// encrypts. QEMU's balloon does not count them either. Source: get_current_ram_size of
    /// hw/virtio/virtio-balloon.c, which counts DIMMs but no NVDIMMs, and hw/mem/sgx-epc.c (QEMU 7.2).
    [[nodiscard]] bool is_ram() const { return model == "dimm" || model == "virtio-mem"; }
};

struct PciAddress {
    unsigned domain = 0;
    unsigned bus = 0;
    unsigned slot = 0;
    unsigned function = 0;
    auto operator<=>(const PciAddress&) const = default;
};

/// "0000:01:00.0", as in /sys/bus/pci/devices.
std::string to_text(const PciAddress& address);

/// A PCI <hostdev> of mode subsystem; `address` is the host's.
struct HostDevice {
    PciAddress address;
    bool managed = false;
    unsigned line = 0;
    bool operator==(const HostDevice&) const = default;
};

struct Disk {
    std::string type;   // "file", "block", "volume", "network", ...
    std::string device; // "disk", "cdrom", ...
    std::string source; // file, dev, network name, or pool for a volume; "" if empty
    std::string volume;
    std::string target; // "vda"
    // the numbers in <driver iothread> or in each <iothread> of <driver><iothreads>
    std::vector<unsigned> iothreads = {};
    // for type "nvme": the host's device, which QEMU drives through VFIO
    std::optional<PciAddress> address = {};
    unsigned line = 0;
    bool operator==(const Disk&) const = default;

    /// Whether it is a drive with a fixed medium, not one for CDs or floppies.
    [[nodiscard]] bool is_on_a_drive() const { return device == "disk" || device == "lun"; }
    /// Whether `source` is a file or block device of the host.
    [[nodiscard]] bool has_local_image() const {
        return is_on_a_drive() && (type == "file" || type == "block") && !source.empty();
    }
};

/// An argument of <qemu:commandline>, which QEMU reads after the arguments that libvirt makes from other
/// elements.
struct QemuArgument {
    std::string option; // "-cpu"
    std::string value;  // the next argument; "" if that is another option
    unsigned line = 0;
    bool operator==(const QemuArgument&) const = default;
};

/// Whether the argument replaces the guest's memory. Source: system/vl.c and hw/core/numa.c (QEMU 9.0).
bool replaces_memory(const QemuArgument& argument);

struct Domain {
    std::string name;
    std::string uuid;           // canonical lower case, 8-4-4-4-12
    std::optional<unsigned> id; // libvirt's number of the domain while it runs or starts
    std::string type;           // "kvm", "qemu"
    std::string arch;           // of <os><type>, "x86_64" if absent
    std::string machine;        // of <os><type>
    std::string os_id;          // libosinfo id in <metadata>
    std::string policy;         // <hostlease:policy> in <metadata>, "" if absent
    unsigned policy_line = 0;
    std::string partition; // <resource><partition>
    // initial RAM (the sum of the cells, if there are any) and all memory devices
    std::uint64_t memory = 0;
    std::uint64_t current_memory = 0; // balloon target
    std::optional<std::uint64_t> maximum_memory;
    unsigned vcpus = 1;
    unsigned current_vcpus = 1; // vCPUs that are enabled when the VM starts
    CpuSet enabled_vcpus;       // those of <vcpus>; empty: the first current_vcpus
    bool vcpu_placement_auto = false;
    CpuSet vcpu_cpus; // <vcpu cpuset='...'>
    std::vector<Pin> vcpu_pins;
    std::optional<Pin> emulator_pin;
    std::vector<Pin> iothread_pins;
    std::vector<ThreadScheduler> vcpu_schedulers;
    std::vector<ThreadScheduler> iothread_schedulers;
    std::optional<ThreadScheduler> emulator_scheduler; // without ids
    std::vector<StrayTuning> stray_tuning;
    unsigned iothreads = 0;
    std::vector<unsigned> iothread_ids; // as libvirt numbers them, in ascending order
    std::optional<Topology> topology;
    std::vector<GuestCell> cells;
    MemoryBacking backing;
    std::optional<NumaMemory> numa_memory;
    std::vector<NumaCell> numa_cells;
    std::vector<MemoryDevice> memory_devices;
    std::vector<HostDevice> host_devices;
    std::vector<Disk> disks;
    std::vector<QemuArgument> qemu_arguments;
    // aliases of the devices whose QEMU properties the owner sets, by <qemu:override> or "-set device"
    std::vector<std::string> overridden_devices;
    bool operator==(const Domain&) const = default;
};

/// The CPUs that the vCPUs are pinned to, by their vcpupin or else by the vcpu element's cpuset; empty if
/// none is pinned.
CpuSet pinned_cpus(const Domain& domain);

/// The vCPUs of each guest cell, by id; empty if there are no cells. vCPUs that no cell lists belong to cell
/// 0, as in libvirt. Source: qemuDomainDefNumaCPUsRectify (libvirt 9.0).
std::vector<CpuSet> vcpus_of_cells(const Domain& domain);

/// The RAM of the host that the guest can use at most: `memory` without the devices that are not RAM.
std::uint64_t ram_size(const Domain& domain);

/// The guest's RAM without a balloon. Of virtio-mem devices, only the requested part counts.
std::uint64_t plugged_memory(const Domain& domain);

/// The numbers of the I/O threads below CpuSet::limit.
CpuSet iothread_set(const Domain& domain);

/// The vCPUs that are enabled when the VM starts.
CpuSet present_vcpus(const Domain& domain);

/// The vCPUs without a vcpupin.
CpuSet vcpus_without_pin(const Domain& domain);

} // namespace hostlease
