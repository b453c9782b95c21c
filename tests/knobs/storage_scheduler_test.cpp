#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const Policy none = policy_with({{"storage.scheduler", "none"}});

Domain with_disk(Domain domain, std::string type, std::string source, std::string device = "disk") {
    Disk disk;
    disk.type = std::move(type);
    disk.device = std::move(device);
    disk.source = std::move(source);
    disk.target = "vd" + std::string(1, static_cast<char>('a' + domain.disks.size()));
    domain.disks.push_back(std::move(disk));
    return domain;
}

HostFacts facts_with_images() {
    auto facts = host_with_nodes(1);
    facts.images["/dev/vg/root"] = {{"sda"}, {}};
    facts.images["/images/raid.qcow2"] = {{"sda", "sdb"}, {}};
    facts.images["/images/gone.qcow2"] = {{}, "there is no such file"};
    return facts;
}

std::string claim_text(const char* device, const char* image, const char* enforce = "best-effort") {
    return std::string("/sys/block/") + device + "/queue/scheduler [" + device + "] = none; start, " +
           enforce + "; win11.toml:2:1; " + image + " is on it\n";
}
} // namespace

TEST_CASE(
    "storage.scheduler claims each disk behind the images once, and reports images without a known disk") {
    const Domain empty = domain_with_memory(GiB);
    struct Case {
        Policy policy;
        Domain domain;
        std::string text;
    };
    for (const auto& [policy, domain, text] :
         {Case{policy_with({}), with_disk(empty, "block", "/dev/vg/root"), ""},
          Case{policy_with({{"storage.scheduler", "leave"}}), with_disk(empty, "block", "/dev/vg/root"), ""},
          Case{none, empty, ""},
          Case{required(none, "storage"), empty,
               "win11.toml:2:1: error: storage.scheduler: the domain has no disks\n"},
          Case{none, with_disk(empty, "block", "/dev/vg/root"), claim_text("sda", "/dev/vg/root")},
          Case{required(none, "storage"), with_disk(empty, "block", "/dev/vg/root"),
               claim_text("sda", "/dev/vg/root", "required")},
          Case{none, with_disk(with_disk(empty, "block", "/dev/vg/root"), "file", "/images/raid.qcow2"),
               claim_text("sda", "/dev/vg/root") + claim_text("sdb", "/images/raid.qcow2")},
          Case{none, with_disk(empty, "file", "/images/raid.qcow2", "cdrom"), ""},
          Case{none, with_disk(empty, "file", ""), ""},
          Case{none, with_disk(empty, "network", "pool/image"),
               "win11.toml:2:1: warning: storage.scheduler: disk 'vda' is of type 'network': hostlease does "
               "not know the host disks behind this type\n"},
          Case{none, with_disk(empty, "file", "/images/gone.qcow2"),
               "win11.toml:2:1: warning: storage.scheduler: no disk of this host backs "
               "/images/gone.qcow2: there is no such "
               "file\n"}}) {
        CAPTURE(text);
        CHECK(text_of(plan_of("storage.scheduler", {domain, policy, facts_with_images()})) == text);
    }
}

TEST_CASE("storage.scheduler must agree") {
    CHECK(combined("storage.scheduler", "bfq", {"none", "none"}) == "none");
    CHECK(combined("storage.scheduler", "bfq", {"none", "kyber"}) == "none (conflict)");
}
