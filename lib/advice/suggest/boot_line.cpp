#include "advice/suggest/boot_line.hpp"

#include "core/parse.hpp"
#include "core/units.hpp"
#include "knobs/parts/isolation.hpp"
#include "knobs/parts/page_demand.hpp"
#include "model/node_memory.hpp"

#include <algorithm>
#include <map>

namespace hostlease {

namespace {
/// The buddy allocator cannot assemble larger pages: they consist of more than 2^10 small pages. Source:
/// hstate_is_gigantic() in include/linux/hugetlb.h, and MAX_ORDER (6.1 to 6.12), with small pages of 4 KiB.
constexpr std::uint64_t largest_ordinary_page = 4 * MiB;

/// The pages of one size: the number on each node, and the number that may be on any node.
struct Pages {
    std::map<unsigned, std::uint64_t> of_node;
    std::uint64_t of_any = 0;
};

const Policy& policy_of(const BootVm& vm) {
    static const Policy none;
    return vm.policy ? *vm.policy : none;
}

class BootLineMaker {
  public:
    BootLineMaker(const std::vector<BootVm>& vms, const HostFacts& facts, std::string_view booted)
        : vms_(vms), facts_(facts) {
        split(booted, ' ', [&](std::string_view word) { booted_.emplace_back(trim(word)); });
    }

    BootLine make() {
        for (const auto& vm : vms_)
            add_vm(vm);
        tell_cpus();
        tell_pages();
        return std::move(line_);
    }

  private:
    PlanInput input_of(const BootVm& vm) const {
        return {vm.domain, policy_of(vm), facts_, {}, nothing_promised_};
    }

    void add_vm(const BootVm& vm) {
        const auto pinned = pinned_cpus(vm.domain);
        const auto isolated = isolated_cpus(input_of(vm));
        cpus_ |= pinned | isolated;
        if (!pinned.is_subset_of(isolated)) needs_domain_ = true;
        Diagnostics notes;
        for (const auto& demand : page_demands(input_of(vm), notes))
            if (demand.page_size > largest_ordinary_page)
                add_pages(demand, pinned);
            else
                has_ordinary_pages_ = true;
    }

    void add_pages(const PageDemand& demand, const CpuSet& pinned) {
        const NodeSet chosen = demand.nodes.empty() ? nodes_with_cpus(facts_, pinned) : demand.nodes;
        const NodeSet nodes = chosen & nodes_with_memory(facts_);
        auto& pages = pages_[demand.page_size];
        if (nodes.empty() || facts_.nodes.size() < 2) {
            pages.of_any += demand.pages;
            return;
        }
        const auto members = nodes.members();
        for (std::size_t index = 0; index < members.size(); ++index)
            pages.of_node[members[index]] +=
                demand.pages / members.size() + (index < demand.pages % members.size() ? 1 : 0);
    }

    /// Excludes the core of CPU 0, which keeps the time and is online at boot even if it is offline now.
    /// Excludes cores that the VMs share with the host, because the host's work disturbs them.
    CpuSet cpus_to_isolate() {
        CpuSet cpus = cpus_ & facts_.online;
        for (const auto& core : facts_.cores) {
            const auto rest = (core & facts_.online) - cpus;
            if (!core.intersects(cpus) || rest.empty()) continue;
            line_.notes.push_back("CPU " + to_list(core & cpus) + " is not isolated: CPU " + to_list(rest) +
                                  " of the same core is not pinned and stays with the host");
            cpus -= core;
        }
        for (const auto& core : facts_.cores) {
            if (!core.contains(0) || !core.intersects(cpus)) continue;
            line_.notes.push_back("CPU " + to_list(core & cpus) +
                                  " is not isolated: the kernel does its timekeeping on CPU 0");
            cpus -= core;
        }
        if (cpus.contains(0)) cpus -= CpuSet{0};
        return cpus;
    }

    /// hugepages= counts pages of the size before it, so the words must also be neighbours.
    void add(std::string text, std::string why) {
        std::vector<std::string_view> words;
        split(text, ' ', [&](std::string_view word) { words.push_back(word); });
        const bool is_there =
            std::search(booted_.begin(), booted_.end(), words.begin(), words.end()) != booted_.end();
        line_.words.push_back({std::move(text), std::move(why), is_there});
    }

    void tell_cpus() {
        if (cpus_.empty()) return line_.notes.push_back("no vCPU is pinned: no CPU is isolated");
        const auto cpus = cpus_to_isolate();
        if (cpus.empty())
            return line_.notes.push_back("no whole core that may be isolated is pinned: no CPU is isolated");
        const auto list = to_list(cpus);
        add("isolcpus=managed_irq," + std::string(needs_domain_ ? "domain," : "") + list,
            std::string("managed_irq: driver-managed interrupts, such as those of NVMe queues, cannot move "
                        "after boot.") +
                (needs_domain_ ? " domain: the scheduler moves no tasks to these CPUs. A policy with [cpus] "
                                 "does this only while a VM runs and does not need domain here; domain rules "
                                 "out cgroup partitions."
                               : " Without domain: the [cpus] tables of the policies keep tasks away while a "
                                 "VM runs."));
        add("nohz_full=" + list, "No timer interrupt while a single task runs: only CPUs in this list can "
                                 "stop their tick. Each exit from the guest takes slightly longer.");
        add("rcu_nocbs=" + list, "RCU callbacks run on other CPUs. nohz_full= implies this; a kernel without "
                                 "CONFIG_NO_HZ_FULL supports only this parameter.");
    }

    void tell_pages() {
        for (auto found = pages_.rbegin(); found != pages_.rend(); ++found) {
            const auto& [size, pages] = *found;
            std::string counts;
            if (pages.of_node.empty()) counts = std::to_string(pages.of_any);
            for (const auto& [node, count] : pages.of_node)
                counts += (counts.empty() ? "" : ",") + std::to_string(node) + ":" + std::to_string(count);
            add("hugepagesz=" + kernel_size(size) + " hugepages=" + counts,
                "Pages of " + format_size(size) +
                    " are large contiguous areas that the kernel can find reliably only during boot.");
            if (!pages.of_node.empty() && pages.of_any > 0)
                line_.notes.push_back(
                    std::to_string(pages.of_any) + " more pages of " + format_size(size) +
                    " serve VMs that are bound to no node: add them to a node with free memory");
        }
        if (has_ordinary_pages_)
            line_.notes.push_back(
                "small huge pages (such as 2 MiB) need no boot parameter: hugepages.reserve in a policy "
                "reserves them while a VM runs and returns them to the host afterwards");
    }

    const std::vector<BootVm>& vms_;
    const HostFacts& facts_;
    const std::map<PoolId, std::uint64_t> nothing_promised_;
    std::vector<std::string> booted_;
    BootLine line_;
    CpuSet cpus_;
    std::map<std::uint64_t, Pages> pages_; // by size
    bool needs_domain_ = false;            // a pinned CPU exists that no policy isolates
    bool has_ordinary_pages_ = false;
};
} // namespace

std::string BootLine::text() const {
    std::string text;
    for (const auto& one : words)
        text += (text.empty() ? "" : " ") + one.text;
    return text;
}

BootLine boot_line(const std::vector<BootVm>& vms, const HostFacts& facts, std::string_view booted) {
    return BootLineMaker(vms, facts, booted).make();
}

} // namespace hostlease
