// Host on Linux, limited to a root directory.
#pragma once

#include "host/host.hpp"
#include "host/unique_fd.hpp"

struct sd_bus;

namespace hostlease {

/// All paths are resolved inside `root` (openat2 RESOLVE_IN_ROOT, Linux 5.6): symbolic links cannot leave
/// it.
class LinuxHost final : public Host {
  public:
    /// Fails if `root` is not a directory.
    static Result<std::unique_ptr<LinuxHost>> open(const std::string& root);

    /// The executable file of this process, whatever the root. Source: proc(5), /proc/self/exe.
    static Result<std::string> this_program();

    Result<std::string> read(const std::string& path) override;
    Result<std::string> read_start(const std::string& path, std::size_t bytes) override;
    Status write(const std::string& path, std::string_view text) override;
    WriteOutcome write_and_read(const std::string& path, std::string_view text,
                                const std::vector<std::string>& others) override;
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
    [[nodiscard]] bool is_machine() const override;
    bool has_systemd() override;
    Status set_unit_cpus(const std::string& unit, const CpuSet& cpus) override;
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
    std::chrono::microseconds now() override;
    std::int64_t wall_clock() override;
    void sleep(std::chrono::microseconds time) override;
    std::uint32_t user() override;

  private:
    explicit LinuxHost(UniqueFd root) : root_(std::move(root)) {}
    enum class Links { follow, refuse };
    /// Processes and systemd belong to the machine, so calls about them are refused for any other root.
    Status require_machine(std::string_view what);
    Result<UniqueFd> open_path(const std::string& path, int flags, Links links);
    Result<UniqueFd> open_file(const std::string& path, int flags);
    struct Place;
    Result<Place> place_of(const std::string& path);

    UniqueFd root_;
    std::shared_ptr<sd_bus> systemd_; // set by the first call to systemd
    bool is_systemd_silent_ = false;  // systemd did not answer in time and is not asked again
};

} // namespace hostlease
