#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "base/error.hpp"
#include "base/files/text_file.hpp"
#include "base/text/printable.hpp"
#include "plan/decisions/gate_file/gate_file.hpp"

namespace fluxscope::plan {
namespace {

constexpr std::string_view kBlanks = " \t";

double score_of(std::string const& cell, std::string const& where) {
  char* end = nullptr;
  double const value = std::strtod(cell.c_str(), &end);
  if (*end == '\0' && std::isfinite(value)) return std::clamp(value, 0.0, 1.0);
  throw InputError(where + in_quotes(cell) +
                   " is not a finite number. Is this the DuoAttention full_attention_heads.tsv?");
}

/// Appends the scores of one line. Returns how many there are.
std::size_t append_scores(std::string_view line, std::string const& where,
                          std::vector<double>& scores) {
  std::size_t const before = scores.size();
  while (true) {
    std::size_t const begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return scores.size() - before;
    line.remove_prefix(begin);
    std::string const cell(line.substr(0, line.find_first_of(kBlanks)));
    scores.push_back(score_of(cell, where));
    line.remove_prefix(cell.size());
  }
}

}  // namespace

std::vector<double> read_duo_scores(std::string const& path, Model const& model) {
  LineReader file(path, limits::kGateFileBytes);
  auto const heads = static_cast<std::size_t>(model.attention.kv_heads);
  std::size_t const all = heads * static_cast<std::size_t>(model.layers);
  std::vector<double> scores;
  for (std::string line; file.next(line);) {
    if (line.find_first_not_of(kBlanks) == std::string::npos) continue;
    std::size_t const count = append_scores(line, file.where(), scores);
    if (count != heads) {
      throw InputError(file.where() + std::to_string(count) + " scores, but " + model.name +
                       " has " + std::to_string(heads) +
                       " KV heads. Take the pattern of this model.");
    }
    if (scores.size() > all) {
      throw InputError(file.where() + "more layers than the " + std::to_string(model.layers) +
                       " of " + model.name + ". Take the pattern of this model.");
    }
  }
  if (scores.size() != all) {
    throw InputError(path + ":" + std::to_string(file.number()) + ": " +
                     std::to_string(scores.size() / heads) + " layers, but " + model.name +
                     " has " + std::to_string(model.layers) + ". Take the pattern of this model.");
  }
  return scores;
}

}  // namespace fluxscope::plan
