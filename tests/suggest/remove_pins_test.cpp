// Removes the pins of a domain whose policy chooses its CPUs.
#include "knobs/parts/placed.hpp"
#include "suggest/suggest_support.hpp"

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string vcpu_pins = "<vcpupin vcpu='0' cpuset='1'/><vcpupin vcpu='1' cpuset='17'/>";

std::string cputune(const std::string& more = {}) {
    return "<vcpu>2</vcpu><cputune>" + vcpu_pins + more + "</cputune>";
}

/// With all default groups as well: none of them pins or binds again.
std::string without_pins(const std::string& body, const AuditScene& scene = large_scene(),
                         std::vector<std::string>* notes = nullptr) {
    const auto suggestion =
        settled(document_of(body), scene, {.groups = {RuleGroup::pinning}, .without_pins = true});
    std::set<RuleGroup> groups{RuleGroup::pinning};
    for (const auto& one : settable_groups())
        if (one.by_default && !one.needs_guest) groups.insert(one.group);
    const auto all = settled(document_of(body), scene, {.groups = groups, .without_pins = true});
    const auto domain = read_domain_xml(all.text, "win11.xml", DomainIdentity::may_be_wrong);
    REQUIRE(domain);
    CHECK(pinning_element(*domain).empty());
    CHECK(std::none_of(all.remaining.begin(), all.remaining.end(),
                       [](const RuleResult& result) { return result.rule->group == RuleGroup::pinning; }));
    for (const auto& note : suggestion.notes)
        if (notes != nullptr) notes->push_back(note.text);
    return suggestion.text;
}

bool has(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }
} // namespace

TEST_CASE("all pins are removed, and the rest of <cputune> stays") {
    CHECK(without_pins(cputune("<emulatorpin cpuset='0'/><iothreadpin iothread='1' cpuset='0'/>") +
                       "<iothreads>1</iothreads>") == document_of("<vcpu>2</vcpu><iothreads>1</iothreads>"));
    CHECK(without_pins(
              cputune("<shares>2048</shares><vcpusched vcpus='0-1' scheduler='fifo' priority='1'/>")) ==
          document_of("<vcpu>2</vcpu><cputune><shares>2048</shares><vcpusched vcpus='0-1' scheduler='fifo' "
                      "priority='1'/></cputune>"));
    CHECK(has(without_pins(cputune("<!-- fast ones -->")), "<!-- fast ones -->"));
}

TEST_CASE("CPUs of <vcpu> and numad's choices are removed") {
    CHECK(without_pins("<vcpu placement='static' cpuset='1-3'>2</vcpu>") ==
          document_of("<vcpu placement='static'>2</vcpu>"));
    CHECK(without_pins("<vcpu placement='auto'>2</vcpu>") == document_of("<vcpu>2</vcpu>"));
    for (const std::string placement : {"", " placement='auto'"})
        CHECK(without_pins("<vcpu placement='auto'>2</vcpu><numatune><memory mode='strict'" + placement +
                           "/></numatune>") == document_of("<vcpu>2</vcpu>"));
}

TEST_CASE("memory that is only bound to the nodes of the pins is released, other memory stays bound") {
    const auto bound = [](const std::string& memory) { return "<numatune>" + memory + "</numatune>"; };
    const auto on = [](const std::string& nodes) {
        return "<memory mode='strict' nodeset='" + nodes + "'/>";
    };
    CHECK(without_pins(cputune() + bound(on("0"))) == document_of("<vcpu>2</vcpu>"));
    for (const std::string nodes : {"1", "0-1"}) {
        std::vector<std::string> notes;
        CHECK(without_pins(cputune() + bound(on(nodes)), large_scene(), &notes) ==
              document_of("<vcpu>2</vcpu>" + bound(on(nodes))));
        REQUIRE(notes.size() == 3);
        CHECK(
            has(notes[0], "<numatune> stays: the pins do not explain why memory is bound to node " + nodes));
        CHECK(notes[1] == "removed: <vcpupin>");
    }
    CHECK(without_pins("<vcpu>2</vcpu>" + bound(on("0"))) == document_of("<vcpu>2</vcpu>" + bound(on("0"))));
}

TEST_CASE("the memory of guest cells is released if each is bound to the nodes of its vCPUs") {
    const std::string cells =
        "<memory unit='GiB'>4</memory><cpu><numa><cell id='0' cpus='0' memory='2' unit='GiB'/><cell id='1' "
        "cpus='1' memory='2' unit='GiB'/></numa></cpu>";
    const std::string pins =
        "<vcpu>2</vcpu><cputune><vcpupin vcpu='0' cpuset='1'/><vcpupin vcpu='1' cpuset='9'/></cputune>";
    const auto bound = [](const std::string& first, const std::string& second) {
        return "<numatune><memory mode='strict' nodeset='0-1'/><memnode cellid='0' mode='strict' nodeset='" +
               first + "'/><memnode cellid='1' mode='strict' nodeset='" + second + "'/></numatune>";
    };
    CHECK(without_pins(cells + pins + bound("0", "1")) == document_of(cells + "<vcpu>2</vcpu>"));
    CHECK(without_pins(cells + pins + bound("1", "0")) ==
          document_of(cells + "<vcpu>2</vcpu>" + bound("1", "0")));
}

TEST_CASE("the policy that the VM needs is reported, and so are ids of the host's caches") {
    auto scene = large_scene();
    std::vector<std::string> notes;
    without_pins(cputune("<cachetune vcpus='0-1'><cache id='0' level='3' type='both' size='3' unit='MiB'/>"
                         "</cachetune>"),
                 scene, &notes);
    REQUIRE(notes.size() == 3);
    CHECK(has(notes[1], "<cachetune> stays unchanged"));
    CHECK(notes[2] == "no policy chooses CPUs for this VM yet: write one for it with place = \"auto\" in its "
                      "[cpus]");
    scene.with_policy = true;
    scene.policy.name = "vms";
    const auto last_note = [&] {
        std::vector<std::string> list;
        without_pins(cputune(), scene, &list);
        return list.back();
    };
    CHECK(last_note() ==
          "the policy 'vms' does not choose CPUs for this VM: it needs place = \"auto\" in its "
          "[cpus]");
    set_place(scene, "node");
    CHECK(last_note() == "the policy 'vms' chooses CPUs when the VM starts: cpus.place = \"node\"");
}

TEST_CASE("under a policy that chooses the CPUs, no pins are suggested, and existing ones are removed") {
    auto scene = large_scene();
    set_place(scene, "auto");
    for (const std::string& body : {cputune(), std::string("<vcpu>2</vcpu>")})
        CHECK(settled(document_of(body), scene, {.groups = {RuleGroup::pinning}}).text ==
              document_of("<vcpu>2</vcpu>"));
}

TEST_CASE("pins stay, with the reason, if a judge refuses the domain without them") {
    const Judge judge = [](const std::string& text) {
        return has(text, "vcpupin") ? std::string() : std::string("it needs pins");
    };
    const auto text = document_of(cputune());
    const auto suggestion = settled(
        text, large_scene(), {.groups = {RuleGroup::pinning}, .judges = {judge}, .without_pins = true});
    CHECK(suggestion.text == text);
    CHECK(suggestion.notes.back().text == "group 'pinning' stays unchanged: it needs pins");
}
