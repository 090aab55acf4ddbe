// HDF5 files: each input is read as a trace, a sweep and a gate file, as `--untrusted` reads: in a
// child process first. A crash of the HDF5 library there is a refusal; one of ours ends the
// program.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>

#include "app/child_trial.hpp"
#include "plan/decisions/gate_file/gate_file.hpp"
#include "sim/sweep/file.hpp"
#include "tests/fuzz/input_file.hpp"
#include "tests/fuzz/library_crash.hpp"
#include "tests/fuzz/refused.hpp"
#include "tests/fuzz/small_model.hpp"
#include "traces/file/reader.hpp"

namespace {

using namespace fluxscope;  // NOLINT: this file is about nothing else

constexpr app::TrialLimits kLimits = {.memory_bytes = std::uint64_t{1} << 30, .cpu_seconds = 10};

using Reader = std::function<void()>;

/// Reads with each; here again after the child, because libFuzzer learns from this process alone.
void try_readers(std::string const& path, std::initializer_list<Reader> readers) {
  auto const read_all = [&] {
    for (Reader const& read : readers) static_cast<void>(fuzz::accepted(path, read));
  };
  auto const quietly = [&] {
    fuzz::end_quietly_where_libhdf5_crashes();
    read_all();
  };
  if (fuzz::accepted(path, [&] { app::try_in_child(path, quietly, kLimits); })) read_all();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static plan::Model const model = fuzz::small_model();
  static fuzz::InputFile const file(".h5");
  auto const& path = file.path();
  file.write({data, size});
  try_readers(path, {[&] { static_cast<void>(traces::read_trace(path)); },
                     [&] { static_cast<void>(sim::read_sweep(path)); },
                     [&] { static_cast<void>(plan::read_gate_file(path, model)); }});
  return 0;
}
