#pragma once
// Small experiment files: 4 layers of 2 KV heads, 4 query heads.

#include <string>

#include "plan/experiment/experiment.hpp"
#include "tests/plan/temporary_folder.hpp"

namespace fluxscope::plan::testing {

class ExperimentFileTest : public TemporaryFolder {
 protected:
  void SetUp() override {
    TemporaryFolder::SetUp();
    write("small.toml",
          "name = \"small\"\nlayers = 4\nhidden_size = 256\nintermediate_size = 512\n"
          "vocab_size = 1040\nq_heads = 4\nkv_heads = 2\nhead_dim = 64\n");
  }

  /// An experiment of decode at 4096 tokens, batch 1, with `policies` and further tables.
  static std::string text(std::string const& policies,
                          std::string const& schedulers = "\"natural\"",
                          std::string const& batches = "1") {
    return "name = \"t\"\nmodel = \"./small.toml\"\nschedulers = [" + schedulers +
           "]\n[sparse]\nkind = \"streaming\"\nsink_tokens = 128\nlocal_tokens = 256\n" +
           "[[workload]]\nphase = \"decode\"\nbatches = [" + batches +
           "]\nkv_lens_tokens = [4096]\n" + policies;
  }

  Experiment load(std::string const& content) { return load_experiment(write("e.toml", content)); }
  std::string load_problem(std::string const& content) {
    return problem([&] { return load(content); });
  }
  /// The message for a policy with these lines after [[policy]], which is line 12.
  std::string policy_problem(std::string const& lines) {
    return load_problem(text("[[policy]]\n" + lines + "\n"));
  }
};

}  // namespace fluxscope::plan::testing
