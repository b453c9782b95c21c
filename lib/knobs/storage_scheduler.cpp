#include "knobs/combine.hpp"
#include "knobs/notes.hpp"

#include <set>

namespace hostlease {

extern const Knob knob_storage_scheduler;

namespace {
constexpr KeySpec keys[] = {{.key = "storage.scheduler",
                             .kinds = a_name,
                             .summary = "I/O scheduler of the disks behind the domain's images",
                             .example = "\"none\""}};
constexpr std::string_view paths[] = {"/sys/block/*/queue/scheduler", "/sys/devices/**/queue/scheduler"};

void note(const PlanInput& input, KnobPlan& plan, const std::string& what) {
    note_by_enforcement(input, plan, keys[0].key, "storage.scheduler: " + what, {});
}

void plan(const PlanInput& input, KnobPlan& plan) {
    const Setting* setting = input.policy.find(keys[0].key);
    if (setting == nullptr) return;
    std::set<std::string> claimed;
    for (const auto& disk : input.domain.disks) {
        const auto found = input.facts.images.find(disk.source);
        if (!disk.has_local_image() || found == input.facts.images.end()) {
            if (disk.is_on_a_drive() && !disk.source.empty())
                note(input, plan,
                     "disk '" + disk.target + "' is of type '" + disk.type +
                         "': which disks of the host are behind it is not known");
            continue;
        }
        const ImageFacts& image = found->second;
        if (image.devices.empty())
            note(input, plan, "no disk of this host is behind " + disk.source + ": " + image.problem);
        else if (!image.problem.empty())
            note(input, plan, "not every disk behind " + disk.source + " is known: " + image.problem);
        for (const auto& device : image.devices)
            if (claimed.insert(device).second)
                plan.claims.push_back({.knob = std::string(keys[0].key),
                                       .target = device,
                                       .path = "/sys/block/" + device + "/queue/scheduler",
                                       .value = setting->plain(),
                                       .enforce = input.policy.enforcement(keys[0].key),
                                       .phase = Phase::start,
                                       .position = setting->position,
                                       .why = disk.source + " is on it"});
    }
}

/// A switch frees the old scheduler with its settings, makes the new one with the defaults, and sets the
/// depth of the queue anew; bfq switches writeback throttling off. Source: elevator_switch, block/elevator.c;
/// blk_mq_init_sched, block/blk-mq-sched.c; bfq_init_queue, block/bfq-iosched.c (6.12); async_depth of the
/// queue: blk-sysfs.c (7.2).
std::vector<Neighbour> neighbours(const KnobRecord& record) {
    const std::string queue = record.path.substr(0, record.path.rfind('/') + 1);
    std::vector<Neighbour> list;
    for (const char* name : {"nr_requests", "async_depth", "wbt_lat_usec", "iosched/*"})
        list.push_back({"sysfs", queue + name});
    return list;
}
} // namespace

constinit const Knob knob_storage_scheduler{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::disk_scheduler,
    .combine = combine_must_agree,
    .combining = "the oldest VM's value stays; a different one of a younger VM is a conflict",
    .paths = paths,
    .source = "Documentation/block/switching-sched.rst and Documentation/ABI/stable/sysfs-block, 6.1",
    .plan = plan,
    .neighbours = neighbours,
};

} // namespace hostlease
