// kill -9 at any moment leaves a file that opens with every finished launch.
//
// This program replaces pwrite and ftruncate, through which every byte of a trace goes, to die at
// a chosen call with half of its bytes written.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "base/error.hpp"
#include "tests/traces/random_trace.hpp"
#include "traces/file/reader.hpp"
#include "traces/file/writer.hpp"

namespace {

long calls_until_death = -1;  // negative: live
long calls_made = 0;

bool is_last_call() {
  ++calls_made;
  return calls_until_death >= 0 && calls_until_death-- == 0;
}

}  // namespace

extern "C" ssize_t pwrite(int fd, void const* data, size_t bytes, off_t offset) {
  if (is_last_call()) {
    syscall(SYS_pwrite64, fd, data, bytes / 2, offset);
    raise(SIGKILL);
  }
  return syscall(SYS_pwrite64, fd, data, bytes, offset);
}

extern "C" int ftruncate(int fd, off_t length) noexcept {
  if (is_last_call()) raise(SIGKILL);
  return static_cast<int>(syscall(SYS_ftruncate, fd, length));
}

namespace fluxscope::testing {
namespace {

using namespace fluxscope::traces;  // NOLINT

constexpr std::size_t kCases = 4;

/// Launch `i`: its rows follow from i alone, so that the reader knows them too.
struct LaunchRows {
  LaunchRecord launch;
  std::vector<SmRecord> sms;
  std::vector<CtaRecord> ctas;
};

LaunchRows rows_of(std::uint32_t i) {
  std::mt19937_64 random(i);
  LaunchRows rows;
  rows.launch.launch_id = i;
  rows.launch.case_id = i % kCases;
  rows.launch.op = "prefill";
  rows.launch.counted_as = "attention";
  rows.launch.kernel = "kernel " + std::to_string(i / 3);  // new texts every now and then
  rows.launch.grid_ctas = 400;
  rows.launch.external_id = random();
  for (std::uint32_t sm = 0; sm < 132; ++sm) {
    SmRecord record{.launch_id = i, .sm = sm};
    record.busy_ns = static_cast<std::int64_t>(random() >> 40);
    rows.sms.push_back(record);
  }
  for (std::uint32_t cta = 0; cta < 100 + i % 300; ++cta) {
    CtaRecord record{.launch_id = i, .cta = cta, .sm = cta % 132, .tile = cta};
    record.t_in_ns = static_cast<std::int64_t>(random() >> 30);
    record.t_out_ns = record.t_in_ns + static_cast<std::int64_t>(random() >> 44);
    rows.ctas.push_back(record);
  }
  return rows;
}

Trace head() {
  Trace trace = random_trace(3, kCases);
  return trace;
}

/// Runs in the child: appends `launches` launches and reports each finished one.
void write_launches(std::string const& path, std::uint32_t launches, int report) {
  Trace const trace = head();
  TraceWriter writer(path, trace.run, trace.device, view<OpeningRecords>(trace));
  for (std::uint32_t i = 0; i < launches; ++i) {
    LaunchRows const rows = rows_of(i);
    writer.append(view_of<RunningRecords>(std::span(&rows.launch, 1), rows.sms, rows.ctas));
    if (write(report, &i, sizeof i) != sizeof i) _exit(1);
  }
  writer.finish(trace.cases, trace.clock, view<ClosingRecords>(trace));
}

struct Outcome {
  std::uint32_t finished = 0;  // launches that the child reported
  int status = 0;
};

/// Forks a writer, lets `during(pid)` do as it likes, and waits for the end.
template <class During>
Outcome run_child(std::string const& path, std::uint32_t launches, long die_at, During&& during) {
  int ends[2];
  if (pipe(ends) != 0) throw ContractError("no pipe");
  pid_t const child = fork();
  if (child == 0) {
    close(ends[0]);
    calls_until_death = die_at;
    write_launches(path, launches, ends[1]);
    _exit(0);
  }
  close(ends[1]);
  during(child);
  Outcome outcome;
  std::uint32_t launch = 0;
  while (read(ends[0], &launch, sizeof launch) == sizeof launch) outcome.finished = launch + 1;
  close(ends[0]);
  waitpid(child, &outcome.status, 0);
  return outcome;
}

/// The trace at `path` holds launches 0, 1, ... whole, at least `finished` of them.
void expect_whole_launches(Trace const& trace, std::uint32_t finished) {
  ASSERT_GE(trace.launches.size(), finished);
  ASSERT_LE(trace.launches.size(), finished + 1);  // its report may have been cut off
  std::vector<LaunchRecord> launches;
  std::vector<SmRecord> sms;
  std::vector<CtaRecord> ctas;
  for (std::uint32_t i = 0; i < trace.launches.size(); ++i) {
    LaunchRows const rows = rows_of(i);
    launches.push_back(rows.launch);
    sms.insert(sms.end(), rows.sms.begin(), rows.sms.end());
    ctas.insert(ctas.end(), rows.ctas.begin(), rows.ctas.end());
  }
  EXPECT_TRUE(same_rows<LaunchRecord>(trace.launches, launches));
  EXPECT_TRUE(same_rows<SmRecord>(trace.sms, sms));
  EXPECT_TRUE(same_rows<CtaRecord>(trace.ctas, ctas));
  EXPECT_EQ(trace.cases.size(), kCases);
}

TEST(KilledWriter, LeavesEveryFinishedLaunchAtRandomMoments) {
  using Clock = std::chrono::steady_clock;
  TemporaryFolder const folder;
  // Moments of a run of 8 launches and as long again, however slow this machine is: where nearly
  // all of the run is the opening of the file, half of the kills still come after it.
  auto const begin = Clock::now();
  run_child(folder.file("whole.h5"), 8, -1, [](pid_t) {});
  auto const whole = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
  std::mt19937 random(20260728);
  std::uniform_int_distribution<std::int64_t> moment(0, 2 * whole.count());
  std::uint32_t most = 0;
  for (int round = 0; round < 40; ++round) {
    std::string const path = folder.file(std::to_string(round) + ".h5");
    auto const wait = std::chrono::microseconds(moment(random));

    Outcome const outcome = run_child(path, 1'000'000, -1, [&](pid_t child) {
      std::this_thread::sleep_for(wait);
      kill(child, SIGKILL);
    });

    ASSERT_TRUE(WIFSIGNALED(outcome.status));
    if (outcome.finished == 0) continue;  // killed before its first launch
    Trace const trace = read_trace(path + ".tmp");
    EXPECT_FALSE(trace.complete);
    expect_whole_launches(trace, outcome.finished);
    if (::testing::Test::HasFailure()) FAIL() << "round " << round;
    most = std::max(most, outcome.finished);
  }
  EXPECT_GT(most, 3u) << "the child never got to work";
}

TEST(KilledWriter, LeavesEveryFinishedLaunchAtEveryWriteCall) {
  TemporaryFolder const folder;
  constexpr std::uint32_t kLaunches = 2;
  calls_made = 0;
  write_launches(folder.file("count.h5"), kLaunches, open("/dev/null", O_WRONLY));
  long const calls = calls_made;
  ASSERT_GT(calls, 20);

  int opened = 0;
  int with_launches = 0;
  long step = 1;
  for (long die_at = 0; die_at < calls; die_at += step) {
    std::string const path = folder.file("t.h5");
    std::filesystem::remove(path);
    std::filesystem::remove(path + ".tmp");

    Outcome const outcome = run_child(path, kLaunches, die_at, [](pid_t) {});
    step = outcome.finished == 0 ? 11 : 1;  // the constructor has most calls and the least to lose

    ASSERT_TRUE(WIFSIGNALED(outcome.status)) << "call " << die_at << " of " << calls;
    try {
      Trace const trace = read_trace(path + ".tmp");
      ++opened;
      if (!trace.launches.empty()) ++with_launches;
      expect_whole_launches(trace, outcome.finished);
    } catch (InputError const& error) {
      EXPECT_EQ(outcome.finished, 0u) << "call " << die_at << ": " << error.what();
    }
    if (::testing::Test::HasFailure()) FAIL() << "call " << die_at << " of " << calls;
  }
  EXPECT_GT(opened, 20);
  EXPECT_GT(with_launches, 10);
}

}  // namespace
}  // namespace fluxscope::testing
