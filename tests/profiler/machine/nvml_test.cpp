#include "profiler/machine/nvml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/profiler/fake_libraries.hpp"
#include "tests/profiler/fake_nvml.hpp"

namespace fluxscope::profiler {
namespace {

constexpr char kName[] = "libnvidia-ml.so.1";
unsigned long long reasons = 0;
int device_result = 0;

int succeed() { return 0; }
int give_device(char const*, void**) { return device_result; }
int give_power(void*, unsigned* milliwatts) {
  *milliwatts = 699500;
  return 0;
}
int give_clock(void*, int, unsigned* mhz) {
  *mhz = 1530;
  return 0;
}
int give_reasons(void*, unsigned long long* mask) {
  *mask = reasons;
  return 0;
}

FakeLibraries whole_nvml() {
  FakeLibraries libraries;
  libraries.add_symbol(kName, "nvmlInit_v2", &succeed);
  libraries.add_symbol(kName, "nvmlShutdown", &succeed);
  libraries.add_symbol(kName, "nvmlDeviceGetHandleByPciBusId_v2", &give_device);
  libraries.add_symbol(kName, "nvmlDeviceGetPowerUsage", &give_power);
  libraries.add_symbol(kName, "nvmlDeviceGetClockInfo", &give_clock);
  libraries.add_symbol(kName, "nvmlDeviceGetCurrentClocksThrottleReasons", &give_reasons);
  return libraries;
}

TEST(Nvml, WithoutTheLibraryNumbersAreMissingNotZero) {
  FakeLibraries libraries;
  Nvml const nvml(libraries, "0000:00:00.0");

  EXPECT_THAT(nvml.reason(), ::testing::HasSubstr("was not found"));
  EXPECT_TRUE(std::isnan(nvml.state().sm_clock_mhz));
  EXPECT_TRUE(std::isnan(nvml.power_limit_w()));
  EXPECT_EQ(nvml.driver_version(), "");
}

TEST(Nvml, ClockAndPowerAreRead) {
  FakeLibraries libraries = whole_nvml();
  reasons = 0;
  Nvml const nvml(libraries, "0000:00:00.0");

  EXPECT_EQ(nvml.reason(), "");
  EXPECT_DOUBLE_EQ(nvml.state().sm_clock_mhz, 1530);
  EXPECT_DOUBLE_EQ(nvml.state().power_w, 699.5);
}

TEST(Nvml, HeatThrottlesThePowerLimitDoesNot) {
  FakeLibraries libraries = whole_nvml();
  Nvml const nvml(libraries, "0000:00:00.0");

  reasons = 0x4;  // within the power limit
  EXPECT_EQ(nvml.state().throttled, "");
  reasons = 0x44;  // and too hot
  EXPECT_EQ(nvml.state().throttled, "hardware thermal slowdown");
  reasons = 0x20;
  EXPECT_EQ(nvml.state().throttled, "software thermal slowdown");
}

TEST(NvmlProcesses, AreNamedByTheirProgram) {
  FakeNvml::reset();
  FakeLibraries libraries = FakeNvml::libraries();
  Nvml const nvml(libraries, "0000:00:00.0");
  FakeNvml::processes = {{.pid = 4711, .memory_bytes = 3'000'000'000}, {.pid = 12}};

  auto const processes = nvml.compute_processes();

  ASSERT_TRUE(processes.has_value());
  EXPECT_EQ(describe(*processes), "pid 4711 (program4711, 3.0 GB), pid 12 (program12)");
}

// 40 processes do not fit the first call, and three more come before each next one.
TEST(NvmlProcesses, ALongListIsReadWhole) {
  FakeNvml::reset();
  FakeLibraries libraries = FakeNvml::libraries();
  Nvml const nvml(libraries, "0000:00:00.0");
  FakeNvml::processes.assign(40, {.pid = 1});
  FakeNvml::arrives = 3;

  auto const processes = nvml.compute_processes();

  ASSERT_TRUE(processes.has_value());
  EXPECT_EQ(processes->size(), 43u);
}

TEST(NvmlProcesses, AreUnknownAndNotNoneWhereNvmlDoesNotSay) {
  FakeNvml::reset();
  FakeLibraries libraries = FakeNvml::libraries();
  FakeNvml::result = 3;
  EXPECT_FALSE(Nvml(libraries, "0000:00:00.0").compute_processes().has_value());
  FakeNvml::result = 0;
  EXPECT_TRUE(Nvml(libraries, "0000:00:00.0").compute_processes().has_value());
  libraries.remove_symbol(FakeNvml::kLibrary, FakeNvml::kProcesses);
  EXPECT_FALSE(Nvml(libraries, "0000:00:00.0").compute_processes().has_value());
  FakeLibraries none;
  EXPECT_FALSE(Nvml(none, "0000:00:00.0").compute_processes().has_value());
}

TEST(NvmlProcesses, AnOlderDriverHasTheSecondVersion) {
  FakeNvml::reset();
  FakeLibraries libraries = FakeNvml::libraries();
  libraries.remove_symbol(FakeNvml::kLibrary, FakeNvml::kProcesses);
  libraries.add_symbol(FakeNvml::kLibrary, "nvmlDeviceGetComputeRunningProcesses_v2",
                       &FakeNvml::give_processes);
  FakeNvml::processes = {{.pid = 5}};
  auto const processes = Nvml(libraries, "0000:00:00.0").compute_processes();
  ASSERT_TRUE(processes.has_value());
  EXPECT_EQ(processes->size(), 1u);
}

TEST(Nvml, AnUnknownDeviceIsAReason) {
  FakeLibraries libraries = whole_nvml();
  device_result = 6;
  Nvml const nvml(libraries, "0000:99:00.0");
  device_result = 0;

  EXPECT_THAT(nvml.reason(), ::testing::HasSubstr("0000:99:00.0"));
}

}  // namespace
}  // namespace fluxscope::profiler
