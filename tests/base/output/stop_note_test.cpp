#include "base/output/stop_note.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/test_folder.hpp"

namespace fluxscope::testing {
namespace {

class Stop : public TestFolder {
 protected:
  /// How a process with these notes ends by `signal`, and what it prints.
  std::pair<int, std::string> stopped(int signal, std::string const& removed,
                                      std::string const& told) const {
    int ends[2];
    if (::pipe(ends) != 0) return {-1, "no pipe"};
    pid_t const child = ::fork();
    if (child == 0) {
      ::dup2(ends[1], STDERR_FILENO);
      handle_stops();
      StopNote const note(removed, told);
      { StopNote const gone(path("keep"), "not this"); }
      ::raise(signal);
      ::_exit(0);
    }
    ::close(ends[1]);
    std::string text(4096, '\0');
    text.resize(
        static_cast<std::size_t>(std::max<ssize_t>(0, ::read(ends[0], text.data(), text.size()))));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return {status, text};
  }
};

TEST_F(Stop, RemovesAndTellsAndEndsByTheSignal) {
  for (int const signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
    write("half", "x");
    write("keep", "x");

    auto const [status, text] = stopped(signal, path("half"), "rows are in x.tmp");

    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), signal);
    EXPECT_EQ(text, "fluxscope: stopped: rows are in x.tmp\n");
    EXPECT_FALSE(exists("half"));
    EXPECT_TRUE(exists("keep"));
  }
}

}  // namespace
}  // namespace fluxscope::testing
