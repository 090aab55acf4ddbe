#pragma once
// Small mix files: a model of 4 layers of 2 KV heads, 4 query heads.

#include <string>

#include "tests/plan/temporary_folder.hpp"
#include "workload/mix/mix.hpp"

namespace fluxscope::workload::testing {

class MixFileTest : public plan::testing::TemporaryFolder {
 protected:
  static constexpr char kFull[] = "[[policy]]\nname = \"full\"\n";
  static constexpr char kFlux[] = "[[policy]]\nname = \"flux\"\n";
  static constexpr char kHeads[] = "[[policy]]\nname = \"head_dynamic\"\n";

  void SetUp() override {
    TemporaryFolder::SetUp();
    write("small.toml",
          "name = \"small\"\nlayers = 4\nhidden_size = 256\nintermediate_size = 512\n"
          "vocab_size = 1040\nq_heads = 4\nkv_heads = 2\nhead_dim = 64\n");
  }

  /// A mix of `tasks` and `policies`; `keys` of the file. [[task]] is on line 8 without `keys`.
  static std::string mix(std::string const& tasks, std::string const& policies = kFull,
                         std::string const& keys = "") {
    return "name = \"m\"\nmodel = \"./small.toml\"\nschedulers = [\"natural\"]\n" + keys +
           "[sparse]\nkind = \"streaming\"\nsink_tokens = 128\nlocal_tokens = 256\n" + tasks +
           policies;
  }
  /// One [[task]], 2000 tokens in and 10 out, and `more` lines: they begin on line 13.
  static std::string task(std::string const& name, std::string const& more = "",
                          std::string const& weight = "1") {
    return "[[task]]\nname = \"" + name + "\"\nweight = " + weight +
           "\nprompt_tokens = 2000\noutput_tokens = 10\n" + more;
  }
  static std::string msr(double ratio) {
    return "msr_ratio = " + std::to_string(ratio) + "\nmsr_source = \"what if\"\n";
  }

  Mix load(std::string const& text, MixFlags const& flags = {}) {
    return load_mix(write("mix.toml", text), flags);
  }
  std::string load_problem(std::string const& text, MixFlags const& flags = {}) {
    return plan::testing::problem([&] { static_cast<void>(load(text, flags)); });
  }
};

}  // namespace fluxscope::workload::testing
