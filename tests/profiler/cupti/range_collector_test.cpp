#include "profiler/cupti/range_collector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fluxscope::profiler {
namespace {

CUptiResult initialize_result = CUPTI_SUCCESS;

CUptiResult CUPTIAPI give_chip(CUpti_Device_GetChipName_Params* params) {
  params->pChipName = "GH100";
  return CUPTI_SUCCESS;
}

CUptiResult CUPTIAPI give_initialize_result(CUpti_Profiler_Initialize_Params*) {
  return initialize_result;
}

CuptiTable fake_table() {
  CuptiTable cupti;
  cupti.cuptiDeviceGetChipName = &give_chip;
  cupti.cuptiProfilerInitialize = &give_initialize_result;
  return cupti;
}

TEST(RangeCollector, MissingPrivilegesAreAnErrorThatSaysWhatToDo) {
  CuptiTable const cupti = fake_table();
  initialize_result = CUPTI_ERROR_INSUFFICIENT_PRIVILEGES;

  try {
    RangeCollector const ranges(cupti, 0, counter_list());
    FAIL() << "expected CuptiError";
  } catch (CuptiError const& error) {
    EXPECT_EQ(error.code(), CUPTI_ERROR_INSUFFICIENT_PRIVILEGES);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("CAP_SYS_ADMIN"));
  }
}

TEST(RangeCollector, BusyHardwareNamesDcgm) {
  CuptiTable const cupti = fake_table();
  initialize_result = CUPTI_ERROR_HARDWARE_BUSY;

  try {
    RangeCollector const ranges(cupti, 0, counter_list());
    FAIL() << "expected CuptiError";
  } catch (CuptiError const& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("dcgmi profile --pause"));
  }
}

TEST(ChipName, IsWhatCuptiSays) {
  CuptiTable const cupti = fake_table();

  EXPECT_EQ(chip_name(cupti, 0), "GH100");
}

}  // namespace
}  // namespace fluxscope::profiler
