#include "knobs/parts/claims.hpp"
#include "knobs/parts/combine.hpp"
#include "knobs/parts/notes.hpp"

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
    const bool is_required = input.policy.enforcement(keys[0].key) == Enforce::required;
    if (is_required && input.domain.disks.empty()) note(input, plan, "the domain has no disks");
    std::set<std::string> claimed;
    for (const auto& disk : input.domain.disks) {
        const auto found = input.facts.images.find(disk.source);
        if (!disk.has_local_image() || found == input.facts.images.end()) {
            if (disk.is_on_a_drive() && !disk.source.empty())
                note(input, plan,
                     "disk '" + disk.target + "' is of type '" + disk.type +
                         "': hostlease does not know the host disks behind this type");
            continue;
        }
        const ImageFacts& image = found->second;
        if (image.devices.empty())
            note(input, plan, "no disk of this host backs " + disk.source + ": " + image.problem);
        else if (!image.problem.empty())
            note(input, plan, "cannot find every disk behind " + disk.source + ": " + image.problem);
        for (const auto& device : image.devices)
            if (claimed.insert(device).second)
                plan.claims.push_back(
                    claim_for(input, keys[0].key,
                              {.target = FileTarget{device, "/sys/block/" + device + "/queue/scheduler"},
                               .value = setting->plain(),
                               .why = disk.source + " is on it"}));
    }
}

/// "deadline" is an alias of mq-deadline. Source: elevator_alias of mq_deadline, block/mq-deadline.c
/// (6.12).
bool is_same(std::string_view found, std::string_view wanted) {
    const auto name = [](std::string_view one) {
        return one == "deadline" ? std::string_view("mq-deadline") : one;
    };
    return name(found) == name(wanted);
}

/// A switch frees the old scheduler with its settings, starts the new one with defaults, and resets the queue
/// depth; bfq disables writeback throttling. Source: elevator_switch, block/elevator.c; blk_mq_init_sched,
/// block/blk-mq-sched.c; bfq_init_queue, block/bfq-iosched.c (6.12); async_depth of the queue: blk-sysfs.c
/// (7.2).
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
    .combine = oldest_stays,
    .paths = paths,
    .source = "Documentation/block/switching-sched.rst and Documentation/ABI/stable/sysfs-block, 6.1",
    .plan = plan,
    .same = is_same,
    .neighbours = neighbours,
};

} // namespace hostlease
