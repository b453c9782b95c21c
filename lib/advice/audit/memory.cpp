// The guest's memory.
#include "advice/audit/memory.hpp"

#include "advice/audit/elements.hpp"
#include "advice/audit/pinned_memory.hpp"
#include "core/units.hpp"
#include "knobs/knob.hpp"
#include "model/node_memory.hpp"
#include "read/xml_number.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::string_view backing = "https://libvirt.org/formatdomain.html#memory-backing";

constexpr std::string_view is_private =
    "the guest's memory is private (<launchSecurity>), so <memoryBacking> does not apply";

std::string in_backing(std::string_view xml) { return nested({"memoryBacking"}, xml); }

void check_hugepages(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& domain = input.domain;
    const auto memory = plugged_memory(domain);
    if (domain.backing.hugepages) return;
    if (memory < 4 * GiB) return outcome.skip("the VM has less than 4 GiB of memory");
    if (auto why = why_no_huge_pages(input); !why.empty()) return outcome.skip(std::move(why));
    outcome.fail({.line = line_of(input.root, "memoryBacking/hugepages"),
                  .found = format_size_short(memory) + " of ordinary pages",
                  .wanted = "huge pages, which a policy reserves when the VM starts",
                  .xml = hugepages_xml(usual_page_size(input)),
                  .severity = memory < 8 * GiB ? std::optional(Severity::note) : std::nullopt});
}

/// Asks the knob itself, so that the finding cannot differ from the result of a start.
void check_pages_fit(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (!input.domain.backing.hugepages) return outcome.skip("the domain asks for no huge pages");
    if (input.host->is_running) return outcome.skip("the VM is running and has its pages");
    const Policy policy = input.policy == nullptr ? Policy{} : *input.policy;
    const PlanInput start{input.domain, policy, input.host->host, input.host->leases, input.host->promised};
    KnobPlan plan;
    find_knob("hugepages.reserve")->plan(start, plan);
    for (const auto& note : plan.notes.all())
        if (note.severity != Severity::note)
            outcome.fail(
                {.line = line_of(input.root, "memoryBacking/hugepages"),
                 .found = note.message,
                 .wanted = note.hint,
                 .severity = note.severity == Severity::error ? std::nullopt : std::optional(note.severity)});
}

/// Whether the memory of all cells is shared. A cell's memAccess overrides <access>. Source:
/// qemuValidateDomainDefVhostUserRequireSharedMemory (libvirt 9.0).
bool is_shared(const Domain& domain) {
    const bool whole = domain.backing.access == "shared";
    if (domain.cells.empty()) return whole;
    return std::all_of(domain.cells.begin(), domain.cells.end(), [&](const GuestCell& cell) {
        return cell.access == "shared" || (cell.access.empty() && whole);
    });
}

/// The first device whose process accesses the guest's memory, such as "virtiofs"; "" if there is none.
std::string sharing_device(XmlElement root) {
    for (const auto one : find_all(root, "devices/filesystem"))
        if (attribute(find(one, "driver"), "type") == "virtiofs") return "virtiofs";
    for (const auto one : find_all(root, "devices/disk"))
        if (attribute(one, "type") == "vhostuser") return "a vhost-user disk";
    for (const auto one : find_all(root, "devices/interface"))
        if (attribute(one, "type") == "vhostuser") return "a vhost-user network card";
    for (const auto one : find_all(root, "devices/video"))
        if (attribute(find(one, "driver"), "name") == "vhostuser") return "a vhost-user graphics device";
    return {};
}

void check_shared(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto device = sharing_device(input.root);
    if (device.empty()) return outcome.skip("the VM has no virtiofs or vhost-user device");
    const bool has_file = input.domain.backing.hugepages || input.domain.backing.source == "memfd" ||
                          input.domain.backing.source == "file";
    if (is_shared(input.domain) && has_file) return;
    outcome.fail({.line = line_of(input.root,
                                  is_shared(input.domain) ? "memoryBacking/source" : "memoryBacking/access"),
                  .found = device + (is_shared(input.domain) ? ", but the memory has no file to share"
                                                             : ", but the memory is not shared"),
                  .wanted = "shared memory in a memfd",
                  .xml = in_backing("<source type='memfd'/>\n<access mode='shared'/>")});
}

std::optional<std::uint64_t> hard_limit(const AuditInput& input) {
    const auto element = find(input.root, "memtune/hard_limit");
    return parse_memory_limit(text_of(element), attribute(element, "unit"));
}

std::string hard_limit_xml(const Domain& domain) {
    return nested({"memtune"}, "<hard_limit unit='MiB'>" + std::to_string((domain.memory + 2 * GiB) / MiB) +
                                   "</hard_limit>");
}

void check_locked(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (!input.domain.backing.locked || hard_limit(input)) return;
    const bool is_needed = is_real_time(input.domain) || pins_unknown_memory(input);
    const bool is_needless = input.domain.backing.hugepages && !is_needed;
    outcome.fail({.line = line_of(input.root, "memoryBacking/locked"),
                  .found = "<locked/> without a limit",
                  .wanted = is_needless
                                ? "remove it: huge pages are never swapped out"
                                : std::string("a <memtune><hard_limit> slightly above the guest's memory") +
                                      (is_needed ? "" : ", or no <locked/>"),
                  .xml = is_needless ? std::string() : hard_limit_xml(input.domain)});
}

/// The memory that QEMU maps at once, in bytes.
std::uint64_t largest_mapping(const Domain& domain) {
    if (domain.cells.empty()) return plugged_memory(domain);
    std::uint64_t largest = 0;
    for (const auto& cell : domain.cells)
        largest = std::max(largest, cell.memory);
    return largest;
}

/// RLIMIT_MEMLOCK is <hard_limit> if it is set. A process that locks all of its memory cannot map more, but
/// huge pages that are mapped already do not count. VFIO counts all of the guest's memory. Without either,
/// <hard_limit> is the cgroup's memory.max, which huge pages do not count towards. Source:
/// qemuDomainGetMemLockLimitBytes (libvirt 9.0); mlock_future_ok and mmap_region of mm/mmap.c,
/// vfio_pin_pages_remote of drivers/vfio/vfio_iommu_type1.c, and
/// Documentation/admin-guide/cgroup-v2.rst (Linux 6.12).
void check_limit(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& domain = input.domain;
    const auto limit = hard_limit(input);
    if (!limit) return outcome.skip("there is no <hard_limit>");
    const bool is_pinned = has_host_device(input) || pins_unknown_memory(input);
    const bool must_lock = is_pinned || domain.backing.locked;
    if (!must_lock && domain.backing.hugepages) return outcome.skip("<hard_limit> does not limit huge pages");
    const auto needed =
        domain.backing.hugepages && !is_pinned ? largest_mapping(domain) : plugged_memory(domain);
    if (*limit >= needed) return;
    outcome.fail({.line = line_of(input.root, "memtune/hard_limit"),
                  .found = "<hard_limit> is " + format_size_short(*limit) + ", and the guest has " +
                           format_size_short(plugged_memory(domain)) +
                           (is_pinned ? std::string(", which ") +
                                            (is_amd_sev(input) ? "AMD SEV" : "its host device") + " locks"
                            : must_lock ? ", which <locked/> locks"
                                        : ""),
                  .wanted = "a <hard_limit> above the guest's memory and QEMU's own, or none",
                  .xml = hard_limit_xml(domain),
                  .severity = must_lock ? std::optional(Severity::error) : std::nullopt});
}

void check_sharing(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (input.domain.backing.hugepages) return outcome.skip("the kernel does not merge huge pages");
    if (has_private_memory(input)) return outcome.skip(std::string(is_private));
    if (input.domain.backing.nosharepages) return;
    outcome.fail({.line = line_of(input.root, "memoryBacking/nosharepages"),
                  .found = "the kernel may merge the guest's pages with those of other VMs",
                  .wanted = "<nosharepages/>",
                  .xml = in_backing("<nosharepages/>")});
}

void check_immediate(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (input.domain.backing.hugepages)
        return outcome.skip("libvirt always makes QEMU allocate huge pages at start");
    if (has_private_memory(input)) return outcome.skip(std::string(is_private));
    if (input.domain.backing.allocation == "immediate") return;
    outcome.fail({.line = line_of(input.root, "memoryBacking/allocation"),
                  .found = "the host allocates memory when the guest first touches it",
                  .wanted = "<allocation mode='immediate'/> if the host can spare the memory",
                  .xml = in_backing("<allocation mode='immediate'/>")});
}

void check_threads(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& domain = input.domain;
    if (plugged_memory(domain) < 16 * GiB) return outcome.skip("the VM has less than 16 GiB of memory");
    if (has_private_memory(input)) return outcome.skip(std::string(is_private));
    if (!domain.backing.hugepages && domain.backing.allocation != "immediate")
        return outcome.skip("memory is not allocated at start");
    if (domain.backing.allocation_threads > 1) return;
    const auto threads = std::to_string(std::clamp(domain.vcpus, 2U, 8U));
    outcome.fail({.line = line_of(input.root, "memoryBacking/allocation"),
                  .found = "a single thread clears " + format_size_short(plugged_memory(domain)),
                  .wanted = "threads='" + threads + "' (libvirt 8.2, QEMU 7.2)",
                  .xml = in_backing("<allocation mode='immediate' threads='" + threads + "'/>")});
}

void check_balloon(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto balloon = find(input.root, "devices/memballoon");
    if (attribute(balloon, "model") == "none") return;
    outcome.fail({.line = line_of(input.root, "devices/memballoon"),
                  .found = balloon ? "the VM has a balloon" : "no <memballoon>, so libvirt adds one",
                  .wanted = "<memballoon model='none'/>; a balloon cannot return huge pages to the host",
                  .xml = nested({"devices"}, "<memballoon model='none'/>")});
}

/// VFIO pins all of the guest's memory, and QEMU then inhibits the balloon. Source:
/// ram_block_uncoordinated_discard_disable() of hw/vfio (QEMU 7.2). Source of the interval:
/// docs/interop/virtio-balloon-stats.rst.
void check_stats(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto balloon = find(input.root, "devices/memballoon");
    if (attribute(balloon, "model") == "none") return outcome.skip("the VM has no balloon");
    if (has_host_device(input))
        return outcome.skip("the VM has a host device, which makes a balloon useless");
    const auto period = find(balloon, "stats");
    if (parse_xml_number<unsigned>(attribute(period, "period")).value_or(0) > 0) return;
    outcome.fail({.line = line_of(input.root, period ? "devices/memballoon/stats" : "devices/memballoon"),
                  .found = "the balloon does not collect the guest's memory statistics",
                  .wanted = "if the balloon stays, <stats period='5'/> (every five seconds)",
                  .xml = nested({"devices", "memballoon model='virtio'"}, "<stats period='5'/>")});
}

/// Without a balloon, <currentMemory> has no effect. Source: qemuProcessSetupBalloon (libvirt 9.0), which
/// does nothing for model 'none'. Memory that a virtio-mem device has not requested does not count, because
/// the guest does not have it. Source: formatdomain, memory devices.
void check_current(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& domain = input.domain;
    const auto plugged = plugged_memory(domain);
    if (domain.current_memory >= plugged) return;
    const bool has_balloon = attribute(find(input.root, "devices/memballoon"), "model") != "none";
    const auto missing = format_size_short(plugged - domain.current_memory);
    outcome.fail(
        {.line = line_of(input.root, "currentMemory"),
         .found = has_balloon ? "the balloon takes " + missing + " from the start"
                              : "currentMemory is " + missing + " less than the guest has",
         .wanted = has_balloon
                       ? "currentMemory equal to memory"
                       : "currentMemory equal to memory, because the VM has no balloon to use the rest",
         .xml = "<currentMemory unit='KiB'>" + std::to_string(plugged / KiB) + "</currentMemory>",
         .severity = has_balloon ? std::nullopt : std::optional(Severity::note)});
}

/// Why the memory cannot be bound to the nodes of the pinned CPUs; "" if it can, or if the host was not
/// checked. With a strict binding to nodes that are too small, QEMU does not start or is killed.
std::string why_not_near_pins(const AuditInput& input) {
    if (input.host == nullptr) return {};
    const auto nodes = nodes_with_cpus(input.host->host, pinned_cpus(input.domain));
    if (!nodes.empty() && !nodes.intersects(nodes_with_memory(input.host->host)))
        return "the nodes of the pinned CPUs have no memory";
    if (can_hold(memory_of_nodes(*input.host), nodes, ram_size(input.domain))) return {};
    return "the nodes of the pinned CPUs are too small for the memory";
}

/// Whether <numatune> names a node that the host does not have, which MEM-NODES reports.
bool names_absent_node(const AuditInput& input) {
    NodeSet known;
    for (const auto& node : input.host->host.nodes)
        known.add(node.id);
    const auto& domain = input.domain;
    return (domain.numa_memory && !domain.numa_memory->nodes.is_subset_of(known)) ||
           std::any_of(domain.numa_cells.begin(), domain.numa_cells.end(),
                       [&](const NumaCell& cell) { return !cell.nodes.is_subset_of(known); });
}

void check_numa(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& domain = input.domain;
    if (input.host != nullptr && names_absent_node(input))
        return outcome.skip("the memory is bound to a node that does not exist (MEM-NODES)");
    if (input.host != nullptr && input.host->host.nodes.size() < 2)
        return outcome.skip("the host has one NUMA node");
    if (pinned_cpus(domain).empty()) return outcome.skip("no vCPU is pinned");
    if (domain.cells.size() > 1 && domain.numa_cells.size() < domain.cells.size())
        return outcome.fail({.line = line_of(input.root, "numatune/memnode"),
                             .found = std::to_string(domain.cells.size()) + " guest NUMA cells, " +
                                      std::to_string(domain.numa_cells.size()) +
                                      " of them bound to a host node",
                             .wanted = "one <memnode> for each",
                             .xml = nested({"numatune"}, "<memnode cellid='0' mode='strict' nodeset='0'/>")});
    const bool is_by_cell = !domain.cells.empty() && domain.numa_cells.size() == domain.cells.size();
    const auto mode = domain.numa_memory ? domain.numa_memory->mode : NumaMode::preferred;
    if (is_by_cell || mode == NumaMode::strict || mode == NumaMode::restrictive) return;
    if (auto why = why_not_near_pins(input); !why.empty()) return outcome.skip(std::move(why));
    outcome.fail({.line = line_of(input.root, "numatune/memory"),
                  .found = !domain.numa_memory            ? "the memory may come from any node"
                           : mode == NumaMode::interleave ? "the memory is interleaved"
                                                          : "the memory node is only preferred",
                  .wanted = "mode='strict' on the node of the pinned CPUs",
                  .xml = nested({"numatune"}, "<memory mode='strict' nodeset='0'/>"),
                  .severity = input.host == nullptr ? std::optional(Severity::note) : std::nullopt});
}

constexpr RuleMaker rule{.group = RuleGroup::memory, .source = backing};

constexpr Rule rules[] = {
    rule("MEM-HUGEPAGES", Severity::warning, anything,
         "One TLB entry covers a whole huge page (2 MiB on x86) instead of a small page (4 KiB).",
         "the whole guest is slightly slower", check_hugepages,
         "https://docs.kernel.org/admin-guide/mm/hugetlbpage.html"),
    rule("MEM-PAGES-FIT", Severity::error, host_facts,
         "When QEMU starts, every page must be free on the right node, or the kernel must be able to add it. "
         "Pages for exactly the guest's memory suffice; a margin of 10 % is not needed.",
         "the VM does not start", check_pages_fit, "https://docs.kernel.org/admin-guide/mm/hugetlbpage.html"),
    rule("MEM-MEMFD-SHARED", Severity::error, anything,
         "virtiofsd and other vhost-user programs access the guest's memory directly, so the memory must be "
         "shared.",
         "the VM does not start", check_shared, "https://libvirt.org/kbase/virtiofs.html"),
    rule("MEM-LOCKED", Severity::note, anything,
         "<locked/> removes the limit on locked memory, so the host cannot reclaim any of QEMU's memory. "
         "libvirt's documentation warns against this.",
         "the host runs out of memory and kills programs", check_locked),
    rule("MEM-LIMIT", Severity::warning, anything,
         "QEMU can neither lock nor use more memory than <hard_limit>. Locked memory beyond the limit is "
         "refused; other memory is swapped out, or the kernel kills QEMU.",
         "the VM does not start, or stops without a message in the guest", check_limit,
         "https://libvirt.org/formatdomain.html#memory-tuning"),
    rule("MEM-NOSHAREPAGES", Severity::note, anything,
         "The kernel must copy a merged page when the guest writes to it.", "short pauses on writes",
         check_sharing),
    rule("MEM-IMMEDIATE", Severity::note, anything,
         "The first use of memory that is not yet allocated costs a page fault, and the host may lack the "
         "memory by then.",
         "pauses while a program allocates memory", check_immediate),
    rule("MEM-PREALLOC-THREADS", Severity::note, anything,
         "A single thread needs a quarter of a second or more to clear each GiB.",
         "the VM takes long to start", check_threads),
    rule("MEM-BALLOON-OFF", Severity::note, anything,
         "A balloon serves hosts that reclaim memory from VMs. On other hosts it is unused, and a VM without "
         "it never loses memory.",
         "pauses while the host takes memory", check_balloon,
         "https://libvirt.org/formatdomain.html#memory-balloon-device"),
    rule("MEM-STATS", Severity::note, virtio_guest,
         "Without these statistics, virsh dommemstat and `hostlease report` cannot show how much memory the "
         "guest uses.",
         "monitoring does not notice that the guest runs out of memory", check_stats,
         "https://libvirt.org/formatdomain.html#memory-balloon-device"),
    rule("MEM-CURRENT", Severity::warning, anything,
         "The guest can use less memory than the host reserves for the VM.", "the guest swaps", check_current,
         "https://libvirt.org/formatdomain.html#memory-allocation"),
    rule("MEM-NUMA", Severity::warning, anything,
         "Access to another node's memory takes roughly 50 % longer.", "slow memory, uneven speed",
         check_numa, "https://libvirt.org/formatdomain.html#numa-node-tuning")};
} // namespace

bool is_real_time(const Domain& domain) {
    return !domain.vcpu_schedulers.empty() || !domain.iothread_schedulers.empty() ||
           domain.emulator_scheduler.has_value();
}

std::uint64_t usual_page_size(const AuditInput& input) {
    // Source: Documentation/admin-guide/mm/hugetlbpage.rst and the architectures' hugetlbpage.c (6.12). The
    // size on aarch64 and ppc64 depends on the size of small pages, or on the MMU.
    const bool is_riscv = input.domain.arch.starts_with("riscv");
    const std::uint64_t usual = input.is_x86() || is_riscv ? 2 * MiB : input.is_s390() ? MiB : 0;
    if (input.host == nullptr) return usual;
    const auto& facts = input.host->host;
    const auto has = [&](std::uint64_t size) {
        return std::any_of(facts.pools.begin(), facts.pools.end(),
                           [&](const PoolFacts& pool) { return pool.id.page_size == size; });
    };
    if (facts.pools.empty() || has(usual)) return usual;
    return has(facts.default_page_size) ? facts.default_page_size : 0;
}

std::string hugepages_xml(std::uint64_t size) {
    if (size == 0) return in_backing("<hugepages/>");
    const auto text = format_size(size); // "2 MiB"
    const auto blank = text.find(' ');
    return in_backing("<hugepages>\n  <page size='" + text.substr(0, blank) + "' unit='" +
                      text.substr(blank + 1) + "'/>\n</hugepages>");
}

bool has_private_memory(const AuditInput& input) {
    const auto type = attribute(find(input.root, "launchSecurity"), "type");
    return type == "tdx" || type == "sev-snp";
}

/// Source for s390x: Documentation/virt/kvm/s390/s390.rst and arch/s390/kvm/kvm-s390.c (6.12), parameter
/// hpage.
std::string why_no_huge_pages(const AuditInput& input) {
    constexpr std::string_view switch_of_kvm = "/sys/module/kvm/parameters/hpage";
    if (has_private_memory(input)) return std::string(is_private);
    if (!input.is_s390() || !input.is_kvm() || input.host == nullptr) return {};
    const auto value = input.host->value(switch_of_kvm);
    if (value == "1" || value == "Y") return {};
    return "On s390x, KVM supports huge pages only with kvm.hpage=1 (" + std::string(switch_of_kvm) + ")";
}

std::span<const Rule> memory_rules() { return rules; }

} // namespace hostlease
