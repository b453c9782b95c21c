#include "advice/suggest/vcpu_pins.hpp"

#include "model/guest_cells.hpp"
#include "placement/place_request.hpp"

#include <algorithm>
#include <array>

namespace hostlease {

namespace {
using Faults = std::array<unsigned, 3>; // errors, warnings, advice

unsigned product_of(const Topology& topology) {
    return topology.sockets * topology.dies * topology.clusters * topology.cores * topology.threads;
}

void set_pins(Domain& domain, const std::vector<unsigned>& order, const std::vector<unsigned>& cpus) {
    std::erase_if(domain.vcpu_pins, [&](const Pin& pin) {
        return std::find(order.begin(), order.end(), pin.id) != order.end();
    });
    for (std::size_t index = 0; index < order.size(); ++index)
        domain.vcpu_pins.push_back({order[index], {cpus[index]}, 0});
    std::sort(domain.vcpu_pins.begin(), domain.vcpu_pins.end(),
              [](const Pin& left, const Pin& right) { return left.id < right.id; });
}

std::vector<unsigned> order_of(const std::vector<CpuSet>& cells) {
    std::vector<unsigned> order;
    for (const auto& cell : cells)
        for (const unsigned vcpu : cell.members())
            order.push_back(vcpu);
    return order;
}

/// Cells of the same sizes, with consecutive vCPU numbers.
std::vector<CpuSet> in_sequence(const std::vector<CpuSet>& cells) {
    std::vector<CpuSet> list;
    unsigned next = 0;
    for (const auto& cell : cells) {
        list.push_back(cell.empty() ? CpuSet{} : CpuSet::range(next, next + cell.count() - 1));
        next += cell.count();
    }
    return list;
}

PlaceInput input_of(const SuggestScene& scene) {
    const auto& request = scene.request;
    return {.domain = scene.domain(),
            .host = place_facts(request.host),
            .topology = *request.topology,
            .near = request.near,
            .prefer = request.prefer.value_or(CorePreference::cache)};
}

class Search {
  public:
    explicit Search(const SuggestScene& scene)
        : scene_(scene), host_(*scene.request.topology), input_(input_of(scene)),
          cells_(all_vcpus(scene.domain())), base_(request_for(input_, cells_)) {}

    VcpuPins choose() {
        VcpuPins best{.pins = scene_.domain().vcpu_pins};
        keep_helpers_off_isolated(input_, best.cpus(), base_);
        best.request = base_;
        const bool is_complete = !has_unpinned();
        auto least = faults_of(best);
        if (is_complete && least == Faults{}) return best;
        auto others = std::vector{filled(), placed()};
        bool has_best = is_complete;
        for (auto& other : others) {
            if (!other) continue;
            const auto faults = faults_of(*other);
            if (has_best && least <= faults) continue;
            best = std::move(*other);
            least = faults;
            has_best = true;
        }
        if (!others.back() && best.is_kept)
            best.warnings.push_back((is_complete ? "the pins stay unchanged: " : "no pins are suggested: ") +
                                    problem_);
        return best;
    }

  private:
    [[nodiscard]] bool has_unpinned() const {
        const auto report = audit(scene_.audit, scene_.request.file);
        return std::any_of(report.results.begin(), report.results.end(), [](const RuleResult& result) {
            return result.rule->id == "PIN-ALL" && result.verdict == Verdict::failed;
        });
    }

    /// Counts what an audit finds, and three faults that it cannot see: CPUs that the VM may not use, cells
    /// on several nodes, and guest cores in two cells.
    [[nodiscard]] Faults faults_of(const VcpuPins& pins) const {
        Domain domain = scene_.domain();
        domain.vcpu_pins = pins.pins;
        if (pins.topology) domain.topology = pins.topology;
        domain.numa_memory.reset(); // follows the vCPUs
        Faults faults{};
        each_finding(audit(with_domain(scene_.audit, domain), scene_.request.file),
                     [&](const RuleResult& result, const AuditFinding& finding) {
                         if (!is_about_vcpus(*result.rule)) return;
                         const auto severity = severity_of(*result.rule, finding);
                         faults[severity == Severity::error     ? 0
                                : severity == Severity::warning ? 1
                                                                : 2] += finding.places;
                     });
        if (pins.cpus().intersects(base_.closed)) ++faults[0];
        const auto& cells = pins.cells.empty() ? cells_ : pins.cells;
        for (const auto& cell : cells)
            if (cells.size() > 1 && nodes_of(pins.pins, cell).count() > 1) ++faults[1];
        if (domain.topology && !holds_whole_cores(cells, domain.topology->threads)) ++faults[1];
        return faults;
    }

    [[nodiscard]] NodeSet nodes_of(const std::vector<Pin>& pins, const CpuSet& vcpus) const {
        NodeSet nodes;
        for (const auto& pin : pins)
            for (const auto& core : host_.cores)
                if (vcpus.contains(pin.id) && core.threads.intersects(pin.cpus)) nodes.add(core.node);
        return nodes;
    }

    /// The threads of each guest core: of the topology, or else as the present pins suggest.
    [[nodiscard]] unsigned guest_threads() const {
        if (scene_.domain().topology) return scene_.domain().topology->threads;
        const auto threads = std::max(host_.threads_per_core(), 1U);
        return kept_vcpus(threads).empty() ? 1 : threads;
    }

    /// The vCPUs of guest cores that are each pinned to one core of the host, one vCPU to one CPU. No other
    /// VM or vCPU uses this core, and a VM may use it.
    [[nodiscard]] CpuSet kept_vcpus(unsigned threads) const {
        std::map<unsigned, std::vector<const Pin*>> guest_cores;
        CpuSet twice;
        CpuSet seen;
        for (const auto& pin : scene_.domain().vcpu_pins) {
            guest_cores[pin.id / threads].push_back(&pin);
            twice |= seen & pin.cpus;
            seen |= pin.cpus;
        }
        const auto others = base_.taken | base_.closed | base_.kept | twice;
        CpuSet kept;
        for (const auto& [number, pins] : guest_cores) {
            CpuSet cpus;
            bool is_single = pins.size() == threads;
            for (const auto* pin : pins) {
                is_single = is_single && pin->cpus.count() == 1;
                cpus |= pin->cpus;
            }
            const bool is_right =
                std::any_of(host_.cores.begin(), host_.cores.end(), [&](const TopologyCore& core) {
                    return cpus.is_subset_of(core.threads) && (core.threads & seen) == cpus &&
                           !core.threads.intersects(others) &&
                           !core.threads.contains(host_.online.members().front());
                });
            for (const auto* pin : pins)
                if (is_single && is_right && cpus.count() == threads) kept.add(pin->id);
        }
        return kept;
    }

    /// Keeps the correct pins and places the other vCPUs beside them; nullopt if that is not possible.
    [[nodiscard]] std::optional<VcpuPins> filled() const {
        const auto& domain = scene_.domain();
        const auto threads = guest_threads();
        const auto kept = kept_vcpus(threads);
        auto rest = cells_;
        for (auto& cell : rest)
            cell -= kept;
        const auto order = order_of(rest);
        if (kept.empty() || order.empty() || !holds_whole_cores(cells_, threads)) return std::nullopt;
        auto request = request_for(input_, rest);
        request.threads = threads;
        for (const auto& pin : domain.vcpu_pins)
            if (kept.contains(pin.id)) request.beside |= pin.cpus;
        for (const auto& core : host_.cores)
            if (core.threads.intersects(request.beside)) request.taken |= core.threads;
        request.near = nodes_of(domain.vcpu_pins, kept);
        for (std::size_t index = 0; index < request.cell_near.size(); ++index)
            if (const auto nodes = nodes_of(domain.vcpu_pins, cells_[request.cell_ids[index]] & kept);
                !nodes.empty())
                request.cell_near[index] = nodes;
        auto pinning = find_place(input_, request);
        if (!pinning) return std::nullopt;
        Domain with_pins = domain;
        std::erase_if(with_pins.vcpu_pins, [&](const Pin& pin) { return !kept.contains(pin.id); });
        set_pins(with_pins, order, pinning->vcpus);
        VcpuPins pins{.pins = std::move(with_pins.vcpu_pins), .is_kept = false, .request = base_};
        if (!domain.topology || product_of(*domain.topology) != domain.vcpus)
            pins.topology = Topology{.cores = domain.vcpus / threads, .threads = threads};
        pins.reasons.push_back("vCPU " + to_list(kept) + " " + (kept.count() == 1 ? "stays" : "stay") +
                               " on CPU " + to_list(request.beside) + "; the other vCPUs are placed nearby");
        pins.reasons.insert(pins.reasons.end(), pinning->reasons.begin(), pinning->reasons.end());
        pins.warnings = std::move(pinning->warnings);
        return pins;
    }

    /// Uses the dies and sockets of the pinning if each socket is then within one cell. Otherwise uses
    /// sockets that fit the cells.
    [[nodiscard]] Topology topology_for(const Pinning& pinning, const std::vector<CpuSet>& cells) const {
        const auto vcpus = scene_.domain().vcpus;
        const auto sockets = sockets_for_cells(cells, vcpus);
        const bool is_fitting =
            sockets == 1 || is_within_cells(cells, vcpus, pinning.cores * pinning.threads);
        if (is_fitting && scene_.audit.is_x86())
            return {pinning.sockets, pinning.dies, 1, pinning.cores, pinning.threads};
        // QEMU has dies for x86 only. Source: smp_props.dies_supported, hw/i386/pc.c (QEMU 7.2)
        if (is_fitting) return {pinning.sockets, 1, 1, pinning.dies * pinning.cores, pinning.threads};
        const auto each = vcpus / sockets;
        const auto threads = each % pinning.threads == 0 ? pinning.threads : 1;
        return {.sockets = sockets, .cores = each / threads, .threads = threads};
    }

    /// Places all vCPUs anew. Cells keep their vCPUs if they consist of whole cores, or if one vCPU for each
    /// core of the host fits. Returns nullopt and sets problem_ if there is no place.
    std::optional<VcpuPins> placed() {
        auto request = request_for(input_, cells_);
        const bool is_whole = holds_whole_cores(cells_, std::max(host_.threads_per_core(), 1U));
        if (!is_whole) request.threads = 1;
        auto cells = cells_;
        auto pinning = find_place(input_, request);
        if (!pinning && !is_whole) {
            cells = in_sequence(cells_);
            request = request_for(input_, cells);
            pinning = find_place(input_, request);
        }
        if (!pinning) {
            problem_ = pinning.error();
            return std::nullopt;
        }
        Domain domain = scene_.domain();
        const auto order = order_of(cells);
        domain.vcpu_pins.clear();
        set_pins(domain, order, pinning->vcpus);
        VcpuPins pins{.pins = std::move(domain.vcpu_pins), .is_kept = false, .request = std::move(request)};
        pins.topology = topology_for(*pinning, cells);
        pins.reasons = std::move(pinning->reasons);
        pins.warnings = std::move(pinning->warnings);
        if (cells != cells_) {
            pins.warnings.push_back("the guest's NUMA cells get new vCPU numbers because threads of one "
                                    "guest core were in two cells");
            pins.cells = std::move(cells);
        }
        return pins;
    }

    const SuggestScene& scene_;
    const HostTopology& host_;
    PlaceInput input_;
    std::vector<CpuSet> cells_;
    PinningRequest base_;
    std::string problem_; // why there is no place for all vCPUs
};
} // namespace

bool is_about_vcpus(const Rule& rule) {
    return rule.group == RuleGroup::pinning &&
           !is_named(rule, "PIN-EMULATOR PIN-IOTHREAD PIN-THREADS PIN-BOOT-CPU");
}

CpuSet VcpuPins::cpus() const {
    CpuSet all;
    for (const auto& pin : pins)
        all |= pin.cpus;
    return all;
}

VcpuPins choose_vcpu_pins(const SuggestScene& scene) { return Search(scene).choose(); }

} // namespace hostlease
