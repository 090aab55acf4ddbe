#include "base/output/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace fluxscope {

std::optional<int> try_lock(int fd) {
  // flock() is the lock, but does not tell its holder. A record lock beside it does; it is dropped
  // early where the process closes another descriptor of the file, and then nobody is named.
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) {
    static_cast<void>(::fcntl(fd, F_SETLK, &whole));
    return std::nullopt;
  }
  bool const told = ::fcntl(fd, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
  return told ? static_cast<int>(whole.l_pid) : 0;
}

}  // namespace fluxscope
