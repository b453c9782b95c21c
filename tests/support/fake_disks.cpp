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
}

/// The errno of a refused switch, or 0. Switching resets what goes with the scheduler. Source: block/elevator.c (6.12; EBUSY: 7.2).
int FakeHost::switch_scheduler(const std::string& path) {
    if (busy_queue > 0) {
        --busy_queue;
        return EBUSY;
    }
    files[path.substr(0, path.rfind('/')) + "/nr_requests"] = default_requests;
    return 0;
}

} // namespace hostlease::test
