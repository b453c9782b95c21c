#include "suggest/scene.hpp"

#include "core/parse.hpp"

#include <algorithm>

namespace hostlease {

void SuggestScene::tell(std::string text, Severity severity) {
    const bool is_known = std::any_of(notes.begin(), notes.end(), [&](const SuggestNote& note) { return note.text == text; });
    if (!is_known) notes.push_back({severity, std::move(text)});
}

AuditInput with_domain(const AuditInput& input, const Domain& domain) {
    return {.root = input.root,
            .domain = domain,
            .guest = input.guest,
            .windows = input.windows,
            .vendor = input.vendor,
            .host = input.host,
            .policy = input.policy,
            .symptom = {},
            .libvirt_version = input.libvirt_version};
}

CpuSet iothread_ids(SuggestScene& scene) {
    CpuSet ids;
    if (XmlNode* list = scene.root.find("iothreadids"); list != nullptr)
        for (const XmlNode* one : list->children("iothread"))
            if (const auto id = parse_integer<unsigned>(one->attribute("id").value_or("")); id && *id < CpuSet::limit)
                ids.add(*id);
    for (unsigned id = 1; ids.count() < scene.domain().iothreads; ++id)
        ids.add(id);
    return ids;
}

} // namespace hostlease
