// Interrupts, irqbalance and kernel threads of FakeHost.
#include "core/parse.hpp"
#include "support/fake_host.hpp"

#include <cerrno>

namespace hostlease::test {

void FakeHost::add_interrupt(unsigned number, const std::string& actions, const std::string& cpus) {
    files["/sys/kernel/irq/" + std::to_string(number) + "/actions"] = actions + "\n";
    files["/proc/irq/" + std::to_string(number) + "/smp_affinity_list"] = cpus + "\n";
}

void FakeHost::open_interrupt(unsigned number, const std::string& actions, int node) {
    const std::string directory = "/proc/irq/" + std::to_string(number) + "/";
    const CpuSet online = parse_cpu_list(trim(files["/sys/devices/system/cpu/online"])).value();
    CpuSet cpus = parse_cpu_mask(trim(files["/proc/irq/default_smp_affinity"])).value();
    if (written_masks.contains(directory + "smp_affinity_list"))
        cpus = parse_cpu_list(trim(files[directory + "smp_affinity_list"])).value();
    if (cpus.intersects(online)) cpus &= online;
    if (node >= 0 && cpus.intersects(nodes[static_cast<unsigned>(node)].cpus))
        cpus &= nodes[static_cast<unsigned>(node)].cpus;
    files[directory + "node"] = std::to_string(node) + "\n";
    add_interrupt(number, actions, to_list(cpus));
}

void FakeHost::close_interrupt(unsigned number) {
    files["/sys/kernel/irq/" + std::to_string(number) + "/actions"] = "\n";
}

void FakeHost::free_interrupt(unsigned number) {
    const std::string name = std::to_string(number);
    std::erase_if(files, [&](const auto& file) {
        return file.first.starts_with("/proc/irq/" + name + "/") ||
               file.first.starts_with("/sys/kernel/irq/" + name + "/");
    });
    written_masks.erase("/proc/irq/" + name + "/smp_affinity_list");
}

/// Flags of a thread: PF_KTHREAD, and PF_NO_SETAFFINITY if it is bound. Source: include/linux/sched.h
/// (6.1).
void FakeHost::add_kernel_thread(std::int64_t id, const std::string& name, const CpuSet& cpus,
                                 bool is_bound) {
    const std::string number = std::to_string(id);
    files["/proc/" + number + "/stat"] = number + " (" + name + ") S 2 0 0 0 -1 " +
                                         std::to_string(0x00200040U | (is_bound ? 0x04000000U : 0U)) +
                                         " 0 0 0 0 0 0 0 0 20 0 1 0 " + std::to_string(10 + id) + " 0 0\n";
    threads[id] = {.cpus = cpus, .is_movable = !is_bound};
    kernel_threads.insert(id);
}

/// Enough interrupts to have each kind.
void FakeHost::add_interrupts() {
    files["/proc/irq/default_smp_affinity"] = "ff\n";
    add_interrupt(24, "virtio0-req.0", "0-7");
    add_interrupt(27, "eth0-rx-0", "4");
    add_interrupt(28, "", "0-7"); // unused
    add_interrupt(29, "ahci[0000:00:1f.2]", "2-3");
    add_interrupt(40, "vfio-msix[0](0000:01:00.0)", "0-7");
    files["/sys/bus/pci/devices/0000:01:00.0/msi_irqs/40"] = "msix\n";
    start_balancer(77, {});
    add_kernel_thread(12, "kcompactd0", CpuSet::range(0, 7), false);
    add_kernel_thread(13, "migration/4", {4}, true);
    add_kernel_thread(14, "irq/9-acpi", {4}, false);
    add_kernel_thread(15, "kswapd1", CpuSet::range(4, 7), false);
    files["/proc/sys/kernel/osrelease"] = "6.1.0-50-amd64\n";
}

/// Source: kernel/irq/proc.c, write_irq_affinity (6.1, 6.12).
Status FakeHost::write_affinity(const std::string& path, std::string& content, const std::string& text) {
    const auto cpus = parse_cpu_list(text);
    const CpuSet online = parse_cpu_list(trim(files["/sys/devices/system/cpu/online"])).value();
    if (!cpus || !cpus->intersects(online)) return fail_io("cannot write '" + text + "'", path, EINVAL);
    content = to_list(*cpus & parse_cpu_list(trim(files["/sys/devices/system/cpu/possible"])).value()) + "\n";
    written_masks.insert(path);
    return {};
}

/// The socket's content is the last request. Source: irqbalance.c, sock_handle (1.9.4).
void FakeHost::start_balancer(std::int64_t pid, const std::string& environment) {
    const std::string number = std::to_string(pid);
    files["/proc/" + number + "/comm"] = "irqbalance\n";
    files["/proc/" + number + "/environ"] = environment;
    files["/run/irqbalance/irqbalance" + number + ".sock"] = "NULL";
}

Status FakeHost::tell(const std::string& socket, std::string_view request) {
    const auto banned = files.find(socket);
    if (banned == files.end()) return fail_io("cannot connect to", socket, ENOENT);
    if (const auto refused = write_errors.find(socket); refused != write_errors.end())
        return fail_io("cannot connect to", socket, refused->second);
    constexpr std::string_view ban = "settings cpus ";
    wait_for("irqbalance");
    writes.push_back(socket + "=" + std::string(request));
    if (request.starts_with(ban)) banned->second = request.substr(ban.size());
    return {};
}

} // namespace hostlease::test
