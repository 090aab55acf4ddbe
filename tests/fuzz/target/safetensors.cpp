// Safetensors files: every tensor that can be read is.

#include <cstdint>

#include "base/files/safetensors.hpp"
#include "tests/fuzz/input_file.hpp"
#include "tests/fuzz/refused.hpp"

namespace {

using namespace fluxscope;  // NOLINT: this file is about nothing else

void read_all(std::string const& path, std::size_t file_bytes) {
  SafetensorsFile const file(path);
  for (auto const& name : file.names()) {
    static_cast<void>(fuzz::accepted(path, [&] {
      Tensor const tensor = file.read(name);
      std::size_t elements = 1;
      for (auto const extent : tensor.shape) elements *= static_cast<std::size_t>(extent);
      std::size_t const bytes = elements * (tensor.type == TensorType::float32 ? 4 : 2);
      if (bytes != tensor.bytes.size()) fuzz::fault("a tensor whose bytes are not its shape's");
      if (bytes > file_bytes) fuzz::fault("a tensor larger than its file");
    }));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static fuzz::InputFile const file(".safetensors");
  file.write({data, size});
  static_cast<void>(fuzz::accepted(file.path(), [&] { read_all(file.path(), size); }));
  return 0;
}
