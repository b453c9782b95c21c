#include "advice/audit/overrides.hpp"

#include <algorithm>

namespace hostlease {

namespace {
struct Override {
    std::string_view option;
    std::string_view part; // a text that the value must contain
    std::string_view elements;
    std::string_view rules; // as is_named() takes them
};

constexpr std::string_view names_type = "type=";
constexpr std::string_view of_pages =
    "MEM-HUGEPAGES MEM-PAGES-FIT MEM-MEMFD-SHARED MEM-NOSHAREPAGES MEM-IMMEDIATE "
    "MEM-PREALLOC-THREADS MEM-NUMA HOST-HUGETLB-MOUNT";

// If an option occurs twice, QEMU uses the last one, or joins both and uses the last value of each key.
// Source: qemu_init of system/vl.c, and QemuOptsList::merge_lists (QEMU 9.0). libvirt puts these arguments
// last. Source: qemuBuildCommandLine (9.0).
constexpr Override overrides[] = {
    {"-cpu", "", "<cpu>, <hyperv> and <kvm>",
     "CPU-PASSTHROUGH CPU-CACHE CPU-TOPOEXT CPU-INVTSC CPU-MIGRATABLE-OFF CPU-HYPERVISOR-BIT KVM-HIDDEN HV-* "
     "CLK-HYPERVCLOCK CLK-TSC-NATIVE"},
    {"-smp", "", "<vcpu> and <topology>", "CPU-TOPOLOGY CPU-VCPU-CURRENT CPU-SIZING"},
    {"-m", "", "<memory>", "MEM-HUGEPAGES MEM-PAGES-FIT MEM-LIMIT MEM-CURRENT MEM-PREALLOC-THREADS"},
    {"-mem-path", "", "<memoryBacking>", of_pages},
    {"-mem-prealloc", "", "<allocation>", "MEM-IMMEDIATE"},
    {"-machine", "memory-backend=", "<memoryBacking>", of_pages},
    {"-machine", "vmport=", "<vmport>", "VMPORT-OFF"},
    {"-machine", "irqchip", "<ioapic>", "IOAPIC-KVM"},
    {"-machine", "hpet=", "the HPET of <clock>", "CLK-HPET-OFF"},
    {"-machine", names_type, "the machine type", "DEV-MACHINE"},
    {"-no-hpet", "", "the HPET of <clock>", "CLK-HPET-OFF"},
    {"-numa", "memdev=", "<memoryBacking> and <numa>", of_pages},
    {"-overcommit", "mem-lock", "<locked>", "MEM-LOCKED MEM-LIMIT"},
    {"-rtc", "", "<clock>", "CLK-LOCALTIME CLK-RTC-CATCHUP"},
    {"-global", "kvm-pit.lost_tick_policy", "the PIT of <clock>", "CLK-PIT-DELAY"},
    {"-global", ".disable_s", "<pm>", "PM-SUSPEND-OFF"},
    // does not replace, but adds to other values. Source: smbios_entry_add of hw/smbios/smbios.c (QEMU 9.0)
    {"-smbios", "", "", "SMBIOS-HOST"}};

/// A first word without a key is the machine type, like "type=". Source: machine_opts' implied_opt_name of
/// system/vl.c (QEMU 9.0).
bool begins_with_type(const std::string& value) {
    const auto first = value.substr(0, value.find(','));
    return !first.empty() && first.find('=') == std::string::npos;
}

bool is_meant(const Override& one, const QemuArgument& argument) {
    const std::string_view option = argument.option == "-M" ? "-machine" : std::string_view(argument.option);
    if (one.part == names_type && one.option == option && begins_with_type(argument.value)) return true;
    return one.option == option && argument.value.find(one.part) != std::string::npos;
}
} // namespace

const QemuArgument* argument_that_overrides(const Rule& rule, const Domain& domain) {
    const auto& arguments = domain.qemu_arguments;
    const auto found = std::find_if(arguments.begin(), arguments.end(), [&](const QemuArgument& argument) {
        return std::any_of(std::begin(overrides), std::end(overrides), [&](const Override& one) {
            return is_meant(one, argument) && is_named(rule, one.rules);
        });
    });
    return found == arguments.end() ? nullptr : &*found;
}

std::string overridden_elements(const QemuArgument& argument) {
    std::string names;
    for (const auto& one : overrides)
        if (is_meant(one, argument) && names.find(one.elements) == std::string::npos)
            names += (names.empty() ? "" : ", ") + std::string(one.elements);
    return names;
}

} // namespace hostlease
