// Programs that `measure` runs: the tools of rt-tests, and a load.
#pragma once

#include "measure_scope.hpp"

#include <memory>

namespace hostlease {

/// Runs the tools on the CPUs of a scope, each for as many seconds. A CPU without figures has the reason.
class MeasureTools {
  public:
    /// `is_forced`: also where running VMs would suffer.
    MeasureTools(Host& host, const MeasureScope& scope, unsigned seconds, bool is_forced);

    /// A busy loop on each CPU at once, at ordinary priority, as a vCPU has it. Source: oslat(8), rt-tests
    /// 2.4 and 2.6.
    std::map<unsigned, Known<Latencies>> run_oslat();

    /// A thread on each CPU that a timer wakes a thousand times a second, with the lowest real-time priority;
    /// the CPUs' idle states stay as they are. Source: cyclictest(8), rt-tests 2.4 and 2.6.
    std::map<unsigned, Known<Latencies>> run_cyclictest();

  private:
    struct Tool;
    std::map<unsigned, Known<Latencies>> run(const Tool& tool);
    [[nodiscard]] std::string obstacle(unsigned cpu, const Tool& tool) const;
    [[nodiscard]] Result<std::string> measure(const Tool& tool, const CpuSet& cpus) const;
    void find_reach();
    void find_realtime();

    Host& host_;
    const MeasureScope& scope_;
    unsigned seconds_;
    bool is_forced_;
    bool is_in_machine_slice_ = false; // the tools run there: it reaches more of the CPUs than we do
    CpuSet reach_;
    std::string out_of_reach_;
    std::string no_realtime_; // why there is no real-time priority; "" when there is
};

/// Keeps the scope's other CPUs busy until it goes.
struct MeasureLoad {
    std::string text; // "hackbench -T -g 2 on CPU 0-1"
    std::unique_ptr<BackgroundProgram> program;
};

/// hackbench of rt-tests: threads that send each other messages. ErrorKind::refused where no CPU is left for
/// it.
Result<MeasureLoad> start_load(Host& host, const MeasureScope& scope);

} // namespace hostlease
