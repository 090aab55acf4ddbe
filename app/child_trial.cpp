#include "app/child_trial.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <string_view>

#include "base/error.hpp"

namespace fluxscope::app {
namespace {

enum Verdict : int { accepted = 0, refused = 3, out_of_memory = 4, other_error = 5 };

// A sanitizer reserves more address space than any limit.
#if defined(__SANITIZE_ADDRESS__)  // as gcc says it
constexpr bool kLimitsMemory = false;
#elif defined(__has_feature)  // as clang does
constexpr bool kLimitsMemory = !__has_feature(address_sanitizer);
#else
constexpr bool kLimitsMemory = true;
#endif

void limit(TrialLimits const& limits) {
  rlimit const no_core = {0, 0};
  static_cast<void>(::setrlimit(RLIMIT_CORE, &no_core));
  rlimit const cpu = {limits.cpu_seconds, limits.cpu_seconds + 1};
  static_cast<void>(::setrlimit(RLIMIT_CPU, &cpu));
  rlimit const memory = {limits.memory_bytes, limits.memory_bytes};
  if (kLimitsMemory) static_cast<void>(::setrlimit(RLIMIT_AS, &memory));
}

void tell(int to, std::string_view text) {
  while (!text.empty()) {
    ssize_t const put = ::write(to, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

[[noreturn]] void run(std::function<void()> const& attempt, int report, TrialLimits const& limits) {
  limit(limits);
  Verdict verdict = accepted;
  try {
    attempt();
  } catch (InputError const& error) {
    tell(report, error.what());
    verdict = refused;
  } catch (std::bad_alloc const&) {
    verdict = out_of_memory;
  } catch (std::exception const& error) {
    tell(report, error.what());
    verdict = other_error;
  }
  ::_exit(verdict);  // the parent's buffers and exit handlers are not this process's to run
}

std::string all_of(int from) {
  std::string text;
  std::array<char, 4096> part{};
  for (;;) {
    ssize_t const got = ::read(from, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
}

[[noreturn]] void fail(std::string const& path, char const* what) {
  throw InputError(path + ": cannot be tried in a child process (" + what + ": " +
                   std::strerror(errno) + "); read it without --untrusted, or free some resources");
}

constexpr char kDamaged[] = "; the file is damaged or made to do harm, do not use it";

}  // namespace

void try_in_child(std::string const& path, std::function<void()> const& attempt,
                  TrialLimits const& limits) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) fail(path, "pipe");
  pid_t const child = ::fork();
  if (child < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    fail(path, "fork");
  }
  if (child == 0) {
    ::close(ends[0]);
    run(attempt, ends[1], limits);
  }
  ::close(ends[1]);
  std::string const said = all_of(ends[0]);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) fail(path, "waitpid");
  }
  if (WIFSIGNALED(status)) {
    int const signal = WTERMSIG(status);
    if (signal == SIGXCPU || signal == SIGKILL) {
      throw InputError(path + ": reading it took more than " + std::to_string(limits.cpu_seconds) +
                       " s of CPU time" + kDamaged);
    }
    throw InputError(path + ": the HDF5 library crashed while reading (signal " +
                     std::to_string(signal) + ": " + ::strsignal(signal) + ")" + kDamaged);
  }
  switch (WEXITSTATUS(status)) {
    case accepted:
      return;
    case refused:
      throw InputError(said);
    case out_of_memory:
      throw InputError(path + ": reading it took more than " +
                       std::to_string(limits.memory_bytes >> 20) + " MiB of memory" + kDamaged);
    default:
      throw ContractError(said.empty() ? path + ": reading ended with code " +
                                             std::to_string(WEXITSTATUS(status))
                                       : said);
  }
}

}  // namespace fluxscope::app
