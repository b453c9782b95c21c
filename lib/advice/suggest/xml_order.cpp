#include "advice/suggest/xml_order.hpp"

#include "core/parse.hpp"

namespace hostlease {

namespace {
struct Order {
    std::string_view parent;
    std::string_view children; // blank-separated
};

// Source: libvirt 11.3, virDomainDefFormatInternalSetRootName and the functions that it calls
// (src/conf/domain_conf.c, cpu_conf.c, numa_conf.c). The schema allows any order.
constexpr Order orders[] = {
    {"domain", "name uuid hwuuid genid title description metadata maxMemory memory currentMemory blkiotune "
               "memtune memoryBacking vcpu vcpus iothreads iothreadids defaultiothread throttlegroups "
               "cputune numatune resource sysinfo bootloader bootloader_args os idmap features cpu clock "
               "on_poweroff on_reboot on_crash on_lockfailure pm perf devices seclabel keywrap "
               "launchSecurity"},
    {"memtune", "hard_limit soft_limit min_guarantee swap_hard_limit"},
    {"memoryBacking", "hugepages nosharepages locked source access allocation discard"},
    {"cputune", "shares period quota global_period global_quota emulator_period emulator_quota "
                "iothread_period iothread_quota vcpupin "
                "emulatorpin iothreadpin emulatorsched vcpusched iothreadsched cachetune memorytune"},
    {"numatune", "memory memnode"},
    {"os", "type firmware loader nvram kernel initrd cmdline dtb acpi boot bootmenu bios smbios"},
    {"features",
     "acpi apic pae viridian privnet hap hyperv kvm xen pvspinlock pmu vmport gic ioapic hpt htm smm"},
    {"hyperv", "relaxed vapic spinlocks vpindex runtime synic stimer reset vendor_id frequencies "
               "reenlightenment tlbflush ipi evmcs avic "
               "emsr_bitmap xmm_input"},
    {"cpu", "model vendor topology cache maxphysaddr feature numa"},
    {"clock", "timer"},
    {"pm", "suspend-to-mem suspend-to-disk"},
    {"devices", "emulator disk controller lease filesystem interface smartcard serial parallel console "
                "channel input tpm graphics sound "
                "audio video hostdev redirdev redirfilter hub watchdog memballoon rng nvram panic shmem "
                "memory iommu vsock crypto pstore"},
    {"disk", "driver auth source backingStore mirror target iotune readonly shareable transient serial wwn "
             "vendor product encryption "
             "boot alias address"},
    {"controller", "model target driver alias address"},
    {"filesystem",
     "driver binary source target readonly space_hard_limit space_soft_limit boot alias address"},
    {"interface", "mac source virtualport backend vlan port script target guest model driver boot "
                  "filterref bandwidth link mtu coalesce tune alias address"},
    {"graphics", "listen channel image jpeg zlib playback streaming mouse clipboard filetransfer gl"},
    {"model", "acceleration"}};
} // namespace

std::optional<std::size_t> xml_place(std::string_view parent, std::string_view child) {
    std::optional<std::size_t> place;
    for (const auto& order : orders) {
        if (order.parent != parent) continue;
        std::size_t at = 0;
        split(order.children, ' ', [&](std::string_view name) {
            if (name == child) place = at;
            ++at;
        });
    }
    return place;
}

} // namespace hostlease
