#include "plan/decisions/gate_file/gate_file.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "base/error.hpp"
#include "base/near_miss.hpp"
#include "base/toml/reader.hpp"

namespace fluxscope::plan {

Gates read_gate_file(std::string const& path, Model const& model) {
  std::string const ending = std::filesystem::path(path).extension().string();
  if (ending == ".csv") return detail::read_gate_csv(path, model);
  if (ending == ".jsonl") return detail::read_gate_jsonl(path, model);
  if (ending == ".h5" || ending == ".hdf5") return detail::read_gate_hdf5(path, model);
  throw InputError(path + ": '" + ending +
                   "' is no known format of decisions. Use .csv, .jsonl or .h5.");
}

std::vector<double> read_duo_scores(std::string const& path, Model const& model) {
  std::istringstream file(read_text_file(path));
  auto const heads = static_cast<std::size_t>(model.attention.kv_heads);
  std::vector<double> scores;
  std::string line;
  std::int32_t number = 0;
  while (std::getline(file, line)) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    std::string const where = path + ":" + std::to_string(number) + ": ";
    std::istringstream cells(line);
    std::string cell;
    std::size_t count = 0;
    while (cells >> cell) {
      char* end = nullptr;
      double const value = std::strtod(cell.c_str(), &end);
      if (*end != '\0' || !std::isfinite(value)) {
        throw InputError(where + "'" + cell +
                         "' is not a finite number. Is this the DuoAttention "
                         "full_attention_heads.tsv?");
      }
      scores.push_back(std::clamp(value, 0.0, 1.0));
      ++count;
    }
    if (count != heads) {
      throw InputError(where + std::to_string(count) + " scores, but " + model.name + " has " +
                       std::to_string(heads) + " KV heads. Take the pattern of this model.");
    }
  }
  if (scores.size() != heads * static_cast<std::size_t>(model.layers)) {
    throw InputError(path + ":" + std::to_string(number) + ": " +
                     std::to_string(scores.size() / heads) + " layers, but " + model.name +
                     " has " + std::to_string(model.layers) + ". Take the pattern of this model.");
  }
  return scores;
}

}  // namespace fluxscope::plan
