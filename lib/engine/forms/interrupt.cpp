// The CPUs that may serve an interrupt, as a list; the target "default" is the mask of interrupts that are
// set up later. Source: Documentation/core-api/irq/irq-affinity.rst and kernel/irq/proc.c (6.1, 6.12).
#include "core/parse.hpp"
#include "engine/forms/forms.hpp"
#include "host/interrupts.hpp"

namespace hostlease {

namespace {
const std::string directory = "/proc/irq/";
constexpr std::string_view default_file = "default_smp_affinity"; // this file has no list variant
constexpr std::string_view default_target = traits_of(KnobForm::interrupt).origin;

Result<std::string> read(Host& host, const KnobRecord& record) {
    if (record.target == default_target) return form_cpu_mask.read(host, record);
    return std::string(trim(TRY(host.read(record.path))));
}

Status write(Host& host, const KnobRecord& record, const std::string& value) {
    if (record.target == default_target) return form_cpu_mask.write(host, record, value);
    return host.write(record.path, value);
}

Result<std::vector<KnobTarget>> targets(Host& host) {
    std::vector<KnobTarget> list;
    for (const auto& name : TRY(host.list_if_present("/proc/irq"))) {
        if (name == default_file) list.push_back({std::string(default_target), directory + name});
        const auto number = parse_integer<unsigned>(name);
        if (!number) continue;
        auto target = TRY(interrupt_name(host, *number));
        if (target) list.push_back({std::move(*target), directory + name + "/smp_affinity_list"});
    }
    return list;
}

/// The number: the kernel keeps a written mask for the next user of the interrupt. Source:
/// kernel/irq/manage.c, irq_setup_affinity() and IRQD_AFFINITY_SET (6.1, 6.12).
std::string identity(const std::string& target) { return target.substr(0, target.find(' ')); }

/// True also for an unused interrupt; a number that was given up has no directory.
Result<bool> is_there(Host& host, const KnobRecord& record) {
    const auto text = host.read(record.path);
    return text || !is_missing(text.error());
}

Result<CpuSet> read_cpus(Host& host, const std::string& path) {
    return parse_cpu_list(TRY(host.read_line(path))).value_or(CpuSet{});
}

/// The online CPUs of the default mask that are on the device's node. Source: kernel/irq/manage.c,
/// irq_setup_affinity() (6.1, 6.12).
Result<std::string> beginning(Host& host, const std::string& path, const std::string& value) {
    const CpuSet mask = TRY(parse_cpu_list(value));
    const CpuSet online = TRY(read_cpus(host, "/sys/devices/system/cpu/online"));
    CpuSet cpus = mask.intersects(online) ? mask & online : mask;
    const auto node = host.read(path.substr(0, path.rfind('/') + 1) + "node");
    const auto number = node ? parse_integer<unsigned>(trim(*node)) : std::nullopt; // -1: no node
    if (number) {
        const CpuSet near =
            TRY(read_cpus(host, "/sys/devices/system/node/node" + std::to_string(*number) + "/cpulist"));
        if (cpus.intersects(near)) cpus &= near;
    }
    return to_list(cpus);
}

/// Without interrupt remapping, a new mask takes effect at the next interrupt (6.12, irqd_set_move_pending).
bool is_to_come(Host& host, const KnobRecord& record) {
    if (record.target == default_target) return false;
    const auto text =
        host.read(record.path.substr(0, record.path.rfind('/') + 1) + "effective_affinity_list");
    const auto effective = text ? parse_cpu_list(trim(*text)) : CpuSet{};
    const auto allowed = parse_cpu_list(record.wrote);
    return effective && allowed && !effective->is_subset_of(*allowed);
}
} // namespace

constinit const Form form_interrupt{.read = read,
                                    .write = write,
                                    .targets = targets,
                                    .identity = identity,
                                    .is_there = is_there,
                                    .origin = default_target,
                                    .beginning = beginning,
                                    .is_to_come = is_to_come};

} // namespace hostlease
