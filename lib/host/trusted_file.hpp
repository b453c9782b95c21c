// Files that steer what runs as root: who may change them, or put others in their place.
#pragma once

#include "host/host.hpp"

#include <set>
#include <string>
#include <tl/expected.hpp>

namespace hostlease {

/// Why a file is not trusted: the rest of a sentence that begins with the file, and a command that mends it,
/// or "".
struct Distrust {
    std::string why;
    std::string remedy;
};

struct TrustedFile {
    std::string path; // without links
    FileStatus status;
};

/// Goes from / to a file one name at a time, as the kernel does, and looks at every directory and link on the
/// way: whoever may change one of them chooses the file, whatever was looked at before. Directories that
/// several files share are looked at once.
class TrustedFiles {
  public:
    explicit TrustedFiles(Host& host) : host_(host) {}

    /// The file behind `path`, where nobody but root and the user we run as can change it or put another in
    /// its place, but for directories with the sticky bit. A link's own mode says nothing.
    tl::expected<TrustedFile, Distrust> find(const std::string& path);

  private:
    Host& host_;
    std::set<std::string> directories_; // found to be trusted, and no links
};

} // namespace hostlease
