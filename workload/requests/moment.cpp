#include "workload/requests/moment.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>

namespace fluxscope::workload {
namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 62;
constexpr int kMostDigits = 400;  // of a number's text, and of what its exponent moves the point

bool are_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<int> exponent_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (value < -kMostDigits || value > kMostDigits) return std::nullopt;
  return value;
}

/// `digits` with `point` of them before the point, rounded half up.
std::optional<std::int64_t> rounded(std::string digits, int point) {
  if (point < 0) return 0;
  if (static_cast<std::size_t>(point) >= digits.size()) {
    digits.resize(static_cast<std::size_t>(point) + 1, '0');
  }
  auto const whole = std::string("0").append(digits, 0, static_cast<std::size_t>(point));
  std::int64_t value = 0;
  auto const error = std::from_chars(whole.data(), whole.data() + whole.size(), value).ec;
  if (error != std::errc{} || value >= kMost) return std::nullopt;
  return value + (digits[static_cast<std::size_t>(point)] >= '5' ? 1 : 0);
}

/// The number that the next `count` digits of `text` are; takes them and the `end` behind them.
std::optional<int> take(std::string_view& text, std::size_t count, std::string_view ends) {
  if (text.size() < count || !are_digits(text.substr(0, count))) return std::nullopt;
  int value = 0;
  std::from_chars(text.data(), text.data() + count, value);
  text.remove_prefix(count);
  if (ends.empty()) return value;
  if (text.empty() || ends.find(text[0]) == std::string_view::npos) return std::nullopt;
  text.remove_prefix(1);
  return value;
}

/// Minutes east of UTC of "", "Z" or "+hh:mm".
std::optional<int> offset_minutes(std::string_view text) {
  if (text.empty() || text == "Z") return 0;
  int const sign = text[0] == '+' ? 1 : text[0] == '-' ? -1 : 0;
  text.remove_prefix(1);
  auto const hours = take(text, 2, ":");
  auto const minutes = hours ? take(text, 2, "") : std::nullopt;
  if (sign == 0 || !minutes || !text.empty() || *hours > 14 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

}  // namespace

std::optional<std::int64_t> scaled_decimal(std::string_view text, int exponent) {
  std::size_t const e = text.find_first_of("eE");
  std::string_view const number = text.substr(0, e);
  if (number.size() > kMostDigits) return std::nullopt;
  int moved = exponent;
  if (e != std::string_view::npos) {
    auto const written = exponent_of(text.substr(e + 1));
    if (!written) return std::nullopt;
    moved += *written;
  }
  std::size_t const point = std::min(number.find('.'), number.size());
  std::string digits(number.substr(0, point));
  if (point < number.size()) digits += number.substr(point + 1);
  if (!are_digits(digits)) return std::nullopt;
  return rounded(digits, static_cast<int>(point) + moved);
}

std::optional<std::int64_t> timestamp_ns(std::string_view text) {
  std::array<int, 6> parts{};
  constexpr std::array<std::size_t, 6> kDigits = {4, 2, 2, 2, 2, 2};
  constexpr std::array<std::string_view, 6> kEnds = {"-", "-", " T", ":", ":", ""};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto const part = take(text, kDigits[i], kEnds[i]);
    if (!part) return std::nullopt;
    parts[i] = *part;
  }
  auto const [year, month, day, hour, minute, second] = parts;
  std::chrono::year_month_day const date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || year < 1970 || year > 2199 || hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  std::size_t const zone = std::min(text.find_first_of("Z+-"), text.size());
  std::string_view const fraction = text.substr(0, zone);
  if (!fraction.empty() && (fraction[0] != '.' || !are_digits(fraction.substr(1)))) {
    return std::nullopt;
  }
  auto const offset = offset_minutes(text.substr(zone));
  auto const below = scaled_decimal(std::string("0").append(fraction), 9);
  if (!offset || !below) return std::nullopt;
  std::int64_t const days = std::chrono::sys_days(date).time_since_epoch().count();
  std::int64_t const minutes = (days * 24 + hour) * 60 + minute - *offset;
  return (minutes * 60 + second) * 1'000'000'000 + *below;
}

}  // namespace fluxscope::workload
