#pragma once
// Texts of others as parts of files that somebody else interprets: one rule for each format. Every
// writer of the format uses it. JSON has its own in the library; HTML gets its texts as JSON.

#include <string>
#include <string_view>

namespace fluxscope {

/// A cell of CSV (RFC 4180): in quotes where it holds a comma, a quote or a line end. A text that a
/// spreadsheet would run as a formula (it begins with = + - @, a tab or a carriage return, and is
/// no number) gets an apostrophe before it.
[[nodiscard]] std::string csv_cell(std::string_view text);

/// Text in Markdown, also in a table's cell: shown as it is on one line, nothing of it a mark, HTML
/// or an entity. An underscore inside a word is none and stays.
[[nodiscard]] std::string markdown_text(std::string_view text);

/// A basic string of TOML, quotes included.
[[nodiscard]] std::string toml_text(std::string_view text);

}  // namespace fluxscope
