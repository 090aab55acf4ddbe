#include "tests/fuzz/input_file.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/fuzz/refused.hpp"

namespace fluxscope::fuzz {

InputFile::InputFile(std::string const& ending) {
  std::filesystem::path const memory = "/dev/shm";
  auto const folder =
      std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
  path_ = (folder / ("fluxscope_fuzz_" + std::to_string(::getpid()) + ending)).string();
}

InputFile::~InputFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

void InputFile::write(std::span<std::uint8_t const> bytes) const {
  std::ofstream file(path_, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<char const*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) fault("the input cannot be written to " + path_);
}

}  // namespace fluxscope::fuzz
