#include "knobs/parts/domain_threads.hpp"
#include "knobs/parts/isolation.hpp"
#include "knobs/parts/partitions.hpp"
#include "knobs/parts/placed.hpp"
#include "model/node_memory.hpp"
#include "plan/checks.hpp"

#include <algorithm>
#include <map>

namespace hostlease {

namespace {
constexpr std::size_t most_notes = 100;

/// "vCPU 0 (line 12 of the domain's XML)", "vCPU 0-3 (lines 12 to 15 of the domain's XML)".
std::string text_of(const std::vector<PinnedThread>& threads) {
    if (threads.size() == 1) return threads.front().text();
    CpuSet ids;
    for (const auto& thread : threads)
        ids.add(thread.id);
    const auto [first, last] =
        std::minmax_element(threads.begin(), threads.end(),
                            [](const auto& left, const auto& right) { return left.line < right.line; });
    std::string text = "vCPU " + to_list(ids);
    if (first->line != 0)
        text += " (lines " + std::to_string(first->line) + " to " + std::to_string(last->line) +
                " of the domain's XML)";
    return text;
}

class PinChecks {
  public:
    PinChecks(const PlanInput& input, const SourcePosition& position, Diagnostics& notes)
        : input_(input), domain_(input.domain), facts_(input.facts), position_(position), notes_(notes),
          slices_(input.facts.cgroups.slices_of(input.domain.partition)) {
        find_owners();
    }

    /// Reports pins that libvirt could not set.
    void check_possible() {
        auto threads = vcpu_threads(domain_);
        const auto helpers = helper_threads(domain_);
        threads.insert(threads.end(), helpers.begin(), helpers.end());
        for (const auto& thread : threads)
            if (faults_.size() <= most_notes && check_online(thread) && check_slice(thread))
                check_owners(thread);
        for (const auto& fault : faults_)
            report(fault);
    }

    /// Reports pins that are slow.
    void check_good() {
        check_helpers(helper_threads(domain_));
        check_unpinned();
        check_distance();
    }

  private:
    /// True after enough notes: a domain may have a hundred thousand I/O threads, each with a pin.
    [[nodiscard]] bool is_enough() const { return notes_.all().size() > most_notes; }

    /// Whether the CPUs are not pins of the XML, but were chosen by the policy.
    [[nodiscard]] bool is_placed() const {
        return input_.placement != nullptr && input_.placement->is_found();
    }

    /// Why a pin has no effect on some of its CPUs.
    struct Fault {
        enum class Kind { offline, absent, outside_slice, owned, lost } kind;
        std::string owner;         // who owns the CPUs, or the slice that lacks them
        bool is_impossible = true; // no CPU is left to the thread
        CpuSet cpus;               // the CPUs in question
        CpuSet pins;
        std::vector<PinnedThread> threads = {};
    };

    /// Makes one fault for all vCPUs of which the same is true.
    void add(Fault fault, const PinnedThread& thread) {
        const auto same = std::find_if(faults_.begin(), faults_.end(), [&](const Fault& other) {
            return other.kind == fault.kind && other.owner == fault.owner &&
                   other.is_impossible == fault.is_impossible && thread.role == ThreadRole::vcpu &&
                   other.threads.front().role == ThreadRole::vcpu;
        });
        Fault& one = same == faults_.end() ? faults_.emplace_back(std::move(fault)) : *same;
        one.cpus |= fault.cpus;
        one.pins |= thread.cpus;
        one.threads.push_back(thread);
    }

    void report(const Fault& fault) {
        switch (fault.kind) {
        case Fault::Kind::offline:
        case Fault::Kind::absent: return report_offline(fault);
        case Fault::Kind::outside_slice: return report_slice(fault);
        case Fault::Kind::owned: {
            const std::string owned = ", which " + fault.owner + " uses exclusively in a partition";
            return report_taken(fault, to_list(fault.cpus) + owned);
        }
        case Fault::Kind::lost:
            return report_taken(fault, to_list(fault.cpus) + ": " + lost_cpus_text(fault.cpus));
        }
    }

    /// False if nothing else is to be said of the pin, because libvirt could not set it at all.
    bool check_online(const PinnedThread& thread) {
        const CpuSet off = thread.cpus - facts_.online;
        if (facts_.online.empty() || off.empty()) return true;
        const bool is_absent = !facts_.possible.empty() && !off.intersects(facts_.possible);
        const bool is_impossible = !thread.cpus.intersects(facts_.online);
        add({is_absent ? Fault::Kind::absent : Fault::Kind::offline, "", is_impossible, off, {}}, thread);
        return !is_impossible && !is_placed();
    }

    void report_offline(const Fault& fault) {
        const std::string threads = text_of(fault.threads);
        if (is_placed()) {
            notes_.warning(position_,
                           threads + (fault.threads.size() > 1 ? " were" : " was") + " placed on CPU " +
                               to_list(fault.cpus) + ", which " + state_of(fault),
                           "bring the CPU online, or run `hostlease apply --move " + domain_.name + "`");
            return;
        }
        const bool is_absent = fault.kind == Fault::Kind::absent;
        const std::string message =
            threads + are(fault) + "pinned to CPU " + to_list(fault.cpus) + ", which " + state_of(fault);
        tell(fault, message, "libvirt cannot start the VM with this pinning", "",
             is_absent ? "its CPUs are " + to_list(facts_.possible)
                       : "bring the CPU online, or pin the thread to another one");
    }

    /// cgroups restrict where threads may run; sched_setaffinity applies the rest of the pin. False if the
    /// rest is empty.
    bool check_slice(const PinnedThread& thread) {
        CpuSet left = thread.cpus;
        const SliceFacts* cutting = nullptr;
        for (const auto& slice : slices_) {
            const CpuSet reachable = left & (slice.cpus | leased_); // see check_owners()
            if (reachable != left && cutting == nullptr) cutting = &slice;
            left = reachable;
        }
        if (cutting == nullptr) return true;
        const CpuSet cut = thread.cpus - cutting->cpus - leased_;
        add({Fault::Kind::outside_slice, cutting->name, left.empty(), cut, {}}, thread);
        return !left.empty();
    }

    void report_slice(const Fault& fault) {
        const auto slice = std::find_if(slices_.begin(), slices_.end(),
                                        [&](const auto& one) { return one.name == fault.owner; });
        tell(fault,
             "VMs may run on CPU " + to_list(slice->cpus) + " (" + slice->name + "), but " +
                 text_of(fault.threads) + are(fault) + "pinned to " + to_list(fault.pins),
             refused_by_libvirt, "cannot run on CPU " + to_list(fault.cpus),
             "run systemctl set-property --runtime " + slice->name +
                 " AllowedCPUs=" + to_list(slice->cpus | fault.pins));
    }

    /// Collects who has CPUs in a partition, without CPUs that a lease would give up for this VM.
    void find_owners() {
        for (const auto& lease : input_.others) {
            const PartitionCpus cpus = partition_cpus(lease);
            leased_ |= cpus.all();
            owners_.push_back({"VM '" + lease.domain + "'", cpus.required ? cpus.all() : cpus.vcpus});
        }
        for (const auto& unit : facts_.cgroups.machine)
            owners_.push_back({unit.name, unit.exclusive - leased_});
    }

    /// The kernel lets no thread onto a CPU of another VM's partition, or onto a CPU that it has lost.
    void check_owners(const PinnedThread& thread) {
        CpuSet left = (thread.cpus & facts_.online) - facts_.cgroups.lost;
        for (const auto& [name, cpus] : owners_) {
            const CpuSet taken = thread.cpus & cpus;
            left -= taken;
            if (!taken.empty()) add({Fault::Kind::owned, name, left.empty(), taken, {}}, thread);
        }
        if (const CpuSet lost = thread.cpus & facts_.cgroups.lost; !lost.empty())
            add({Fault::Kind::lost, "", left.empty(), lost, {}}, thread);
    }

    void report_taken(const Fault& fault, const std::string& taken) {
        tell(fault,
             text_of(fault.threads) + " of VM '" + domain_.name + "'" + are(fault) + "pinned to CPU " + taken,
             refused_by_libvirt, "cannot run there", "pin the thread to other CPUs");
    }

    /// `effect`: what the threads cannot do if some CPUs are left to them; "" if it goes without saying.
    void tell(const Fault& fault, const std::string& message, std::string_view refusal,
              const std::string& effect, const std::string& hint) {
        const std::string they = fault.threads.size() > 1 ? ": they " : ": it ";
        if (fault.is_impossible)
            notes_.error(position_, message + ": " + std::string(refusal), hint);
        else
            notes_.warning(position_, effect.empty() ? message : message + they + effect, hint);
    }

    static constexpr std::string_view refused_by_libvirt =
        "libvirt would fail with \"cannot set CPU affinity\"";

    static std::string state_of(const Fault& fault) {
        const bool is_one = fault.cpus.count() == 1;
        if (fault.kind == Fault::Kind::offline) return is_one ? "is offline" : "are offline";
        return is_one ? "does not exist on this host" : "do not exist on this host";
    }

    static std::string are(const Fault& fault) { return fault.threads.size() > 1 ? " are " : " is "; }

    /// Isolation does not keep unpinned vCPUs off the CPUs: these are the VM's own.
    void check_unpinned() {
        const CpuSet unpinned = vcpus_without_pin(domain_) & present_vcpus(domain_);
        if (unpinned.empty() || !domain_.vcpu_cpus.empty() || domain_.vcpu_pins.empty()) return;
        notes_.warning(position_,
                       "vCPU " + to_list(unpinned) + (unpinned.count() == 1 ? " is" : " are") +
                           " not pinned and may run on the CPUs of the other vCPUs",
                       "add a <vcpupin> for each vCPU to the domain's <cputune>");
    }

    void check_helpers(const std::vector<PinnedThread>& helpers) {
        const auto vcpus = vcpu_threads(domain_);
        CpuSet of_vcpus;
        for (const auto& vcpu : vcpus)
            of_vcpus |= vcpu.cpus;
        for (const auto& helper : helpers) {
            if (is_enough()) return;
            if (!helper.cpus.intersects(of_vcpus)) continue;
            CpuSet ids;
            for (const auto& vcpu : vcpus)
                if (helper.cpus.intersects(vcpu.cpus)) ids.add(vcpu.id);
            notes_.warning(position_,
                           helper.text() + " may run on CPU " + to_list(helper.cpus) +
                               ", which includes CPUs of vCPU " + to_list(ids),
                           "pin the thread to CPUs without vCPUs");
        }
        const bool is_to_place = input_.policy.find(place_key) != nullptr;
        if (helpers.empty() && !plans_partitions(input_) && !is_to_place)
            notes_.warning(position_, "the emulator is not pinned, so it may run on the CPUs of the vCPUs",
                           "add an <emulatorpin> to the domain's <cputune>");
    }

    /// The nodes that the memory of a vCPU's guest cell is bound to; empty if it may be anywhere.
    [[nodiscard]] NodeSet memory_nodes(unsigned vcpu) const {
        for (const auto& cell : domain_.cells) {
            if (!cell.vcpus.contains(vcpu)) continue;
            for (const auto& bound : domain_.numa_cells)
                if (bound.cell == cell.id) return bound.nodes;
        }
        return domain_.numa_memory && !domain_.numa_memory->automatic ? domain_.numa_memory->nodes
                                                                      : NodeSet{};
    }

    /// Makes one finding for all vCPUs at the same distance from the same memory.
    void check_distance() {
        // (nodes of the pin, nodes of the memory) -> vCPUs
        std::map<std::pair<std::string, std::string>, CpuSet> far;
        for (const auto& pin : vcpu_threads(domain_)) {
            const NodeSet at = nodes_with_cpus(facts_, pin.cpus);
            const NodeSet memory = memory_nodes(pin.id);
            if (!at.empty() && !memory.empty() && !at.intersects(memory))
                far[{to_list(at), to_list(memory)}].add(pin.id);
        }
        for (const auto& [nodes, vcpus] : far)
            notes_.warning(position_,
                           "vCPU " + to_list(vcpus) + " on node " + nodes.first +
                               " would be far from the memory on node " + nodes.second,
                           (is_placed() ? "" : "pin to CPUs of node " + nodes.second + ", or ") +
                               "bind the memory to node " + nodes.first);
    }

    const PlanInput& input_;
    const Domain& domain_;
    const HostFacts& facts_;
    const SourcePosition& position_;
    Diagnostics& notes_;
    struct Owner {
        std::string name;
        CpuSet cpus;
    };
    std::vector<Owner> owners_;
    CpuSet leased_;                  // in partitions of other leases
    std::vector<SliceFacts> slices_; // that restrict the domain, the outermost first
    std::vector<Fault> faults_;
};

/// A problem of Debian 12: libvirt 9.0 starts QEMU's preallocation threads on the memory's nodes, whatever
/// the emulator is pinned to, and that fails. No file names the running libvirt's version, so Debian 12's
/// kernels identify it.
void check_thread_context(const PlanInput& input, const SourcePosition& position, Diagnostics& notes) {
    const auto& domain = input.domain;
    if (!input.facts.kernel.starts_with("6.1.0-") && input.facts.kernel.find("bpo12") == std::string::npos)
        return;
    if (!domain.numa_memory || domain.numa_memory->mode != NumaMode::strict || domain.numa_memory->automatic)
        return;
    if (!domain.backing.hugepages && domain.backing.allocation != "immediate") return;
    CpuSet near;
    for (const auto& node : input.facts.nodes)
        if (domain.numa_memory->nodes.contains(node.id)) near |= node.cpus;
    for (const auto& helper : helper_threads(domain))
        if (helper.role == ThreadRole::emulator && !near.empty() && !helper.cpus.intersects(near))
            notes.warning(position,
                          helper.text() + " is pinned to CPU " + to_list(helper.cpus) +
                              ", away from the memory on node " + to_list(domain.numa_memory->nodes) +
                              ": libvirt before 9.2 (Debian 12) cannot start QEMU with this pinning "
                              "(\"Setting CPU affinity failed\")",
                          "pin the emulator to CPU " + to_list(near) + ", or update libvirt");
}

/// libvirt refuses a domain with stray tuning that it does not ignore, before it calls the hook.
void check_stray_tuning(const PlanInput& input, const SourcePosition& position, Diagnostics& notes) {
    for (const auto& stray : input.domain.stray_tuning) {
        if (notes.all().size() > most_notes) return;
        const std::string message = stray.text() + " (line " + std::to_string(stray.line) +
                                    " of the domain's XML) does not match any thread of the VM: libvirt ";
        notes.add(stray.is_ignored() ? Severity::warning : Severity::error, position,
                  message + (stray.is_ignored() ? "ignores it" : "refuses the definition"),
                  "remove the element from the domain's <cputune>");
    }
}
} // namespace

void check_pins(const PlanInput& input, Diagnostics& notes) {
    const Setting* setting = isolation_setting(input.policy);
    const SourcePosition position =
        setting == nullptr ? SourcePosition{input.policy.file, 0, 0} : setting->position;
    check_thread_context(input, position, notes);
    check_stray_tuning(input, position, notes);
    PinChecks checks(input, position, notes);
    const bool is_yet_to_start = input.own == nullptr;
    if (is_yet_to_start || setting != nullptr) checks.check_possible();
    if (setting != nullptr) checks.check_good();
}

} // namespace hostlease
