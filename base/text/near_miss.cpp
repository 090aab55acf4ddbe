#include "base/text/near_miss.hpp"

#include <algorithm>
#include <vector>

#include "base/limits.hpp"
#include "base/text/printable.hpp"

namespace fluxscope {
namespace {

/// Levenshtein distance, one row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t const substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string> near_miss(std::string_view word,
                                     std::span<std::string const> candidates) {
  if (word.size() > limits::kLabelBytes) return std::nullopt;  // no slip of the pen
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::optional<std::string> nearest;
  for (std::string const& candidate : candidates) {
    if (candidate.size() > limits::kLabelBytes) continue;
    std::size_t const distance = edit_distance(word, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string expected_one_of(std::string_view word, std::span<std::string const> candidates) {
  if (auto const nearest = near_miss(word, candidates)) return "expected " + in_quotes(*nearest);
  std::string text = "expected one of ";
  for (std::size_t i = 0; i < candidates.size(); ++i)
    text += (i ? ", " : "") + shown(candidates[i]);
  return text;
}

}  // namespace fluxscope
