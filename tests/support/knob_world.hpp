// A world for each knob of the registry.
#pragma once

#include "knobs/knob.hpp"
#include "support/world.hpp"

#include <doctest/doctest.h>
#include <map>
#include <set>
#include <string>

namespace hostlease::test {

/// Whether the key is at the top level of a policy, outside tables.
inline bool is_switch(const Knob& knob) {
    const KeySpec& spec = knob.keys.front();
    return spec.key.find('.') == std::string_view::npos && !spec.example.starts_with("[[");
}

/// Whether the knob's claims add pages to pools.
inline bool is_of_pools(const Knob& knob) { return knob.key == pool_knob; }

/// Whether the knob's example is for domains without pins.
inline bool is_for_unpinned(const Knob& knob) {
    return knob.key == "cpus.place" || knob.form == KnobForm::scope_limits;
}

/// Other settings that the knob's table needs for its example to have an effect.
inline std::vector<std::string_view> needs_of(const Knob& knob) {
    if (knob.form != KnobForm::scope_limits) return {};
    return {"place = \"auto\"", "isolate = \"none\""};
}

/// A policy with only this knob, using the example of its own key.
inline std::string policy_for_knob(const Knob& knob) {
    const KeySpec& spec = knob.keys.front();
    const auto dot = spec.key.find('.');
    std::string text = "version = 1\n";
    if (is_switch(knob)) text += std::string(spec.key) + " = " + std::string(spec.example) + "\n";
    text += "[match]\ndomain = [\"vm*\"]\n";
    // without a pool, which another knob tests
    if (!is_of_pools(knob)) text += "[hugepages]\nreserve = \"leave\"\n";
    if (is_switch(knob)) return text;
    if (dot == std::string_view::npos) return text + std::string(spec.example) + "\n";
    text += "[" + std::string(spec.key.substr(0, dot)) + "]\n";
    for (const auto& line : needs_of(knob))
        text += std::string(line) + "\n";
    text += std::string(spec.key.substr(dot + 1)) + " = ";
    return text + std::string(spec.example) + "\n";
}

/// A world for one knob's policy, on a host that an admin has tuned; if pages are not what is tested, a
/// boot-time pool provides those of the VMs.
struct KnobWorld : World {
    explicit KnobWorld(const Knob& knob) : World(policy_for_knob(knob)) {
        if (!is_of_pools(knob)) pool(1).persistent = 128;
        if (knob.resolve != nullptr || is_for_unpinned(knob)) host.partitions.enable();
        host.tune_by_hand();
    }
};

/// A VM for which the knob's example is meant: vm1, vm2, ...
inline FakeVm make_vm_for(const Knob& knob, unsigned number, std::uint64_t pages,
                          const std::string& pins = "4,5") {
    FakeVm vm = make_vm(number, pages, 1, pins);
    if (!is_for_unpinned(knob)) return vm;
    vm.node = -1;
    vm.pins.clear();
    vm.emulator.clear();
    return vm;
}

template <typename Act>
void for_every_knob(Act act) {
    for (const Knob* knob : all_knobs()) {
        const std::string key(knob->key);
        CAPTURE(key);
        act(*knob);
    }
}

/// Whether the kernel may change the file by itself when one of the changes is made.
inline bool is_beside(const std::string& path, const Knob& knob, const std::vector<Change>& changes) {
    if (knob.neighbours == nullptr) return false;
    for (const auto& change : changes)
        for (const auto& baseline : {change.from, change.to}) {
            KnobRecord record;
            record.target = change.target;
            record.path = change.path;
            record.baseline = baseline;
            for (const auto& neighbour : knob.neighbours(record))
                if (matches_path(neighbour.path, path)) return true;
        }
    return false;
}

/// Files that differ between two snapshots, without those of the ledger, libvirt and systemd.
inline std::set<std::string> changed_files(const std::map<std::string, std::string>& before,
                                           const std::map<std::string, std::string>& after) {
    std::set<std::string> changed;
    for (const auto& [path, text] : after)
        if (!path.starts_with("/run/hostlease/") && !path.starts_with("/run/libvirt/") &&
            (!path.starts_with("/run/systemd/") || path.ends_with(".service") ||
             path.ends_with("/50-hostlease.conf")) &&
            (!before.contains(path) || before.at(path) != text))
            changed.insert(path);
    return changed;
}

} // namespace hostlease::test
