// Programs that `measure` runs: the tools of rt-tests and a load.
#pragma once

#include "measure_scope.hpp"

#include <memory>

namespace hostlease {

/// Runs the tools on the CPUs of a scope, each for the same time. A CPU without figures has the reason.
class MeasureTools {
  public:
    /// `is_forced`: measure even if running VMs suffer.
    MeasureTools(Host& host, const MeasureScope& scope, unsigned seconds, bool is_forced);

    /// Runs a busy loop on each CPU at the same time, with ordinary priority like a vCPU. Source: oslat(8),
    /// rt-tests 2.4 and 2.6.
    std::map<unsigned, Known<Latencies>> run_oslat();

    /// Runs a thread with the lowest real-time priority on each CPU, which a timer wakes a thousand times a
    /// second; the CPUs' idle states stay unchanged. Source: cyclictest(8), rt-tests 2.4 and 2.6.
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
    bool is_in_machine_slice_ = false; // the tools run in it, because it reaches more of the CPUs than we do
    CpuSet reach_;
    std::string out_of_reach_;
    std::string no_realtime_; // why there is no real-time priority; "" if there is
};

/// Keeps the scope's other CPUs busy during its lifetime.
struct MeasureLoad {
    std::string text; // "hackbench -T -g 2 on CPU 0-1"
    std::unique_ptr<BackgroundProgram> program;
};

/// Starts hackbench of rt-tests, threads that send each other messages. ErrorKind::refused if no CPU is left
/// for it.
Result<MeasureLoad> start_load(Host& host, const MeasureScope& scope);

} // namespace hostlease
