// Settings without a finding that a suggestion leaves unchanged: pins, scheduling, topology, cells and
// memory.
#include "suggest/suggest_support.hpp"

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string two_threads = "<cpu><topology sockets='1' cores='2' threads='2'/></cpu>";
const std::string on_node_0 = "<numatune><memory mode='strict' nodeset='0'/></numatune>";

Domain domain_of(const std::string& text) {
    auto domain = read_domain_xml(text, "win11.xml", DomainIdentity::may_be_missing);
    if (!domain) FAIL(domain.error().text() << text);
    return std::move(*domain);
}

Suggestion suggestion_for(const std::string& body, const AuditScene& scene = large_scene(),
                          const std::set<RuleGroup>& groups = {RuleGroup::pinning}) {
    return settled(document_of(body), scene, {.groups = groups});
}

std::string pins_in(const std::string& text) {
    std::string list;
    auto pins = domain_of(text).vcpu_pins;
    std::sort(pins.begin(), pins.end(), [](const Pin& left, const Pin& right) { return left.id < right.id; });
    for (const auto& pin : pins)
        list += (list.empty() ? "" : " ") + to_list(pin.cpus);
    return list;
}

std::string emulator_in(const std::string& text) {
    const auto domain = domain_of(text);
    return domain.emulator_pin ? to_list(domain.emulator_pin->cpus) : "none";
}

bool is_told(const Suggestion& suggestion, const std::string& words) {
    return std::any_of(suggestion.notes.begin(), suggestion.notes.end(),
                       [&](const SuggestNote& note) { return note.text.find(words) != std::string::npos; });
}

/// Two cells of four vCPUs and 2 GiB each.
std::string cells(const std::string& first, const std::string& second, unsigned threads = 2) {
    return "<memory unit='GiB'>4</memory><cpu><topology sockets='1' cores='" + std::to_string(8 / threads) +
           "' threads='" + std::to_string(threads) + "'/><numa><cell id='0' cpus='" + first +
           "' memory='2' unit='GiB'/><cell id='1' cpus='" + second + "' memory='2' unit='GiB'/></numa></cpu>";
}

/// The nodes of the CPUs that these vCPUs are pinned to.
NodeSet nodes_of(const Domain& domain, const CpuSet& vcpus) {
    NodeSet nodes;
    for (const auto& pin : domain.vcpu_pins)
        for (const unsigned cpu : pin.cpus.members())
            if (vcpus.contains(pin.id)) nodes.add(cpu % 16 / 8);
    return nodes;
}

std::string numatune_in(const std::string& text) {
    const auto begin = text.find("<numatune>");
    return begin == std::string::npos ? "" : text.substr(begin, text.find("</numatune>") - begin + 11);
}
} // namespace

TEST_CASE("a missing emulatorpin moves no vCPU, and nothing else") {
    const auto body = pins({"4", "20", "5", "21"}) + two_threads + on_node_0;
    const auto text = suggestion_for(body).text;
    CHECK(pins_in(text) == "4 20 5 21");
    CHECK(emulator_in(text) == "0-1,16-17");
    auto without = text;
    const auto begin = without.find("<emulatorpin");
    without.erase(begin, without.find("/>", begin) + 2 - begin);
    CHECK(without == document_of(body));
}

TEST_CASE("a missing iothreadpin moves neither vCPUs, nor the emulator, nor another I/O thread") {
    const auto body =
        "<iothreads>2</iothreads>" +
        pins({"4", "20", "5", "21"}, "<emulatorpin cpuset='6,22'/><iothreadpin iothread='1' cpuset='7'/>") +
        two_threads + on_node_0;
    const auto domain = domain_of(suggestion_for(body).text);
    CHECK(pins_in(suggestion_for(body).text) == "4 20 5 21");
    CHECK(to_list(domain.emulator_pin->cpus) == "6,22");
    REQUIRE(domain.iothread_pins.size() == 2);
    CHECK(to_list(domain.iothread_pins[0].cpus) == "7");
    CHECK_FALSE(domain.iothread_pins[1].cpus.intersects(CpuSet{4, 5, 20, 21}));
}

TEST_CASE("an emulator on the vCPUs' CPUs moves, and they do not") {
    const auto text = suggestion_for(pins({"4", "20", "5", "21"}, "<emulatorpin cpuset='4-5,20-21'/>") +
                                     two_threads + on_node_0)
                          .text;
    CHECK(pins_in(text) == "4 20 5 21");
    CHECK(emulator_in(text) == "0-1,16-17");
}

TEST_CASE("real-time vCPUs keep their pins, their scheduling and their topology") {
    const auto body = pins({"4", "5"}, "<vcpusched vcpus='0-1' scheduler='fifo' priority='1'/>") +
                      "<cpu><topology sockets='1' cores='2' threads='1'/></cpu>";
    const auto domain = domain_of(suggestion_for(body).text);
    CHECK(domain.vcpu_schedulers.size() == 1);
    CHECK(domain.topology->threads == 1);
    CHECK(pins_in(suggestion_for(body).text) == "4 5");
    REQUIRE(domain.emulator_pin);
    CHECK_FALSE(domain.emulator_pin->cpus.intersects(CpuSet{4, 5}));
}

TEST_CASE("if some vCPUs are not pinned, correct pins stay, and the others are added beside them") {
    const auto body = "<vcpu>8</vcpu><cputune><vcpupin vcpu='0' cpuset='4'/><vcpupin vcpu='1' cpuset='20'/>"
                      "<vcpupin vcpu='4' cpuset='3'/><vcpupin vcpu='5' cpuset='19'/></cputune>"
                      "<cpu><topology sockets='1' cores='4' threads='2'/></cpu>" +
                      on_node_0;
    CHECK(pins_in(suggestion_for(body).text) == "4 20 6 22 3 19 7 23");
}

TEST_CASE("only wrong pins are corrected") {
    auto scene = large_scene();
    const auto text = [&](const std::vector<std::string>& cpus) {
        return pins_in(
            suggestion_for(pins(cpus, "<emulatorpin cpuset='1,17'/>") + two_threads + on_node_0, scene).text);
    };
    CHECK(text({"4", "20", "5", "6"}) == "4 20 7 23");   // not the threads of one core
    CHECK(text({"4", "20", "40", "41"}) == "4 20 7 23"); // offline
    scene.host.others.push_back({"other", {5, 21}, true});
    CHECK(text({"4", "20", "5", "21"}) == "4 20 7 23");
    scene.host.others.clear();
    scene.host.host.cgroups.slices = {
        {"machine.slice", CpuSet::range(0, 4) | CpuSet::range(16, 20) | CpuSet{6, 22}}};
    CHECK(text({"4", "20", "5", "21"}) == "4 20 6 22");
}

TEST_CASE("no thread is moved to CPUs outside machine.slice, in others' partitions, or of a lease") {
    auto scene = large_scene();
    auto& cgroups = scene.host.host.cgroups;
    cgroups.slices = {{"machine.slice", CpuSet::range(2, 7) | CpuSet::range(18, 23)}};
    cgroups.partitions.push_back({.name = "dpdk", .state = "isolated", .cpus = {7, 23}});
    cgroups.lost = {6};
    const auto domain = domain_of(suggestion_for("<vcpu>4</vcpu><iothreads>1</iothreads>", scene).text);
    const CpuSet open = CpuSet::range(2, 5) | CpuSet::range(18, 21);
    CHECK(domain.vcpu_pins.size() == 4);
    CHECK(pinned_cpus(domain).is_subset_of(open));
    CHECK(domain.emulator_pin->cpus.is_subset_of(open));
    CHECK(domain.iothread_pins.front().cpus.is_subset_of(open));
}

TEST_CASE("CPU 0 stays a VM's if its owner chose it, with a message; a suggestion never takes it") {
    const auto kept =
        suggestion_for(pins({"0", "16", "1", "17"}, "<emulatorpin cpuset='2'/>") + two_threads + on_node_0);
    CHECK(pins_in(kept.text) == "0 16 1 17");
    REQUIRE(kept.remaining.size() == 1);
    CHECK(kept.remaining.front().findings.front().found.find("vCPU 0 is pinned to CPU 0") == 0);
    const auto moved =
        suggestion_for(pins({"0", "16", "1", "2"}, "<emulatorpin cpuset='3'/>") + two_threads + on_node_0);
    CHECK_FALSE(pinned_cpus(domain_of(moved.text)).contains(0));
}

TEST_CASE("cells keep their vCPUs and nodes, however their vCPUs are numbered") {
    for (const auto& [first, second] :
         {std::pair("0-1,4-5", "2-3,6-7"), std::pair("4-7", "0-3"), std::pair("0-3", "4-7")}) {
        CAPTURE(first);
        const auto body = "<vcpu>8</vcpu>" + cells(first, second) +
                          "<numatune><memnode cellid='0' mode='strict' nodeset='1'/><memnode cellid='1' "
                          "mode='strict' nodeset='0'/>"
                          "</numatune>";
        const auto domain = domain_of(suggestion_for(body).text);
        CHECK(nodes_of(domain, domain.cells[0].vcpus) == NodeSet{1});
        CHECK(nodes_of(domain, domain.cells[1].vcpus) == NodeSet{0});
        CHECK(domain.cells[0].vcpus == parse_cpu_list(first).value());
        CHECK(domain.numa_cells[0].nodes == NodeSet{1});
        CHECK(domain.numa_cells[1].nodes == NodeSet{0});
    }
}

TEST_CASE("cells that split a guest core keep their vCPUs if each can have a core, and are numbered anew "
          "otherwise") {
    const auto interleaved = domain_of(suggestion_for("<vcpu>8</vcpu>" + cells("0,2,4,6", "1,3,5,7")).text);
    CHECK(interleaved.cells[0].vcpus == CpuSet{0, 2, 4, 6});
    CHECK(interleaved.topology->threads == 1);
    CHECK(nodes_of(interleaved, interleaved.cells[0].vcpus).count() == 1);
    auto scene = large_scene();
    scene.host.others.push_back({"other", CpuSet::range(4, 7) | CpuSet::range(12, 15), true});
    const auto suggestion = suggestion_for("<vcpu>8</vcpu>" + cells("0,2,4,6", "1,3,5,7"), scene);
    const auto packed = domain_of(suggestion.text);
    CHECK(packed.cells[0].vcpus == CpuSet::range(0, 3));
    CHECK(packed.topology->threads == 2);
    CHECK(is_told(suggestion, "get new vCPU numbers"));
}

TEST_CASE("vCPUs that no cell lists are cell 0's") {
    const auto domain = domain_of(suggestion_for("<vcpu>8</vcpu>" + cells("0-1", "4-7")).text);
    CHECK(nodes_of(domain, CpuSet::range(0, 3)).count() == 1);
    CHECK(nodes_of(domain, CpuSet::range(4, 7)).count() == 1);
}

TEST_CASE("memory is bound strictly only if the nodes can hold it") {
    const auto bound = [](unsigned gib, const std::string& numatune) {
        const auto body = "<memory unit='GiB'>" + std::to_string(gib) + "</memory>" +
                          pins({"4", "20", "5", "21"}, "<emulatorpin cpuset='1,17'/>") + two_threads +
                          numatune;
        return numatune_in(suggestion_for(body, large_scene(), {RuleGroup::pinning, RuleGroup::memory}).text);
    };
    const std::string preferred = "<numatune><memory mode='preferred' nodeset='0'/></numatune>";
    CHECK(bound(8, "") == on_node_0);
    CHECK(bound(48, "") == "");
    CHECK(bound(8, preferred) == on_node_0);
    CHECK(bound(48, preferred) == preferred);
    CHECK(bound(48, "<numatune><memory mode='preferred' nodeset='1'/></numatune>") == preferred);
    CHECK(bound(8, "<numatune><memory mode='strict' nodeset='1'/></numatune>") == on_node_0);
    const auto large =
        "<memory unit='GiB'>48</memory>" + pins({"4", "20", "5", "21"}) + two_threads + preferred;
    for (const auto& result : suggestion_for(large, large_scene(), {RuleGroup::memory}).remaining)
        CHECK(result.rule->id != "MEM-NUMA"); // this rule asks for memory that fits
    const std::string far = "<numatune><memory mode='strict' nodeset='0-1'/></numatune>";
    CHECK(bound(48, far) == far);
}

TEST_CASE("an explicit mode stays") {
    const auto bound = [](const std::string& numatune) {
        const auto body =
            pins({"4", "20", "5", "21"}, "<emulatorpin cpuset='1,17'/>") + two_threads + numatune;
        return numatune_in(suggestion_for(body, large_scene(), {RuleGroup::pinning, RuleGroup::memory}).text);
    };
    for (const std::string numatune : {"<numatune><memory mode='interleave' nodeset='0-1'/></numatune>",
                                       "<numatune><memory mode='restrictive' nodeset='0'/></numatune>",
                                       "<numatune><memory mode='strict' placement='auto'/></numatune>"})
        CHECK(bound(numatune) == numatune);
    CHECK(bound("<numatune><memory mode='restrictive' nodeset='1'/></numatune>") ==
          "<numatune><memory mode='restrictive' nodeset='0'/></numatune>");
}

TEST_CASE("memory that is bound cell by cell is not bound as a whole, and a single cell moves the vCPUs to "
          "its node") {
    const std::string one =
        "<vcpu>4</vcpu><cpu><numa><cell id='0' cpus='0-3' memory='2' unit='GiB'/></numa></cpu>";
    for (const std::string mode : {"preferred", "strict"}) {
        const auto numatune = "<numatune><memnode cellid='0' mode='" + mode + "' nodeset='0'/></numatune>";
        const auto text =
            suggestion_for(one + numatune, large_scene(), {RuleGroup::pinning, RuleGroup::memory}).text;
        CHECK(numatune_in(text) == numatune);
        CHECK(nodes_of(domain_of(text), CpuSet::range(0, 3)) == NodeSet{0});
    }
}

TEST_CASE(
    "a cell that is larger than its node is not bound to it, and cells take the mode of restrictive memory") {
    const std::string pinned = pins({"4", "20", "12", "28"}, "<emulatorpin cpuset='1,17'/>");
    const auto bound = [&](unsigned gib, const std::string& numatune) {
        const auto size = std::to_string(gib);
        const auto body =
            "<memory unit='GiB'>" + std::to_string(gib + 2) + "</memory>" + pinned +
            "<cpu><topology sockets='1' cores='2' threads='2'/><numa><cell id='0' cpus='0-1' memory='" +
            size + "' unit='GiB'/><cell id='1' cpus='2-3' memory='2' unit='GiB'/></numa></cpu>" + numatune;
        return domain_of(suggestion_for(body).text);
    };
    const auto large = bound(40, "");
    REQUIRE(large.numa_cells.size() == 1);
    CHECK(large.numa_cells[0].cell == 1);
    const auto restrictive = bound(4, "<numatune><memory mode='restrictive' nodeset='0-1'/></numatune>");
    REQUIRE(restrictive.numa_cells.size() == 2);
    CHECK(restrictive.numa_cells[0].mode == NumaMode::restrictive);
}

TEST_CASE("vCPUs that may run on several CPUs get one each of those that their owner chose") {
    const auto chosen = pins({"2-5,18-21", "2-5,18-21", "2-5,18-21", "2-5,18-21"}) + two_threads;
    CHECK(pins_in(suggestion_for(chosen).text) == "4 20 5 21");
    const std::string cpuset = "<vcpu cpuset='2-4,18-20,^3'>4</vcpu>" + two_threads;
    const auto inside = suggestion_for(cpuset);
    CHECK(pins_in(inside.text) == "2 18 4 20");
    CHECK_FALSE(is_told(inside, "<vcpu cpuset"));
}

TEST_CASE("if the chosen CPUs are not whole cores, the vCPUs stay on their node") {
    const auto suggestion = suggestion_for("<vcpu cpuset='2-5'>4</vcpu>" + two_threads);
    CHECK(pins_in(suggestion.text) == "6 22 7 23");
    CHECK(numatune_in(suggestion.text).find("nodeset='0'") != std::string::npos);
    CHECK(is_told(suggestion, "the vCPUs are pinned outside of <vcpu cpuset='2-5'>, where they do not fit on "
                              "whole cores; it now holds for threads without a pin only"));
}

TEST_CASE("a cell with only memory leaves the vCPUs on the node of their own cell") {
    const std::string body =
        "<memory unit='GiB'>4</memory><numatune><memory mode='strict' nodeset='0-1'/><memnode cellid='0' "
        "mode='strict' nodeset='0'/><memnode cellid='1' mode='preferred' nodeset='1'/></numatune>"
        "<cpu><topology sockets='1' cores='2' threads='2'/><numa><cell id='0' cpus='0-3' memory='2' "
        "unit='GiB'/><cell id='1' memory='2' unit='GiB'/></numa></cpu>";
    const auto text = suggestion_for(body).text;
    CHECK(nodes_of(domain_of(text), CpuSet::range(0, 3)) == NodeSet{0});
    CHECK(numatune_in(text) == numatune_in(document_of(body)));
}

TEST_CASE("shares of caches and memory with host numbers are reported if pins move") {
    const auto body = [](const std::string& cpu) {
        return pins({cpu, cpu, cpu, cpu},
                    "<cachetune vcpus='0-3'><cache id='0' level='3' type='both' size='3' "
                    "unit='MiB'/></cachetune>") +
               two_threads;
    };
    CHECK(is_told(suggestion_for(body("2-5")), "<cachetune> stays unchanged"));
    const auto kept = pins({"4", "20", "5", "21"}, "<cachetune vcpus='0-3'/>") + two_threads + on_node_0;
    CHECK_FALSE(is_told(suggestion_for(kept), "<cachetune>"));
}

TEST_CASE("an emulator that is pinned to a missing CPU moves, and so does memory on a missing node") {
    const auto body = pins({"4", "20", "5", "21"}, "<emulatorpin cpuset='0,200'/>") + two_threads +
                      "<numatune><memory mode='strict' nodeset='5'/></numatune>";
    const auto text = suggestion_for(body).text;
    CHECK(pins_in(text) == "4 20 5 21");
    CHECK(emulator_in(text) == "0-1,16-17");
    CHECK(numatune_in(text).find("nodeset='0'") != std::string::npos);
}

TEST_CASE("memory is not bound to a node without memory, and vCPUs leave it") {
    auto scene = large_scene();
    scene.host.host.nodes[1].memory = scene.host.host.nodes[1].available = 0;
    const auto here = pins({"12", "28", "13", "29"}, "<emulatorpin cpuset='1,17'/>") + two_threads;
    const auto kept = suggestion_for(here, scene, {RuleGroup::memory});
    CHECK(numatune_in(kept.text) == "");
    CHECK(kept.text.find("<memballoon model='none'/>") != std::string::npos);
    CHECK_FALSE(is_told(kept, "group 'memory'"));
    const auto preferred = "<numatune><memory mode='preferred' nodeset='0'/></numatune>";
    const auto near = suggestion_for(here + preferred, scene, {RuleGroup::memory});
    CHECK(numatune_in(near.text) == preferred);
    const auto moved = suggestion_for(here, scene);
    CHECK(nodes_of(domain_of(moved.text), CpuSet::range(0, 3)) == NodeSet{0});
    CHECK(numatune_in(moved.text) == on_node_0);
    const auto wide = pins({"4", "20", "13", "29"}, "<emulatorpin cpuset='1,17'/>") + two_threads;
    CHECK(numatune_in(suggestion_for(wide, scene, {RuleGroup::memory}).text) == on_node_0);
}

TEST_CASE("a list of vCPUs stays as it is, and those that are present keep their pins") {
    const std::string list = "<vcpu current='2'>4</vcpu><vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/>"
                             "<vcpu id='1' enabled='no'/><vcpu id='2' enabled='yes'/><vcpu id='3' "
                             "enabled='no'/></vcpus>";
    const auto text =
        suggestion_for(list +
                       "<cputune><vcpupin vcpu='0' cpuset='4'/><vcpupin vcpu='2' cpuset='6'/></cputune>"
                       "<cpu><topology sockets='4' cores='1' threads='1'/></cpu>" +
                       on_node_0)
            .text;
    CHECK(text.find(list) != std::string::npos);
    const auto pins = domain_of(text).vcpu_pins;
    for (const auto& [vcpu, cpu] : {std::pair(0U, 4U), std::pair(2U, 6U)})
        CHECK(std::any_of(pins.begin(), pins.end(), [&, vcpu = vcpu, cpu = cpu](const Pin& pin) {
            return pin.id == vcpu && pin.cpus == CpuSet{cpu};
        }));
}
