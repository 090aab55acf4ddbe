#include "tests/bench/growth/child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace fluxscope::bench {
namespace {

double seconds_of(struct rusage const& used) {
  auto const seconds = [](struct timeval const& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// In the child: the system ends it beyond the limit.
void limit_processor(double limit_s) {
  auto const seconds = static_cast<rlim_t>(std::ceil(limit_s));
  struct rlimit const limit{seconds, seconds};
  if (::setrlimit(RLIMIT_CPU, &limit) != 0) ::_exit(126);
}

std::string words_file() { return "/tmp/bench_growth." + std::to_string(::getpid()); }

std::string last_words(std::string const& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  std::string const all = text.str();
  return all.size() > 500 ? all.substr(all.size() - 500) : all;
}

void redirect(int from, char const* to) {
  int const fd = ::open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0 || ::dup2(fd, from) < 0) ::_exit(126);
}

/// Waits for `child`; nullopt where the limit of the processor ended it.
std::optional<Cost> waited(pid_t child, std::string const& words) {
  int status = 0;
  struct rusage used {};
  if (::wait4(child, &status, 0, &used) != child) throw std::runtime_error("a child was lost");
  std::string const said = last_words(words);
  std::remove(words.c_str());
  bool const beyond =
      WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL);
  if (beyond) return std::nullopt;
  bool const ended = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (!ended) throw std::runtime_error("a child failed: " + said);
  return Cost{seconds_of(used), static_cast<double>(used.ru_maxrss) / 1024};
}

}  // namespace

std::optional<Cost> cost_of(std::vector<std::string> const& command, double limit_s) {
  std::string const words = words_file();
  pid_t const child = ::fork();
  if (child < 0) throw std::runtime_error("no process can be started");
  if (child == 0) {
    std::vector<char*> arguments;
    for (std::string const& one : command) arguments.push_back(const_cast<char*>(one.c_str()));
    arguments.push_back(nullptr);
    redirect(STDOUT_FILENO, "/dev/null");
    redirect(STDERR_FILENO, words.c_str());
    limit_processor(limit_s);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  return waited(child, words);
}

std::optional<Cost> cost_of(std::function<double()> const& work, double limit_s) {
  std::string const words = words_file();
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe can be made");
  pid_t const child = ::fork();
  if (child < 0) throw std::runtime_error("no process can be started");
  if (child == 0) {
    redirect(STDERR_FILENO, words.c_str());
    limit_processor(limit_s);
    try {
      double const seconds = work();
      bool const sent = ::write(ends[1], &seconds, sizeof seconds) == sizeof seconds;
      ::_exit(sent ? 0 : 1);
    } catch (std::exception const& error) {
      std::fprintf(stderr, "%s\n", error.what());
      std::fflush(stderr);
      ::_exit(1);
    }
  }
  ::close(ends[1]);
  std::optional<Cost> cost;
  try {
    cost = waited(child, words);
  } catch (...) {
    ::close(ends[0]);
    throw;
  }
  if (cost && ::read(ends[0], &cost->seconds, sizeof cost->seconds) != sizeof cost->seconds) {
    cost.reset();
  }
  ::close(ends[0]);
  return cost;
}

double processor_seconds() {
  struct rusage used {};
  ::getrusage(RUSAGE_SELF, &used);
  return seconds_of(used);
}

}  // namespace fluxscope::bench
