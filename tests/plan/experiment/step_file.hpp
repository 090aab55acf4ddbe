#pragma once
// Small experiment files of whole steps.

#include <string>

#include "tests/plan/experiment/file.hpp"

namespace fluxscope::plan::testing {

class StepFileTest : public ExperimentFileTest {
 protected:
  static constexpr char kFull[] = "[[policy]]\nname = \"full\"\n";
  static constexpr char kDecode[] = "phase = \"decode\"\nbatches = [1]\nkv_lens_tokens = [4096]\n";

  /// An experiment of steps; `keys` of the file, `workload`'s lines after [[workload]], line 9 and
  /// more where `keys` has lines.
  static std::string steps(std::string const& policies, std::string const& workload = kDecode,
                           std::string const& keys = "") {
    return "name = \"t\"\nmodel = \"./small.toml\"\nschedulers = [\"natural\"]\nunit = "
           "\"step\"\n" +
           keys +
           "[sparse]\nkind = \"streaming\"\nsink_tokens = 128\nlocal_tokens = 256\n[[workload]]\n" +
           workload + policies;
  }
  static std::string prefill(std::string const& lens, std::string const& more = "") {
    return "phase = \"prefill\"\nbatches = [1]\nkv_lens_tokens = [" + lens + "]\n" + more;
  }
};

}  // namespace fluxscope::plan::testing
