#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text/cells.hpp"
#include "base/text/printable.hpp"
#include "workload/requests/moment.hpp"
#include "workload/requests/row.hpp"

namespace fluxscope::workload::detail {
namespace {

enum class Clock : std::uint8_t { none, timestamp, seconds, nanoseconds };

struct Dialect {
  char const* format;
  char const* clock_text;
  Clock clock = Clock::none;
  std::string_view arrival;  // columns
  std::string_view prompt;
  std::string_view output;
  bool zero_output_is_failure = false;
};

// A file is of the first one whose columns it has.
constexpr std::array kDialects = {
    Dialect{"Azure", "TIMESTAMP, UTC", Clock::timestamp, "TIMESTAMP", "ContextTokens",
            "GeneratedTokens"},
    Dialect{"BurstGPT", "Timestamp in s", Clock::seconds, "Timestamp", "Request tokens",
            "Response tokens", true},
    Dialect{"Vidur", "arrived_at in s", Clock::seconds, "arrived_at", "num_prefill_tokens",
            "num_decode_tokens"},
    Dialect{"Vidur", "no arrivals", Clock::none, "", "num_prefill_tokens", "num_decode_tokens"},
    Dialect{"LLMServingSim", "arrival_time_ns in ns", Clock::nanoseconds, "arrival_time_ns",
            "input_toks", "output_toks"},
};

using Cells = std::vector<std::string>;

/// Where the dialect's columns stand; the number of cells for one that it does not have.
struct Columns {
  Dialect const* dialect = nullptr;
  std::size_t arrival = 0, prompt = 0, output = 0, count = 0;
};

/// The cells of a line, without the blanks around each.
Cells trimmed_cells(std::string_view line, std::string const& where, char separator) {
  Cells cells;
  for (std::string_view cell : cells_of(line, where, separator)) {
    auto const begin = std::min(cell.find_first_not_of(" \t"), cell.size());
    cell = cell.substr(begin, cell.find_last_not_of(" \t") + 1 - begin);
    cells.emplace_back(cell);
  }
  return cells;
}

std::size_t index_of(Cells const& header, std::string_view name) {
  return static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
}

Columns columns_of(Cells const& header, std::string const& line, std::string const& where) {
  for (Dialect const& dialect : kDialects) {
    Columns const columns{.dialect = &dialect,
                          .arrival = index_of(header, dialect.arrival),
                          .prompt = index_of(header, dialect.prompt),
                          .output = index_of(header, dialect.output),
                          .count = header.size()};
    bool const timed = dialect.clock == Clock::none || columns.arrival < columns.count;
    if (timed && columns.prompt < columns.count && columns.output < columns.count) return columns;
  }
  std::string known;
  for (Dialect const& dialect : kDialects) {
    known += std::string(known.empty() ? "" : "; ") + dialect.format + ": ";
    if (!dialect.arrival.empty()) known += std::string(dialect.arrival) + ", ";
    known += std::string(dialect.prompt) + ", " + std::string(dialect.output);
  }
  throw InputError(where + "the columns " + in_quotes(line) +
                   " are of no known request trace (expected " + known +
                   "; or JSON lines) give the file as it was published");
}

std::optional<std::int64_t> moment_of(Clock clock, std::string_view cell) {
  switch (clock) {
    case Clock::timestamp:
      return timestamp_ns(cell);
    case Clock::seconds:
      return scaled_decimal(cell, 9);
    case Clock::nanoseconds:
      return scaled_decimal(cell, 0);
    case Clock::none:
      break;
  }
  return std::nullopt;
}

class Reader {
 public:
  Reader(Columns const& columns, RequestTrace& trace) : columns_(columns), trace_(trace) {}

  void add(Cells const& cells, std::string const& where) {
    Dialect const& dialect = *columns_.dialect;
    if (cells.size() != columns_.count) {
      throw InputError(where + std::to_string(cells.size()) + " cells, but the header has " +
                       std::to_string(columns_.count) + " (is the row cut off?) mend it");
    }
    Request request;
    if (dialect.clock != Clock::none) {
      request.arrival_ns = arrival_of(cells[columns_.arrival], where);
    }
    // First: what failed may state no prompt either.
    if (dialect.zero_output_is_failure && cells[columns_.output] == "0") {
      ++trace_.failed_requests;
      return;
    }
    request.prompt_tokens = token_count(cells[columns_.prompt], dialect.prompt, where);
    request.output_tokens = token_count(cells[columns_.output], dialect.output, where);
    add_request(trace_, request, where);
  }

 private:
  std::int64_t arrival_of(std::string_view cell, std::string const& where) {
    Dialect const& dialect = *columns_.dialect;
    auto const moment = moment_of(dialect.clock, cell);
    if (!moment) {
      throw InputError(where + std::string(dialect.arrival) + " = " + in_quotes(cell) +
                       " is no time (" + dialect.clock_text +
                       ", not negative) mend or remove the "
                       "row");
    }
    if (dialect.clock == Clock::timestamp && trace_.format == dialect.format) {
      trace_.format += cell.ends_with("+00:00") ? " 2024" : " 2023";
    }
    return arrivals_.next(*moment, cell, where);
  }

  Columns columns_;
  RequestTrace& trace_;
  Arrivals arrivals_;
};

}  // namespace

RequestTrace read_csv(std::string const& path) {
  TraceLines lines(path);
  std::string line;
  static_cast<void>(lines.next(line));
  char const separator = line.find('\t') == std::string::npos ? ',' : '\t';
  Columns const columns =
      columns_of(trimmed_cells(line, lines.where(), separator), line, lines.where());
  RequestTrace trace{.format = columns.dialect->format, .clock = columns.dialect->clock_text};
  Reader reader(columns, trace);
  while (lines.next(line)) {
    std::string const where = lines.where();
    reader.add(trimmed_cells(line, where, separator), where);
  }
  lines.add_notes(trace.notes);
  return trace;
}

}  // namespace fluxscope::workload::detail
