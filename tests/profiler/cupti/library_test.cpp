#include "profiler/cupti/library.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/profiler/fake_libraries.hpp"

namespace fluxscope::profiler {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string const kCupti = "libcupti.so." + std::to_string(CUPTI_API_VERSION / 10000);

std::uint32_t fake_version = CUPTI_API_VERSION;

CUptiResult CUPTIAPI give_version(std::uint32_t* version) {
  *version = fake_version;
  return CUPTI_SUCCESS;
}

void never_called() {}

/// A library with every symbol that the table asks for.
FakeLibraries whole_cupti() {
  FakeLibraries libraries;
#define FLUXSCOPE_ADD(name) libraries.add_symbol(kCupti, #name, &never_called);
  FLUXSCOPE_CUPTI_FUNCTIONS(FLUXSCOPE_ADD)
#undef FLUXSCOPE_ADD
  libraries.add_symbol(kCupti, "cuptiGetVersion", &give_version);
  return libraries;
}

TEST(FindCupti, AnAbsentLibraryIsAReasonNotAFailure) {
  FakeLibraries libraries;

  auto const cupti = find_cupti(libraries);

  EXPECT_FALSE(cupti.table.has_value());
  EXPECT_THAT(cupti.reason, HasSubstr("was not found"));
  EXPECT_THAT(cupti.reason, HasSubstr("LD_LIBRARY_PATH"));
}

TEST(FindCupti, AWholeLibraryFillsTheTable) {
  FakeLibraries libraries = whole_cupti();
  fake_version = CUPTI_API_VERSION;

  auto const cupti = find_cupti(libraries);

  ASSERT_TRUE(cupti.table.has_value()) << cupti.reason;
  EXPECT_EQ(cupti.version, CUPTI_API_VERSION);
  EXPECT_THAT(cupti.reason, IsEmpty());
  EXPECT_EQ(reinterpret_cast<void*>(cupti.table->cuptiRangeProfilerStop),
            reinterpret_cast<void*>(&never_called));
}

TEST(FindCupti, AnotherMajorVersionAndAnOlderMinorAreRefused) {
  FakeLibraries libraries = whole_cupti();
  std::uint32_t const refused[] = {CUPTI_API_VERSION - 10000, CUPTI_API_VERSION + 10000,
                                   CUPTI_API_VERSION - 1};

  for (std::uint32_t const version : refused) {
    fake_version = version;
    auto const cupti = find_cupti(libraries);
    EXPECT_FALSE(cupti.table.has_value()) << version;
    EXPECT_THAT(cupti.reason, HasSubstr(std::to_string(version)));
  }
}

TEST(FindCupti, ANewerMinorVersionIsAccepted) {
  FakeLibraries libraries = whole_cupti();
  fake_version = CUPTI_API_VERSION + 1;

  EXPECT_TRUE(find_cupti(libraries).table.has_value());
}

TEST(FindCupti, AMissingSymbolIsNamed) {
  FakeLibraries libraries = whole_cupti();
  libraries.remove_symbol(kCupti, "cuptiRangeProfilerDecodeData");
  fake_version = CUPTI_API_VERSION;

  auto const cupti = find_cupti(libraries);

  EXPECT_FALSE(cupti.table.has_value());
  EXPECT_THAT(cupti.reason, HasSubstr("cuptiRangeProfilerDecodeData"));
}

TEST(CuptiCandidates, TheWheelLayoutBesideTheRuntimeIsSearched) {
  auto const candidates = cupti_candidates("/site/nvidia/cuda_runtime/lib/libcudart.so");

  EXPECT_THAT(candidates, ::testing::Contains("/site/nvidia/cuda_runtime/lib/" + kCupti));
  EXPECT_THAT(candidates,
              ::testing::Contains("/site/nvidia/cuda_runtime/lib/../../cuda_cupti/lib/" + kCupti));
  EXPECT_EQ(candidates.front(), kCupti) << "the loader's own path comes first";
}

CUresult init_result = CUDA_SUCCESS;
int device_count = 1;

CUresult CUDAAPI fake_init(unsigned) { return init_result; }
CUresult CUDAAPI fake_driver_version(int* version) {
  *version = 13000;
  return CUDA_SUCCESS;
}
CUresult CUDAAPI fake_device_count(int* count) {
  *count = device_count;
  return CUDA_SUCCESS;
}

FakeLibraries whole_driver() {
  FakeLibraries libraries;
  libraries.add_symbol("libcuda.so.1", "cuInit", &fake_init);
  libraries.add_symbol("libcuda.so.1", "cuDriverGetVersion", &fake_driver_version);
  libraries.add_symbol("libcuda.so.1", "cuDeviceGetCount", &fake_device_count);
  return libraries;
}

TEST(FindDriver, WithoutADriverTheReasonSaysWhatToDo) {
  FakeLibraries libraries;

  auto const driver = find_driver(libraries);

  EXPECT_FALSE(driver.usable);
  EXPECT_THAT(driver.reason, HasSubstr("no NVIDIA driver"));
}

TEST(FindDriver, AFailingInitAndAHiddenGpuAreToldApart) {
  FakeLibraries libraries = whole_driver();

  init_result = CUDA_ERROR_NO_DEVICE;
  auto const no_init = find_driver(libraries);
  init_result = CUDA_SUCCESS;
  device_count = 0;
  auto const no_device = find_driver(libraries);
  device_count = 1;
  auto const good = find_driver(libraries);

  EXPECT_THAT(no_init.reason, HasSubstr("cuInit failed with 100"));
  EXPECT_THAT(no_device.reason, HasSubstr("CUDA_VISIBLE_DEVICES"));
  EXPECT_TRUE(good.usable);
  EXPECT_EQ(good.version, 13000);
}

TEST(FindDriver, AStubLibraryIsRecognised) {
  FakeLibraries libraries = whole_driver();
  libraries.remove_symbol("libcuda.so.1", "cuInit");

  EXPECT_THAT(find_driver(libraries).reason, HasSubstr("stub"));
}

CUptiResult CUPTIAPI refuse_subscriber(CUpti_SubscriberHandle*, CUpti_CallbackFunc, void*) {
  return CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED;
}
CUptiResult CUPTIAPI accept_subscriber(CUpti_SubscriberHandle*, CUpti_CallbackFunc, void*) {
  return CUPTI_SUCCESS;
}
int released = 0;
CUptiResult CUPTIAPI release_subscriber(CUpti_SubscriberHandle) {
  ++released;
  return CUPTI_SUCCESS;
}

TEST(SubscriberProblem, AnotherProfilerIsNamedAsTheReason) {
  CuptiTable cupti;
  cupti.cuptiSubscribe = &refuse_subscriber;

  EXPECT_THAT(subscriber_problem(cupti), HasSubstr("Nsight"));
}

TEST(SubscriberProblem, AFreePlaceIsGivenBack) {
  CuptiTable cupti;
  cupti.cuptiSubscribe = &accept_subscriber;
  cupti.cuptiUnsubscribe = &release_subscriber;
  released = 0;

  EXPECT_THAT(subscriber_problem(cupti), IsEmpty());
  EXPECT_EQ(released, 1);
}

TEST(DescribeCuptiError, MissingPrivilegesSayHowToGetThem) {
  CuptiTable const cupti;

  std::string const text =
      describe_cupti_error(cupti, CUPTI_ERROR_INSUFFICIENT_PRIVILEGES, "cuptiX");

  EXPECT_THAT(text, HasSubstr("NVreg_RestrictProfilingToAdminUsers=0"));
  EXPECT_THAT(text, HasSubstr("cuptiX"));
}

}  // namespace
}  // namespace fluxscope::profiler
