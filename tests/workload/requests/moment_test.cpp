#include "workload/requests/moment.hpp"

#include <gtest/gtest.h>

#include <string>

namespace fluxscope::workload {
namespace {

TEST(ScaledDecimal, IsExactWhereADoubleIsNot) {
  // 2^53 + 1 ns: a double has no such number.
  EXPECT_EQ(scaled_decimal("9007199.254740993", 9), 9'007'199'254'740'993);
  EXPECT_EQ(scaled_decimal("5.8926549999999995", 9), 5'892'655'000);
  EXPECT_EQ(scaled_decimal("0.0", 9), 0);
  EXPECT_EQ(scaled_decimal("61.114", 9), 61'114'000'000);
  EXPECT_EQ(scaled_decimal("27482", 6), 27'482'000'000);
  EXPECT_EQ(scaled_decimal("3536999.25", 6), 3'536'999'250'000);
}

TEST(ScaledDecimal, IsRoundedHalfUp) {
  EXPECT_EQ(scaled_decimal("0.0000000005", 9), 1);
  EXPECT_EQ(scaled_decimal("0.00000000049999", 9), 0);
  EXPECT_EQ(scaled_decimal("2.5", 0), 3);
  EXPECT_EQ(scaled_decimal("0.00000000001", 9), 0);
}

TEST(ScaledDecimal, TakesExponents) {
  EXPECT_EQ(scaled_decimal("1e-05", 9), 10'000);
  EXPECT_EQ(scaled_decimal("1.5E+2", 9), 150'000'000'000);
  EXPECT_EQ(scaled_decimal("9.5e-05", 9), 95'000);
  EXPECT_EQ(scaled_decimal("1e-300", 9), 0);
}

TEST(ScaledDecimal, IsNothingForWhatIsNoSuchNumber) {
  for (char const* text : {"", ".", "-1", "+1", "1e", "1e+", "1e--5", "nan", "inf", "1,5", " 1",
                           "1 ", "1.2.3", "0x10", "1e999", "e5", "99999999999", "4611686019"}) {
    EXPECT_EQ(scaled_decimal(text, 9), std::nullopt) << text;
  }
  EXPECT_EQ(scaled_decimal(std::string(1'000'000, '9'), 9), std::nullopt);
  EXPECT_EQ(scaled_decimal(std::string(300, '0') + "7", 0), 7);
}

TEST(Timestamp, IsNanosecondsSince1970) {
  // date -u -d @1700158546 gives 2023-11-16 18:15:46.
  EXPECT_EQ(timestamp_ns("2023-11-16 18:15:46.6805900"), 1'700'158'546'680'590'000);
  EXPECT_EQ(timestamp_ns("1970-01-01 00:00:00"), 0);
  EXPECT_EQ(timestamp_ns("2024-05-10T00:00:00.009930+00:00"),
            timestamp_ns("2024-05-10 00:00:00.00993"));
  EXPECT_EQ(timestamp_ns("2024-05-10 02:30:00+02:30"), timestamp_ns("2024-05-10 00:00:00Z"));
  EXPECT_EQ(timestamp_ns("2024-05-09 23:00:00-01:00"), timestamp_ns("2024-05-10 00:00:00"));
  EXPECT_EQ(*timestamp_ns("2024-03-01 00:00:00") - *timestamp_ns("2024-02-28 00:00:00"),
            2 * 86'400 * std::int64_t{1'000'000'000});
}

TEST(Timestamp, IsNothingForWhatIsNoMoment) {
  for (char const* text :
       {"", "2023-11-16", "2023-11-16 18:15", "2023-02-29 00:00:00", "2023-13-01 00:00:00",
        "2023-11-16 24:00:00", "2023-11-16 18:60:00", "2023-11-16 18:15:60", "1969-12-31 23:59:59",
        "2200-01-01 00:00:00", "2023-11-16 18:15:46.", "2023-11-16 18:15:46,5",
        "2023-11-16 18:15:46.5x", "2023-11-16 18:15:46+2", "2023-11-16 18:15:46+15:00",
        "2023-11-16 18:15:46.5+00:00x", "23-11-16 18:15:46", "374", "2023-11-16 1 :15:46"}) {
    EXPECT_EQ(timestamp_ns(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace fluxscope::workload
