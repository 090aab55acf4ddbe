#pragma once
// Interned texts. Row 0 is always the empty text.

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace fluxscope::traces {

class StringTable {
 public:
  StringTable() { static_cast<void>(intern("")); }

  /// Row of `text`, which is added where it is new.
  [[nodiscard]] std::uint32_t intern(std::string_view text) {
    auto const found = rows_.find(text);
    if (found != rows_.end()) return found->second;
    auto const row = static_cast<std::uint32_t>(texts_.size());
    texts_.emplace_back(text);
    rows_.emplace(texts_.back(), row);
    return row;
  }

  [[nodiscard]] std::size_t size() const { return texts_.size(); }
  [[nodiscard]] std::string const& text(std::size_t row) const { return texts_[row]; }

 private:
  std::deque<std::string> texts_;  // never moves what rows_ points to
  std::unordered_map<std::string_view, std::uint32_t> rows_;
};

}  // namespace fluxscope::traces
