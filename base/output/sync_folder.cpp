#include "base/output/sync_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace fluxscope {

void sync_folder(std::string const& folder) {
  int const fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  static_cast<void>(::fsync(fd));
  ::close(fd);
}

}  // namespace fluxscope
