// HDF5 files: each input is read as a trace, a sweep and a gate file. In this process: a crash of
// the HDF5 library itself is a find here, where `--untrusted` would make it a refusal.

#include <cstdint>

#include "plan/decisions/gate_file/gate_file.hpp"
#include "sim/sweep/file.hpp"
#include "tests/fuzz/input_file.hpp"
#include "tests/fuzz/refused.hpp"
#include "traces/file/reader.hpp"

namespace {

using namespace fluxscope;  // NOLINT: this file is about nothing else

plan::Model small_model() {
  plan::Model model;
  model.name = "small";
  model.layers = 3;
  model.attention = {.q_heads = 4, .kv_heads = 2, .head_dim = 128};
  return model;
}

template <class Read>
void try_reader(std::string const& path, Read const& read) {
  static_cast<void>(fuzz::accepted(path, read));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static plan::Model const model = small_model();
  static fuzz::InputFile const file(".h5");
  auto const& path = file.path();
  file.write({data, size});
  try_reader(path, [&] { static_cast<void>(traces::read_trace(path)); });
  try_reader(path, [&] { static_cast<void>(sim::read_sweep(path)); });
  try_reader(path, [&] { static_cast<void>(plan::read_gate_file(path, model)); });
  return 0;
}
