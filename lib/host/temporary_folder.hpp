// A directory for files that are given to another program.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace hostlease {

/// A directory of our own, mode 0700, that goes away with what is in it.
class TemporaryFolder {
  public:
    /// errno says why, when it is not there.
    explicit TemporaryFolder(const std::string& prefix, const std::string& in = parent()) {
        std::string name = in + "/" + prefix + "XXXXXX";
        if (mkdtemp(name.data()) != nullptr) path_ = name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
    [[nodiscard]] bool is_there() const { return !path_.empty(); }
    /// Where such directories are made.
    static std::string parent() { return std::filesystem::temp_directory_path().string(); }

  private:
    std::string path_;
};

} // namespace hostlease
