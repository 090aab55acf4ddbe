// A disk that is full at any write leaves the older file, every finished launch beside it, and a
// program that ends with its error.
//
// This program replaces pwrite and ftruncate, through which every byte of a trace goes, to refuse
// a chosen call, after half of its bytes, and those after it.

#include <gmock/gmock.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/error.hpp"
#include "tests/refusal.hpp"
#include "tests/traces/random_trace.hpp"
#include "traces/file/reader.hpp"
#include "traces/file/writer.hpp"

namespace {

long calls_before_full = -1;  // negative: never full
long full_calls = 0;          // that are refused then
long calls_made = 0;

bool is_refused() {
  ++calls_made;
  if (calls_before_full < 0 || calls_made <= calls_before_full) return false;
  if (calls_made > calls_before_full + full_calls) return false;
  errno = ENOSPC;
  return true;
}

}  // namespace

extern "C" ssize_t pwrite(int fd, void const* data, size_t bytes, off_t offset) {
  if (!is_refused()) return syscall(SYS_pwrite64, fd, data, bytes, offset);
  syscall(SYS_pwrite64, fd, data, bytes / 2, offset);
  errno = ENOSPC;
  return -1;
}

extern "C" int ftruncate(int fd, off_t length) noexcept {
  return is_refused() ? -1 : static_cast<int>(syscall(SYS_ftruncate, fd, length));
}

namespace fluxscope::testing {
namespace {

using namespace fluxscope::traces;  // NOLINT

constexpr std::size_t kLaunches = 3;
constexpr int kFinished = 0;
constexpr int kRefused = 2;
constexpr int kUnexpected = 7;

Trace trace_of_launches() {
  Trace trace = random_trace(5, kLaunches);
  for (std::size_t i = 0; i < kLaunches; ++i) {
    trace.launches[i].launch_id = static_cast<std::uint32_t>(i);
    trace.launches[i].case_id = 0;
  }
  return trace;
}

/// Runs in the child, to its very exit: HDF5 closes there what it still holds.
[[noreturn]] void write_to_exit(std::string const& path, int report) {
  std::string const refused = refusal([&] {
    Trace const trace = trace_of_launches();
    TraceWriter writer(path, trace.run, trace.device, view<OpeningRecords>(trace));
    for (std::uint32_t i = 0; i < kLaunches; ++i) {
      writer.append(view_of<RunningRecords>(std::span(trace.launches).subspan(i, 1)));
      if (write(report, &i, sizeof i) != sizeof i) std::exit(kUnexpected);
    }
    writer.finish(trace.cases, trace.clock, {});
  });
  if (refused == "accepted") std::exit(kFinished);
  bool const named = refused.find("No space left on device") != std::string::npos &&
                     refused.find(path + ": ") == 0;
  std::exit(named ? kRefused : kUnexpected);
}

struct Outcome {
  std::uint32_t finished = 0;  // launches that the child reported
  int status = 0;
};

Outcome run_child(std::string const& path, long before_full, long refused) {
  int ends[2];
  if (pipe(ends) != 0) throw ContractError("no pipe");
  pid_t const child = fork();
  if (child == 0) {
    close(ends[0]);
    calls_made = 0;
    calls_before_full = before_full;
    full_calls = refused;
    write_to_exit(path, ends[1]);
  }
  close(ends[1]);
  Outcome outcome;
  std::uint32_t launch = 0;
  while (read(ends[0], &launch, sizeof launch) == sizeof launch) outcome.finished = launch + 1;
  close(ends[0]);
  waitpid(child, &outcome.status, 0);
  return outcome;
}

class FullDisk : public ::testing::TestWithParam<long> {
 protected:
  /// The older file is there; every finished launch is beside it.
  void expect_nothing_lost(Outcome const& outcome) const {
    EXPECT_EQ(bytes(), older_);
    if (outcome.finished == 0) return;
    Trace const got = read_trace(path_ + ".tmp");
    // Complete where the disk was full after the last journal: nothing but the name is missing.
    ASSERT_GE(got.launches.size(), got.complete ? kLaunches : outcome.finished);
    Trace const want = trace_of_launches();
    EXPECT_TRUE(
        same_rows<LaunchRecord>(got.launches, std::span(want.launches).first(got.launches.size())));
  }
  void write_older() {
    write_trace(path_, random_trace(6, 1));
    older_ = bytes();
  }
  [[nodiscard]] std::string bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.file("t.h5");
  std::string older_;
};

TEST_P(FullDisk, LeavesTheOlderFileAndEveryFinishedLaunchAtEveryWriteCall) {
  write_older();
  calls_made = 0;
  Trace const trace = trace_of_launches();
  {
    TraceWriter writer(folder_.file("count.h5"), trace.run, trace.device,
                       view<OpeningRecords>(trace));
    for (std::uint32_t i = 0; i < kLaunches; ++i) {
      writer.append(view_of<RunningRecords>(std::span(trace.launches).subspan(i, 1)));
    }
    writer.finish(trace.cases, trace.clock, {});
  }
  long const calls = calls_made;
  ASSERT_GT(calls, 50);

  bool const every = std::getenv("FLUXSCOPE_EVERY_WRITE") != nullptr;  // some minutes
  int with_launches = 0;
  int points = 0;
  long step = 1;
  for (long at = 0; at < calls; at += step) {
    Outcome const outcome = run_child(path_, at, GetParam());
    // The constructor has most calls and the least to lose.
    step = every ? 1 : outcome.finished == 0 ? 23 : 5;

    ASSERT_TRUE(WIFEXITED(outcome.status)) << "call " << at << " of " << calls << ": a crash";
    ASSERT_EQ(WEXITSTATUS(outcome.status), kRefused) << "call " << at << " of " << calls;
    expect_nothing_lost(outcome);
    if (HasFailure()) FAIL() << "call " << at << " of " << calls;
    if (outcome.finished > 0) ++with_launches;
    ++points;
  }
  EXPECT_GT(with_launches, 10);
  std::cout << points << " full disks, " << with_launches << " with launches before them\n";
}

INSTANTIATE_TEST_SUITE_P(OnceOrForGood, FullDisk, ::testing::Values(1, 1'000'000));

}  // namespace
}  // namespace fluxscope::testing
