#include "support/fake_host.hpp"

#include "core/parse.hpp"
#include "core/units.hpp"
#include "knobs/knob.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace hostlease::test {

namespace {
using NumberRange = std::pair<std::int64_t, std::int64_t>;

class FakeLock final : public HostLock {
  public:
    FakeLock(std::set<std::string>& locked, const std::string& directory)
        : locked_(locked), directory_(directory) {
        locked_.insert(directory_);
    }
    ~FakeLock() override { locked_.erase(directory_); }

  private:
    std::set<std::string>& locked_;
    std::string directory_;
};

class FakePrecedence final : public Precedence {
  public:
    explicit FakePrecedence(bool& held) : held_(held) { held_ = true; }
    ~FakePrecedence() override { held_ = false; }

  private:
    bool& held_;
};

/// Numbers that the kernel accepts, for knobs whose key is not a number.
const std::map<std::string, NumberRange> ranges{{"/proc/sys/kernel/numa_balancing", {0, 2}},
                                                {"/sys/kernel/mm/ksm/run", {0, 2}}};

/// Numbers that the kernel accepts; nullopt if it also accepts other texts, or if the range is unknown.
std::optional<NumberRange> range_of(const std::string& path) {
    if (const auto range = ranges.find(path); range != ranges.end()) return range->second;
    for (const Knob* knob : all_knobs()) {
        const KeySpec& key = knob->keys.front();
        if (knob->baseline_text.empty() || knob->paths.front() != path) continue;
        if ((key.kinds & an_integer) != 0) return NumberRange{key.minimum, key.maximum};
    }
    return std::nullopt;
}

/// "always [madvise] never" with another word in brackets; nullopt if the word is not among them.
std::optional<std::string> select_word(const std::string& content, const std::string& word,
                                       std::string_view marks) {
    std::string line;
    bool found = false;
    split(trim(content.substr(0, content.find('\0'))), ' ', [&](std::string_view piece) {
        if (piece.front() == marks[0]) piece = piece.substr(1, piece.size() - 2);
        found = found || piece == word;
        const std::string shown =
            piece == word ? marks[0] + std::string(piece) + marks[1] : std::string(piece);
        line += (line.empty() ? "" : " ") + shown;
    });
    return found ? std::optional(line + "\n") : std::nullopt;
}

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }
} // namespace

FakeHost::FakeHost() {
    for (const Knob* knob : all_knobs())
        if (!knob->baseline_text.empty())
            files[std::string(knob->paths.front())] = std::string(knob->baseline_text) + "\n";
    for (const unsigned id : {0U, 1U}) {
        nodes[id] = {CpuSet::range(id * 4, id * 4 + 3), 16 * GiB, 0, 0, {{2 * MiB, {}}, {GiB, {}}}};
        files["/sys/devices/system/node/node" + std::to_string(id) + "/cpulist"] =
            to_list(nodes[id].cpus) + "\n";
        files["/sys/devices/system/node/node" + std::to_string(id) + "/compact"] = "";
    }
    files["/sys/devices/system/node/online"] = "0-1\n";
    files["/sys/devices/system/cpu/online"] = "0-7\n";
    files["/sys/devices/system/cpu/possible"] = "0-7\n";
    files["/proc/meminfo"] = "MemTotal:       33554432 kB\nHugepagesize:       2048 kB\n";
    files["/proc/sys/kernel/random/boot_id"] = "0f9c2a4e-0000-4000-8000-000000000001\n";
    files["/proc/sys/vm/drop_caches"] = "0\n";
    files["/proc/sys/vm/min_free_kbytes"] = "67584\n";
    files["/proc/sys/vm/dirty_ratio"] = "20\n";
    files["/proc/sys/vm/dirty_bytes"] = "0\n";
    files["/proc/sys/kernel/watchdog_cpumask"] = "0-7\n";
    files["/sys/devices/virtual/workqueue/cpumask"] = "ff\n";
    files["/sys/kernel/mm/lru_gen/min_ttl_ms"] = "0\n";
    for (unsigned cpu = 0; cpu < 8; ++cpu) {
        add_cpufreq(cpu);
        files["/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/power/pm_qos_resume_latency_us"] =
            "0\n";
    }
    for (const std::string program : {"/usr/bin/touch", "/usr/bin/rm", "/usr/bin/true", "/usr/bin/false"}) {
        files[program] = "";
        statuses[program] = {FileStatus::Type::regular, 0, 0755};
    }
    add_disk();
    directories = {"/run",         "/etc/hostlease",      "/usr/share/hostlease/policies",
                   "/run/systemd", "/run/systemd/system", "/sys/fs/cgroup"};
    files["/sys/fs/cgroup/cgroup.controllers"] = files["/sys/fs/cgroup/cgroup.subtree_control"] =
        "cpuset cpu io memory pids\n";
    for (const char* name :
         {"dev-hugepages.mount", "init.scope", "machine.slice", "system.slice", "user.slice"})
        cgroups.add(name);
    add_interrupts();
}

FakeHost::FakeHost(const FakeHost& other) : FakeState(other) {
    cgroups.take_over(other.cgroups);
    partitions.take_over(other.partitions);
}

std::optional<FakeHost::PoolFile> FakeHost::pool_file(const std::string& path) {
    constexpr std::string_view base = "/sys/devices/system/node/";
    if (!path.starts_with(base)) return std::nullopt;
    constexpr std::string_view middle = "/hugepages/";
    const auto slash = path.rfind('/');
    std::string target = path.substr(base.size(), slash - std::min(slash, base.size()));
    const auto at = target.find(middle);
    if (at == std::string::npos) return std::nullopt;
    const auto id = parse_pool_id(target.replace(at, middle.size(), "/"));
    if (!id || !nodes.contains(id->node) || !nodes[id->node].pools.contains(id->page_size))
        return std::nullopt;
    return PoolFile{&nodes[id->node], id->page_size, path.substr(slash + 1)};
}

std::string FakeHost::meminfo(unsigned id, const FakeNode& node) const {
    std::uint64_t taken = 0;
    for (const auto& [size, pool] : node.pools)
        taken += size * pool.total();
    const std::string prefix = "Node " + std::to_string(id) + " ";
    return prefix + "MemTotal:       " + std::to_string(node.memory / KiB) + " kB\n" + prefix +
           "MemFree:        " + std::to_string((node.memory - std::min(node.memory, taken)) / KiB) + " kB\n" +
           prefix + "Dirty:          " + std::to_string(node.dirty / KiB) + " kB\n";
}

void FakeHost::sleep(std::chrono::microseconds time) {
    time_ += time;
    for (auto& [id, node] : nodes)
        node.dirty -= std::min(node.dirty, static_cast<std::uint64_t>(time.count()) * GiB / 1'000'000);
    if (const auto act = std::exchange(on_sleep, {})) act();
}

Result<std::string> FakeHost::read_start(const std::string& path, std::size_t bytes) {
    return TRY(read(path)).substr(0, bytes);
}

Result<std::string> FakeHost::read(const std::string& path) {
    const auto link = links.find(path);
    const std::string& real = link == links.end() ? path : link->second;
    if (const auto bad = read_errors.find(real); bad != read_errors.end())
        return fail_io("cannot read", path, bad->second);
    if (const auto file = pool_file(real)) {
        const FakePool& pool = file->node->pools[file->size];
        if (file->name == "nr_hugepages") return std::to_string(pool.total()) + "\n";
        if (file->name == "free_hugepages") return std::to_string(pool.free()) + "\n";
        if (file->name == "surplus_hugepages") return std::to_string(pool.surplus()) + "\n";
    }
    for (const auto& [id, node] : nodes) {
        if (real == "/sys/devices/system/node/node" + std::to_string(id) + "/meminfo")
            return meminfo(id, node);
        for (const auto& [size, pool] : node.pools) {
            const std::string all =
                "/sys/kernel/mm/hugepages/hugepages-" + std::to_string(size / KiB) + "kB/";
            if (real != all + "resv_hugepages" && real != all + "free_hugepages") continue;
            std::uint64_t reserved = 0;
            std::uint64_t free = 0;
            for (const auto& [other, any] : nodes) {
                if (!any.pools.contains(size)) continue;
                reserved += any.pools.at(size).reserved;
                free += any.pools.at(size).free();
            }
            return std::to_string(real == all + "resv_hugepages" ? reserved : free) + "\n";
        }
    }
    if (auto text = cgroups.read(real)) return *std::move(text);
    const auto file = files.find(real);
    if (file == files.end())
        return fail_io("cannot open", path, directories.contains(real) ? EISDIR : ENOENT);
    if (is_asleep(real)) return fail_io("cannot read", path, EBUSY);
    return effective_text(real, file->second);
}

void FakeHost::write_pool(FakeNode& node, std::uint64_t size, std::uint64_t wanted) {
    FakePool& pool = node.pools[size];
    std::uint64_t taken = node.fragmented + node.stuck + node.inodes + node.dirty;
    for (const auto& [other, any] : node.pools)
        taken += other * any.total();
    if (wanted > pool.persistent) {
        const auto surplus = pool.surplus(); // surplus pages become persistent first, which costs no memory
        const auto room = (node.memory - std::min(node.memory, taken)) / size;
        pool.persistent = std::min(wanted, pool.persistent + surplus + room);
        return;
    }
    pool.persistent = wanted; // pages in use or reserved become surplus, and are freed by their user
}

/// Accepted as written, whatever CPUs partitions have; from 6.8 on, the requested mask is kept separately.
/// Source: kernel/workqueue.c (6.1, 6.12).
Status FakeHost::write_workqueue_mask(const std::string& path, std::string& content,
                                      const std::string& text) {
    const auto cpus = parse_cpu_mask(text);
    if (!cpus || !cpus->intersects(CpuSet::range(0, 7)))
        return fail_io("cannot write '" + text + "'", path, EINVAL);
    content = to_mask(*cpus & CpuSet::range(0, 7)) + "\n";
    if (const auto requested = files.find(path + "_requested"); requested != files.end() && !is_own_root)
        requested->second = content;
    return {};
}

namespace {
/// What the file reads after a write of `text`; nullopt if the kernel refuses it. Sources, 6.12:
/// driver_set_override, drivers/base/driver.c; sync_max_store and sync_max_show, drivers/md/md.c;
/// bm_status_write and bm_status_read, fs/binfmt_misc.c; page_counter_memparse, mm/page_counter.c;
/// ioc_weight_show, block/blk-iocost.c; bonding_show_xmit_hash, drivers/net/bonding/bond_sysfs.c.
std::optional<std::string> in_kernels_words(const std::string& path, const std::string& text) {
    const auto number = parse_integer<std::uint64_t>(text);
    if (path.ends_with("/driver_override")) return text.empty() ? "(null)" : text;
    if (path.ends_with("/md/sync_speed_max")) {
        if (text == "system") return "200000 (system)";
        return number ? std::optional(text + " (local)") : std::nullopt;
    }
    if (path.ends_with("/binfmt_misc/status"))
        return number && *number < 2 ? std::optional<std::string>(*number == 1 ? "enabled" : "disabled")
                                     : std::nullopt;
    if (path.ends_with("/memory.high")) return number ? std::to_string(*number / 4096 * 4096) : text;
    if (path.ends_with("/io.weight")) return number ? "default " + text : text;
    if (path.ends_with("/xmit_hash_policy")) return text.substr(0, text.find(' ')) + " 1";
    return text;
}
} // namespace

Status FakeHost::write_plain(const std::string& path, std::string& content, const std::string& text) {
    if (const auto range = range_of(path)) {
        const auto number = parse_integer<std::int64_t>(text);
        if (!number || *number < range->first || *number > range->second)
            return fail_io("cannot write '" + text + "'", path, EINVAL);
    }
    if (path.ends_with("/scaling_governor")) {
        const auto& known = files[parent_of(path) + "/scaling_available_governors"];
        if ((" " + known).find(" " + text + " ") == std::string::npos)
            return fail_io("cannot write '" + text + "'", path, EINVAL);
    }
    if (const int refusal = refusal_of_power(path, text); refusal != 0)
        return fail_io("cannot write '" + text + "'", path, refusal);
    if (path == "/proc/sys/kernel/watchdog_cpumask") { // impossible CPUs are dropped silently
        const auto cpus = parse_cpu_list(text);
        if (!cpus) return fail_io("cannot write '" + text + "'", path, EINVAL);
        content = to_list(*cpus & CpuSet::range(0, 7)) + "\n";
        return {};
    }
    if (path.ends_with("/smp_affinity_list")) return write_affinity(path, content, text);
    if (path == "/sys/devices/virtual/workqueue/cpumask") return write_workqueue_mask(path, content, text);
    if (content.find('[') != std::string::npos) {
        const auto selected = select_word(content, text, "[]");
        if (!selected) return fail_io("cannot write '" + text + "'", path, EINVAL);
        if (path.ends_with("/queue/scheduler"))
            if (const int refusal = switch_scheduler(path, text); refusal != 0)
                return fail_io("cannot write '" + text + "'", path, refusal);
        content = *selected;
        change_beside(path, {}, text);
        return {};
    }
    // sched_dynamic_write and sched_dynamic_show, kernel/sched/debug.c (6.1)
    if (path.ends_with("/sched/preempt")) {
        const auto selected = select_word(content, text, "()");
        if (!selected) return fail_io("cannot write '" + text + "'", path, EINVAL);
        content = *selected;
        return {};
    }
    const std::string before(trim(content));
    const auto spelt = in_kernels_words(path, text);
    if (!spelt) return fail_io("cannot write '" + text + "'", path, EINVAL);
    content = *spelt + "\n";
    change_beside(path, before, text);
    return {};
}

Status FakeHost::write(const std::string& path, std::string_view text) {
    writes.push_back(path + "=" + std::string(text));
    if (has_precedence) written_with_precedence.push_back(path);
    const auto link = links.find(path);
    const std::string& real = link == links.end() ? path : link->second;
    if (const auto file = pool_file(real); file && file->name == "nr_hugepages") {
        const auto wanted = parse_integer<std::uint64_t>(text);
        if (!wanted) return fail_io("cannot write", path, EINVAL);
        const auto before = file->node->pools[file->size].persistent;
        auto& watcher = *wanted > before ? on_growth : on_shrink;
        if (const auto act = *wanted == before ? nullptr : std::exchange(watcher, {})) act();
        write_pool(*file->node, file->size, *wanted);
        return {};
    }
    for (auto& [id, node] : nodes)
        if (real == "/sys/devices/system/node/node" + std::to_string(id) + "/compact") {
            node.fragmented = 0;
            return {};
        }
    if (real == "/proc/sys/vm/drop_caches") {
        for (auto& [id, node] : nodes) {
            if (text != "2") node.stuck = 0;
            if (text != "1") node.inodes = 0;
        }
        return {};
    }
    if (auto written = partitions.write(real, std::string(text))) return *std::move(written);
    if (auto written = cgroups.write(real, std::string(text))) return *std::move(written);
    const auto file = files.find(real);
    if (file == files.end()) return fail_io("cannot open", path, ENOENT);
    if (const auto error = write_errors.find(real); error != write_errors.end())
        return fail_io("cannot write '" + std::string(text) + "'", path, error->second);
    if (is_asleep(real)) return fail_io("cannot write '" + std::string(text) + "'", path, EBUSY);
    return write_plain(real, file->second, std::string(text));
}

Result<std::vector<std::string>> FakeHost::list(const std::string& directory) {
    std::set<std::string> names;
    const std::string prefix = directory + "/";
    const auto collect = [&](const std::string& path) {
        if (path.starts_with(prefix))
            names.insert(path.substr(prefix.size(), path.find('/', prefix.size()) - prefix.size()));
    };
    for (const auto& [path, text] : files)
        collect(path);
    for (const auto& path : directories)
        collect(path);
    for (const auto& [path, target] : links)
        collect(path);
    for (const auto& [id, node] : nodes)
        for (const auto& [size, pool] : node.pools)
            collect("/sys/devices/system/node/node" + std::to_string(id) + "/hugepages/hugepages-" +
                    std::to_string(size / KiB) + "kB/nr_hugepages");
    if (names.empty() && !directories.contains(directory)) return fail_io("cannot open", directory, ENOENT);
    return std::vector<std::string>(names.begin(), names.end());
}

Result<FileStatus> FakeHost::status(const std::string& path) {
    if (const auto special = statuses.find(path); special != statuses.end()) return special->second;
    if (directories.contains(path)) return FileStatus{FileStatus::Type::directory, 0, 0700};
    if (links.contains(path)) return FileStatus{FileStatus::Type::other, 0, 0777};
    if (files.contains(path)) return FileStatus{FileStatus::Type::regular, 0, 0600};
    const auto next = files.lower_bound(path + "/");
    if (next != files.end() && next->first.starts_with(path + "/"))
        return FileStatus{FileStatus::Type::directory, 0, 0755};
    return fail_io("cannot open", path, ENOENT);
}

Result<std::string> FakeHost::resolve(const std::string& path) {
    if (const auto link = links.find(path); link != links.end()) return link->second;
    if (files.contains(path) || pool_file(path)) return path;
    return fail_io("cannot open", path, ENOENT);
}

Status FakeHost::replace(const std::string& path, std::string_view text) {
    if (!directories.contains(parent_of(path))) return fail_io("cannot create", path, ENOENT);
    if (is_full && path.starts_with("/run/")) return fail_io("cannot create", path, ENOSPC);
    if (const auto error = replace_errors.find(path); error != replace_errors.end())
        return fail_io("cannot create", path, error->second);
    files[path] = std::string(text);
    // the draft of a dead process
    files.erase(path.substr(0, path.rfind('/') + 1) + "." + path.substr(path.rfind('/') + 1) + ".tmp");
    return {};
}

Status FakeHost::remove(const std::string& path) {
    files.erase(path);
    links.erase(path);
    return {};
}

Status FakeHost::rename(const std::string& from, const std::string& to) {
    if (const auto link = links.extract(from)) {
        files.erase(to);
        links[to] = link.mapped();
        return {};
    }
    if (directories.erase(from) > 0) {
        directories.insert(to);
        return {};
    }
    const auto file = files.find(from);
    if (file == files.end()) return fail_io("cannot rename", from, ENOENT);
    files[to] = file->second;
    files.erase(from);
    return {};
}

Status FakeHost::make_link(const std::string& path, const std::string& target) {
    if (status(path)) return fail_io("cannot create", path, EEXIST);
    links[path] = target;
    return {};
}

Result<std::string> FakeHost::link_target(const std::string& path) {
    if (const auto link = links.find(path); link != links.end()) return link->second;
    return fail_io("cannot read the link", path, status(path) ? EINVAL : ENOENT);
}

Status FakeHost::hang_up(const ProcessId& process) {
    hung_up.push_back(process.pid);
    return {};
}

Status FakeHost::make_directory(const std::string& path) {
    if (files.contains(path)) return fail_io("cannot create", path, EEXIST);
    directories.insert(path);
    return {};
}

Status FakeHost::remove_directory(const std::string& path) {
    const auto entries = list(path);
    if (entries && entries->empty()) directories.erase(path);
    return {};
}

Status FakeHost::set_unit_cpus(const std::string& unit, const CpuSet& cpus) {
    wait_for("systemd");
    writes.push_back(unit + "=" + to_list(cpus));
    if (!has_systemd()) return fail_io("systemd cannot be asked to change the unit", unit, ENOSYS);
    const std::string scope = "/machine.slice/" + unit;
    if (!files.contains("/sys/fs/cgroup" + scope + "/cpuset.cpus")) return cgroups.set_unit_cpus(unit, cpus);
    partitions.pin(scope, cpus);
    const std::string drop_ins = scope_drop_ins(unit);
    directories.insert(drop_ins);
    files[drop_ins + "/50-AllowedCPUs.conf"] = "[Scope]\nAllowedCPUs=\nAllowedCPUs=" + to_list(cpus) + "\n";
    return {};
}

Status FakeHost::renew_unit_names() {
    wait_for("systemd");
    if (!has_systemd()) return fail_io("systemd cannot be asked", "/run/systemd/system", ENOSYS);
    return {};
}

Status FakeHost::set_sleep_inhibitor(bool held) {
    wait_for("logind");
    writes.push_back(held ? "inhibitor=held" : "inhibitor=gone");
    const std::string unit = "/run/systemd/transient/hostlease-inhibit-sleep.service";
    if (held)
        files[unit] = "";
    else
        files.erase(unit);
    return {};
}

Result<CpuSet> FakeHost::affinity(std::int64_t thread) {
    if (!threads.contains(thread)) return fail_io("cannot read", std::to_string(thread), ESRCH);
    return threads[thread].cpus;
}

Status FakeHost::set_affinity(std::int64_t thread, const CpuSet& cpus) {
    writes.push_back("thread " + std::to_string(thread) + "=" + to_list(cpus));
    if (!threads.contains(thread)) return fail_io("cannot set", std::to_string(thread), ESRCH);
    if (!threads[thread].is_movable) return fail_io("cannot set", std::to_string(thread), EINVAL);
    threads[thread].cpus = cpus;
    return {};
}

Result<std::string> FakeHost::scheduling(std::int64_t thread) {
    if (!threads.contains(thread)) return fail_io("cannot read", std::to_string(thread), ESRCH);
    return threads[thread].scheduling;
}

Status FakeHost::set_scheduling(std::int64_t thread, std::string_view scheduling) {
    writes.push_back("thread " + std::to_string(thread) + "=" + std::string(scheduling));
    if (!threads.contains(thread)) return fail_io("cannot set", std::to_string(thread), ESRCH);
    threads[thread].scheduling = scheduling;
    return {};
}

Status FakeHost::run(const Program& program) {
    std::string line;
    for (const auto& word : program.words)
        line += (line.empty() ? "" : " ") + word;
    wait_for(program.words.front());
    writes.push_back("run " + line);
    programs.push_back(program);
    const std::string& name = program.words.front();
    if (!files.contains(name)) return fail_io("cannot run", name, ENOENT);
    time_ += std::min(program_time, program.deadline);
    if (program_time > program.deadline) return fail(ErrorKind::refused, name + " was ended at its deadline");
    if (name == "/usr/bin/false") return fail(ErrorKind::refused, name + " ended with status 1");
    if (name == "/usr/bin/touch") files[program.words.back()] = "";
    if (name == "/usr/bin/rm") files.erase(program.words.back());
    return {};
}

Result<std::string> FakeHost::run_for_output(const Program& program) {
    TRY_VOID(run(program));
    return std::string();
}

Result<std::unique_ptr<BackgroundProgram>> FakeHost::start(const Program& program) {
    return fail(ErrorKind::unsupported, "no program runs beside a host in memory: " + program.words.front());
}

Result<std::unique_ptr<HostLock>> FakeHost::lock(const std::string& directory,
                                                 std::chrono::microseconds patience) {
    if (locked_.contains(directory)) {
        time_ += patience;
        return fail(ErrorKind::busy, "another hostlease has held the lock on " + directory + " for too long");
    }
    if (!has_precedence) locked_without_precedence.push_back(directory);
    return std::unique_ptr<HostLock>(std::make_unique<FakeLock>(locked_, directory));
}

std::unique_ptr<Precedence> FakeHost::take_precedence() {
    return has_precedence ? nullptr : std::make_unique<FakePrecedence>(has_precedence);
}

std::map<std::string, std::string> FakeHost::snapshot() {
    auto all = files;
    std::erase_if(all, [](const auto& file) { // processes start and end by themselves
        return file.first.starts_with("/proc/") && file.first.size() > 6 && file.first[6] >= '0' &&
               file.first[6] <= '9';
    });
    for (auto& [path, text] : all) // durations of calls
        if (path.starts_with("/run/hostlease/")) text = text.substr(0, text.find("\n[[timing]]"));
    for (const auto id : kernel_threads)
        all["/proc/" + std::to_string(id)] = to_list(threads[id].cpus);
    for (const auto& [id, node] : nodes)
        for (const auto& [size, pool] : node.pools)
            all["pool " + to_text(PoolId{id, size})] =
                std::to_string(pool.persistent) + " persistent, " + std::to_string(pool.in_use) + " in use";
    cgroups.describe(all);
    return all;
}

std::string difference(const std::map<std::string, std::string>& expected,
                       const std::map<std::string, std::string>& found) {
    for (const auto& [path, text] : expected) {
        if (!found.contains(path)) return path + " is gone";
        if (found.at(path) != text) return path + " is '" + found.at(path) + "', not '" + text + "'";
    }
    for (const auto& [path, text] : found)
        if (!expected.contains(path)) return path + " is new: '" + text + "'";
    return {};
}

} // namespace hostlease::test
