#include <algorithm>

#include "base/error.hpp"
#include "base/json/parse.hpp"
#include "base/json/place.hpp"
#include "base/text/printable.hpp"
#include "workload/requests/moment.hpp"
#include "workload/requests/row.hpp"

namespace fluxscope::workload::detail {
namespace {

using Json = nlohmann::json;

/// A line, and the text of its values: numbers are taken from their decimals.
class Row {
 public:
  Row(std::string const& line, std::string where)
      : line_(line), where_(std::move(where)), json_(parse_json(line, where_)) {
    if (!json_.is_object()) throw InputError(where_ + "no JSON object (a request is one) mend it");
  }

  [[nodiscard]] Json const& json() const { return json_; }
  [[nodiscard]] std::string const& where() const { return where_; }
  [[nodiscard]] bool has(std::string const& key) const { return json_.contains(key); }
  [[nodiscard]] std::string_view text(JsonPath const& place) const {
    auto const text = json_text_of(line_, place);
    if (text) return *text;
    throw InputError(where_ + "no " + in_quotes(place.back()) +
                     " (every request of such a trace has one) mend or remove the row");
  }
  [[nodiscard]] std::int32_t tokens(JsonPath const& place) const {
    return token_count(text(place), place.back(), where_);
  }
  [[nodiscard]] std::int64_t time_ns(JsonPath const& place, int exponent,
                                     std::string const& unit) const {
    if (auto const time = scaled_decimal(text(place), exponent)) return *time;
    throw InputError(where_ + place.back() + " = " + shown(text(place)) + " is no time (in " +
                     unit + ", not negative) mend or remove the row");
  }

 private:
  std::string const& line_;
  std::string where_;
  Json json_;
};

/// Mooncake and Qwen-Bailian have the same keys: the size of their blocks tells which it is.
struct Blocks {
  char const* format;
  char const* unit;
  int exponent = 0;  // from the unit to ns
  std::int64_t tokens = 0;
  bool may_leave_out_part = false;  // a last block that is not full may have no entry
};
constexpr Blocks kMooncake{"Mooncake", "ms", 6, 512};
constexpr Blocks kBailian{"Qwen-Bailian", "s", 9, 16, true};

/// Entries of hash_ids; -1 where there is no such list.
std::int64_t ids_of(Row const& row) {
  Json const& ids = row.has("hash_ids") ? row.json()["hash_ids"] : Json();
  return ids.is_array() ? static_cast<std::int64_t>(ids.size()) : -1;
}

/// Blocks of the prompt, with or without a last one that is not full.
std::int64_t blocks_in(Row const& row, Blocks const& blocks, bool with_part) {
  auto const prompt = row.tokens({"input_length"});
  return (prompt + (with_part ? blocks.tokens - 1 : 0)) / blocks.tokens;
}

bool fits(Row const& row, Blocks const& blocks) {
  return ids_of(row) == blocks_in(row, blocks, true) ||
         (blocks.may_leave_out_part && ids_of(row) == blocks_in(row, blocks, false));
}

/// The first row that only one of them fits decides; rows of one block fit both.
Blocks const& blocks_of(std::string const& path) {
  TraceLines lines(path);
  bool chats = false;
  bool counts_part = true, leaves_out_part = true;  // what Qwen-Bailian's rows so far allow
  std::string last;
  for (std::string line; lines.next(line);) {
    Row const row(line, lines.where());
    chats = chats || row.has("chat_id");
    last = row.where();
    counts_part = counts_part && ids_of(row) == blocks_in(row, kBailian, true);
    leaves_out_part = leaves_out_part && ids_of(row) == blocks_in(row, kBailian, false);
    bool const mooncake = fits(row, kMooncake);
    if (mooncake != (counts_part || leaves_out_part)) return mooncake ? kMooncake : kBailian;
    if (mooncake) continue;
    throw InputError(row.where() +
                     "hash_ids has not as many entries as the prompt has blocks (of 512 tokens in "
                     "Mooncake's traces, with times in ms, of 16 in Qwen-Bailian's, in s) give the "
                     "file as it was published");
  }
  if (chats) return kBailian;
  throw InputError(last +
                   "no prompt is longer than 16 tokens, so hash_ids do not tell whether times are "
                   "in ms or s (Mooncake, Qwen-Bailian) add the rest of the file");
}

RequestTrace read_blocks(std::string const& path) {
  Blocks const& blocks = blocks_of(path);
  RequestTrace trace{.format = blocks.format, .clock = std::string("timestamp in ") + blocks.unit};
  TraceLines lines(path);
  Arrivals arrivals;
  for (std::string line; lines.next(line);) {
    Row const row(line, lines.where());
    Request const request{
        .arrival_ns = arrivals.next(row.time_ns({"timestamp"}, blocks.exponent, blocks.unit),
                                    row.text({"timestamp"}), row.where()),
        .prompt_tokens = row.tokens({"input_length"}),
        .output_tokens = row.tokens({"output_length"})};
    if (!fits(row, blocks)) {
      throw InputError(row.where() + "hash_ids has not an entry for each block of " +
                       std::to_string(blocks.tokens) + " tokens, as the rows before (are " +
                       "several traces in the file?) split it");
    }
    add_request(trace, request, row.where());
  }
  lines.add_notes(trace.notes);
  return trace;
}

/// The first arrives with the session, the others after the one before and a tool's time.
void add_session(RequestTrace& trace, Row const& row, std::int64_t arrival_ns) {
  Json const& requests = row.json()["sub_requests"];
  if (!requests.is_array() || requests.empty()) {
    throw InputError(row.where() + "sub_requests is no list of requests; mend or remove the row");
  }
  std::int64_t tool_ns = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    std::string const at = std::to_string(i);
    Request request{.prompt_tokens = row.tokens({"sub_requests", at, "input_toks"}),
                    .output_tokens = row.tokens({"sub_requests", at, "output_toks"})};
    (i == 0 ? request.arrival_ns : request.after_previous_ns) = i == 0 ? arrival_ns : tool_ns;
    add_request(trace, request, row.where());
    bool const tool = requests[i].contains("tool_duration_ns");
    tool_ns = tool ? row.time_ns({"sub_requests", at, "tool_duration_ns"}, 0, "ns") : 0;
  }
}

RequestTrace read_serving_sim(std::string const& path) {
  RequestTrace trace{.format = "LLMServingSim", .clock = "arrival_time_ns in ns"};
  TraceLines lines(path);
  Arrivals arrivals;
  std::int64_t sessions = 0;
  for (std::string line; lines.next(line);) {
    Row const row(line, lines.where());
    JsonPath const time = {"arrival_time_ns"};
    auto const arrival = arrivals.next(row.time_ns(time, 0, "ns"), row.text(time), row.where());
    if (row.has("sub_requests")) {
      add_session(trace, row, arrival);
      ++sessions;
      continue;
    }
    add_request(trace,
                {.arrival_ns = arrival,
                 .prompt_tokens = row.tokens({"input_toks"}),
                 .output_tokens = row.tokens({"output_toks"})},
                row.where());
  }
  lines.add_notes(trace.notes);
  if (sessions > 0) {
    trace.notes.push_back(std::to_string(sessions) +
                          " lines are sessions: their later requests arrive a tool's time after "
                          "the end of the one before, not at a stated moment");
  }
  return trace;
}

}  // namespace

RequestTrace read_json_lines(std::string const& path) {
  TraceLines lines(path);
  std::string line;
  static_cast<void>(lines.next(line));
  Row const first(line, lines.where());
  if (first.has("input_length")) return read_blocks(path);
  if (first.has("input_toks") || first.has("sub_requests")) return read_serving_sim(path);
  throw InputError(first.where() +
                   "the keys are of no known request trace (expected Mooncake's and "
                   "Qwen-Bailian's timestamp, input_length, output_length, hash_ids, or "
                   "LLMServingSim's arrival_time_ns, input_toks, output_toks) give the file as it "
                   "was published");
}

}  // namespace fluxscope::workload::detail
