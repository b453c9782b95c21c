// Features of the guest's CPU, whichever group asks for them.
#include "suggest/suggest_support.hpp"

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string four = "<vcpu>4</vcpu>";

/// The CPU feature's element after suggestions for these groups; "" if there is none.
std::string feature_after(const std::string& name, const std::string& cpu, const std::set<RuleGroup>& groups,
                          CpuVendor vendor = CpuVendor::intel) {
    auto scene = large_scene();
    scene.vendor = vendor;
    const auto text = settled(document_of(four + cpu), scene, {.groups = groups}).text;
    const auto at = text.find("name='" + name + "'");
    if (at == std::string::npos) return {};
    const auto begin = text.rfind('<', at);
    return text.substr(begin, text.find('>', at) + 1 - begin);
}

std::string passthrough_with(const std::string& feature) {
    return "<cpu mode='host-passthrough'>" + feature + "</cpu>";
}
} // namespace

TEST_CASE("invtsc is required by no group if the VM may migrate, or its owner decided about it") {
    const std::set<RuleGroup> both{RuleGroup::clock, RuleGroup::cpu};
    CHECK(feature_after("invtsc", "<cpu mode='host-passthrough'/>", both) ==
          "<feature policy='require' name='invtsc'/>");
    CHECK(feature_after("invtsc", "<cpu mode='host-model'/>", both) == "");
    for (const std::string policy : {"disable", "forbid", "force"}) {
        const auto feature = "<feature policy='" + policy + "' name='invtsc'/>";
        CHECK(feature_after("invtsc", passthrough_with(feature), both) == feature);
    }
    CHECK(feature_after("invtsc", "<cpu mode='host-passthrough'/>", {RuleGroup::clock}) == "");
}

TEST_CASE(
    "pins require topoext unless libvirt derives the features from the host, or its owner turned it off") {
    const auto after = [](const std::string& cpu) {
        return feature_after("topoext", cpu, {RuleGroup::pinning}, CpuVendor::amd);
    };
    CHECK(after("<cpu mode='host-passthrough'/>") == "<feature policy='require' name='topoext'/>");
    CHECK(after("<cpu mode='host-model'/>") == "");
    const std::string off = "<feature policy='disable' name='topoext'/>";
    CHECK(after(passthrough_with(off)) == off);
}

TEST_CASE("a message says that -cpu of <qemu:commandline> replaces what is suggested for <cpu>") {
    const auto suggestion =
        settled(document_of(four + "<cpu mode='host-passthrough'/>" + arguments({"-cpu", "Penryn,+invtsc"})),
                large_scene(), {.groups = {RuleGroup::cpu}});
    CHECK(suggestion.text.find("<topology") != std::string::npos);
    CHECK(suggestion.text.find("name='invtsc'") == std::string::npos);
    CHECK(std::any_of(suggestion.notes.begin(), suggestion.notes.end(), [](const SuggestNote& note) {
        return note.text.starts_with("-cpu of <qemu:commandline> replaces <cpu>");
    }));
}
