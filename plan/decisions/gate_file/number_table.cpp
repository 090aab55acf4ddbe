#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "base/error.hpp"
#include "base/files/text_file.hpp"
#include "base/text/printable.hpp"
#include "plan/decisions/gate_file/formats.hpp"

namespace fluxscope::plan::detail {
namespace {

constexpr std::string_view kBlanks = " \t";

/// A line per layer, a number per KV head, which `take(number, cell, where)` turns into a T.
template <class T, class Take>
class Table {
 public:
  Table(Model const& model, Take take) : model_(model), take_(take) {}

  std::vector<T> read(std::string const& path) {
    LineReader file(path, limits::kGateFileBytes);
    for (std::string line; file.next(line);) {
      if (line.find_first_not_of(kBlanks) != std::string::npos) add(line, file.where());
    }
    if (values_.size() != all()) {
      refuse(path + ":" + std::to_string(file.number()) + ": ",
             std::to_string(values_.size() / heads()) + " layers", model_.layers, "");
    }
    return std::move(values_);
  }

 private:
  [[nodiscard]] std::size_t heads() const {
    return static_cast<std::size_t>(model_.attention.kv_heads);
  }
  [[nodiscard]] std::size_t all() const {
    return heads() * static_cast<std::size_t>(model_.layers);
  }

  void add(std::string_view line, std::string const& where) {
    std::size_t const before = values_.size();
    for (std::size_t begin = 0; (begin = line.find_first_not_of(kBlanks)) != line.npos;) {
      line.remove_prefix(begin);
      std::string const cell(line.substr(0, line.find_first_of(kBlanks)));
      values_.push_back(take_(number(cell, where), cell, where));
      line.remove_prefix(cell.size());
    }
    std::size_t const count = values_.size() - before;
    if (count != heads()) {
      refuse(where, std::to_string(count) + " numbers", model_.attention.kv_heads, " KV heads");
    }
    if (values_.size() > all()) {
      throw InputError(where + "more layers than the " + std::to_string(model_.layers) + " of " +
                       model_.name + ". Take the pattern of this model.");
    }
  }

  static double number(std::string const& cell, std::string const& where) {
    char* end = nullptr;
    double const value = std::strtod(cell.c_str(), &end);
    if (*end == '\0' && std::isfinite(value)) return value;
    throw InputError(where + in_quotes(cell) +
                     " is not a finite number. Is this a table with a line per layer?");
  }

  [[noreturn]] void refuse(std::string const& where, std::string const& what, std::int32_t has,
                           std::string const& unit) const {
    throw InputError(where + what + ", but " + model_.name + " has " + std::to_string(has) + unit +
                     ". Take the pattern of this model.");
  }

  Model const& model_;
  Take take_;
  std::vector<T> values_;
};

}  // namespace

std::vector<double> read_duo_scores(std::string const& path, Model const& model) {
  auto const clipped = [](double value, std::string const&, std::string const&) {
    return std::clamp(value, 0.0, 1.0);
  };
  return Table<double, decltype(clipped)>(model, clipped).read(path);
}

Gates read_mask_table(std::string const& path, Model const& model) {
  auto const decision = [](double value, std::string const& cell, std::string const& where) {
    if (value == 0 || value == 1) return static_cast<std::uint8_t>(value);
    throw InputError(where + in_quotes(cell) +
                     " is a score, no decision (0 or 1) name the file as `pattern` of policy duo, "
                     "with an msr_ratio");
  };
  Gates gates = full_gates(model, 1);
  gates.full = Table<std::uint8_t, decltype(decision)>(model, decision).read(path);
  return gates;
}

}  // namespace fluxscope::plan::detail
