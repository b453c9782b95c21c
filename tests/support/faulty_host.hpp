// A host on which one access goes wrong.
#pragma once

#include "host/host.hpp"

#include <cerrno>
#include <functional>
#include <string>
#include <vector>

namespace hostlease::test {

/// Thrown instead of killing the process. Not a std::exception, so that none of our handlers catches
/// it.
struct Died {};

/// One call to the host. `path` is its target, which is not always a file.
struct Access {
    enum class Kind { look, write, file, unit, inhibitor, socket, thread, program, lock, process };
    // write: to a file of the kernel; file: replace, remove and everything else that changes directories
    Kind kind = Kind::look;
    std::string path;
    std::string text = {}; // of a write
    bool is_replacement = false;
    [[nodiscard]] bool changes() const { return kind != Kind::look && kind != Kind::lock; }
};

/// Forwards all accesses to another host, and at access number `at` applies `fault`. Accesses are numbered
/// from 1.
class FaultyHost final : public Host {
  public:
    enum class Fault {
        none,
        die_before,
        die_within, // half of the draft beside the file to replace is written
        die_after,
        fail,
        // also fails every later access of the same kind; for files, only those that need space
        fail_from,
        fail_after, // has its effect, but returns an error
        ignore,     // has no effect, but returns success
        instead,    // another program does something instead, and success is returned
        meddle_before,
        meddle_after
    };
    /// What another program does to the host; receives the access that it happens before, after or instead
    /// of.
    using Meddler = std::function<void(const Access&)>;

    FaultyHost(Host& host, Fault fault, unsigned at, int error = EIO, Meddler meddler = {})
        : host_(host), fault_(fault), at_(at), error_(error), meddler_(std::move(meddler)) {}

    [[nodiscard]] unsigned accesses() const { return count_; }
    [[nodiscard]] unsigned changes() const { return changes_; }
    /// The first access that wrote a file of the ledger or of systemd; 0 if there was none.
    [[nodiscard]] unsigned first_replacement() const { return first_replacement_; }
    /// Puts the fault at the first change of this file, whatever its number.
    void at_change_of(const std::string& path) { file_ = path; }
    /// Records every access in `trace` from now on.
    void record(std::vector<Access>& trace) { trace_ = &trace; }

    Result<std::string> read(const std::string& path) override {
        return access({Access::Kind::look, path}, [&] { return host_.read(path); });
    }
    Result<std::string> read_start(const std::string& path, std::size_t bytes) override {
        return access({Access::Kind::look, path}, [&] { return host_.read_start(path, bytes); });
    }
    Status write(const std::string& path, std::string_view text) override {
        return access({Access::Kind::write, path, std::string(text)},
                      [&] { return host_.write(path, text); });
    }
    Result<std::vector<std::string>> list(const std::string& directory) override {
        return access({Access::Kind::look, directory}, [&] { return host_.list(directory); });
    }
    Result<FileStatus> status(const std::string& path) override {
        return access({Access::Kind::look, path}, [&] { return host_.status(path); });
    }
    Result<std::string> resolve(const std::string& path) override {
        return access({Access::Kind::look, path}, [&] { return host_.resolve(path); });
    }
    Status replace(const std::string& path, std::string_view text) override {
        if (first_replacement_ == 0) first_replacement_ = count_ + 1;
        return access({Access::Kind::file, path, std::string(text), true},
                      [&] { return host_.replace(path, text); });
    }
    Status remove(const std::string& path) override {
        return access({Access::Kind::file, path}, [&] { return host_.remove(path); });
    }
    Status rename(const std::string& from, const std::string& to) override {
        return access({Access::Kind::file, from}, [&] { return host_.rename(from, to); });
    }
    Status make_directory(const std::string& path) override {
        return access({Access::Kind::file, path}, [&] { return host_.make_directory(path); });
    }
    Status remove_directory(const std::string& path) override {
        return access({Access::Kind::file, path}, [&] { return host_.remove_directory(path); });
    }
    Status make_link(const std::string& path, const std::string& target) override {
        return access({Access::Kind::file, path}, [&] { return host_.make_link(path, target); });
    }
    Result<std::string> link_target(const std::string& path) override {
        return access({Access::Kind::look, path}, [&] { return host_.link_target(path); });
    }
    Status hang_up(const ProcessId& process) override {
        return access({Access::Kind::process, "process"}, [&] { return host_.hang_up(process); });
    }
    [[nodiscard]] bool is_machine() const override { return host_.is_machine(); }
    bool has_systemd() override { return host_.has_systemd(); }
    Status set_unit_cpus(const std::string& unit, const CpuSet& cpus) override {
        return access({Access::Kind::unit, unit, to_list(cpus)},
                      [&] { return host_.set_unit_cpus(unit, cpus); });
    }
    Status renew_unit_names() override {
        return access({Access::Kind::unit, "names of units"}, [&] { return host_.renew_unit_names(); });
    }
    Status set_sleep_inhibitor(bool held) override {
        return access({Access::Kind::inhibitor, "sleep inhibitor"},
                      [&] { return host_.set_sleep_inhibitor(held); });
    }
    Status tell(const std::string& socket, std::string_view request) override {
        return access({Access::Kind::socket, socket, std::string(request)},
                      [&] { return host_.tell(socket, request); });
    }
    Result<CpuSet> affinity(std::int64_t thread) override {
        return access({Access::Kind::look, std::to_string(thread)}, [&] { return host_.affinity(thread); });
    }
    Status set_affinity(std::int64_t thread, const CpuSet& cpus) override {
        return access({Access::Kind::thread, std::to_string(thread), to_list(cpus)},
                      [&] { return host_.set_affinity(thread, cpus); });
    }
    Result<std::string> scheduling(std::int64_t thread) override {
        return access({Access::Kind::look, std::to_string(thread)}, [&] { return host_.scheduling(thread); });
    }
    Status set_scheduling(std::int64_t thread, std::string_view scheduling) override {
        return access({Access::Kind::thread, std::to_string(thread), std::string(scheduling)},
                      [&] { return host_.set_scheduling(thread, scheduling); });
    }
    Status run(const Program& program) override {
        return access({Access::Kind::program, program.words.front()}, [&] { return host_.run(program); });
    }
    Result<std::string> run_for_output(const Program& program) override {
        return access({Access::Kind::program, program.words.front()},
                      [&] { return host_.run_for_output(program); });
    }
    Result<std::unique_ptr<BackgroundProgram>> start(const Program& program) override {
        return access({Access::Kind::program, program.words.front()}, [&] { return host_.start(program); });
    }
    Result<std::unique_ptr<HostLock>> lock(const std::string& directory,
                                           std::chrono::microseconds patience) override {
        return access({Access::Kind::lock, directory}, [&] { return host_.lock(directory, patience); });
    }
    std::chrono::microseconds now() override { return host_.now(); }
    std::int64_t wall_clock() override { return host_.wall_clock(); }
    void sleep(std::chrono::microseconds time) override { host_.sleep(time); }
    std::uint32_t user() override { return host_.user(); }

  private:
    template <typename Call>
    auto access(const Access& access, Call call) -> decltype(call()) {
        ++count_;
        if (access.changes()) ++changes_;
        if (trace_ != nullptr) trace_->push_back(access);
        if (at_ == 0 && access.changes() && access.path == file_) at_ = count_;
        if (count_ == at_) kind_ = access.kind;
        const bool needs_space = access.kind != Access::Kind::file || access.is_replacement;
        if (fault_ == Fault::fail_from && at_ != 0 && count_ > at_ && access.kind == kind_ && needs_space)
            return fail_io("cannot access", access.path, error_);
        if (count_ != at_) return call();
        before(access);
        if (fault_ == Fault::instead) meddler_(access);
        if (fault_ == Fault::fail || fault_ == Fault::fail_from)
            return fail_io("cannot access", access.path, error_);
        if constexpr (std::is_same_v<decltype(call()), Status>)
            if (fault_ == Fault::ignore || fault_ == Fault::instead) return {};
        auto result = call();
        if (fault_ == Fault::die_after) throw Died{};
        if (fault_ == Fault::fail_after) return fail_io("cannot access", access.path, error_);
        if (fault_ == Fault::meddle_after) meddler_(access);
        return result;
    }

    void before(const Access& access) {
        if (fault_ == Fault::die_before) throw Died{};
        if (fault_ == Fault::meddle_before) meddler_(access);
        if (fault_ != Fault::die_within) return;
        const auto name = access.path.rfind('/') + 1;
        const std::string draft = access.path.substr(0, name) + "." + access.path.substr(name) + ".tmp";
        if (access.is_replacement)
            static_cast<void>(host_.replace(draft, access.text.substr(0, access.text.size() / 2)));
        throw Died{};
    }

    Host& host_;
    Fault fault_;
    unsigned at_;
    int error_;
    Meddler meddler_;
    std::string file_;
    Access::Kind kind_ = Access::Kind::look; // kind of the first failed access
    std::vector<Access>* trace_ = nullptr;
    unsigned count_ = 0;
    unsigned changes_ = 0;
    unsigned first_replacement_ = 0;
};

} // namespace hostlease::test
