// Applies the same events to a host with a libvirt and to the model of both.
#pragma once

#include "model/model.hpp"
#include "model/setup.hpp"
#include "support/world.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace hostlease::test {

/// Counts of results by name: a story without any results proves nothing.
using Tally = std::map<std::string, unsigned>;

class Story {
  public:
    Story(std::vector<VmChoice> choices, Tally& tally);

    /// Applies the event to the host and to the model. Describes a difference, or returns "".
    std::string play(const Event& event);
    /// Stops all VMs and brings all CPUs back; describes a difference to the host at boot that the admin has
    /// not caused.
    std::string end();

  private:
    std::string start(unsigned number, bool has_started_call = true);
    std::string start_without_started(unsigned number);
    std::string stop_slowly(unsigned number, unsigned other);
    std::string start_fails(unsigned number, unsigned steps);
    std::string stop(unsigned number);
    std::string reconnect_all();
    std::string reconcile_all();
    std::string edit_and_apply(unsigned number);
    std::string hook_dies(unsigned number, unsigned value, unsigned at);
    void admin_writes(unsigned which, unsigned value);
    void admin_adds_pages(unsigned node, unsigned pages);
    void set_online(const CpuSet& cpus);
    void reboot(bool leaves_ledger);

    /// A prepare in the model: ends the leases of dead VMs and begins the VM's; false if it is refused.
    bool prepare_model(unsigned number);
    void start_model(unsigned number);
    void release_model(unsigned number);
    void release_dead_model();
    [[nodiscard]] std::vector<Model> ways_after_death(unsigned number, bool was_starting);
    void choose_way(const std::vector<Model>& ways);
    [[nodiscard]] std::string compare();
    [[nodiscard]] std::string text_of(const std::string& path);
    void write_policies();
    [[nodiscard]] std::uint64_t free_pages(unsigned node, unsigned but_for);

    std::vector<VmChoice> choices_;
    Tally& tally_;
    std::vector<FakeVm> vms_;
    std::unique_ptr<World> world_;
    Model model_;
    unsigned boots_ = 0;
};

} // namespace hostlease::test
