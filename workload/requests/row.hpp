#pragma once
// What the readers of all dialects do alike with a row.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/files/text_file.hpp"
#include "workload/requests/request.hpp"

namespace fluxscope::workload::detail {

/// The lines of a trace that are not empty.
class TraceLines {
 public:
  explicit TraceLines(std::string const& path);
  [[nodiscard]] bool next(std::string& line);
  [[nodiscard]] std::string where() const { return file_.where(); }
  /// Appends what there is to say of the file: once, after the last line.
  void add_notes(std::vector<std::string>& notes) const;

 private:
  LineReader file_;
};

/// A count of tokens. Throws InputError "WHERE: NAME = TEXT ..." unless it is a whole number from 1
/// to limits::kTokens.
[[nodiscard]] std::int32_t token_count(std::string_view text, std::string_view name,
                                       std::string const& where);

/// Turns moments into arrivals since the first one.
class Arrivals {
 public:
  /// `moment_ns` as the row gives it, `text` as it is written. Throws InputError where it lies
  /// before the row's before it.
  [[nodiscard]] std::int64_t next(std::int64_t moment_ns, std::string_view text,
                                  std::string const& where);

 private:
  std::optional<std::int64_t> first_ns_;
  std::int64_t last_ns_ = 0;
  std::string last_text_;
};

/// Appends. Throws InputError above limits::kTraceRequests.
void add_request(RequestTrace& trace, Request const& request, std::string const& where);

[[nodiscard]] RequestTrace read_csv(std::string const& path);
[[nodiscard]] RequestTrace read_json_lines(std::string const& path);

}  // namespace fluxscope::workload::detail
