#include "profiler/machine/gpu_users.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/profiler/fake_nvml.hpp"

namespace fluxscope::profiler {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kOwn = 100;

class GpuUsersTest : public ::testing::Test {
 protected:
  GpuUsersTest() { FakeNvml::reset(); }
  ~GpuUsersTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_ = ::testing::TempDir() + "fluxscope_gpu_users";
  bool made_ = std::filesystem::create_directories(folder_);
  FakeLibraries libraries_ = FakeNvml::libraries();
  Nvml nvml_{libraries_, "0000:00:00.0"};
  RunRegister runs_{folder_, "0000:00:00.0", kOwn};
  GpuUsers users_{nvml_, runs_, kOwn};
};

TEST_F(GpuUsersTest, AloneIsNobody) {
  EXPECT_EQ(users_.look(false), "");
  FakeNvml::processes = {{.pid = kOwn, .memory_bytes = 1 << 20}};
  EXPECT_EQ(users_.look(true), "");
  EXPECT_EQ(users_.count(), 0);
}

TEST_F(GpuUsersTest, AnotherProcessIsNamedOnceWithItsMemory) {
  FakeNvml::processes = {{.pid = 7, .memory_bytes = 2'500'000'000}};
  EXPECT_EQ(users_.look(false), "pid 7 (program7, 2.5 GB)");
  FakeNvml::processes.push_back({.pid = kOwn});
  EXPECT_EQ(users_.look(true), "");
  EXPECT_EQ(users_.count(), 1);
}

TEST_F(GpuUsersTest, OneThatCameLaterIsSeenAtTheEndAndOneThatWentStaysCounted) {
  FakeNvml::processes = {{.pid = 7}};
  EXPECT_NE(users_.look(false), "");
  FakeNvml::processes = {{.pid = kOwn}, {.pid = 8}};
  EXPECT_THAT(users_.look(true), AllOf(HasSubstr("pid 8"), Not(HasSubstr("pid 7"))));
  EXPECT_EQ(users_.count(), 2);
}

// In a container NVML may number processes as the host does: this one is 9100 there.
TEST_F(GpuUsersTest, ThisProcessUnderAnotherNumberIsNoOther) {
  FakeNvml::processes = {{.pid = 9007}};
  EXPECT_NE(users_.look(false), "");
  FakeNvml::processes = {{.pid = 9007}, {.pid = 9100}};
  EXPECT_EQ(users_.look(true), "");
  EXPECT_EQ(users_.look(true), "");
  EXPECT_EQ(users_.count(), 1);
}

TEST_F(GpuUsersTest, ASecondRunIsKnownWhereNvmlListsNobody) {
  EXPECT_EQ(users_.look(false), "");
  RunRegister const second(folder_, "0000:00:00.0", 200);
  EXPECT_EQ(users_.look(true), "pid 200 (another run of fluxscope)");
  EXPECT_EQ(users_.count(), 1);
}

TEST_F(GpuUsersTest, ARunThatNvmlListsTooCountsOnce) {
  RunRegister const second(folder_, "0000:00:00.0", 200);
  FakeNvml::processes = {{.pid = 200}, {.pid = kOwn}};
  EXPECT_NE(users_.look(true), "");
  EXPECT_EQ(users_.count(), 1);
}

TEST_F(GpuUsersTest, ARunThatNvmlNumbersOtherwiseCountsOnce) {
  EXPECT_EQ(users_.look(false), "");
  RunRegister const second(folder_, "0000:00:00.0", 200);
  FakeNvml::processes = {{.pid = 9100}, {.pid = 9200}};
  EXPECT_NE(users_.look(true), "");
  EXPECT_EQ(users_.count(), 1);
}

TEST_F(GpuUsersTest, WithoutNvmlTheRegisterStillKnows) {
  FakeLibraries none;
  Nvml const nvml(none, "0000:00:00.0");
  GpuUsers users(nvml, runs_, kOwn);
  RunRegister const second(folder_, "0000:00:00.0", 200);
  EXPECT_NE(users.look(false), "");
  EXPECT_EQ(users.count(), 1);
}

}  // namespace
}  // namespace fluxscope::profiler
