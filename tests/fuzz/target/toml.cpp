// Experiment, sweep, model and GPU files. The first line's "#e", "#s", "#m", "#g" or "#p" chooses
// the reader.

#include <cstdint>
#include <string>

#include "plan/decisions/model.hpp"
#include "plan/experiment/experiment.hpp"
#include "sim/device/profile.hpp"
#include "sim/sweep/config.hpp"
#include "tests/fuzz/input_file.hpp"
#include "tests/fuzz/refused.hpp"

namespace {

using namespace fluxscope;  // NOLINT: this file is about nothing else

void read(char kind, std::string const& path) {
  switch (kind) {
    case 's':
      static_cast<void>(sim::load_sweep(path));
      break;
    case 'm':
      static_cast<void>(plan::load_model(path));
      break;
    case 'g':
      static_cast<void>(sim::load_device_spec(path));
      break;
    case 'p':
      static_cast<void>(sim::load_device_profile(path));
      break;
    default:
      static_cast<void>(plan::load_experiment(path));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static fuzz::InputFile const file(".toml");
  file.write({data, size});
  char const kind = size > 1 ? static_cast<char>(data[1]) : 'e';
  static_cast<void>(fuzz::accepted(file.path(), [&] { read(kind, file.path()); }));
  return 0;
}
