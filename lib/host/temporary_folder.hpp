// A directory for files that are passed to another program.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace hostlease {

/// A directory with mode 0700 that the destructor removes with its content.
class TemporaryFolder {
  public:
    /// If the directory cannot be created, is_there() is false and errno says why.
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
    /// The default parent directory.
    static std::string parent() { return std::filesystem::temp_directory_path().string(); }

  private:
    std::string path_;
};

} // namespace hostlease
