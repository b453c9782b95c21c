// A host on which one access goes wrong.
#pragma once

#include "host/host.hpp"

#include <cerrno>
#include <functional>
#include <set>

namespace hostlease::test {

/// Thrown where the process would have been killed. Not a std::exception, so that no handler of ours takes it for one.
struct Died {};

/// Passes everything on to another host, and at access number `at` does what `fault` says. Accesses are numbered from 1.
class FaultyHost final : public Host {
  public:
    enum class Fault { none, die_before, die_after, fail };

    FaultyHost(Host& host, Fault fault, unsigned at, int error = EIO) : host_(host), fault_(fault), at_(at), error_(error) {}

    /// What others do between access number `at` and the one before.
    std::function<void()> meanwhile;

    [[nodiscard]] unsigned accesses() const { return count_; }
    [[nodiscard]] unsigned changes() const { return changes_; }
    /// The access that first wrote a file of the ledger or of systemd's; 0 when there was none.
    [[nodiscard]] unsigned first_replacement() const { return first_replacement_; }

    Result<std::string> read(const std::string& path) override {
        return access(path, false, [&] { return host_.read(path); });
    }
    Status write(const std::string& path, std::string_view text) override {
        return access(path, true, [&] { return host_.write(path, text); });
    }
    Result<std::vector<std::string>> list(const std::string& directory) override {
        return access(directory, false, [&] { return host_.list(directory); });
    }
    Result<FileStatus> status(const std::string& path) override {
        return access(path, false, [&] { return host_.status(path); });
    }
    Result<std::string> resolve(const std::string& path) override {
        return access(path, false, [&] { return host_.resolve(path); });
    }
    Status replace(const std::string& path, std::string_view text) override {
        if (first_replacement_ == 0) first_replacement_ = count_ + 1;
        return access(path, true, [&] { return host_.replace(path, text); });
    }
    Status remove(const std::string& path) override {
        return access(path, true, [&] { return host_.remove(path); });
    }
    Status rename(const std::string& from, const std::string& to) override {
        return access(from, true, [&] { return host_.rename(from, to); });
    }
    Status make_directory(const std::string& path) override {
        return access(path, true, [&] { return host_.make_directory(path); });
    }
    Status remove_directory(const std::string& path) override {
        return access(path, true, [&] { return host_.remove_directory(path); });
    }
    Status make_link(const std::string& path, const std::string& target) override {
        return access(path, true, [&] { return host_.make_link(path, target); });
    }
    Result<std::string> link_target(const std::string& path) override {
        return access(path, false, [&] { return host_.link_target(path); });
    }
    Status hang_up(const ProcessId& process) override {
        return access("process", true, [&] { return host_.hang_up(process); });
    }
    bool has_systemd() override { return host_.has_systemd(); }
    Status set_unit_cpus(const std::string& unit, const CpuSet& cpus) override {
        return access(unit, true, [&] { return host_.set_unit_cpus(unit, cpus); });
    }
    Status set_sleep_inhibitor(bool held) override {
        return access("sleep inhibitor", true, [&] { return host_.set_sleep_inhibitor(held); });
    }
    Status tell(const std::string& socket, std::string_view request) override {
        return access(socket, true, [&] { return host_.tell(socket, request); });
    }
    Result<CpuSet> affinity(std::int64_t thread) override {
        return access("thread", false, [&] { return host_.affinity(thread); });
    }
    Status set_affinity(std::int64_t thread, const CpuSet& cpus) override {
        return access("thread", true, [&] { return host_.set_affinity(thread, cpus); });
    }
    Result<std::string> scheduling(std::int64_t thread) override {
        return access("thread", false, [&] { return host_.scheduling(thread); });
    }
    Status set_scheduling(std::int64_t thread, std::string_view scheduling) override {
        return access("thread", true, [&] { return host_.set_scheduling(thread, scheduling); });
    }
    Status run(const Program& program) override {
        return access(program.words.front(), true, [&] { return host_.run(program); });
    }
    Result<std::string> run_for_output(const Program& program) override {
        return access(program.words.front(), true, [&] { return host_.run_for_output(program); });
    }
    Result<std::unique_ptr<BackgroundProgram>> start(const Program& program) override {
        return access(program.words.front(), true, [&] { return host_.start(program); });
    }
    Result<std::unique_ptr<HostLock>> lock(const std::string& directory, std::chrono::microseconds patience) override {
        return access(directory, false, [&] { return host_.lock(directory, patience); });
    }
    std::chrono::microseconds now() override { return host_.now(); }
    std::int64_t wall_clock() override { return host_.wall_clock(); }
    void sleep(std::chrono::microseconds time) override { host_.sleep(time); }
    std::uint32_t user() override { return host_.user(); }

  private:
    template <typename Call>
    auto access(const std::string& path, bool change, Call call) -> decltype(call()) {
        ++count_;
        if (change) ++changes_;
        if (count_ != at_) return call();
        if (meanwhile) meanwhile();
        if (fault_ == Fault::die_before) throw Died{};
        if (fault_ == Fault::fail) return fail_io("cannot access", path, error_);
        auto result = call();
        if (fault_ == Fault::die_after) throw Died{};
        return result;
    }

    Host& host_;
    Fault fault_;
    unsigned at_;
    int error_;
    unsigned count_ = 0;
    unsigned changes_ = 0;
    unsigned first_replacement_ = 0;
};

} // namespace hostlease::test
