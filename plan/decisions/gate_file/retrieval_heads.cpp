#include <cmath>

#include "base/error.hpp"
#include "base/text/printable.hpp"
#include "plan/decisions/gate_file/formats.hpp"

namespace fluxscope::plan::detail {
namespace {

using Json = nlohmann::json;

double mean_of(PatternFile const& file, std::string const& key) {
  Json const& values = file.root[key];
  if (!values.is_array() || values.empty()) {
    file.refuse({key}, in_quotes(key) + " has no list of scores (their mean counts).");
  }
  double sum = 0;
  for (Json const& value : values) {
    if (!value.is_number()) {
      file.refuse({key},
                  in_quotes(key) + " holds " + shown(value.dump()) + ", which is no number.");
    }
    sum += value.get<double>();
  }
  double const mean = sum / static_cast<double>(values.size());
  if (!std::isfinite(mean)) file.refuse({key}, in_quotes(key) + " has no finite mean.");
  return mean;
}

}  // namespace

std::vector<double> read_retrieval_heads(std::string const& path, Model const& model) {
  PatternFile const file = read_pattern_file(path);
  if (file.root.empty()) {
    file.refuse({}, "no scores (the file is empty). Run the search for heads again.");
  }
  std::vector<double> scores;
  for (std::int32_t layer = 0; layer < model.layers; ++layer) {
    for (std::int32_t head = 0; head < model.attention.q_heads; ++head) {
      std::string const key = std::to_string(layer) + "-" + std::to_string(head);
      if (!file.root.contains(key)) {
        file.refuse({}, "no score for head \"" + key + "\" (layer-head; " + model.name + " has " +
                            std::to_string(model.layers) + " layers of " +
                            std::to_string(model.attention.q_heads) +
                            " query heads). Take the scores of this model.");
      }
      scores.push_back(mean_of(file, key));
    }
  }
  if (file.root.size() == scores.size()) return scores;
  file.refuse({}, std::to_string(file.root.size()) + " scores, but " + model.name + " has " +
                      std::to_string(scores.size()) +
                      " query heads. Take the scores of this model.");
}

}  // namespace fluxscope::plan::detail
