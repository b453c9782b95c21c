#include "host/running_facts.hpp"

#include "core/parse.hpp"
#include "host/interrupts.hpp"
#include "host/process.hpp"

#include <optional>

namespace hostlease {

namespace {
/// "vcpu3" with the prefix "vcpu" yields 3; nullopt for other texts.
std::optional<unsigned> number_after(std::string_view prefix, std::string_view text) {
    if (!text.starts_with(prefix)) return std::nullopt;
    return parse_integer<unsigned>(text.substr(prefix.size()));
}

/// libvirt's names of a thread's cgroup. Source: virCgroupNewThread, libvirt 9.0.
bool is_role(std::string_view name) {
    return name == "emulator" || number_after("vcpu", name) || number_after("iothread", name);
}

/// The role according to QEMU's name of a thread: "CPU 0/KVM", "IO iothread1". libvirt always asks for these
/// names. Source: QEMU 7.2 to 10.0, accel/*/...-accel-ops.c and iothread.c; qemuBuildNameCommandLine, libvirt
/// 9.0.
std::string role_by_name(std::string_view name) {
    constexpr std::string_view io_prefix = "IO ";
    if (const auto vcpu = number_after("CPU ", name.substr(0, name.find('/'))))
        return "vcpu" + std::to_string(*vcpu);
    if (name.starts_with(io_prefix) && number_after("iothread", name.substr(io_prefix.size())))
        return std::string(name.substr(io_prefix.size()));
    return "emulator";
}

/// The path in the unified hierarchy, from the line "0::PATH"; "" if the thread is not in it.
std::string cgroup_path(std::string_view text) {
    std::string path;
    split(text, '\n', [&](std::string_view line) {
        if (line.starts_with("0::")) path = line.substr(3);
    });
    return path;
}

Result<std::vector<QemuThread>> read_threads(Host& host, const ProcessId& qemu) {
    const std::string tasks = "/proc/" + std::to_string(qemu.pid) + "/task";
    std::vector<QemuThread> threads;
    for (const auto& name : TRY(host.list_if_present(tasks))) {
        const auto id = parse_integer<std::int64_t>(name);
        if (!id) continue;
        const auto text = host.read(tasks + "/" + name + "/cgroup");
        const auto comm = host.read(tasks + "/" + name + "/comm");
        const auto process = TRY(find_process(host, *id));
        if (!text || !process) continue; // the thread has ended meanwhile
        const std::string own(trim(comm.value_or(std::string{})));
        std::string cgroup = cgroup_path(*text);
        std::string role = cgroup.substr(cgroup.rfind('/') + 1);
        if (!is_role(role)) {
            cgroup.clear();
            role = role_by_name(own);
        }
        threads.push_back({*process, std::move(role), std::move(cgroup), own});
    }
    return threads;
}

/// Numbers of the device's current interrupts: MSI and MSI-X, or else its interrupt line.
Result<std::vector<std::string>> interrupt_numbers(Host& host, const std::string& device) {
    const std::string directory = "/sys/bus/pci/devices/" + device;
    auto numbers = host.list(directory + "/msi_irqs");
    if (numbers || !is_missing(numbers.error())) return numbers;
    const auto line = TRY(host.read_if_present(directory + "/irq"));
    return line ? std::vector{std::string(trim(*line))} : std::vector<std::string>{};
}

Status read_interrupts(Host& host, const std::string& device, std::vector<DeviceInterrupt>& interrupts) {
    for (const auto& text : TRY(interrupt_numbers(host, device))) {
        const auto number = parse_integer<unsigned>(text);
        if (!number) continue;
        auto name = TRY(interrupt_name(host, *number));
        if (name && name->find(" vfio-") != std::string::npos && name->ends_with("(" + device + ")"))
            interrupts.push_back({*number, std::move(*name), device});
    }
    return {};
}
} // namespace

Result<RunningFacts> read_running_facts(Host& host, const ProcessId& qemu,
                                        std::span<const std::string> devices) {
    RunningFacts running;
    running.qemu = qemu;
    if (qemu.pid == 0 || !TRY(is_alive(host, qemu))) return running;
    running.threads = TRY(read_threads(host, qemu));
    for (const auto& device : devices)
        TRY_VOID(read_interrupts(host, device, running.interrupts));
    return running;
}

} // namespace hostlease
