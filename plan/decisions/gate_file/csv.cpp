#include <charconv>
#include <sstream>

#include "base/error.hpp"
#include "base/toml/reader.hpp"
#include "plan/decisions/gate_file/gate_file.hpp"

namespace fluxscope::plan::detail {
namespace {

constexpr char const* kLayerHeader = "request,layer,full";
constexpr char const* kHeadHeader = "request,layer,kv_head,full";
constexpr std::int64_t kMaxRequests = 1 << 20;

struct Row {
  std::int64_t request = 0;
  std::int64_t layer = 0;
  std::int64_t kv_head = 0;  // layer-level files: every head
  std::uint8_t full = 0;
  std::string where;
};

std::int64_t whole_number(std::string const& cell, char const* column, std::int64_t limit,
                          std::string const& where) {
  std::int64_t value = 0;
  auto const [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc{} || end != cell.data() + cell.size()) {
    throw InputError(where + column + " = '" + cell + "' is not a whole number.");
  }
  if (value < 0 || value >= limit) {
    throw InputError(where + column + " = " + cell + " is outside [0, " + std::to_string(limit) +
                     ").");
  }
  return value;
}

Row parse_row(std::string const& line, bool per_head, Model const& model,
              std::string const& where) {
  std::vector<std::string> cells;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
  std::size_t const columns = per_head ? 4 : 3;
  if (cells.size() != columns) {
    throw InputError(where + std::to_string(cells.size()) + " columns, the header has " +
                     std::to_string(columns) + ".");
  }
  Row row{.where = where};
  row.request = whole_number(cells[0], "request", kMaxRequests, where);
  row.layer = whole_number(cells[1], "layer", model.layers, where);
  if (per_head) row.kv_head = whole_number(cells[2], "kv_head", model.attention.kv_heads, where);
  row.full = static_cast<std::uint8_t>(whole_number(cells.back(), "full", 2, where));
  return row;
}

std::vector<Row> parse_rows(std::string const& path, Model const& model, bool& per_head) {
  std::istringstream file(read_text_file(path));
  std::vector<Row> rows;
  std::string line;
  for (std::int64_t number = 1; std::getline(file, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    std::string const where = path + ":" + std::to_string(number) + ": ";
    if (number == 1) {
      per_head = line == kHeadHeader;
      if (!per_head && line != kLayerHeader) {
        throw InputError(where + "the header is '" + line + "', expected '" + kLayerHeader +
                         "' or '" + kHeadHeader + "'.");
      }
      continue;
    }
    if (!line.empty()) rows.push_back(parse_row(line, per_head, model, where));
  }
  if (rows.empty()) throw InputError(path + ":1: no decisions. Add a row per request and layer.");
  return rows;
}

}  // namespace

Gates read_gate_csv(std::string const& path, Model const& model) {
  bool per_head = false;
  auto const rows = parse_rows(path, model, per_head);
  std::int64_t requests = 0;
  for (Row const& row : rows) requests = std::max(requests, row.request + 1);
  Gates gates = full_gates(model, static_cast<std::int32_t>(requests));
  std::vector<std::uint8_t> given(gates.full.size(), 0);
  std::int32_t const heads = gates.kv_heads;
  for (Row const& row : rows) {
    auto const first = static_cast<std::int32_t>(row.kv_head);
    for (std::int32_t head = first; head < (per_head ? first + 1 : heads); ++head) {
      auto& gate = gates.at(static_cast<std::int32_t>(row.request),
                            static_cast<std::int32_t>(row.layer), head);
      auto& seen = given[static_cast<std::size_t>(&gate - gates.full.data())];
      if (seen) throw InputError(row.where + "this decision is given twice. Remove one.");
      seen = 1;
      gate = row.full;
    }
  }
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i]) continue;
    auto const head = i % static_cast<std::size_t>(heads);
    auto const layer = i / static_cast<std::size_t>(heads) % static_cast<std::size_t>(gates.layers);
    throw InputError(path + ":" + std::to_string(rows.size() + 1) + ": request " +
                     std::to_string(i / static_cast<std::size_t>(heads * gates.layers)) +
                     " has no decision for layer " + std::to_string(layer) +
                     (per_head ? ", kv_head " + std::to_string(head) : std::string()) +
                     " (every layer needs one). Add the row.");
  }
  return gates;
}

}  // namespace fluxscope::plan::detail
