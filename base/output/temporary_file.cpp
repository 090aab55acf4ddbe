#include "base/output/temporary_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <mutex>
#include <set>
#include <utility>

#include "base/error.hpp"
#include "base/output/file_lock.hpp"

namespace fluxscope {
namespace {

using Identity = std::pair<dev_t, ino_t>;

std::mutex mutex;

/// The unfinished files of this process.
std::set<Identity>& own_files() {
  static std::set<Identity> files;
  return files;
}

bool is_own(Identity const& file) {
  std::lock_guard const lock(mutex);
  return own_files().contains(file);
}

Identity identity_of(int fd) {
  struct stat status {};
  static_cast<void>(::fstat(fd, &status));
  return {status.st_dev, status.st_ino};
}

/// Whether `path` still means the open file: another run may have renamed or removed it.
bool is_at(std::string const& path, int fd) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 &&
         Identity(status.st_dev, status.st_ino) == identity_of(fd);
}

struct Descriptor {
  explicit Descriptor(int value) : fd(value) {}
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  Descriptor(Descriptor const&) = delete;
  Descriptor& operator=(Descriptor const&) = delete;
  int fd;
};

[[noreturn]] void refuse_in_the_way(std::string const& output, std::string const& temporary,
                                    std::string const& why) {
  throw InputError(output + ": cannot be written, " + temporary + " is in the way (" + why +
                   "; the output is written there first) move it away, or choose another output");
}

void lock(int fd, std::string const& output, std::string const& temporary) {
  auto const holder = try_lock(fd);
  if (!holder) return;
  if (is_own(identity_of(fd))) {
    throw InputError(output + ": is named for two outputs of this command; give each its own");
  }
  std::string const who =
      *holder > 0 ? "process " + std::to_string(*holder) : std::string("another process");
  throw InputError(output + ": is being written by " + who + " (to " + temporary +
                   ") wait for it, or choose another output");
}

/// An older run's rows become <temporary>.old.
void set_aside(std::string const& output, std::string const& temporary,
               std::vector<FileKind> const& kinds) {
  std::string const old = temporary + ".old";
  struct stat status {};
  if (::lstat(old.c_str(), &status) == 0 && (!S_ISREG(status.st_mode) || !may_become(old, kinds))) {
    refuse_in_the_way(output, old, "it is not of this program");
  }
  if (std::rename(temporary.c_str(), old.c_str()) != 0) {
    refuse_in_the_way(output, temporary, std::strerror(errno));
  }
  std::cerr << temporary << ": of a run that was stopped; is " << old << " now\n";
}

/// Takes away what a dead run left. Nothing is done where the file has gone by now.
void clear(std::string const& temporary, std::string const& output, OutputRules const& rules) {
  Descriptor const file(
      ::open(temporary.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (file.fd < 0 && errno == ENOENT) return;
  if (file.fd < 0) {
    refuse_in_the_way(output, temporary, errno == ELOOP ? "a link" : std::strerror(errno));
  }
  struct stat status {};
  if (::fstat(file.fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    refuse_in_the_way(output, temporary, "no regular file");
  }
  lock(file.fd, output, temporary);
  if (!is_at(temporary, file.fd)) return;
  refuse_input(temporary, rules.inputs);
  if (!may_become(temporary, rules.kinds)) {
    refuse_in_the_way(output, temporary, "it is not the beginning of " + names_of(rules.kinds));
  }
  if (rules.keep_stopped && status.st_size > 0) {
    set_aside(output, temporary, rules.kinds);
  } else if (::unlink(temporary.c_str()) != 0 && errno != ENOENT) {
    refuse_in_the_way(output, temporary, std::strerror(errno));
  }
}

/// Open, locked and in its place; -1 where another run was quicker.
int create(std::string const& temporary, std::string const& output) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  int const fd = ::open(temporary.c_str(), kFlags, 0666);
  if (fd < 0 && errno == EEXIST) return -1;
  if (fd < 0) {
    throw InputError(output + ": cannot be written (" + temporary + ": " + std::strerror(errno) +
                     ") check the folder and its permissions, or choose another output");
  }
  try {
    lock(fd, output, temporary);
  } catch (...) {
    ::close(fd);
    throw;
  }
  if (is_at(temporary, fd)) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

TemporaryFile::TemporaryFile(std::string path, std::string const& output, OutputRules const& rules)
    : path_(std::move(path)) {
  // Each round either has the file, is refused, or found that another run just came or went.
  for (int round = 0; round < 100 && fd_ < 0; ++round) {
    fd_ = create(path_, output);
    if (fd_ < 0) clear(path_, output, rules);
  }
  if (fd_ < 0) refuse_in_the_way(output, path_, "other runs keep making it");
  std::lock_guard const held(mutex);
  own_files().insert(identity_of(fd_));
}

TemporaryFile::~TemporaryFile() {
  {
    std::lock_guard const held(mutex);
    own_files().erase(identity_of(fd_));
  }
  ::close(fd_);
}

void refuse_own_temporary(std::string const& path, std::string const& target) {
  struct stat status {};
  if (::lstat(target.c_str(), &status) == 0 && is_own({status.st_dev, status.st_ino})) {
    throw InputError(path +
                     ": is the unfinished file of another output of this command; choose "
                     "another output");
  }
}

}  // namespace fluxscope
