#include "advice/report/guest_facts.hpp"

#include <doctest/doctest.h>

using namespace hostlease;

namespace {
DomainSample sample(std::map<std::string, std::string, std::less<>> texts,
                    std::map<std::string, std::uint64_t, std::less<>> numbers = {}) {
    return {{}, std::move(numbers), std::move(texts)};
}
} // namespace

TEST_CASE("guest: the system, with the names that Linux and Windows give it") {
    CHECK(guest_system(sample({{"os.id", "debian"},
                               {"os.pretty-name", "Debian GNU/Linux 12 (bookworm)"},
                               {"os.kernel-release", "6.1.0-18-amd64"}}))
              .value == GuestSystem{"Debian GNU/Linux 12 (bookworm)", "6.1.0-18-amd64", false});
    CHECK(guest_system(sample({{"os.id", "mswindows"},
                               {"os.pretty-name", "Windows 11 Pro"},
                               {"os.kernel-release", "22631"}}))
              .value == GuestSystem{"Windows 11 Pro", "22631", true});
    CHECK(guest_system(sample({{"os.name", "FreeBSD"}, {"os.version", "14.1"}})).value ==
          GuestSystem{"FreeBSD 14.1", "", false});
    CHECK(guest_system(sample({{"os.kernel-release", "6.1"}})).value == GuestSystem{"", "6.1", false});
    CHECK(guest_system(sample({})) == Known<GuestSystem>{{}, "the guest agent reports no operating system"});
}

TEST_CASE("guest: its processors") {
    CHECK(guest_processors(sample({{"vcpus", "0-3"}, {"online", "0-2"}, {"offlinable", "1-3"}})).value ==
          GuestProcessors{CpuSet::range(0, 3), CpuSet::range(0, 2)});
    for (const auto& answer :
         {sample({}), sample({{"vcpus", ""}, {"online", ""}}), sample({{"vcpus", "x"}, {"online", "0"}})})
        CHECK(guest_processors(answer) ==
              Known<GuestProcessors>{{}, "the guest agent reports no processors"});
}

TEST_CASE("guest: file systems, some without a known size") {
    const auto answer = sample(
        {{"fs.0.mountpoint", "/"},
         {"fs.0.fstype", "ext4"},
         {"fs.0.disk.0.alias", "vda"},
         {"fs.0.disk.1.alias", "vdb"},
         {"fs.1.mountpoint", "/boot"}},
        {{"fs.count", 2}, {"fs.0.total-bytes", 1000}, {"fs.0.used-bytes", 400}, {"fs.0.disk.count", 3}});
    CHECK(guest_filesystems(answer) ==
          std::vector<GuestFilesystem>{{"/", "ext4", 1000, 400, {"vda", "vdb"}}, {"/boot", "", {}, {}, {}}});
    CHECK(guest_filesystems(sample({})).empty());
}

TEST_CASE("guest: disks, without their partitions") {
    const auto answer = sample({{"disk.0.name", "/dev/vda"},
                                {"disk.0.alias", "vda"},
                                {"disk.1.name", "/dev/vda1"},
                                {"disk.2.name", "/dev/sr0"}},
                               {{"disk.count", 3}, {"disk.0.partition", 0}, {"disk.1.partition", 1}});
    CHECK(guest_disks(answer) == std::vector<GuestDisk>{{"/dev/vda", "vda"}, {"/dev/sr0", ""}});
}

TEST_CASE("guest: drivers, each once") {
    const auto drivers = guest_drivers(R"({"return": [
        {"driver-name": "VirtIO net", "driver-version": "2", "driver-date": 1, "id": {"type": "pci"}},
        {"driver-name": "VirtIO disk", "driver-version": "1"}, {"driver-name": "VirtIO net", "driver-version": "2"},
        {"driver-name": "no version"}, 5]})");
    CHECK(drivers.value == std::vector<GuestDriver>{{"VirtIO disk", "1"}, {"VirtIO net", "2"}});
    for (const auto* answer : {"", "[]", "{}", R"({"return": {}})", "{\"return\": [}"})
        CHECK(guest_drivers(answer).absent == "the guest agent's answer is not a list of devices");
}

TEST_CASE("guest: what it says without end is cut") {
    CHECK(guest_filesystems(sample({}, {{"fs.count", ~0ULL}})).size() == 2048);
    CHECK(guest_disks(sample({}, {{"disk.count", ~0ULL}})).size() == 2048);
    std::string devices = R"({"return": [)";
    for (int number = 0; number < 5000; ++number)
        devices += R"({"driver-name": ")" + std::to_string(number) + R"(", "driver-version": "1"},)";
    devices.back() = ']';
    CHECK(guest_drivers(devices + "}").value->size() == 2048);
}

TEST_CASE("guest: the channel of its agent") {
    const auto channel = [](const std::string& target) {
        return agent_channel(
            "<domain><devices><channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0' "
            "state='connected'/></channel>" +
            target + "</devices></domain>");
    };
    const std::string agent = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'";
    CHECK(channel("") == AgentChannel::none);
    CHECK(channel(agent + "/></channel>") == AgentChannel::closed);
    CHECK(channel(agent + " state='disconnected'/></channel>") == AgentChannel::closed);
    CHECK(channel(agent + " state='connected'/></channel>") == AgentChannel::open);
    CHECK(agent_channel("<domain>") == AgentChannel::none);
    CHECK(agent_channel("") == AgentChannel::none);
}
