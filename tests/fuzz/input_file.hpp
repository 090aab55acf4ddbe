#pragma once
// The input as a file: our readers take paths, and choose by their ending.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace fluxscope::fuzz {

/// A file of this process in memory (/dev/shm where there is one), rewritten for each input.
class InputFile {
 public:
  /// `ending` with its dot.
  explicit InputFile(std::string const& ending);
  ~InputFile();
  InputFile(InputFile const&) = delete;
  InputFile& operator=(InputFile const&) = delete;

  [[nodiscard]] std::string const& path() const { return path_; }
  void write(std::span<std::uint8_t const> bytes) const;

 private:
  std::string path_;
};

}  // namespace fluxscope::fuzz
