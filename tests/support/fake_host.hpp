// A host in memory whose files behave like the kernel's: they refuse values, clamp them, fall short and
// change each other.
#pragma once

#include "host/host.hpp"
#include "model/host_facts.hpp"
#include "support/fake_cgroups.hpp"
#include "support/fake_partitions.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace hostlease::test {

/// A huge page pool as mm/hugetlb.c manages it (Linux 6.12).
struct FakePool {
    std::uint64_t persistent = 0;
    std::uint64_t in_use = 0;
    std::uint64_t reserved = 0; // mapped, not touched
    [[nodiscard]] std::uint64_t total() const { return std::max(persistent, in_use + reserved); }
    [[nodiscard]] std::uint64_t free() const { return total() - in_use; }
    [[nodiscard]] std::uint64_t surplus() const { return total() - persistent; }
};

struct FakeNode {
    CpuSet cpus;
    std::uint64_t memory = 0;     // bytes
    std::uint64_t fragmented = 0; // bytes that huge pages cannot use before compaction
    std::uint64_t stuck = 0;      // bytes that compaction does not free either
    std::map<std::uint64_t, FakePool> pools;
    std::uint64_t inodes = 0; // bytes that only a drop_caches of 2 or 3 frees
    std::uint64_t dirty = 0;  // bytes that must be written to a disk first, 1 GiB per second
};

struct FakeThread {
    CpuSet cpus;
    std::string scheduling = "other:0";
    bool is_movable = true;
};

/// All plain data of a host.
struct FakeState {
    std::map<unsigned, FakeNode> nodes;
    std::map<std::string, std::string> files; // plain files, by path
    std::map<std::string, std::string> links; // path -> target
    std::set<std::string> directories;
    std::map<std::string, FileStatus> statuses; // for files that are not root's with mode 0644
    // "path=text" of every attempted write(), and of changes made in other ways
    std::vector<std::string> writes;
    std::map<std::int64_t, FakeThread> threads;
    std::uint64_t heat_limit = 0;          // kHz that the cooling allows; 0 if the host is cool
    unsigned busy_queue = 0;               // how many more times a queue says that it is being changed
    bool refuses_crossed_limits = false;   // for a kernel that refuses a maximum below the minimum
    std::vector<Program> programs;         // run or attempted; touch and rm have their effect, false fails
    std::vector<std::int64_t> hung_up;     // processes that received a SIGHUP
    std::set<std::int64_t> kernel_threads; // numbers in `threads`; they are part of the snapshot
    // under the governor performance, intel_pstate does this, and amd-pstate does not
    bool keeps_preference = false;
    std::map<std::string, std::string> kept_preferences; // by the directory of a cpufreq policy
    // the last written vm.min_free_kbytes; -1 for never
    std::int64_t chosen_min_free = -1;
    std::int64_t wall_step = 0;               // seconds by which the wall clock was set
    std::chrono::microseconds program_time{}; // duration of a program
    // the file system of /run is full: replace() fails
    bool is_full = false;
    std::uint32_t user_id = 0;           // the user that hostlease runs as
    bool is_own_root = false;            // another root than the machine's
    std::set<std::string> written_masks; // smp_affinity_list files that were written
    // while the result of take_precedence() exists
    bool has_precedence = false;
    std::vector<std::string> written_with_precedence;   // of the host
    std::vector<std::string> locked_without_precedence; // directories
    std::map<std::string, int> replace_errors;          // errno for files that cannot be replaced
    // errno for files that cannot be written, and for sockets without a listener
    std::map<std::string, int> write_errors;
    std::map<std::string, int> read_errors; // errno for files that cannot be read

  protected:
    std::chrono::microseconds time_{1'000'000};
    std::set<std::string> locked_; // directories
};

class FakeHost final : public Host, public FakeState {
  public:
    /// Two nodes of 16 GiB with CPUs 0-3 and 4-7, pools of 2 MiB and 1 GiB, cpufreq per CPU, the knobs of
    /// this version.
    FakeHost();
    /// A copy of the current state of another host.
    FakeHost(const FakeHost& other);

    Result<std::string> read(const std::string& path) override;
    Result<std::string> read_start(const std::string& path, std::size_t bytes) override;
    Status write(const std::string& path, std::string_view text) override;
    Result<std::vector<std::string>> list(const std::string& directory) override;
    Result<FileStatus> status(const std::string& path) override;
    Result<std::string> resolve(const std::string& path) override;
    Status replace(const std::string& path, std::string_view text) override;
    Status remove(const std::string& path) override;
    Status rename(const std::string& from, const std::string& to) override;
    Status make_directory(const std::string& path) override;
    Status remove_directory(const std::string& path) override;
    Status make_link(const std::string& path, const std::string& target) override;
    Result<std::string> link_target(const std::string& path) override;
    Status hang_up(const ProcessId& process) override;
    [[nodiscard]] bool is_machine() const override { return !is_own_root; }
    bool has_systemd() override { return directories.contains("/run/systemd/system"); }
    Status set_unit_cpus(const std::string& unit, const CpuSet& cpus) override;
    /// Where systemd keeps what is set of a VM's scope, as of every transient unit, until the unit ends.
    static std::string scope_drop_ins(const std::string& unit) {
        return "/run/systemd/transient/" + unit + ".d";
    }
    Status renew_unit_names() override;
    Status set_sleep_inhibitor(bool held) override;
    Status tell(const std::string& socket, std::string_view request) override;
    Result<CpuSet> affinity(std::int64_t thread) override;
    Status set_affinity(std::int64_t thread, const CpuSet& cpus) override;
    Result<std::string> scheduling(std::int64_t thread) override;
    Status set_scheduling(std::int64_t thread, std::string_view scheduling) override;
    Status run(const Program& program) override;
    Result<std::string> run_for_output(const Program& program) override;
    Result<std::unique_ptr<BackgroundProgram>> start(const Program& program) override;
    Result<std::unique_ptr<HostLock>> lock(const std::string& directory,
                                           std::chrono::microseconds patience) override;
    std::unique_ptr<Precedence> take_precedence() override;
    std::chrono::microseconds now() override { return time_; }
    std::int64_t wall_clock() override {
        return 1'700'000'000 + wall_step + std::chrono::duration_cast<std::chrono::seconds>(time_).count();
    }
    void sleep(std::chrono::microseconds time) override;
    std::uint32_t user() override { return user_id; }

    /// Actions of others while a call sleeps, which it must not do with the lock.
    std::function<void()> on_sleep;
    /// Actions while the kernel adds pages to a pool.
    std::function<void()> on_growth;
    /// Actions while the kernel removes pages from a pool.
    std::function<void()> on_shrink;
    /// Actions each time before another program (an admin's, systemd, irqbalance) does its work.
    std::function<void(const std::string& program)> on_wait;

    /// The state that an admin could see: every file's text, except the ledger's empty directory and
    /// durations of calls.
    [[nodiscard]] std::map<std::string, std::string> snapshot();

    FakeCgroups cgroups{files, directories};
    FakePartitions partitions{files, cgroups};

    /// Sets the online CPUs; a cpufreq policy without any fails with EBUSY.
    void set_online(const CpuSet& cpus) { partitions.set_online(cpus); }
    /// Adds an admin's own settings in every file that the kernel changes by itself when another is written.
    void tune_by_hand();
    /// Sets this governor for every policy, as after boot.
    void set_governor(const std::string& governor);
    void add_interrupt(unsigned number, const std::string& actions, const std::string& cpus);
    /// A driver requests a new or known interrupt: it starts with the default mask, unless a mask was written
    /// for it. Of either mask, only the CPUs of the interrupt's node count, if it has one. Source:
    /// kernel/irq/manage.c, irq_setup_affinity() and IRQD_AFFINITY_SET (6.1, 6.12).
    void open_interrupt(unsigned number, const std::string& actions, int node = -1);
    /// The driver releases the interrupt; the number and its mask remain. Source: kernel/irq/manage.c,
    /// __free_irq() (6.1, 6.12).
    void close_interrupt(unsigned number);
    /// The number is freed, as for MSI. Source: kernel/irq/irqdesc.c, free_desc() (6.1, 6.12).
    void free_interrupt(unsigned number);
    void add_kernel_thread(std::int64_t id, const std::string& name, const CpuSet& cpus, bool is_bound);
    void start_balancer(std::int64_t pid, const std::string& environment);

  private:
    void wait_for(const std::string& program) {
        if (const auto act = std::exchange(on_wait, {})) {
            act(program);
            on_wait = act;
        }
    }

    struct PoolFile {
        FakeNode* node;
        std::uint64_t size;
        std::string name;
    };
    std::optional<PoolFile> pool_file(const std::string& path);
    static void write_pool(FakeNode& node, std::uint64_t size, std::uint64_t wanted);
    void add_disk();
    int switch_scheduler(const std::string& path, const std::string& scheduler);
    void add_cpufreq(unsigned cpu);
    [[nodiscard]] bool is_asleep(const std::string& path) const;
    std::string effective_text(const std::string& path, const std::string& content);
    void change_beside(const std::string& path, const std::string& before, const std::string& after);
    void switch_governor(const std::string& policy, const std::string& before, const std::string& after);
    void switch_thp(bool on);
    std::uint64_t highest_frequency(const std::string& policy);
    int refusal_of_power(const std::string& path, const std::string& text);
    void add_interrupts();
    Status write_affinity(const std::string& path, std::string& content, const std::string& text);
    Status write_workqueue_mask(const std::string& path, std::string& content, const std::string& text);
    Status write_plain(const std::string& path, std::string& content, const std::string& text);
    [[nodiscard]] std::string meminfo(unsigned id, const FakeNode& node) const;
};

/// Describes the first file in which two snapshots differ; "" if they are equal.
std::string difference(const std::map<std::string, std::string>& expected,
                       const std::map<std::string, std::string>& found);

} // namespace hostlease::test
