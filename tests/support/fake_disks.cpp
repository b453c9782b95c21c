// The disk of FakeHost.
#include "support/fake_host.hpp"

#include <cerrno>

namespace hostlease::test {

namespace {
const std::string default_requests = "256\n";
}

void FakeHost::add_disk() {
    files["/dev/sda"] = "";
    statuses["/dev/sda"] = {FileStatus::Type::block_device, 0, 0660, {8, 0}};
    links["/sys/dev/block/8:0"] = "/sys/block/sda";
    files["/sys/block/sda/size"] = "2097152\n";
    files["/sys/block/sda/queue/scheduler"] = "none [mq-deadline] kyber bfq\n";
    files["/sys/block/sda/queue/nr_requests"] = default_requests;
    files["/sys/block/sda/queue/wbt_lat_usec"] = "75000\n";
    files["/sys/block/sda/queue/iosched/read_expire"] = "500\n";
    files["/sys/block/sda/queue/iosched/async_depth"] = "192\n";
}

/// The errno of a refused switch, or 0. A switch frees the scheduler with its settings, and creates the other
/// one with defaults; bfq disables writeback throttling. Source: elevator_switch, block/elevator.c (6.12;
/// EBUSY: 7.2); bfq_init_queue, block/bfq-iosched.c (6.12).
int FakeHost::switch_scheduler(const std::string& path, const std::string& scheduler) {
    if (busy_queue > 0) {
        --busy_queue;
        return EBUSY;
    }
    const std::string queue = path.substr(0, path.rfind('/') + 1);
    files[queue + "nr_requests"] = default_requests;
    files[queue + "wbt_lat_usec"] = scheduler == "bfq" ? "0\n" : "75000\n";
    std::erase_if(files, [&](const auto& file) { return file.first.starts_with(queue + "iosched/"); });
    if (scheduler == "mq-deadline") {
        files[queue + "iosched/read_expire"] = "500\n";
        files[queue + "iosched/async_depth"] = "192\n";
    }
    if (scheduler == "bfq") files[queue + "iosched/slice_idle"] = "8\n";
    return 0;
}

} // namespace hostlease::test
