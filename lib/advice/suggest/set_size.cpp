// --vcpus and --memory: changes the VM's size, and everything that must agree with it for libvirt.
#include "advice/suggest/scene.hpp"
#include "core/parse.hpp"
#include "core/units.hpp"
#include "read/xml_number.hpp"

#include <algorithm>
#include <string>

namespace hostlease {

namespace {
using Done = tl::expected<void, std::string>;

constexpr std::pair<std::string_view, std::uint64_t> units[] = {{"GiB", GiB}, {"MiB", MiB}, {"KiB", KiB}};

/// Uses the element's unit, or the largest unit that gives an integer if there is no unit or it does not fit.
void write_size(XmlNode& element, std::string_view attribute, std::uint64_t bytes) {
    const auto written = libvirt_unit(element.attribute("unit").value_or("KiB"));
    std::uint64_t scale = written ? *written : KiB;
    if (bytes % scale != 0 || !element.attribute("unit")) {
        const auto* const unit = std::find_if(std::begin(units), std::end(units),
                                              [&](const auto& one) { return bytes % one.second == 0; });
        element.set_attribute("unit", unit->first);
        scale = unit->second;
    }
    const auto number = std::to_string(bytes / scale);
    if (attribute.empty())
        element.set_text(number);
    else
        element.set_attribute(attribute, number);
}

std::vector<XmlNode*> cells_of(SuggestScene& scene) {
    XmlNode* numa = scene.root.find("cpu/numa");
    return numa == nullptr ? std::vector<XmlNode*>{} : numa->children("cell");
}

/// Divides the vCPUs evenly among the cells that have vCPUs. libvirt gives vCPUs that no cell lists to cell
/// 0. Source: qemuDomainDefNumaCPUsRectify (libvirt 9.0).
Done share_out_vcpus(SuggestScene& scene, unsigned vcpus) {
    auto cells = cells_of(scene);
    std::erase_if(cells, [](XmlNode* cell) { return trim(cell->attribute("cpus").value_or("")).empty(); });
    if (cells.empty()) return {};
    const auto count = static_cast<unsigned>(cells.size());
    if (vcpus % count != 0)
        return tl::unexpected("--vcpus " + std::to_string(vcpus) +
                              " cannot be divided evenly among the guest's " + std::to_string(count) +
                              " NUMA cells with vCPUs; use a multiple of " + std::to_string(count));
    const unsigned each = vcpus / count;
    for (unsigned index = 0; index < count; ++index)
        cells[index]->set_attribute("cpus", to_list(CpuSet::range(index * each, (index + 1) * each - 1)));
    return {};
}

void list_vcpus(XmlNode& element, const CpuSet& former, const CpuSet& added) {
    const auto listed = parse_libvirt_list(element.attribute("vcpus").value_or(""));
    if (listed && former.is_subset_of(*listed)) element.set_attribute("vcpus", to_list(*listed | added));
}

/// Adds new vCPUs to the lists of <cputune> that have all of the former ones, so that all vCPUs stay equal. A
/// list of only some vCPUs is the owner's choice.
void tune_new_vcpus(SuggestScene& scene, const CpuSet& former, const CpuSet& added) {
    for (const std::string name : {"vcpusched", "cachetune", "memorytune"}) {
        CpuSet listed;
        for (XmlNode* element : children(scene.root.find("cputune"), name)) {
            list_vcpus(*element, former, added);
            for (XmlNode* monitor : element->children("monitor"))
                list_vcpus(*monitor, former, added);
            listed |= parse_libvirt_list(element->attribute("vcpus").value_or("")).value_or(CpuSet{});
        }
        if (!listed.empty() && !added.is_subset_of(listed))
            scene.warn("no <" + name + "> lists the new vCPU " + to_list(added) + ": vCPU " +
                       to_list(listed) + " have settings of their own");
    }
}

constexpr unsigned most_without_eim = 255;
constexpr unsigned long first_that_adds_eim = 10'010'000; // libvirt's release notes, 10.10.0

bool is_q35(const std::string& machine) { return machine == "q35" || machine.starts_with("pc-q35-"); }

/// The most vCPUs of an x86 machine type; nullopt if they are not known, as for names of distributions.
/// Source: max_cpus of the machine types in hw/i386/pc_q35.c (QEMU 9.1); libvirt's limit for all others is in
/// qemuValidateDomainVCpuTopology.
std::optional<unsigned> most_vcpus_of(const std::string& machine) {
    if (!is_q35(machine)) return most_without_eim;
    const auto version = std::string_view(machine).substr(machine.rfind('-') + 1);
    const auto dot = version.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto major = parse_integer<unsigned>(version.substr(0, dot));
    const auto minor = parse_integer<unsigned>(version.substr(dot + 1));
    if (!major || !minor) return std::nullopt;
    const std::pair number(*major, *minor);
    return number <= std::pair(2U, 7U) ? 255 : number <= std::pair(8U, 0U) ? 288 : *major == 8 ? 1024 : 4096;
}

/// Source: qemuValidateDomainVCpuTopology (libvirt 9.0 to 11.3).
Done check_machine(SuggestScene& scene, unsigned vcpus) {
    const auto& machine = scene.domain().machine;
    if (!scene.audit.is_x86() || vcpus <= most_without_eim) return {};
    const auto wanted = "--vcpus " + std::to_string(vcpus);
    if (const auto most = most_vcpus_of(machine); most && vcpus > *most)
        return tl::unexpected(
            wanted + " exceeds the " + std::to_string(*most) + " vCPUs of machine type '" + machine + "'" +
            (is_q35(machine) ? "; newer q35 machine types allow more" : "; q35 allows more"));
    const auto eim = attribute(scene.root.find("devices/iommu/driver"), "eim");
    if (eim == "on" || (eim.empty() && scene.request.libvirt_version >= first_that_adds_eim)) return {};
    return tl::unexpected(wanted + " needs an IOMMU: libvirt refuses more than 255 vCPUs without <iommu "
                                   "model='intel'><driver intremap='on' eim='on'/></iommu> in <devices> and "
                                   "<ioapic driver='qemu'/> in <features>; add both first");
}

Done set_vcpus(SuggestScene& scene, unsigned vcpus) {
    const auto& domain = scene.domain();
    if (domain.vcpus == vcpus && domain.current_vcpus == vcpus) return {};
    if (auto done = check_machine(scene, vcpus); !done) return done;
    XmlNode& element = scene.root.ensure("vcpu");
    element.set_text(std::to_string(vcpus));
    element.remove_attribute("current");
    keep_tuning_of(scene.root, CpuSet::range(0, vcpus - 1), iothread_set(scene.domain()));
    if (vcpus > domain.vcpus)
        tune_new_vcpus(scene, CpuSet::range(0, domain.vcpus - 1), CpuSet::range(domain.vcpus, vcpus - 1));
    if (scene.root.find("vcpus") != nullptr) {
        scene.root.remove("vcpus");
        scene.tell("<vcpus> is removed: it lists a different number of vCPUs");
    }
    if (const auto& topology = domain.topology) {
        const unsigned threads =
            topology->threads > 0 && vcpus % topology->threads == 0 ? topology->threads : 1;
        set_topology(scene, 1, 1, vcpus / threads, threads);
    }
    return share_out_vcpus(scene, vcpus);
}

/// The size of the largest pages of the guest's memory; at least 2 MiB.
std::uint64_t page_size_of(const Domain& domain) {
    std::uint64_t size = 2 * MiB;
    for (const auto& page : domain.backing.pages)
        size = std::max(size, page.size);
    return size;
}

/// Each cell keeps its share of the memory, in whole huge pages; the last cell gets the remainder.
void share_out_memory(SuggestScene& scene, std::uint64_t memory) {
    const auto cells = cells_of(scene);
    const auto page = page_size_of(scene.domain());
    std::uint64_t all = 0;
    for (const auto& cell : scene.domain().cells)
        all += cell.memory;
    auto left = memory;
    for (unsigned position = 0; position < cells.size(); ++position) {
        XmlNode& cell = *cells[position];
        const auto id = parse_xml_number<unsigned>(cell.attribute("id").value_or("")).value_or(position);
        const auto known = std::find_if(scene.domain().cells.begin(), scene.domain().cells.end(),
                                        [&](const GuestCell& one) { return one.id == id; });
        const auto share = known == scene.domain().cells.end() || all < MiB
                               ? memory / cells.size()
                               : known->memory / MiB * (memory / MiB) / (all / MiB) * MiB; // without overflow
        const bool is_last = position + 1 == cells.size();
        const auto size = is_last ? left : std::min(left, share / page * page);
        write_size(cell, "memory", size);
        left -= size;
    }
}

/// Raises the limits of <memtune> by as much as the memory grows, so that the same part of each limit is left
/// to QEMU.
void raise_limits(SuggestScene& scene, std::uint64_t growth) {
    for (const std::string name : {"hard_limit", "soft_limit", "swap_hard_limit"}) {
        XmlNode* element = scene.root.find("memtune/" + name);
        if (element == nullptr) continue;
        const auto limit = parse_memory_limit(element->text(), attribute(element, "unit"));
        if (!limit) continue;
        write_size(*element, {}, *limit + growth);
        scene.tell("<" + name + "> grows with the memory, from " + format_size_short(*limit) + " to " +
                   format_size_short(*limit + growth));
    }
}

Done set_memory(SuggestScene& scene, std::uint64_t memory) {
    const auto& domain = scene.domain();
    if (domain.memory == memory) return {};
    std::uint64_t devices = 0;
    for (const auto& device : domain.memory_devices)
        devices += device.size;
    if (memory <= devices)
        return tl::unexpected("--memory " + format_size_short(memory) +
                              " does not exceed what <memory> devices add, " + format_size_short(devices));
    if (domain.maximum_memory && *domain.maximum_memory < memory)
        return tl::unexpected("--memory " + format_size_short(memory) + " exceeds <maxMemory>, " +
                              format_size_short(*domain.maximum_memory));
    share_out_memory(scene, memory - devices);
    if (memory > domain.memory) raise_limits(scene, memory - domain.memory);
    write_size(scene.root.ensure("memory"), {}, memory);
    // the guest does not have the memory that virtio-mem devices have not requested
    write_size(scene.root.ensure("currentMemory"), {}, memory - (domain.memory - plugged_memory(domain)));
    return {};
}
} // namespace

tl::expected<void, std::string> set_size(SuggestScene& scene) {
    if (scene.request.vcpus)
        if (auto done = set_vcpus(scene, *scene.request.vcpus); !done) return done;
    return scene.request.memory ? set_memory(scene, *scene.request.memory) : Done{};
}

} // namespace hostlease
