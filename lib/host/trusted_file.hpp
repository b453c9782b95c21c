// Files that control what runs as root: who may change or replace them.
#pragma once

#include "host/host.hpp"

#include <set>
#include <string>
#include <tl/expected.hpp>

namespace hostlease {

/// Why a file is not trusted: the rest of a sentence that begins with the file's name, and a command that
/// corrects it, or "".
struct Distrust {
    std::string why;
    std::string remedy;
};

struct TrustedFile {
    std::string path; // without links
    FileStatus status;
};

/// Follows a path from / one name at a time, as the kernel does, and checks every directory and link on the
/// way, because whoever may change one of them chooses the file. Checks a directory only once.
class TrustedFiles {
  public:
    explicit TrustedFiles(Host& host) : host_(host) {}

    /// The file behind `path`, if only root and the user of this process can change or replace it.
    /// Directories with the sticky bit are accepted. The mode of a link does not matter.
    tl::expected<TrustedFile, Distrust> find(const std::string& path);

  private:
    Host& host_;
    std::set<std::string> directories_; // found to be trusted, and no links
};

} // namespace hostlease
