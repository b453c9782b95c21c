// The policies in policies/, and a host with them.
#pragma once

#include "support/fake_host.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace hostlease::test {

/// The text by name.
inline const std::map<std::string, std::string>& shipped_texts() {
    static const auto texts = [] {
        std::map<std::string, std::string> policies;
        for (const auto& entry : std::filesystem::directory_iterator(POLICIES_DIR)) {
            if (entry.path().extension() != ".toml") continue;
            std::ifstream file(entry.path());
            std::stringstream text;
            text << file.rdbuf();
            policies[entry.path().stem().string()] = text.str();
        }
        return policies;
    }();
    return texts;
}

inline void add_shipped_policies(FakeHost& host) {
    for (const auto& [name, text] : shipped_texts())
        host.files["/usr/share/hostlease/policies/" + name + ".toml"] = text;
}

/// An admin's policy with the content of the shipped one, for these domains.
inline std::string policy_extending(const std::string& base, const std::string& domains) {
    return "version = 1\nextends = \"" + base + "\"\n[match]\ndomain = \"" + domains + "\"\n";
}

} // namespace hostlease::test
