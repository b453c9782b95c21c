#include "model/story.hpp"

#include "core/kernel_text.hpp"
#include "core/parse.hpp"
#include "engine/apply.hpp"
#include "engine/operations.hpp"
#include "engine/policy_store.hpp"
#include "engine/verify.hpp"
#include "read/domain_xml.hpp"
#include "support/faulty_host.hpp"

#include <algorithm>

namespace hostlease::test {

namespace {
constexpr std::string_view cgroups = "/sys/fs/cgroup/";

std::string policy_path(const FakeVm& vm) { return "/etc/hostlease/" + vm.name + ".toml"; }

std::string fault_of(bool is_so, const std::string& what) { return is_so ? std::string{} : what; }
} // namespace

Story::Story(std::vector<VmChoice> choices, Tally& tally)
    : choices_(std::move(choices)), tally_(tally), world_(std::make_unique<World>()) {
    for (unsigned number = 0; number < choices_.size(); ++number)
        vms_.push_back(vm_of(choices_[number], number));
    write_policies();
}

void Story::write_policies() {
    world_->host.files.erase(World::policy_file);
    for (unsigned number = 0; number < vms_.size(); ++number)
        world_->host.files[policy_path(vms_[number])] =
            policy_text(choices_[number].policy, vms_[number].name);
}

std::string Story::text_of(const std::string& path) {
    if (path.starts_with(cgroups)) {
        const auto text = std::string(trim(world_->host.files[path]));
        return text.empty() ? "0-7" : text;
    }
    return knob_value(world_->host.files[path]);
}

std::string Story::compare() {
    for (const auto& [path, target] : model_.targets)
        if (text_of(path) != target.now)
            return path + " is " + text_of(path) + ", and " + target.now + " by the model";
    for (const auto& [node, base] : model_.base_pages) {
        auto pages = base;
        for (const auto& [number, lease] : model_.leases)
            if (lease.node == node) pages += lease.pages_added;
        if (world_->pool(node).persistent != pages)
            return "node" + std::to_string(node) + " has " + std::to_string(world_->pool(node).persistent) +
                   " pages, and " + std::to_string(pages) + " by the model";
    }
    const auto ledger = world_->ledger();
    if (!ledger.unreadable.empty() || !ledger.problems.empty()) return "the ledger cannot be read";
    if (ledger.leases.size() != model_.leases.size())
        return std::to_string(ledger.leases.size()) + " leases, and " + std::to_string(model_.leases.size()) +
               " by the model";
    for (const auto& lease : ledger.leases) {
        const auto is_its = [&](const FakeVm& vm) { return vm.uuid == lease.uuid; };
        const auto number = std::find_if(vms_.begin(), vms_.end(), is_its) - vms_.begin();
        if (!model_.leases.contains(static_cast<unsigned>(number)))
            return "a lease of " + lease.domain + ", and none by the model";
    }
    return {};
}

/// Free pages that no other VM will still map, according to the model.
std::uint64_t Story::free_pages(unsigned node, unsigned but_for) {
    auto pages = model_.base_pages[node];
    std::uint64_t taken = world_->pool(node).in_use;
    for (const auto& [number, lease] : model_.leases) {
        if (lease.node != node) continue;
        pages += lease.pages_added;
        if (number != but_for && vms_[number].pid == 0) taken += choices_[number].pages;
    }
    return pages - std::min(pages, taken);
}

void Story::release_model(unsigned number) {
    model_.leases.erase(number);
    model_.converge();
}

void Story::release_dead_model() {
    std::erase_if(model_.leases, [&](const auto& lease) { return vms_[lease.first].pid == 0; });
    model_.converge();
}

bool Story::prepare_model(unsigned number) {
    const VmChoice& choice = choices_[number];
    if (!model_.can_be_pinned(choice, number) || model_.is_refused(choice, choice.policy, number))
        return false;
    ModelLease lease;
    lease.is_isolating = asks_for(choice.policy, "method");
    lease.cpus = CpuSet::range(choice.first_cpu, choice.first_cpu + 1);
    lease.node = choice.node;
    lease.claims = model_.claims_of(choice, choice.policy, nullptr);
    const auto free = free_pages(choice.node, number);
    lease.pages_added = choice.pages - std::min<std::uint64_t>(choice.pages, free);
    model_.leases[number] = std::move(lease);
    return true;
}

std::string Story::start(unsigned number, bool has_started_call) {
    FakeVm& vm = vms_[number];
    if (vm.pid != 0) return {};
    model_.leases.erase(number);
    release_dead_model();
    const bool accepted = prepare_model(number);
    const auto prepared = world_->libvirt.call(vm, Step::prepare);
    if ((prepared.code == ExitCode::done) != accepted)
        return std::string(accepted ? "refused: " : "not refused: ") + prepared.reason;
    ++tally_[accepted ? "started" : "refused"];
    if (!accepted) {
        world_->libvirt.bring_down(world_->host, vm);
        return {};
    }
    start_model(number);
    if (const auto started = world_->libvirt.call(vm, Step::start); started.code != ExitCode::done)
        return "start: " + started.reason;
    if (!world_->libvirt.launch(vm)) return "its pages are not there";
    if (has_started_call)
        world_->libvirt.call(vm, Step::started);
    else
        world_->libvirt.finish_start(vm);
    return {};
}

/// Starts a VM whose lease is not updated until the next call.
std::string Story::start_without_started(unsigned number) {
    if (vms_[number].pid != 0) return {};
    if (auto fault = start(number, false); !fault.empty() || vms_[number].pid == 0) return fault;
    ++tally_["started missed"];
    if (auto fault = reconcile_all(); !fault.empty()) return fault;
    const auto ledger = world_->ledger();
    const auto is_known = [&](const Lease& lease) {
        return lease.uuid != vms_[number].uuid || lease.qemu.pid == vms_[number].pid;
    };
    return fault_of(std::all_of(ledger.leases.begin(), ledger.leases.end(), is_known),
                    "its QEMU is not known");
}

std::string Story::stop_slowly(unsigned number, unsigned other) {
    FakeVm& vm = vms_[number];
    if (vm.pid == 0 || other == number) return stop(number);
    const bool had_lease = model_.leases.contains(number);
    const auto go = [&] {
        if (had_lease) release_model(number);
        world_->libvirt.quit(vm);
    };
    std::string fault;
    bool has_waited = false;
    world_->host.on_sleep = [&] {
        has_waited = true;
        ++tally_["stopped slowly"];
        go();
        fault = stop(other);
    };
    world_->libvirt.call(vm, Step::stopped);
    world_->libvirt.call(vm, Step::release);
    world_->host.on_sleep = {};
    if (!has_waited) go();
    return fault;
}

void Story::start_model(unsigned number) {
    model_.leases[number].is_started = true;
    model_.converge();
}

/// Makes `steps` calls and then ends the start.
std::string Story::start_fails(unsigned number, unsigned steps) {
    FakeVm& vm = vms_[number];
    if (vm.pid != 0) return {};
    constexpr Step way[] = {Step::prepare, Step::start, Step::started};
    for (unsigned index = 0; index <= steps % 3; ++index) {
        if (way[index] == Step::started && !world_->libvirt.launch(vm)) break;
        if (world_->libvirt.call(vm, way[index]).code != ExitCode::done) break;
    }
    world_->libvirt.bring_down(world_->host, vm);
    model_.leases.erase(number);
    release_dead_model();
    if (prepare_model(number) && steps % 3 != 0) start_model(number);
    release_model(number);
    return {};
}

std::string Story::stop(unsigned number) {
    const bool had_lease = model_.leases.contains(number);
    world_->libvirt.bring_down(world_->host, vms_[number]);
    if (had_lease) release_model(number);
    return {};
}

std::string Story::reconnect_all() {
    world_->libvirt.kill_daemon();
    world_->libvirt.restart_daemon();
    for (unsigned number = 0; number < vms_.size(); ++number) {
        if (vms_[number].pid == 0) continue;
        const auto outcome = world_->libvirt.call(world_->host, vms_[number], "reconnect", "begin");
        if (outcome.code != ExitCode::done) return "reconnect: " + outcome.reason;
        if (model_.leases.contains(number)) model_.converge();
    }
    return {};
}

std::string Story::reconcile_all() {
    Call call;
    const auto status = reconcile(world_->host, call);
    release_dead_model();
    const auto findings = verify(world_->host, world_->ledger());
    if (model_.has_drift()) {
        ++tally_["reconciled with drift"];
        return {};
    }
    ++tally_["reconciled"];
    if (!status && model_.online.count() == 8) return "reconcile: " + status.error().text();
    if (model_.online.count() < 8) return {};
    return findings.empty() ? std::string{}
                            : "verify: " + findings.front().path + ": " + findings.front().what;
}

std::string Story::edit_and_apply(unsigned number) {
    FakeVm& vm = vms_[number];
    VmChoice& choice = choices_[number];
    std::swap(choice.policy, choice.edited);
    world_->host.files[policy_path(vm)] = policy_text(choice.policy, vm.name);
    if (vm.pid == 0 || !model_.leases.contains(number)) return {};
    release_dead_model();
    const bool accepted = !model_.is_refused(choice, choice.policy, number);
    const auto domain = read_domain_xml(vm.xml(), "vm.xml").value();
    Diagnostics warnings;
    Call call;
    const auto policy =
        policy_for(world_->host, read_policy_heads(world_->host), domain, warnings).value().value();
    const auto status = apply_policy(world_->host, domain, policy, call);
    if (status.has_value() != accepted)
        return std::string(accepted ? "apply: " + status.error().text() : "apply is not refused");
    ++tally_[accepted ? "applied" : "not applied"];
    if (!accepted) return {};
    ModelLease& lease = model_.leases[number];
    lease.claims = model_.claims_of(choice, choice.policy, &lease);
    lease.is_isolating = asks_for(choice.policy, "method");
    model_.converge();
    return {};
}

/// Possible states of the model after a call for this VM was killed and the VM has ended. An admin's value
/// that equals the claims of the VM, or of the remaining VMs, counts as hostlease's own, and it is not known
/// how far the call came.
std::vector<Model> Story::ways_after_death(unsigned number, bool was_starting) {
    const Model before = model_;
    std::vector<Model> ways;
    const auto end_way = [&] {
        release_dead_model();
        ways.push_back(std::exchange(model_, before));
    };
    end_way();
    if (was_starting) {
        release_dead_model();
        if (prepare_model(number)) start_model(number);
        end_way();
        return ways;
    }
    release_model(number);
    end_way();
    std::erase_if(model_.leases,
                  [&](const auto& lease) { return lease.first != number && vms_[lease.first].pid == 0; });
    model_.converge();
    end_way();
    return ways;
}

/// Chooses for each value the state that matches the host.
void Story::choose_way(const std::vector<Model>& ways) {
    model_ = ways.front();
    for (auto& [path, target] : model_.targets)
        for (const auto& way : ways)
            if (way.targets.at(path).now == text_of(path)) target = way.targets.at(path);
}

/// A call dies together with libvirt's daemon; its VM is gone, all others live. The daemon restarts, followed
/// by a reconcile.
std::string Story::hook_dies(unsigned number, unsigned value, unsigned at) {
    FakeVm& vm = vms_[number];
    const bool was_starting = vm.pid == 0;
    FaultyHost faulty(world_->host,
                      value % 2 == 0 ? FaultyHost::Fault::die_before : FaultyHost::Fault::die_after, at + 1);
    try {
        if (was_starting) {
            world_->libvirt.bring_up(faulty, vm);
        } else if (value % 3 == 0) {
            Call call;
            static_cast<void>(reconcile(faulty, call));
        } else if (value % 3 == 1) {
            world_->libvirt.call(faulty, vm, "reconnect", "begin");
        } else {
            world_->libvirt.bring_down(faulty, vm);
        }
    } catch (const Died&) {
        ++tally_["hooks killed"];
    }
    world_->libvirt.quit(vm);
    const auto ways = ways_after_death(number, was_starting);
    model_ = ways.front();
    if (auto fault = reconnect_all(); !fault.empty()) return fault;
    Call call;
    static_cast<void>(reconcile(world_->host, call));
    choose_way(ways);
    if (auto fault = compare(); !fault.empty()) return fault;
    return reconcile_all();
}

void Story::admin_writes(unsigned which, unsigned value) {
    const auto& knobs = model_knobs();
    const auto& knob = knobs[which % knobs.size()];
    const auto& text = knob.by_admin[value % knob.by_admin.size()];
    std::string path = knob.path;
    if (const auto at = path.find('#'); at != std::string::npos)
        path.replace(at, 1, knob.table == "cpus" ? model_units[value % 3] : std::to_string(value % 8));
    ModelTarget& target = model_.targets[path];
    if (target.cpu && !model_.online.contains(*target.cpu)) return;
    if (knob.table == "cpus")
        static_cast<void>(world_->host.set_unit_cpus(model_units[value % 3], parse_cpu_list(text).value()));
    else
        static_cast<void>(world_->host.write(path, text));
    target.now = text;
}

void Story::admin_adds_pages(unsigned node, unsigned pages) {
    world_->pool(node).persistent += pages;
    model_.base_pages[node] += pages;
}

void Story::set_online(const CpuSet& cpus) {
    world_->host.set_online(cpus);
    model_.online = cpus;
}

/// The ledger of the previous boot may still exist if /run is not a tmpfs.
void Story::reboot(bool leaves_ledger) {
    auto next = std::make_unique<World>();
    next->host.files["/proc/sys/kernel/random/boot_id"] = "boot " + std::to_string(++boots_) + "\n";
    if (leaves_ledger)
        for (const auto& [path, text] : world_->host.files)
            if (path.starts_with("/run/hostlease/")) {
                next->host.files[path] = text;
                next->host.directories.insert("/run/hostlease");
            }
    world_ = std::move(next);
    for (auto& vm : vms_) {
        vm.pid = 0;
        vm.mapped.clear();
        vm.scope.clear();
    }
    write_policies();
    model_ = Model();
}

std::string Story::play(const Event& event) {
    const unsigned number = event.vm % static_cast<unsigned>(vms_.size());
    world_->host.sleep(std::chrono::milliseconds(1));
    std::string fault;
    switch (event.what) {
    case Happening::start: fault = start(number); break;
    case Happening::stop: fault = stop(number); break;
    case Happening::stop_slowly:
        fault = stop_slowly(number, event.value % static_cast<unsigned>(vms_.size()));
        break;
    case Happening::started_missed: fault = start_without_started(number); break;
    case Happening::clock_steps:
        world_->host.wall_step = 3600 * (static_cast<std::int64_t>(event.value) - 12);
        break;
    case Happening::start_fails: fault = start_fails(number, event.value); break;
    case Happening::qemu_crashes: world_->libvirt.quit(vms_[number]); break;
    case Happening::daemon_restarts: fault = reconnect_all(); break;
    case Happening::reconcile: fault = reconcile_all(); break;
    case Happening::edit_and_apply: fault = edit_and_apply(number); break;
    case Happening::admin_writes: admin_writes(event.at, event.value); break;
    case Happening::admin_adds_pages: admin_adds_pages(event.vm % 2, event.value + 1); break;
    case Happening::cpu_goes:
        if (model_.online.count() > 6) set_online(model_.online - CpuSet{1 + event.value % 7});
        break;
    case Happening::cpu_comes: set_online(CpuSet::range(0, 7)); break;
    case Happening::hook_dies: fault = hook_dies(number, event.value, event.at); break;
    case Happening::migrate_in:
    case Happening::restore: {
        const auto outcome = world_->libvirt.call(
            world_->host, vms_[number], event.what == Happening::restore ? "restore" : "migrate", "begin");
        fault = fault_of(outcome.code == ExitCode::done, "a filter failed: " + outcome.reason);
        if (fault.empty()) fault = start(number);
        break;
    }
    case Happening::reboot: reboot(event.value % 2 == 0); break;
    }
    return fault.empty() ? compare() : fault;
}

std::string Story::end() {
    set_online(CpuSet::range(0, 7));
    for (unsigned number = 0; number < vms_.size(); ++number)
        if (auto fault = stop(number); !fault.empty()) return fault;
    if (auto fault = reconcile_all(); !fault.empty()) return fault;
    const auto ledger = world_->ledger();
    if (!ledger.leases.empty()) return "a lease is left: " + ledger.leases.front().domain;
    if (!ledger.records.empty()) return "a record is left: " + ledger.records.front().path;
    if (!ledger.pools.empty()) return "a pool's record is left: " + ledger.pools.front().path;
    return compare();
}

} // namespace hostlease::test
