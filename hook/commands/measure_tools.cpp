#include "measure_tools.hpp"

#include "core/parse.hpp"
#include "host/trusted_program.hpp"

#include <cerrno>

namespace hostlease {

namespace {
using namespace std::chrono_literals;
constexpr unsigned buckets = 1000;  // one microsecond each; oslat allows at most 1024
constexpr auto patience = 30s;      // for the start and the end of a tool
constexpr std::int64_t ourself = 0; // means the calling thread to the kernel
constexpr const char* machine_slice_cpus = "/sys/fs/cgroup/machine.slice/cpuset.cpus.effective";
constexpr const char* package = "install rt-tests (realtime-tests on Fedora)";

/// The program of this name in a distribution's usual folders; ErrorKind::unsupported says which package to
/// install.
Result<std::string> find_program(Host& host, const std::string& name, const std::string& remedy) {
    for (const std::string directory : {"/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/bin/"})
        if (host.status(directory + name)) {
            TRY_VOID(check_program(host, directory + name));
            return directory + name;
        }
    return fail(ErrorKind::unsupported, name + " is not installed; " + remedy);
}

Result<std::vector<std::string>> bound_to(Host& host, const CpuSet& cpus) {
    return std::vector{TRY(find_program(host, "taskset", "install util-linux")), std::string("-c"),
                       to_list(cpus)};
}
} // namespace

struct MeasureTools::Tool {
    const char* name;
    bool is_busy_loop; // otherwise a thread with real-time priority
    std::vector<std::string> (*options)(const CpuSet& cpus, unsigned main, const std::string& seconds);
    tl::expected<LatenciesOfCpus, std::string> (*read)(std::string_view json, unsigned buckets);
};

MeasureTools::MeasureTools(Host& host, const MeasureScope& scope, unsigned seconds, bool is_forced)
    : host_(host), scope_(scope), seconds_(seconds), is_forced_(is_forced) {
    find_reach();
    find_realtime();
}

/// Only the kernel knows which CPUs cgroup, isolcpus and the caller's own affinity leave to us: try each
/// CPU.
void MeasureTools::find_reach() {
    const auto before = host_.affinity(ourself);
    if (!before) {
        out_of_reach_ = before.error().text();
        return;
    }
    for (const unsigned cpu : scope_.measured().members())
        if (host_.set_affinity(ourself, {cpu})) reach_.add(cpu);
    if (const auto status = host_.set_affinity(ourself, *before); !status)
        out_of_reach_ = status.error().text();
    const CpuSet machines =
        parse_cpu_list(trim(host_.read(machine_slice_cpus).value_or(""))).value_or(CpuSet{});
    const CpuSet there = machines & scope_.measured();
    if (there.count() <= reach_.count() || !host_.has_systemd()) return;
    is_in_machine_slice_ = true;
    reach_ = there;
}

void MeasureTools::find_realtime() {
    const auto before = host_.scheduling(ourself);
    const Status tried = before ? host_.set_scheduling(ourself, "fifo:1") : tl::unexpected(before.error());
    if (tried) {
        if (const auto status = host_.set_scheduling(ourself, *before); !status)
            no_realtime_ = status.error().text();
    } else {
        const bool is_forbidden = tried.error().errno_value == EPERM;
        no_realtime_ =
            is_forbidden
                ? "real-time priority (SCHED_FIFO) is not permitted; it requires root with CAP_SYS_NICE"
                : tried.error().text();
    }
}

std::string MeasureTools::obstacle(unsigned cpu, const Tool& tool) const {
    if (!out_of_reach_.empty()) return out_of_reach_;
    if (scope_.partitioned.contains(cpu) && !reach_.contains(cpu))
        return "it belongs to the isolated partition of a VM, where the kernel admits no other process";
    if (!reach_.contains(cpu))
        return "this process may not run there (because of its cgroup, isolcpus or taskset)";
    if (!tool.is_busy_loop && !no_realtime_.empty()) return no_realtime_;
    if (is_forced_) return "";
    if (tool.is_busy_loop && scope_.guests.contains(cpu))
        return "a VM runs there, and the loop would take up to half of its time (--force overrides this)";
    if (!tool.is_busy_loop && scope_.realtime.contains(cpu))
        return "a VM runs there with real-time priority, and the two would delay each other (--force "
               "overrides this)";
    return "";
}

Result<std::string> MeasureTools::measure(const Tool& tool, const CpuSet& cpus) const {
    // the tool's own waiting thread goes where it disturbs least
    const CpuSet quiet = reach_ - cpus;
    const unsigned main = (quiet.empty() ? cpus : quiet).members().front();
    Program program;
    if (is_in_machine_slice_)
        program.words = {TRY(find_program(host_, "systemd-run", "install systemd")),
                         "--scope",
                         "--quiet",
                         "--collect",
                         "--slice=machine.slice",
                         "--"};
    for (const auto& word : TRY(bound_to(host_, cpus | CpuSet{main})))
        program.words.push_back(word);
    program.words.push_back(TRY(find_program(host_, tool.name, package)));
    for (const auto& word : tool.options(cpus, main, std::to_string(seconds_)))
        program.words.push_back(word);
    program.deadline = std::chrono::seconds(seconds_) + patience;
    program.is_logged = false;
    return host_.run_for_output(program);
}

std::map<unsigned, Known<Latencies>> MeasureTools::run(const Tool& tool) {
    std::map<unsigned, Known<Latencies>> found;
    CpuSet cpus;
    for (const unsigned cpu : scope_.measured().members()) {
        found[cpu].absent = obstacle(cpu, tool);
        if (found[cpu].absent.empty()) cpus.add(cpu);
    }
    if (cpus.empty()) return found;
    const auto json = measure(tool, cpus);
    auto latencies = json ? tool.read(*json, buckets)
                          : tl::unexpected(std::string(tool.name) + ": " + json.error().text());
    for (const unsigned cpu : cpus.members())
        if (!latencies)
            found[cpu].absent = latencies.error();
        else if (const auto one = latencies->find(cpu); one != latencies->end())
            found[cpu].value = std::move(one->second);
        else
            found[cpu].absent = std::string(tool.name) + " reports nothing about it";
    return found;
}

std::map<unsigned, Known<Latencies>> MeasureTools::run_oslat() {
    constexpr auto options = [](const CpuSet& cpus, unsigned main, const std::string& seconds) {
        return std::vector<std::string>{"--quiet",
                                        "--cpu-list",
                                        to_list(cpus),
                                        "--cpu-main-thread",
                                        std::to_string(main),
                                        "--duration",
                                        seconds,
                                        "--bucket-size",
                                        std::to_string(buckets),
                                        "--json=" + std::string(output_file)};
    };
    return run({"oslat", true, options, read_oslat});
}

std::map<unsigned, Known<Latencies>> MeasureTools::run_cyclictest() {
    constexpr auto options = [](const CpuSet& cpus, unsigned main, const std::string& seconds) {
        return std::vector<std::string>{
            "--quiet", "--affinity=" + to_list(cpus), "--mainaffinity=" + std::to_string(main),
            "--threads=" + std::to_string(cpus.count()), "--policy=fifo", "--priority=1", "--interval=1000",
            "--distance=0", "--mlockall",
            // otherwise it keeps the CPUs out of their idle states
            "--default-system", "--duration=" + seconds, "--histogram=" + std::to_string(buckets),
            "--json=" + std::string(output_file)};
    };
    return run({"cyclictest", false, options, read_cyclictest});
}

Result<MeasureLoad> start_load(Host& host, const MeasureScope& scope) {
    if (scope.others.empty())
        return fail(ErrorKind::refused, "no CPU is left for the load: all are measured or belong to a VM");
    const std::string groups = std::to_string(scope.others.count());
    Program program{TRY(bound_to(host, scope.others)), {}, {}};
    program.words.push_back(TRY(find_program(host, "hackbench", package)));
    // threads, because they die with the program however it ends; the number of loops is practically
    // unlimited
    for (const auto* word : {"-T", "-g", groups.c_str(), "-l", "1000000000"})
        program.words.emplace_back(word);
    MeasureLoad load{"hackbench -T -g " + groups + " on CPU " + to_list(scope.others),
                     TRY(host.start(program))};
    constexpr auto start_up = 1s;
    host.sleep(start_up);
    TRY_VOID(load.program->check());
    return load;
}

} // namespace hostlease
