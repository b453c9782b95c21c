#include "knobs/parts/domain_threads.hpp"

#include <algorithm>

namespace hostlease {

std::string PinnedThread::name() const {
    switch (role) {
    case ThreadRole::vcpu: return "vCPU " + std::to_string(id);
    case ThreadRole::emulator: return "the emulator";
    case ThreadRole::iothread: return "I/O thread " + std::to_string(id);
    case ThreadRole::other_iothreads: return "an I/O thread without a pin";
    }
    return {};
}

std::string PinnedThread::text() const {
    return line == 0 ? name() : name() + " (line " + std::to_string(line) + " of the domain's XML)";
}

std::vector<PinnedThread> vcpu_threads(const Domain& domain) {
    std::vector<PinnedThread> threads;
    auto pins = domain.vcpu_pins;
    if (!domain.vcpu_cpus.empty())
        for (const unsigned vcpu : vcpus_without_pin(domain).members())
            pins.push_back({vcpu, domain.vcpu_cpus, 0});
    std::sort(pins.begin(), pins.end(), [](const Pin& a, const Pin& b) { return a.id < b.id; });
    for (const auto& pin : pins)
        if (pin.id < domain.vcpus) threads.push_back({ThreadRole::vcpu, pin.cpus, pin.line, pin.id});
    return threads;
}

std::vector<PinnedThread> helper_threads(const Domain& domain) {
    std::vector<PinnedThread> threads;
    if (domain.emulator_pin)
        threads.push_back({ThreadRole::emulator, domain.emulator_pin->cpus, domain.emulator_pin->line});
    else if (!domain.vcpu_cpus.empty())
        threads.push_back({ThreadRole::emulator, domain.vcpu_cpus});
    for (const auto& pin : domain.iothread_pins)
        threads.push_back({ThreadRole::iothread, pin.cpus, pin.line, pin.id});
    if (domain.iothread_pins.size() < domain.iothreads && !domain.vcpu_cpus.empty())
        threads.push_back({ThreadRole::other_iothreads, domain.vcpu_cpus});
    return threads;
}

} // namespace hostlease
