// A small file cannot take much memory.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "tests/refusal.hpp"
#include "tests/traces/random_trace.hpp"
#include "tests/traces/seal.hpp"
#include "traces/file/reader.hpp"
#include "traces/file/writer.hpp"

namespace fluxscope::testing {
namespace {

constexpr std::size_t kRows = 2'000'000;  // as records: 96 MB

/// Runs `work` in a child, which ends with its result.
int in_child(std::function<int()> const& work) {
  pid_t const child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/// A trace of 2M CTAs, all zero, of which the last column has lost all but 40.
void write_unequal(std::string const& path) {
  traces::Trace trace = random_trace(5, 40);
  trace.ctas.assign(kRows, {.launch_id = 0, .cta = 0, .sm = 0, .tile = 0});
  trace.work.clear();
  trace.warps.clear();
  trace.launches[0].grid_ctas = 1;
  traces::write_trace(path, trace);
  hid_t const file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  hid_t const dataset = H5Dopen2(file, "/cta/t_out_ns", H5P_DEFAULT);
  hsize_t const rows = 40;
  H5Dset_extent(dataset, &rows);
  H5Dclose(dataset);
  H5Fclose(file);
  seal(path);
}

TEST(Memory, UnequalRowCountsAreNoticedBeforeItIsTaken) {
  TemporaryFolder const folder;
  std::string const path = folder.file("unequal.h5");
  ASSERT_EQ(in_child([&] {
              write_unequal(path);
              return 0;
            }),
            0);
  EXPECT_LT(std::filesystem::file_size(path), 4'000'000u);

  int const mib = in_child([&] {
    long const before = peak_kib();
    std::string const said = refusal([&] { static_cast<void>(traces::read_trace(path)); });
    if (said.find("/cta/t_out_ns has 40 rows, but /cta/launch_id has 2000000") == said.npos) {
      return 255;
    }
    return static_cast<int>(std::min(254L, (peak_kib() - before) / 1024));
  });

  EXPECT_LT(mib, 30) << "MiB; 255: another refusal";
}

}  // namespace
}  // namespace fluxscope::testing
