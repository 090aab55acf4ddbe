#include "base/terminal/number_text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace fluxscope {
namespace {

TEST(NumberText, FormatsANumber) {
  EXPECT_EQ(number_text("{:.2f}x", 1.005), "1.00x");
  EXPECT_EQ(number_text("{:+.1f} %", -2.04), "-2.0 %");
  EXPECT_EQ(number_text("{:g}", 0.5), "0.5");
}

TEST(NumberText, WhatIsNoNumberIsADash) {
  EXPECT_EQ(number_text("{:.2f}x", std::numeric_limits<double>::quiet_NaN()), "-");
  EXPECT_EQ(number_text("{:.4g} ms", std::numeric_limits<double>::infinity()), "-");
  EXPECT_EQ(number_text("{:g}", -std::numeric_limits<double>::infinity()), "-");
}

TEST(NumberText, ZeroHasNoSign) {
  EXPECT_EQ(number_text("{:g}", -0.0), "0");
  EXPECT_EQ(number_text("{:.1f}", -0.04), "0.0");
  EXPECT_EQ(number_text("{:+.1f} %", -0.04), "0.0 %");
  EXPECT_EQ(number_text("{:+.1f} %", 0.04), "0.0 %");
  EXPECT_EQ(number_text("{:.1e}", -1e-9), "-1.0e-09");
}

}  // namespace
}  // namespace fluxscope
