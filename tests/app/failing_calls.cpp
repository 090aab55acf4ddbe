// Preloaded into the program by kill_campaign_test.py: ends it, or refuses with "no space left", at
// a chosen one of the calls by which files come to be. Environment:
//   FAILING_CALLS_AT     number of the call, from 0
//   FAILING_CALLS_HOW    "kill": SIGKILL after half of the bytes; "full": ENOSPC after half of the
//                        bytes, from then on
//   FAILING_CALLS_COUNT  a file to which the number of calls is written at the end

#include <dlfcn.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<long> calls{0};

long chosen() {
  static long const at = [] {
    char const* text = std::getenv("FAILING_CALLS_AT");
    return text == nullptr ? -1L : std::atol(text);
  }();
  return at;
}

bool kills() {
  char const* how = std::getenv("FAILING_CALLS_HOW");
  return how != nullptr && std::strcmp(how, "kill") == 0;
}

enum class Fate { lives, dies, fails };

Fate next_call() {
  long const number = calls++;
  if (chosen() < 0 || number < chosen()) return Fate::lives;
  if (!kills()) return Fate::fails;
  return number == chosen() ? Fate::dies : Fate::lives;
}

template <class Function>
Function* real(char const* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

/// For calls that do something or nothing.
template <class Call>
int all_or_nothing(Call const& call) {
  switch (next_call()) {
    case Fate::lives:
      break;
    case Fate::dies:
      raise(SIGKILL);
      break;
    case Fate::fails:
      errno = ENOSPC;
      return -1;
  }
  return call();
}

/// For calls that write `bytes`; half of them is written by `call` at the end.
template <class Call>
ssize_t in_part(size_t bytes, Call const& call) {
  Fate const fate = next_call();
  if (fate == Fate::lives) return call(bytes);
  if (bytes > 1) static_cast<void>(call(bytes / 2));
  if (fate == Fate::dies) raise(SIGKILL);
  errno = ENOSPC;
  return -1;
}

struct Count {
  ~Count() {
    char const* path = std::getenv("FAILING_CALLS_COUNT");
    if (path == nullptr) return;
    if (FILE* file = std::fopen(path, "w")) {
      std::fprintf(file, "%ld\n", calls.load());
      std::fclose(file);
    }
  }
} count;

}  // namespace

extern "C" {

ssize_t write(int fd, void const* data, size_t bytes) {
  static auto* const call = real<ssize_t(int, void const*, size_t)>("write");
  if (fd <= STDERR_FILENO) return call(fd, data, bytes);
  return in_part(bytes, [&](size_t part) { return call(fd, data, part); });
}

ssize_t pwrite(int fd, void const* data, size_t bytes, off_t offset) {
  static auto* const call = real<ssize_t(int, void const*, size_t, off_t)>("pwrite");
  return in_part(bytes, [&](size_t part) { return call(fd, data, part, offset); });
}

int ftruncate(int fd, off_t length) noexcept {
  static auto* const call = real<int(int, off_t)>("ftruncate");
  return all_or_nothing([&] { return call(fd, length); });
}

int fsync(int fd) {
  static auto* const call = real<int(int)>("fsync");
  return all_or_nothing([&] { return call(fd); });
}

int rename(char const* from, char const* to) noexcept {
  static auto* const call = real<int(char const*, char const*)>("rename");
  return all_or_nothing([&] { return call(from, to); });
}

int renameat2(int from_folder, char const* from, int to_folder, char const* to,
              unsigned flags) noexcept {
  static auto* const call = real<int(int, char const*, int, char const*, unsigned)>("renameat2");
  return all_or_nothing([&] { return call(from_folder, from, to_folder, to, flags); });
}

int mkdir(char const* path, mode_t mode) noexcept {
  static auto* const call = real<int(char const*, mode_t)>("mkdir");
  return all_or_nothing([&] { return call(path, mode); });
}

// A full disk lets files go.
int unlink(char const* path) noexcept {
  static auto* const call = real<int(char const*)>("unlink");
  if (next_call() == Fate::dies) raise(SIGKILL);
  return call(path);
}

int rmdir(char const* path) noexcept {
  static auto* const call = real<int(char const*)>("rmdir");
  if (next_call() == Fate::dies) raise(SIGKILL);
  return call(path);
}
}
