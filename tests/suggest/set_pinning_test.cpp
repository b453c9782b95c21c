// How pins change the text, and which CPUs they avoid.
#include "suggest/suggest_support.hpp"

using namespace hostlease;
using namespace hostlease::test;

namespace {
constexpr const char* four = "<vcpu>4</vcpu>";

/// "vCPU:CPU ..." and the CPUs of the emulator and of the I/O threads.
std::string pins_in(const Suggestion& suggestion) {
    const auto domain = read_domain_xml(suggestion.text, "win11.xml", DomainIdentity::may_be_wrong);
    REQUIRE(domain);
    std::string text;
    for (const auto& pin : domain->vcpu_pins)
        text += std::to_string(pin.id) + ":" + to_list(pin.cpus) + " ";
    if (domain->emulator_pin) text += "emulator:" + to_list(domain->emulator_pin->cpus);
    for (const auto& pin : domain->iothread_pins)
        text += " io" + std::to_string(pin.id) + ":" + to_list(pin.cpus);
    return text;
}

CpuSet pinned_in(const Suggestion& suggestion) {
    return pinned_cpus(*read_domain_xml(suggestion.text, "win11.xml", DomainIdentity::may_be_wrong));
}

Suggestion pinned(const std::string& body, const AuditScene& scene) {
    return settled(document_of(body), scene, {.groups = {RuleGroup::pinning}});
}

bool is_told(const Suggestion& suggestion, const std::string& words) {
    return std::any_of(suggestion.notes.begin(), suggestion.notes.end(),
                       [&](const SuggestNote& note) { return note.text.find(words) != std::string::npos; });
}
} // namespace

TEST_CASE("pins without a finding stay") {
    const auto body = pins({"3", "19", "4", "20"}, "<emulatorpin cpuset='1,17'/>") +
                      "<cpu><topology sockets='1' cores='2' threads='2'/></cpu>" +
                      "<numatune><memory mode='strict' nodeset='0'/></numatune>";
    CHECK(pinned(body, large_scene()).text == document_of(body));
}

TEST_CASE("each I/O thread is pinned by its number") {
    const auto body = pins({"0", "0"}, "<iothreadpin iothread='4' cpuset='0'/>") +
                      "<iothreads>2</iothreads><iothreadids><iothread id='4'/></iothreadids>";
    const auto text = pins_in(pinned(body, large_scene()));
    CAPTURE(text);
    CHECK(text.find(" io1:") != std::string::npos);
    CHECK(text.find(" io4:") != std::string::npos);
}

TEST_CASE("CPUs of other VMs are not used, whether these run or not") {
    auto scene = large_scene();
    scene.host.others.push_back({"running", CpuSet::range(8, 15) | CpuSet::range(24, 31), true});
    scene.host.others.push_back({"defined", CpuSet::range(4, 7) | CpuSet::range(20, 23), false, {2, 18}});
    const auto suggestion = pinned(four, scene);
    CHECK_FALSE(
        pinned_in(suggestion).intersects(CpuSet::range(4, 15) | CpuSet::range(20, 31) | CpuSet{2, 18}));
    CHECK_FALSE(is_told(suggestion, "too few others"));
}

TEST_CASE("CPUs of stopped VMs are shared if there are too few, with a message") {
    auto scene = large_scene();
    scene.host.others.push_back({"running", CpuSet::range(8, 15) | CpuSet::range(24, 31), true});
    scene.host.others.push_back({"defined", CpuSet::range(1, 7) | CpuSet::range(17, 23), false});
    const auto suggestion = pinned(four, scene);
    CHECK_FALSE(pinned_in(suggestion).empty());
    CHECK_FALSE(pinned_in(suggestion).intersects(CpuSet::range(8, 15) | CpuSet::range(24, 31)));
    CHECK(is_told(suggestion, "the VM shares CPUs with VMs that are not running"));
}

TEST_CASE("CPUs that are isolated at boot are used if there are enough") {
    auto scene = large_scene();
    scene.host.files["/sys/devices/system/cpu/isolated"] = "10-11,26-27";
    CHECK(pinned_in(pinned(four, scene)) == CpuSet{10, 11, 26, 27});
    scene.host.files["/sys/devices/system/cpu/isolated"] = "10,26";
    CHECK(pinned_in(pinned(four, scene)).count() == 4);
}

TEST_CASE("each guest NUMA cell has its memory on the node of its vCPUs") {
    const std::string body = "<memory unit='GiB'>4</memory><vcpu>8</vcpu><cpu><numa><cell id='0' cpus='0-3' "
                             "memory='2' unit='GiB'/>"
                             "<cell id='1' cpus='4-7' memory='2' unit='GiB'/></numa></cpu>";
    const auto text = pinned(body, large_scene()).text;
    CAPTURE(text);
    const auto domain = read_domain_xml(text, "win11.xml", DomainIdentity::may_be_wrong);
    REQUIRE(domain);
    REQUIRE(domain->numa_cells.size() == 2);
    CHECK(domain->numa_cells[0].nodes != domain->numa_cells[1].nodes);
    CHECK(domain->numa_memory->nodes == NodeSet{0, 1});
    CHECK(domain->topology->threads == 2);
}

TEST_CASE("pins are suggested without a topology if libvirt does not accept <cpu>") {
    for (const std::string arch : {"riscv64", "aarch64"}) {
        const auto done = pinned(
            std::string(four) + "<os><type arch='" + arch + "' machine='virt'>hvm</type></os>", make_scene());
        CAPTURE(done.text);
        CHECK(!pinned_in(done).empty());
        CHECK((done.text.find("<cpu>") == std::string::npos) == (arch == "riscv64"));
    }
}

TEST_CASE("threads of another architecture need no feature of AMD's") {
    auto scene = make_scene();
    scene.vendor = CpuVendor::amd;
    for (const std::string arch : {"x86_64", "aarch64"}) {
        const auto done = pinned(std::string(four) + "<cpu mode='host-passthrough'/><os><type arch='" + arch +
                                     "'>hvm</type></os>",
                                 scene);
        CAPTURE(done.text);
        CHECK((done.text.find("topoext") != std::string::npos) == (arch == "x86_64"));
    }
}

TEST_CASE("without a topology of the host, no pins are suggested, with a message") {
    const auto text = document_of(four);
    const auto scene = large_scene();
    SuggestRequest request{
        .text = text, .file = "win11.xml", .host = scene.host, .groups = {RuleGroup::pinning}};
    request.topology_problem = "hwloc is not there";
    const auto suggestion = suggest(request);
    REQUIRE(suggestion);
    CHECK(suggestion->text == text);
    CHECK(is_told(*suggestion, "no pins are suggested: hwloc is not there"));
}

TEST_CASE("QEMU's threads leave CPUs that are isolated at boot, where the kernel would not balance them") {
    auto scene = large_scene();
    scene.host.files["/sys/devices/system/cpu/isolated"] = "4-7,20-23";
    const auto emulator_of = [&](const std::string& cpus) {
        const auto done = pinned(pins({"4", "20", "5", "21"}, "<emulatorpin cpuset='" + cpus + "'/>") +
                                     "<cpu><topology sockets='1' cores='2' threads='2'/></cpu>",
                                 scene);
        const auto text = pins_in(done);
        CHECK(text.starts_with("0:4 1:20 2:5 3:21 emulator:"));
        return parse_cpu_list(text.substr(text.find("emulator:") + 9)).value_or(CpuSet{});
    };
    CHECK_FALSE(emulator_of("6-7,22-23").intersects(CpuSet::range(4, 7) | CpuSet::range(20, 23)));
    CHECK(emulator_of("6") == CpuSet{6});
    CHECK(emulator_of("1,17") == CpuSet{1, 17});
}

TEST_CASE("a message says that --prefer has no effect on pins that stay") {
    const auto body = pins({"3", "19", "4", "20"}, "<emulatorpin cpuset='1,17'/>") +
                      "<cpu><topology sockets='1' cores='2' threads='2'/></cpu>" +
                      "<numatune><memory mode='strict' nodeset='0'/></numatune>";
    const auto wishes = [](std::optional<CorePreference> prefer) {
        return Wishes{.groups = {RuleGroup::pinning}, .prefer = prefer};
    };
    const auto stay = settled(document_of(body), large_scene(), wishes(CorePreference::cache));
    CHECK(stay.text == document_of(body));
    CHECK(is_told(stay, "--prefer has no effect: the pins stay"));
    CHECK_FALSE(is_told(settled(document_of(body), large_scene(), wishes({})), "--prefer"));
    CHECK_FALSE(is_told(settled(document_of(four), large_scene(), wishes(CorePreference::cache)),
                        "--prefer has no effect"));
}

TEST_CASE("a file that the guest uses as memory takes no memory of a node") {
    const std::string body =
        "<maxMemory slots='1' unit='GiB'>128</maxMemory><memory unit='GiB'>102</memory><vcpu>4</vcpu><cpu>"
        "<numa><cell id='0' cpus='0-3' memory='2' unit='GiB'/></numa></cpu><devices><memory model='nvdimm'>"
        "<source><path>/p</path></source><target><size unit='GiB'>100</size><node>0</node></target></memory>"
        "</devices>";
    const auto done = pinned(body, large_scene());
    CAPTURE(done.text);
    CHECK(done.text.find("<memory mode='strict'") != std::string::npos);
    CHECK_FALSE(is_told(done, "needs"));
    CHECK_FALSE(is_told(done, "does not fit"));
}
