#include <algorithm>
#include <string_view>

#include "base/error.hpp"
#include "base/files/text_file.hpp"
#include "base/text/cells.hpp"
#include "base/text/printable.hpp"
#include "plan/decisions/gate_file/formats.hpp"

namespace fluxscope::plan::detail {
namespace {

constexpr char const* kLayerHeader = "request,layer,full";
constexpr char const* kHeadHeader = "request,layer,kv_head,full";

struct Row {
  std::int32_t request = 0;
  std::int32_t line = 0;
  std::int16_t layer = 0;
  std::int16_t kv_head = 0;  // layer-level files: 0, for every head
  std::uint8_t full = 0;
};

struct Rows {
  std::vector<Row> rows;
  bool per_head = false;
  std::int64_t lines = 0;
  std::int64_t requests = 0;
};

Row parse_row(std::string_view line, bool per_head, Model const& model, std::string const& where) {
  auto const cells = cells_of(line, where);
  std::size_t const columns = per_head ? 4 : 3;
  if (cells.size() != columns) {
    throw InputError(where + std::to_string(cells.size()) + " columns, the header has " +
                     std::to_string(columns) + ".");
  }
  Row row;
  auto const below = [&](std::size_t cell, char const* column, std::int64_t limit) {
    return whole_cell(cells[cell], column, 0, limit - 1, where);
  };
  row.request = static_cast<std::int32_t>(below(0, "request", limits::kRequests));
  row.layer = static_cast<std::int16_t>(below(1, "layer", model.layers));
  if (per_head) {
    row.kv_head = static_cast<std::int16_t>(below(2, "kv_head", model.attention.kv_heads));
  }
  row.full = static_cast<std::uint8_t>(below(columns - 1, "full", 2));
  return row;
}

Rows parse_rows(std::string const& path, Model const& model) {
  LineReader file(path, limits::kGateFileBytes);
  Rows result;
  for (std::string line; file.next(line);) {
    if (file.number() == 1) {
      result.per_head = line == kHeadHeader;
      if (!result.per_head && line != kLayerHeader) {
        throw InputError(file.where() + "the header is " + in_quotes(line) + ", expected '" +
                         kLayerHeader + "' or '" + kHeadHeader + "'.");
      }
      continue;
    }
    if (line.empty()) continue;
    expect_decisions(static_cast<std::int64_t>(result.rows.size()) + 1, path);
    result.rows.push_back(parse_row(line, result.per_head, model, file.where()));
    result.rows.back().line = static_cast<std::int32_t>(file.number());
    result.requests = std::max<std::int64_t>(result.requests, result.rows.back().request + 1);
  }
  if (result.rows.empty()) {
    throw InputError(path + ":1: no decisions. Add a row per request and layer.");
  }
  result.lines = file.number();
  return result;
}

/// Every decision of the requests is there, and none twice.
void expect_each_once(Rows const& rows, Model const& model, std::string const& path) {
  std::int64_t const heads = rows.per_head ? model.attention.kv_heads : 1;
  std::int64_t const all = rows.requests * model.layers * heads;
  // n rows leave one of the first n + 1 decisions open: no file can ask for more memory than that.
  auto const count = static_cast<std::int64_t>(rows.rows.size());
  std::vector<std::uint8_t> given(static_cast<std::size_t>(std::min(all, count + 1)), 0);
  for (Row const& row : rows.rows) {
    std::int64_t const at =
        (std::int64_t{row.request} * model.layers + row.layer) * heads + row.kv_head;
    if (at >= static_cast<std::int64_t>(given.size())) continue;
    if (given[static_cast<std::size_t>(at)]++ == 0) continue;
    throw InputError(path + ":" + std::to_string(row.line) +
                     ": this decision is given twice. Remove one.");
  }
  auto const open = std::find(given.begin(), given.end(), std::uint8_t{0}) - given.begin();
  if (open == static_cast<std::ptrdiff_t>(given.size())) return;
  throw InputError(path + ":" + std::to_string(rows.lines) + ": request " +
                   std::to_string(open / heads / model.layers) + " has no decision for layer " +
                   std::to_string(open / heads % model.layers) +
                   (rows.per_head ? ", kv_head " + std::to_string(open % heads) : std::string()) +
                   " (every layer needs one). Add the row.");
}

}  // namespace

Gates read_gate_csv(std::string const& path, Model const& model) {
  Rows const rows = parse_rows(path, model);
  expect_each_once(rows, model, path);
  expect_decisions(rows.requests * model.layers * model.attention.kv_heads, path);
  Gates gates = full_gates(model, static_cast<std::int32_t>(rows.requests));
  for (Row const& row : rows.rows) {
    std::int32_t const end = rows.per_head ? row.kv_head + 1 : gates.kv_heads;
    for (std::int32_t head = row.kv_head; head < end; ++head) {
      gates.at(row.request, row.layer, head) = row.full;
    }
  }
  return gates;
}

}  // namespace fluxscope::plan::detail
