// The size of the huge pages that are suggested.
#include "suggest/suggest_support.hpp"

using namespace hostlease;
using namespace hostlease::test;

namespace {
/// What is suggested on a host with 2 GiB of available memory and free pages of 1 GiB, or with more memory.
std::string suggested(const std::string& body, std::uint64_t available = 2 * GiB) {
    auto scene = make_scene();
    scene.host.host = host_with_nodes(1, available);
    set_pool(scene.host.host, 0, GiB, 8, 8);
    const auto suggestion = settled(document_of(body), scene, {.groups = {RuleGroup::memory}});
    const auto begin = suggestion.text.find("<page ");
    auto text = begin == std::string::npos
                    ? "none"
                    : suggestion.text.substr(begin, suggestion.text.find("/>", begin) + 2 - begin);
    for (const auto& note : suggestion.notes)
        if (note.text.starts_with("huge pages")) text += " " + note.text.substr(0, note.text.find(':'));
    return text;
}

std::string cells(unsigned first, unsigned second) {
    const auto cell = [](unsigned id, unsigned memory) {
        return "<cell id='" + std::to_string(id) + "' cpus='" + std::to_string(id) + "' memory='" +
               std::to_string(memory) + "' unit='MiB'/>";
    };
    return "<memory unit='MiB'>" + std::to_string(first + second) + "</memory><vcpu>2</vcpu><cpu><numa>" +
           cell(0, first) + cell(1, second) + "</numa></cpu>";
}
} // namespace

TEST_CASE(
    "pages of 1 GiB are suggested if only these fit, and each part of the memory is a multiple of them") {
    const std::string large =
        "<page size='1' unit='GiB'/> huge pages of 1 GiB are suggested because smaller ones do not fit";
    const std::string none = "none huge pages are not suggested because the VM would not start";
    CHECK(suggested("<memory unit='GiB'>8</memory>") == large);
    CHECK(suggested("<memory unit='GiB'>8</memory>", 32 * GiB) == "<page size='2' unit='MiB'/>");
    CHECK(suggested("<memory unit='MiB'>7680</memory>") == none);
    CHECK(suggested("<memory unit='GiB'>9</memory>") == none); // too few pages
    CHECK(suggested(cells(4096, 4096)) == large);
    CHECK(suggested(cells(3584, 4608)) == none);
}
