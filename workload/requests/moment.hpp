#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fluxscope::workload {

/// A decimal number ("5.89", "1e-05") x 10^`exponent`, rounded half up to a whole number: with
/// exponent 9, seconds as nanoseconds. Nothing where `text` is none, is negative, or the result
/// does not fit 62 bits.
[[nodiscard]] std::optional<std::int64_t> scaled_decimal(std::string_view text, int exponent);

/// "2023-11-16 18:15:46.6805900", also with 'T', without a fraction, and with "Z" or "+hh:mm"
/// behind it: nanoseconds since 1970, UTC. Nothing where `text` is none, or a year before 1970 or
/// after 2199.
[[nodiscard]] std::optional<std::int64_t> timestamp_ns(std::string_view text);

}  // namespace fluxscope::workload
