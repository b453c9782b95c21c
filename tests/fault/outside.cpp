#include "fault/outside.hpp"

#include "core/parse.hpp"
#include "knobs/knob.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace hostlease::test {

namespace {
/// Values that an admin writes to files with these endings: neither a baseline nor wanted by any policy here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 18> admins_values{
    {{"/vm/swappiness", "33"},
     {"/vm/compaction_proactiveness", "33"},
     {"/vm/stat_interval", "5"},
     {"/kernel/numa_balancing", "2"},
     {"/kernel/watchdog_cpumask", "0-2"},
     {"/ksm/run", "2"},
     {"/transparent_hugepage/enabled", "always"},
     {"/transparent_hugepage/defrag", "defer"},
     {"/min_ttl_ms", "4"},
     {"/workqueue/cpumask", "7"},
     {"/scaling_governor", "powersave"},
     {"/schedutil/rate_limit_us", "900"},
     {"/vm/min_free_kbytes", "9000"},
     {"/pm_qos_resume_latency_us", "77"},
     {"/queue/nr_requests", "32"},
     {"/queue/scheduler", "kyber"},
     {"/smp_affinity_list", "1"},
     {"/default_smp_affinity", "2"}}};

constexpr std::string_view pool_file = "/nr_hugepages";
constexpr std::string_view cgroups = "/sys/fs/cgroup/";
constexpr std::string_view slice_file = ".slice/cpuset.cpus";

std::optional<std::string> admins_value(const std::string& path) {
    for (const auto& [end, value] : admins_values)
        if (path.ends_with(end)) return std::string(value);
    return std::nullopt;
}

/// "node1/hugepages-2048kB" from the path of a pool's file.
std::optional<PoolId> pool_of(const std::string& path) {
    constexpr std::string_view base = "/sys/devices/system/node/";
    if (!path.starts_with(base) || !path.ends_with(pool_file)) return std::nullopt;
    std::string name = path.substr(base.size(), path.size() - base.size() - pool_file.size());
    const auto middle = name.find("/hugepages/");
    return middle == std::string::npos ? std::nullopt : parse_pool_id(name.erase(middle + 1, 10));
}

/// The unit of a top-level cgroup that is not machine.slice; "" for all other paths.
std::string slice_of(const std::string& path) {
    if (!path.starts_with(cgroups) || !path.ends_with(slice_file)) return {};
    const std::string unit = path.substr(cgroups.size(), path.rfind('/') - cgroups.size());
    return unit == "machine.slice" || unit.find('/') != std::string::npos ? std::string{} : unit;
}

const KnobRecord* record_of(const LedgerContent& ledger, const std::string& path) {
    const auto found = std::find_if(ledger.records.begin(), ledger.records.end(),
                                    [&](const auto& one) { return one.path == path; });
    return found == ledger.records.end() ? nullptr : &*found;
}

/// True for a change that is visible before hostlease writes, in a file that only its writers change.
bool must_stay(const KnobRecord* record, const std::string& path, bool is_before, bool is_look) {
    if (!is_before || !is_look || (record != nullptr && record->intended)) return false;
    const Knob* knob = owner_of(path);
    return knob == nullptr || ((knob->form == KnobForm::value || knob->form == KnobForm::cpu_partition) &&
                               knob->serves == nullptr);
}

void change_pool(Stage& stage, const PoolId& id, const Access& access, Outside& outside) {
    FakePool& pool = stage.world.host.nodes[id.node].pools[id.page_size];
    constexpr std::int64_t added = 7;
    pool.persistent += static_cast<std::uint64_t>(added);
    outside.foreign.push_back(
        {.key = "pool " + hostlease::to_text(id), .path = access.path, .text = {}, .pages = added});
}

/// AllowedCPUs of a slice involves many files and tasks: check only that nothing of hostlease is
/// left.
void change_slice(Stage& stage, const std::string& unit, Outside& outside) {
    static_cast<void>(stage.world.host.set_unit_cpus(unit, CpuSet::range(0, 2)));
    outside.gone.push_back(unit);
}

/// Side effects of an admin's write were caused by the kernel for the admin: do not check them.
void leave_to_admin(const std::string& path, Outside& outside) {
    const Knob* owner = owner_of(path);
    const Knob* knob = owner == nullptr ? find_knob("sysfs") : owner;
    if (knob->neighbours == nullptr) return;
    KnobRecord record;
    record.path = path;
    record.baseline = "schedutil"; // of every policy
    for (const auto& neighbour : knob->neighbours(record))
        outside.gone.push_back(neighbour.path.substr(0, neighbour.path.find('*')));
}

bool is_of_ours(const std::string& path) {
    return path.ends_with("zz-hostlease.conf") || path.ends_with(".before-hostlease");
}

std::string with_pages(const std::string& text, std::int64_t more) {
    const auto blank = text.find(' ');
    const auto pages = parse_integer<std::int64_t>(text.substr(0, blank)).value_or(0) + more;
    return std::to_string(pages) + text.substr(blank);
}
} // namespace

std::string Outside::difference(const HostState& expected, const HostState& found, Moment moment) const {
    HostState wanted = expected;
    HostState now = found;
    for (const auto& one : foreign) {
        // a setting exists only while the setting that it belongs to is in force
        if (one.pages == 0 && !expected.contains(one.key) && !found.contains(one.key)) continue;
        // 2 is restored as the state that it leaves behind
        const bool is_command = one.path.ends_with("/ksm/run") && now[one.key] == "0\n";
        const bool is_foreign =
            is_command ||
            now[one.key] == (one.pages == 0 ? one.text : with_pages(wanted[one.key], one.pages));
        const bool stays = one.stays && (one.was_ours || moment != Moment::vm_runs);
        if (is_foreign || stays) wanted[one.key] = is_foreign ? now[one.key] : one.text;
    }
    const bool has_pages =
        std::any_of(foreign.begin(), foreign.end(), [](const Foreign& one) { return one.pages != 0; });
    for (auto* state : {&wanted, &now})
        std::erase_if(*state, [&](const auto& file) {
            const bool is_left = moment == Moment::all_is_over && is_of_ours(file.first);
            // if another program added pages, the kernel chooses which pages QEMU gets
            if (moment == Moment::vm_runs && has_pages && file.first.starts_with("pool ")) return true;
            return !is_left && std::any_of(gone.begin(), gone.end(), [&](const auto& part) {
                return file.first.find(part) != std::string::npos;
            });
        });
    return test::difference(wanted, now);
}

std::string Outside::untold(const Report& told) const {
    for (const auto& one : foreign) {
        const auto names_it = [&](const ReportEntry& entry) {
            return entry.severity != Severity::note && entry.message.find(one.path) != std::string::npos;
        };
        if (one.stays && one.was_ours && std::none_of(told.entries.begin(), told.entries.end(), names_it))
            return one.path + " was changed by somebody else, and that was not told";
    }
    return {};
}

bool is_changed_by_admins(const Access& access) {
    return admins_value(access.path) || pool_of(access.path) || !slice_of(access.path).empty();
}

void change_by_admin(Stage& stage, const Access& access, bool is_before, Outside& outside) {
    if (const auto id = pool_of(access.path)) return change_pool(stage, *id, access, outside);
    if (const auto unit = slice_of(access.path); !unit.empty()) return change_slice(stage, unit, outside);
    FakeHost& host = stage.world.host;
    const auto ledger = stage.world.ledger();
    const KnobRecord* record = record_of(ledger, access.path);
    const bool stays = must_stay(record, access.path, is_before, access.kind == Access::Kind::look);
    if (!host.write(access.path, *admins_value(access.path))) return;
    leave_to_admin(access.path, outside);
    outside.foreign.push_back({.key = access.path,
                               .path = access.path,
                               .text = host.files[access.path],
                               .stays = stays,
                               .was_ours = record != nullptr});
}

namespace {
const std::string irqs = "/proc/irq/";

/// The number between `front` and the next slash.
std::string number_in(const std::string& path, const std::string& front) {
    if (!path.starts_with(front)) return {};
    const auto number = path.substr(front.size(), path.find('/', front.size()) - front.size());
    return parse_integer<unsigned>(number) ? number : std::string{};
}

bool is_of_balancer(const std::string& path) { return path.find("irqbalance77.sock") != std::string::npos; }
bool is_of_disk(const std::string& path) { return path.starts_with("/sys/block/sda/queue/"); }
} // namespace

bool is_mortal(const Access& access) {
    const std::string thread = number_in(access.path + "/", "/proc/");
    return !number_in(access.path, irqs).empty() || thread == "12" || thread == "15" ||
           is_of_balancer(access.path) || is_of_disk(access.path) || slice_of(access.path) == "user.slice";
}

void take_away(Stage& stage, const Access& access, Outside& outside) {
    FakeHost& host = stage.world.host;
    const auto forget = [&](const std::string& part) {
        std::erase_if(host.files,
                      [&](const auto& file) { return file.first.find(part) != std::string::npos; });
        outside.gone.push_back(part);
    };
    if (const auto irq = number_in(access.path, irqs); !irq.empty()) {
        forget(irqs + irq + "/");
        forget("/sys/kernel/irq/" + irq + "/");
    } else if (is_of_balancer(access.path)) {
        forget("/proc/77/");
        forget("irqbalance77.sock");
    } else if (is_of_disk(access.path)) {
        forget("/sys/block/sda/");
    } else if (slice_of(access.path) == "user.slice") {
        host.cgroups.remove("user.slice");
        outside.gone.emplace_back("user.slice");
    } else {
        const std::string thread = number_in(access.path + "/", "/proc/");
        forget("/proc/" + thread + "/");
        outside.gone.push_back("/proc/" + thread);
        host.threads.erase(std::stoll(thread));
        host.kernel_threads.erase(std::stoll(thread));
    }
}

namespace {
std::string all_but_first(const CpuSet& cpus) {
    return cpus.count() > 1 ? to_list(cpus - CpuSet{cpus.members().front()}) : to_list(cpus);
}

void take_pages_otherwise(FakeHost& host, const PoolId& id, const std::string& text) {
    const auto before = host.nodes[id.node].pools[id.page_size].persistent;
    const auto wanted = parse_integer<std::uint64_t>(text).value_or(before);
    constexpr std::uint64_t missing = 3;
    const auto made = wanted > before ? wanted - std::min(missing, wanted - before)
                                      : wanted + std::min(missing, before - wanted);
    const std::string path = "/sys/devices/system/node/node" + std::to_string(id.node) +
                             "/hugepages/hugepages-" + std::to_string(id.page_size / KiB) + "kB/nr_hugepages";
    static_cast<void>(host.write(path, std::to_string(made)));
}

void break_partition(FakeHost& host, const Access& access) {
    constexpr std::string_view root = "/sys/fs/cgroup";
    const std::string cgroup = access.path.substr(root.size(), access.path.rfind('/') - root.size());
    host.partitions.impossible.insert(cgroup);
    static_cast<void>(host.write(access.path, access.text));
    host.partitions.impossible.erase(cgroup);
}
} // namespace

void take_otherwise(Stage& stage, const Access& access) {
    FakeHost& host = stage.world.host;
    const auto list = parse_cpu_list(access.text);
    if (access.kind == Access::Kind::unit) {
        static_cast<void>(host.set_unit_cpus(access.path, parse_cpu_list(all_but_first(*list)).value()));
    } else if (access.kind == Access::Kind::thread && list) {
        static_cast<void>(
            host.set_affinity(std::stoll(access.path), parse_cpu_list(all_but_first(*list)).value()));
    } else if (const auto id = pool_of(access.path)) {
        take_pages_otherwise(host, *id, access.text);
    } else if (access.path.ends_with(".partition")) {
        break_partition(host, access);
    } else if (access.path.ends_with("/cpumask") || access.path.ends_with("_affinity")) {
        static_cast<void>(host.write(
            access.path, to_mask(parse_cpu_list(all_but_first(*parse_cpu_mask(access.text))).value())));
    } else if (access.path.find("cpu") != std::string::npos && list && list->count() > 1) {
        static_cast<void>(host.write(access.path, all_but_first(*list)));
    } else if (const auto number = parse_integer<std::int64_t>(access.text)) {
        static_cast<void>(host.write(access.path, std::to_string(*number + 1)));
    }
}

} // namespace hostlease::test
