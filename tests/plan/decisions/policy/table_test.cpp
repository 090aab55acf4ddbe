#include "plan/decisions/policy/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/error.hpp"
#include "tests/plan/temporary_folder.hpp"

namespace fluxscope::plan {
namespace {

using ::testing::HasSubstr;

Model const kModel{.name = "small",
                   .layers = 4,
                   .hidden_size = 256,
                   .intermediate_size = 512,
                   .vocab_size = 1000,
                   .attention = {.q_heads = 4, .kv_heads = 2, .head_dim = 64},
                   .own = {{OwnAttention::Kind::window, 256}, {}, {}, {}}};

/// Tables of each policy that together have all of its keys.
std::map<std::string, std::vector<std::string>> const kExamples{
    {"full", {""}},
    {"flux",
     {"msr_ratio = 0.5\nseed = 1\ngate_per_request = true\nbatch_rule = \"any_full\"\n",
      "gates = \"g.jsonl\"\nrequests = [0]\nrouted = false\n"}},
    {"head_dynamic",
     {"msr_ratio = 0.5\nseed = 1\ngate_per_request = true\nhead_order = \"by_count\"\n",
      "gates = \"g.jsonl\"\nrequests = [1]\n"}},
    {"duo",
     {"pattern = \"p.tsv\"\nmsr_ratio = 0.5\nseed = 1\nhead_order = \"as_decided\"\n",
      "pattern = \"x.py\"\npattern_list = \"a\"\nmsr_ratio = 0.5\n",
      "full_heads_per_layer = [1, 1, 1, 1]\nmsr_ratio = 0.5\nseed = 1\n"}},
    {"static_ratio", {"full_kv_heads = 1\nseed = 1\n"}},
    {"triangle_mix", {"first_sparse_layer = 2\n"}},
    {"own_windows", {"index_blocks = \"refuse\"\n"}}};

class PolicyTable : public testing::TemporaryFolder {
 protected:
  void SetUp() override {
    TemporaryFolder::SetUp();
    write("g.jsonl", "{\"full\": [1, 1, 0, 0]}\n{\"full\": [1, 0, 0, 0]}\n");
    write("x.py", "a = [[1, 1, 1, 1], [1, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]\nb = []\n");
    write("p.tsv", "0.9\t0.1\n0.2\t0.8\n0.7\t0.3\n0.0\t0.6\n");
  }

  [[nodiscard]] TomlTable table(std::string const& name, std::string const& keys) const {
    return TomlTable::parse("name = \"" + name + "\"\n" + keys, "t.toml");
  }
  [[nodiscard]] Policy read(PolicyKind const& kind, std::string const& keys) const {
    PolicyContext context{
        .model = kModel,
        .folder = path(""),
        .sparse =
            Selection{.kind = SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 256},
        .schedulers = {Scheduler::natural},
        .whole_steps = true};
    if (kind.sparse_kind) context.sparse->kind = *kind.sparse_kind;
    return read_policy(table(kind.name, keys), context);
  }
};

TEST_F(PolicyTable, NamesAreUniqueAndEachRowSaysWhatItIs) {
  std::set<std::string> names;
  for (PolicyKind const& kind : policy_table()) {
    names.insert(kind.name);
    EXPECT_TRUE(kind.about.ends_with(".")) << kind.name;
    EXPECT_EQ(&policy_kind(kind.name), &kind);
  }
  EXPECT_EQ(names.size(), policy_table().size());
  EXPECT_EQ(policy_names().size(), names.size());
  EXPECT_THROW((void)policy_kind("prulong"), ContractError);
}

TEST_F(PolicyTable, ARowsKeysAreThoseThatItsPolicyReads) {
  for (PolicyKind const& kind : policy_table()) {
    std::set<std::string> read_keys;
    for (std::string const& example : kExamples.at(kind.name)) {
      EXPECT_NO_THROW((void)read(kind, example)) << kind.name << ": " << example;
      for (auto const& key : table(kind.name, example).keys()) read_keys.insert(key);
    }
    read_keys.erase("name");
    EXPECT_EQ(read_keys, std::set(kind.keys.begin(), kind.keys.end())) << kind.name;
  }
}

TEST_F(PolicyTable, KeysOfOtherPoliciesAreRefused) {
  std::map<std::string, std::string> lines;  // by key
  for (auto const& [name, examples] : kExamples) {
    for (std::string const& example : examples) {
      std::istringstream stream(example);
      for (std::string line; std::getline(stream, line);) {
        lines[line.substr(0, line.find(' '))] = line;
      }
    }
  }
  for (PolicyKind const& kind : policy_table()) {
    for (auto const& [key, line] : lines) {
      if (kind.takes(key)) continue;
      std::string const keys = kExamples.at(kind.name)[0] + line + "\n";
      EXPECT_THAT(testing::problem([&] { return read(kind, keys); }),
                  HasSubstr("unknown key '" + key + "'"))
          << kind.name;
    }
  }
}

TEST_F(PolicyTable, DecisionsAreOfTheRowsLevel) {
  for (PolicyKind const& kind : policy_table()) {
    Policy const policy = read(kind, kExamples.at(kind.name)[0]);
    Gates const gates = policy.gates(2);
    bool mixed = false;  // a layer with full and sparse heads
    for (std::int32_t layer = 0; layer < 4; ++layer) {
      mixed = mixed || gates.at(0, layer, 0) != gates.at(0, layer, 1);
    }
    EXPECT_EQ(policy.level, kind.level);
    EXPECT_EQ(mixed, kind.level == PolicyLevel::head) << kind.name;
    EXPECT_EQ(gates.msr_ratio() == 0, kind.level == PolicyLevel::full) << kind.name;
  }
}

TEST_F(PolicyTable, AMisspeltSourceOfDecisionsIsNamed) {
  auto const misspelt = [&](std::string const& name, std::string const& keys) {
    return testing::problem([&] { return read(policy_kind(name), keys); });
  };
  EXPECT_THAT(misspelt("flux", "msr_ration = 0.5\n"),
              HasSubstr("Is 'msr_ration' a misspelling of msr_ratio?"));
  EXPECT_THAT(misspelt("flux", "gate = \"g.jsonl\"\n"),
              HasSubstr("Is 'gate' a misspelling of gates?"));
  EXPECT_THAT(misspelt("duo", "patern = \"p.tsv\"\nmsr_ratio = 0.5\n"),
              HasSubstr("Is 'patern' a misspelling of pattern?"));
}

}  // namespace
}  // namespace fluxscope::plan
