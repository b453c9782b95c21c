// A host, a libvirt and the model of both, to which the same things happen.
#pragma once

#include "model/model.hpp"
#include "model/setup.hpp"
#include "support/world.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace hostlease::test {

/// What came of the things that happened, by name: a story in which nothing does proves nothing.
using Tally = std::map<std::string, unsigned>;

class Story {
  public:
    Story(std::vector<VmChoice> choices, Tally& tally);

    /// Lets it happen to the host and to the model. What differs then, in words; "" when nothing does.
    std::string play(const Event& event);
    /// All VMs stop, and all CPUs are there again: what differs from the host at boot, but for what the admin
    /// has changed.
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

    /// A prepare, in the model: the leases of dead VMs end, and the VM's begins; false when it is refused.
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
