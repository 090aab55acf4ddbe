// What happens in the child stays there, and is told.

#include "app/child_trial.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <vector>

#include "tests/refusal.hpp"

namespace fluxscope::app {
namespace {

using fluxscope::testing::refusal;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ChildTrial, ThatEndsByItselfIsAccepted) {
  int here = 0;
  EXPECT_EQ(refusal([&] { try_in_child("t.h5", [&] { here = 1; }); }), "accepted");
  EXPECT_EQ(here, 0);  // another process's variable was changed
}

TEST(ChildTrial, ARefusalIsPassedOn) {
  EXPECT_EQ(refusal([] { try_in_child("t.h5", [] { throw InputError("t.h5: is no trace"); }); }),
            "t.h5: is no trace");
}

TEST(ChildTrial, ACrashIsARefusal) {
  auto const said = refusal([] {
    try_in_child("t.h5", [] {
      std::signal(SIGSEGV, SIG_DFL);
      std::raise(SIGSEGV);
    });
  });
  EXPECT_THAT(said, AllOf(StartsWith("t.h5: the HDF5 library crashed while reading (signal 11"),
                          HasSubstr("do not use it")));
}

TEST(ChildTrial, WorkWithoutEndIsARefusal) {
  auto const said = refusal([] {
    volatile bool always = true;
    try_in_child("t.h5",
                 [&] {
                   while (always) {
                   }
                 },
                 {.cpu_seconds = 1});
  });
  EXPECT_THAT(said, StartsWith("t.h5: reading it took more than 1 s of CPU time"));
}

TEST(ChildTrial, MemoryWithoutEndIsARefusal) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "address space is not limited under AddressSanitizer";
#endif
  auto const said = refusal([] {
    try_in_child("t.h5", [] {
      std::vector<std::vector<char>> held;
      for (;;) held.emplace_back(std::size_t{64} << 20);
    });
  });
  EXPECT_THAT(said, StartsWith("t.h5: reading it took more than 4096 MiB of memory"));
}

}  // namespace
}  // namespace fluxscope::app
