#include "kernels/device/variant.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"

namespace fluxscope::testing {
namespace {

using kernels::ProbeLevel;
using kernels::Variant;
using ::testing::AllOf;
using ::testing::HasSubstr;

void narrow(int) {}
void wide(int) {}

constexpr std::array kTable{
    Variant<2, int>{{64, 8}, ProbeLevel::off, narrow, 128, 1000},
    Variant<2, int>{{64, 16}, ProbeLevel::off, wide, 256, 2000},
    Variant<2, int>{{64, 16}, ProbeLevel::l0, narrow, 512, 3000},
};

TEST(FindVariant, EveryValueOfTheKeyCounts) {
  EXPECT_EQ(find_variant(kTable, "k", {64, 8}, ProbeLevel::off).threads_per_cta, 128);
  EXPECT_EQ(find_variant(kTable, "k", {64, 16}, ProbeLevel::off).kernel, &wide);
  EXPECT_EQ(find_variant(kTable, "k", {64, 16}, ProbeLevel::l0).smem_bytes, 3000);
}

TEST(FindVariant, AVariantThatIsMissingIsNamedWithThoseThatAreThere) {
  std::string message;
  try {
    (void)find_variant(kTable, "score", {64, 8}, ProbeLevel::l0);
  } catch (ContractError const& error) {
    message = error.what();
  }
  EXPECT_THAT(message, AllOf(HasSubstr("score: no variant (64, 8, probe level 1)"),
                             HasSubstr("(64, 8, probe level 0)(64, 16, probe level 0)(64, 16, "
                                       "probe level 1)")));
}

TEST(FindVariant, AKernelWithoutAShapeIsPickedByItsProbeLevel) {
  constexpr std::array table{Variant<0, int>{{}, ProbeLevel::off, wide, 32}};
  EXPECT_EQ(find_variant(table, "plan", {}, ProbeLevel::off).kernel, &wide);
  EXPECT_THROW((void)find_variant(table, "plan", {}, ProbeLevel::l0), ContractError);
}

}  // namespace
}  // namespace fluxscope::testing
