#pragma once
// A file or folder that may not be read.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace fluxscope::testing {

/// Takes every permission from `path`; gives them back at the end. Root reads everything, so it
/// acts as another user until then.
class Unreadable {
 public:
  explicit Unreadable(std::filesystem::path path)
      : path_(std::move(path)), before_(std::filesystem::status(path_).permissions()) {
    std::filesystem::permissions(path_, std::filesystem::perms::none);
    if (geteuid() == 0) root_ = seteuid(kNobody) == 0;
  }
  ~Unreadable() {
    if (root_ && seteuid(0) != 0) std::abort();  // what follows would run as another user
    std::error_code none;
    std::filesystem::permissions(path_, before_, none);
  }
  Unreadable(Unreadable const&) = delete;
  Unreadable& operator=(Unreadable const&) = delete;

  /// False where the system lets this user read nevertheless, or not even see the path.
  [[nodiscard]] bool holds() const {
    std::error_code none;
    return std::filesystem::exists(path_, none) && eaccess(path_.c_str(), R_OK) != 0;
  }

 private:
  static constexpr uid_t kNobody = 65534;

  std::filesystem::path path_;
  std::filesystem::perms before_;
  bool root_ = false;
};

}  // namespace fluxscope::testing
